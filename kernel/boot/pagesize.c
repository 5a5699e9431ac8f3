// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reads `pagesize=` and decides. <kernel/pagesize.h> has the rules and their reasons.
 *
 * It runs in the boot stage, before there is a page size: granules are data here.
 */
#include <kernel/pagesize.h>
#include <lib/cmdline.h>
#include <lib/format.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>

CMDLINE_OPTION(pagesize, "pagesize");
CMDLINE_OPTION(arm64_pagesize, "arm64.pagesize");

#define WHAT_IS_RIGHT "write pagesize=4k, 16k, 64k, auto, or a list such as 16k,4k"

static bool is_pagesize(const struct cmdline_option *opt)
{
	return cmdline_name_is(opt, "pagesize") || cmdline_name_is(opt, "arm64.pagesize");
}

const struct granule *pagesize_granule(const char *text, size_t len)
{
	static const struct {
		char text[6];
		u8 shift;
	} spellings[] = {
		{ "4k", 12 },   { "16k", 14 },   { "64k", 16 },
		{ "4096", 12 }, { "16384", 14 }, { "65536", 16 },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(spellings); i++)
		if (len == strlen(spellings[i].text) && !strncasecmp(text, spellings[i].text, len))
			return granule_by_shift(spellings[i].shift);
	return NULL;
}

static void choose_auto(u64 id_aa64mmfr0, u64 ram_bytes, struct pagesize_choice *c)
{
	/* In the order of granules[]. */
	static const u64 thresholds[GRANULE_COUNT] = { 0, PAGESIZE_AUTO_16K_BYTES,
						       PAGESIZE_AUTO_64K_BYTES };
	const struct granule *best = granule_smallest(id_aa64mmfr0);
	char ram[FORMAT_BYTES_SIZE], limit[FORMAT_BYTES_SIZE];

	for (unsigned i = 0; i < GRANULE_COUNT; i++)
		if (granule_supported(&granules[i], id_aa64mmfr0) && ram_bytes >= thresholds[i])
			best = &granules[i];
	if (!best) {
		c->outcome = PAGESIZE_UNSUPPORTED;
		snprintf(c->why, sizeof(c->why), "the CPU has no granule at all");
		return;
	}
	c->shift = best->shift;
	format_bytes(ram, sizeof(ram), ram_bytes);
	format_bytes(limit, sizeof(limit), thresholds[best - granules]);
	snprintf(c->why, sizeof(c->why),
		 "auto: the largest that the CPU has for %s of RAM (%s from %s)", ram, best->name,
		 limit);
}

static void refuse(struct pagesize_choice *c, const struct cmdline_option *opt, const char *item,
		   size_t item_len, const char *fault)
{
	c->outcome = PAGESIZE_BAD_REQUEST;
	snprintf(c->why, sizeof(c->why), "pagesize=%.*s: \"%.*s\" %s; " WHAT_IS_RIGHT,
		 (int)MIN(opt->value_len, 24), opt->value, (int)MIN(item_len, 16), item, fault);
}

/* Walk the list. Every item must be a page size, even after the one that is taken. */
static void choose_from_list(const struct cmdline_option *opt, u64 id_aa64mmfr0,
			     struct pagesize_choice *c)
{
	const char *end = opt->value + opt->value_len;
	char has[GRANULE_LIST_BYTES];
	unsigned seen = 0, items = 0;

	for (const char *item = opt->value; item <= end;) {
		const char *comma = memchr(item, ',', (size_t)(end - item));
		size_t len = (size_t)((comma ? comma : end) - item);
		const struct granule *g = pagesize_granule(item, len);

		if (!g) {
			refuse(c, opt, item, len, "is not a page size");
			return;
		}
		if (seen & 1U << g->shift) {
			refuse(c, opt, item, len, "stands there twice");
			return;
		}
		seen |= 1U << g->shift;
		items++;
		if (!c->shift && granule_supported(g, id_aa64mmfr0))
			c->shift = g->shift;
		item += len + 1;
	}
	granule_list_supported(id_aa64mmfr0, has);
	if (!c->shift) {
		c->outcome = PAGESIZE_UNSUPPORTED;
		snprintf(c->why, sizeof(c->why),
			 "pagesize=%s: this CPU has %s; write pagesize=%s or auto, or use another "
			 "CPU",
			 c->requested, has, has);
	} else if (items == 1) {
		snprintf(c->why, sizeof(c->why), "the command line asks for it");
	} else {
		snprintf(c->why, sizeof(c->why), "the first of %s that the CPU has", c->requested);
	}
}

static void choose_by_option(const struct cmdline_option *opt, u64 id_aa64mmfr0, u64 ram_bytes,
			     struct pagesize_choice *c)
{
	size_t len = MIN(opt->value_len, sizeof(c->requested) - 1);

	if (!opt->value_len || opt->unterminated) {
		refuse(c, opt, opt->value, opt->value_len,
		       opt->unterminated ? "has a quote that is never closed" : "is empty");
		return;
	}
	memcpy(c->requested, opt->value, len);
	c->requested[len] = '\0';
	if (cmdline_value_is(opt, "auto"))
		choose_auto(id_aa64mmfr0, ram_bytes, c);
	else
		choose_from_list(opt, id_aa64mmfr0, c);
}

void pagesize_choose(const char *cmdline, u64 id_aa64mmfr0, u64 ram_bytes,
		     struct pagesize_choice *choice)
{
	struct cmdline_option opt, last = { 0 };
	const char *cursor = cmdline;
	unsigned count = 0;

	memset(choice, 0, sizeof(*choice));
	strscpy(choice->requested, "auto", sizeof(choice->requested));
	while (cmdline_next(&cursor, &opt)) {
		if (!is_pagesize(&opt))
			continue;
		last = opt;
		count++;
	}
	if (!count) {
		choose_auto(id_aa64mmfr0, ram_bytes, choice);
		return;
	}
	choice->overridden = count - 1;
	choose_by_option(&last, id_aa64mmfr0, ram_bytes, choice);
}
