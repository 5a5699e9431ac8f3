// SPDX-License-Identifier: BSD-2-Clause
/* Reads `cma=`. The contract, and the grammar, are in the header. */
#include <kernel/errno.h>
#include <lib/cmdline.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <mm/cma_option.h>

CMDLINE_OPTION(cma, "cma");

/* Reads @BASE or @BASE-LIMIT. NULL, or what is wrong with it. */
static const char *__init read_place(struct parse_rest *rest, struct cma_option *option)
{
	if (!parse_take_size(rest, &option->base.val))
		return "no address of 64 bits follows the @";
	if (!parse_take_mark(rest, '-')) {
		option->kind = CMA_OPTION_FIXED;
		return option->bytes > paddr_diff(paddr(~0ULL), option->base)
			       ? "SIZE@BASE reaches past the last address"
			       : NULL;
	}
	option->kind = CMA_OPTION_RANGE;
	if (!parse_take_size(rest, &option->limit.val))
		return "no address of 64 bits follows the -";
	return !paddr_less(option->base, option->limit) ? "LIMIT isn't above BASE" : NULL;
}

const char *__init cma_option_parse(const char *text, size_t len, struct cma_option *option)
{
	struct cma_option read = { .kind = CMA_OPTION_ANYWHERE };
	struct parse_rest rest = { text, len };
	const char *why = NULL;

	*option = (struct cma_option){ .kind = CMA_OPTION_NONE };
	if (!parse_take_size(&rest, &read.bytes))
		return "it doesn't begin with a size of 64 bits";
	if (parse_take_mark(&rest, '@'))
		why = read_place(&rest, &read);
	if (!why && rest.len)
		why = "something follows that doesn't belong there";
	if (!read.bytes)
		read.kind = CMA_OPTION_OFF;
	if (!why)
		*option = read;
	return why;
}

int __init cma_option_find(const char *cmdline, struct cma_option *option)
{
	struct cmdline_option opt;
	const char *why;

	*option = (struct cma_option){ .kind = CMA_OPTION_NONE };
	if (!cmdline_find_last(cmdline, "cma", &opt))
		return 0;
	why = cma_option_parse(opt.value, opt.value_len, option);
	if (!why)
		return 0;
	printk("cma=%.*s: %s; write cma=SIZE, cma=SIZE@BASE, cma=SIZE@BASE-LIMIT or cma=0, each a "
	       "number of bytes, or one with K, M, G or T\n",
	       (int)opt.value_len, opt.value, why);
	return -EINVAL;
}
