// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reads `crashkernel=`, and reserves memory for a crash kernel. The contract, and the grammar, are
 * in the header.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/cmdline.h>
#include <lib/format.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/memblock_crashkernel.h>

#include "inside.h"

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

/*
 * Reads SIZE or the list of ranges, and says what it asks for with so much RAM. NULL, or what is
 * wrong with it.
 */
static const char *__init read_sizes(struct parse_rest *rest, u64 ram, u64 *bytes)
{
	struct parse_rest ahead = *rest;
	bool found = false;
	struct range range;
	const char *why;

	if (!parse_take_size(&ahead, bytes))
		return "it doesn't begin with a size of 64 bits";
	if (!ahead.len || *ahead.text != '-') {
		*rest = ahead;
		return NULL;
	}
	*bytes = 0;
	do {
		why = read_range(rest, &range);
		if (!why && !found && ram >= range.start && ram < range.end) {
			*bytes = range.bytes;
			found = true;
		}
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

const char *__init memblock_crashkernel_parse(const char *text, size_t len,
					      struct crash_option *option)
{
	struct parse_rest rest = { text, len };
	struct crash_option read = { .kind = CRASH_OPTION_ANYWHERE, .sizes = rest };
	const char *why;
	u64 bytes;

	*option = (struct crash_option){ .kind = CRASH_OPTION_NONE };
	why = read_sizes(&rest, 0, &bytes);
	if (!why && parse_take_mark(&rest, '@')) {
		read.kind = CRASH_OPTION_FIXED;
		if (!parse_take_size(&rest, &read.base.val))
			why = "no address of 64 bits follows the @";
	}
	if (!why && rest.len)
		why = why_not(&rest);
	if (!why)
		*option = read;
	return why;
}

/* The nearest multiple of a power of two above; the highest one, if there is none above. */
static u64 __init round_up(u64 bytes, u64 unit)
{
	return bytes > ALIGN_DOWN(~0ULL, unit) ? ALIGN_DOWN(~0ULL, unit) : ALIGN_UP(bytes, unit);
}

u64 __init memblock_crashkernel_bytes(const struct crash_option *option, u64 ram_bytes)
{
	struct parse_rest rest = option->sizes;
	u64 bytes;

	ASSERT(option->kind != CRASH_OPTION_NONE);
	/* It was read before: nothing is wrong with it. */
	if (read_sizes(&rest, round_up(ram_bytes, CRASH_OPTION_RAM_UNIT), &bytes))
		return 0;
	return round_up(bytes, CRASH_OPTION_UNIT);
}

int __init memblock_crashkernel_find(const char *cmdline, struct crash_option *option)
{
	struct cmdline_option opt;
	const char *why;

	*option = (struct crash_option){ .kind = CRASH_OPTION_NONE };
	if (!cmdline_find_last(cmdline, "crashkernel", &opt))
		return 0;
	why = memblock_crashkernel_parse(opt.value, opt.value_len, option);
	if (!why)
		return 0;
	printk("crashkernel=%.*s: %s; write crashkernel=SIZE[@OFFSET] or "
	       "crashkernel=START-[END]:SIZE[,START-[END]:SIZE...][@OFFSET], each a number of "
	       "bytes, or one with K, M, G or T\n",
	       (int)opt.value_len, opt.value, why);
	return -EINVAL;
}

/* ---- the region ---- */

#define NOTHING "crashkernel: nothing is reserved: "

/* How much is asked for on this machine; 0, after a line that says so: nothing. */
static u64 __init wanted_bytes(const struct crash_option *option)
{
	u64 ram_bytes = memblock_memory_bytes();
	u64 bytes = memblock_crashkernel_bytes(option, ram_bytes);
	char ram[FORMAT_BYTES_SIZE];

	if (!bytes)
		printk(NOTHING "the option asks for no bytes with %s of RAM\n",
		       format_bytes(ram, sizeof(ram), ALIGN_UP(ram_bytes, CRASH_OPTION_RAM_UNIT)));
	return bytes;
}

/* Is the place free memory? Prints what is wrong with it. */
static bool __init is_free(paddr_t base, u64 bytes)
{
	struct region hit;

	if (!paddr_is_aligned(base, CRASH_OPTION_UNIT)) {
		printk(NOTHING "%#llx isn't a multiple of %#llx\n", base.val, CRASH_OPTION_UNIT);
	} else if (bytes > paddr_diff(REGION_ADDRESS_END, base) || !memblock_covers(base, bytes)) {
		printk(NOTHING "not all of the %#llx bytes at %#llx are memory\n", bytes, base.val);
	} else if (memblock_first_reserved(base, bytes, &hit)) {
		paddr_t from = paddr_max(hit.base, base);
		paddr_t end = paddr_min(region_end(&hit), paddr_add(base, bytes));

		printk(NOTHING "%#llx to %#llx of the %#llx bytes at %#llx is taken: %s\n",
		       from.val, end.val, bytes, base.val, memblock_owner_name(hit.owner));
	} else {
		return true;
	}
	return false;
}

/* Finds the highest place, or prints that there is none. */
static bool __init find_place(u64 bytes, paddr_t *base)
{
	struct memblock_request request = { .bytes = bytes, .align = CRASH_OPTION_UNIT };

	if (!memblock_find_range(&request, base))
		return true;
	printk(NOTHING "there are no %#llx bytes of free memory aligned to %#llx; the largest free "
		       "run has %#llx\n",
	       bytes, request.align, memblock_largest_free(&request, CRASH_OPTION_UNIT).bytes);
	return false;
}

int __init memblock_crashkernel_reserve(const struct crash_option *option,
					enum crash_option_kind kind)
{
	paddr_t base = option->base;
	u64 bytes;

	if (option->kind != kind)
		return 0;
	bytes = wanted_bytes(option);
	if (!bytes ||
	    !(kind == CRASH_OPTION_FIXED ? is_free(base, bytes) : find_place(bytes, &base)))
		return 0;
	return memblock_reserve(base, bytes, MEMBLOCK_CRASHKERNEL);
}

bool memblock_crashkernel(struct region *region)
{
	for (paddr_t from = paddr(0); memblock_next_reserved(&from, region);)
		if (region->owner == MEMBLOCK_CRASHKERNEL)
			return true;
	*region = (struct region){ .bytes = 0 };
	return false;
}

void __init memblock_crashkernel_note(void)
{
	char size[FORMAT_BYTES_SIZE];
	struct region region;

	if (memblock_crashkernel(&region))
		printk("crashkernel: %s at %#llx\n", format_bytes(size, sizeof(size), region.bytes),
		       region.base.val);
}
