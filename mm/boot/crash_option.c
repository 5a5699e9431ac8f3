// SPDX-License-Identifier: BSD-2-Clause
/* Reads `crashkernel=`. The contract, and the grammar, are in the header. */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/cmdline.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/crash_option.h>

CMDLINE_OPTION(crashkernel, "crashkernel");

/* START-[END]:SIZE */
struct range {
	u64 start, end, bytes;
};

/* Reads one. NULL, or what is wrong with it. */
static const char *__init read_range(struct parse_rest *rest, struct range *range)
{
	range->end = ~0ULL;
	if (!parse_take_size(rest, &range->start))
		return "a range doesn't begin with a size of 64 bits";
	if (!parse_take_mark(rest, '-'))
		return "no - follows the START of a range";
	if (!parse_take_mark(rest, ':')) {
		if (!parse_take_size(rest, &range->end))
			return "neither a size of 64 bits nor a : follows the - of a range";
		if (range->end <= range->start)
			return "the END of a range isn't above its START";
		if (!parse_take_mark(rest, ':'))
			return "no : follows a range";
	}
	if (!parse_take_size(rest, &range->bytes))
		return "no size of 64 bits follows the : of a range";
	return NULL;
}

/* True for a list of ranges; false for one size, which is taken, or for neither. */
static bool __init is_list(struct parse_rest *rest, u64 *bytes)
{
	struct parse_rest ahead = *rest;

	if (!parse_take_size(&ahead, bytes))
		return false;
	if (ahead.len && *ahead.text == '-')
		return true;
	*rest = ahead;
	return false;
}

/* Reads SIZE or the list of ranges. */
static const char *__init read_sizes(struct parse_rest *rest)
{
	const char *begin = rest->text, *why;
	struct range range;
	u64 bytes;

	if (!is_list(rest, &bytes))
		return rest->text == begin ? "it doesn't begin with a size of 64 bits" : NULL;
	do {
		why = read_range(rest, &range);
	} while (!why && parse_take_mark(rest, ','));
	return why;
}

/* Why text doesn't belong where it stands. */
static const char *__init why_not(const struct parse_rest *rest)
{
	if ((rest->len == 5 && !memcmp(rest->text, ",high", 5)) ||
	    (rest->len == 4 && !memcmp(rest->text, ",low", 4)))
		return "there is no ,high and no ,low here: the region may lie anywhere anyway, "
		       "and is one";
	return "something follows that doesn't belong there";
}

static const char *__init read_value(struct parse_rest rest, struct crash_option *option)
{
	const char *why;

	option->kind = CRASH_OPTION_ANYWHERE;
	option->sizes = rest.text;
	why = read_sizes(&rest);
	option->sizes_len = (size_t)(rest.text - option->sizes);
	if (!why && parse_take_mark(&rest, '@')) {
		option->kind = CRASH_OPTION_FIXED;
		if (!parse_take_size(&rest, &option->base.val))
			why = "no address of 64 bits follows the @";
	}
	if (!why && rest.len)
		why = why_not(&rest);
	return why;
}

int __init crash_option_parse(const char *text, size_t len, struct crash_option *option)
{
	const char *why;

	*option = (struct crash_option){ .kind = CRASH_OPTION_NONE };
	why = read_value((struct parse_rest){ text, len }, option);
	if (!why)
		return 0;
	*option = (struct crash_option){ .why = why };
	return -EINVAL;
}

/* The nearest multiple of a power of two above; the highest one, if there is none above. */
static u64 __init round_up(u64 bytes, u64 unit)
{
	return bytes > ALIGN_DOWN(~0ULL, unit) ? ALIGN_DOWN(~0ULL, unit) : ALIGN_UP(bytes, unit);
}

u64 __init crash_option_bytes(const struct crash_option *option, u64 ram_bytes)
{
	struct parse_rest rest = { option->sizes, option->sizes_len };
	u64 ram = round_up(ram_bytes, CRASH_OPTION_RAM_UNIT), bytes;
	struct range range;

	ASSERT(option->kind != CRASH_OPTION_NONE);
	if (!is_list(&rest, &bytes))
		return round_up(bytes, CRASH_OPTION_UNIT);
	do {
		if (read_range(&rest, &range))
			break;
		if (ram >= range.start && ram < range.end)
			return round_up(range.bytes, CRASH_OPTION_UNIT);
	} while (parse_take_mark(&rest, ','));
	return 0;
}

int __init crash_option_find(const char *cmdline, struct crash_option *option)
{
	struct cmdline_option opt;

	*option = (struct crash_option){ .kind = CRASH_OPTION_NONE };
	if (!cmdline_find_last(cmdline, "crashkernel", &opt))
		return 0;
	if (!crash_option_parse(opt.value, opt.value_len, option))
		return 0;
	printk("crashkernel=%.*s: %s; write crashkernel=SIZE[@OFFSET] or "
	       "crashkernel=START-[END]:SIZE[,START-[END]:SIZE...][@OFFSET], each a number of "
	       "bytes, or one with K, M, G or T\n",
	       (int)opt.value_len, opt.value, option->why);
	return -EINVAL;
}
