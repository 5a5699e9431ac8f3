// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel/boot/pagesize.c: what `pagesize=` may say, and what comes of it on which CPU.
 *
 * Sources: kernel/boot/pagesize.c lib/cmdline.c arch/arm64/table/granule.c lib/format.c
 * Sources: lib/string.c lib/vsnprintf.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/compiler.h>
#include <kernel/pagesize.h>

#define ALL      0x101122ULL /* cortex-a76: 4k,16k,64k */
#define NO_16K   0x1124ULL   /* cortex-a72: 4k,64k */
#define ONLY_16K 0xff100000ULL
#define NONE     0xff000000ULL

/* What every refusal tells the user to write. */
#define RIGHT "write pagesize=4k, 16k, 64k, auto, or a list such as 16k,4k"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static struct pagesize_choice choice;

/* The choice for a line, which is copied to the byte for AddressSanitizer, on junk. */
static void choose(const char *line, u64 id, u64 ram)
{
	char *copy = line ? strdup(line) : NULL;

	memset(&choice, 0xa5, sizeof(choice));
	pagesize_choose(copy, id, ram, &choice);
	free(copy);
	assert_non_null(memchr(choice.why, 0, sizeof(choice.why)));
	assert_non_null(memchr(choice.requested, 0, sizeof(choice.requested)));
	if (choice.outcome != PAGESIZE_CHOSEN)
		assert_true(strlen(choice.why) < sizeof(choice.why) - 1); /* was not cut */
}

static void chooses(const char *line, u64 id, unsigned shift, const char *requested)
{
	choose(line, id, 512 * MiB);
	assert_int_equal(choice.outcome, PAGESIZE_CHOSEN);
	assert_int_equal(choice.shift, shift);
	assert_string_equal(choice.requested, requested);
	assert_true(choice.why[0] != '\0');
}

static void says(const char *words)
{
	if (!strstr(choice.why, words))
		fail_msg("\"%s\" is not in \"%s\"", words, choice.why);
}

/* Refused as no page size; the message has `asked` and what to write instead. */
static void refuses(const char *line, const char *asked, const char *fault)
{
	choose(line, ALL, 512 * MiB);
	if (choice.outcome != PAGESIZE_BAD_REQUEST)
		fail_msg("%s: outcome %d, %s", line, (int)choice.outcome, choice.why);
	says(asked);
	says(fault);
	says(RIGHT);
}

static void one_size_in_every_spelling(void **state)
{
	static const struct {
		const char *text;
		unsigned shift;
	} spellings[] = {
		{ "4k", 12 },    { "4K", 12 },  { "4096", 12 }, { "16k", 14 },   { "16K", 14 },
		{ "16384", 14 }, { "64k", 16 }, { "64K", 16 },  { "65536", 16 },
	};
	static const char *const forms[] = {
		"pagesize=%s",     "arm64.pagesize=%s", "  quiet pagesize=%s\ttest ",
		"pagesize=\"%s\"", "\"pagesize=%s\"",   "mem=1G -x pagesize=%s -- pagesize=8k",
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(spellings); i++)
		for (unsigned form = 0; form < ARRAY_SIZE(forms); form++) {
			char line[100];

			snprintf(line, sizeof(line), forms[form], spellings[i].text);
			chooses(line, ALL, spellings[i].shift, spellings[i].text);
			assert_int_equal(choice.overridden, 0);
			says("the command line asks for it");
		}
}

static void lists_are_preferences(void **state)
{
	(void)state;
	chooses("pagesize=16k,4k", ALL, 14, "16k,4k");
	says("the first of 16k,4k");
	chooses("pagesize=16k,4k", NO_16K, 12, "16k,4k");
	chooses("pagesize=16K,64k,4k", NO_16K, 16, "16K,64k,4k");
	chooses("pagesize=4096,16384,65536", ALL, 12, "4096,16384,65536");
	chooses("pagesize=64k,4096,16384", ONLY_16K, 14, "64k,4096,16384");
	chooses("arm64.pagesize=\"64k,4k\"", ALL, 16, "64k,4k");
}

static void lists_with_a_fault_are_refused(void **state)
{
	(void)state;
	refuses("pagesize=,4k", "pagesize=,4k", "\"\" is not a page size");
	refuses("pagesize=4k,", "pagesize=4k,", "\"\" is not a page size");
	refuses("pagesize=16k,,4k", "pagesize=16k,,4k", "\"\" is not a page size");
	refuses("pagesize=,", "pagesize=,", "\"\" is not a page size");
	refuses("pagesize=4k,8k", "pagesize=4k,8k", "\"8k\" is not a page size");
	refuses("pagesize=8k,4k", "pagesize=8k,4k", "\"8k\" is not a page size");
	refuses("pagesize=4k,auto", "pagesize=4k,auto", "\"auto\" is not a page size");
	refuses("pagesize=4k;16k", "pagesize=4k;16k", "\"4k;16k\" is not a page size");
	refuses("pagesize=4k,16k,4k", "pagesize=4k,16k,4k", "\"4k\" stands there twice");
	refuses("pagesize=4k,4K", "pagesize=4k,4K", "\"4K\" stands there twice");
	refuses("pagesize=64k,65536", "pagesize=64k,65536", "\"65536\" stands there twice");
	refuses("pagesize=\"4k, 16k\"", "pagesize=4k, 16k", "\" 16k\" is not a page size");
}

static void what_is_no_size_is_refused(void **state)
{
	static const char *const texts[] = {
		"8k",        "8192",  "0",       "1",     "4",     "16",   "64",
		"12",        "4kb",   "4kB",     "4KiB",  "4m",    "k",    "-4k",
		"+4k",       "04k",   "0x1000",  "4096k", "04096", "4097", "32k",
		"128k",      "65535", "largest", "4k8",   "64kk",  "4.0k", "18446744073709555712",
		"automatic", "aut",
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(texts); i++) {
		char line[100], fault[100];

		snprintf(line, sizeof(line), "pagesize=%s", texts[i]);
		snprintf(fault, sizeof(fault), "\"%.16s\" is not a page size", texts[i]);
		refuses(line, line, fault);
	}
}

static void what_is_missing_is_refused(void **state)
{
	(void)state;
	refuses("pagesize=", "pagesize=", "is empty");
	refuses("pagesize= 4k", "pagesize=", "is empty");
	refuses("pagesize", "pagesize=", "is empty");
	refuses("pagesize=\"\"", "pagesize=", "is empty");
	refuses("arm64.pagesize", "pagesize=", "is empty");
	refuses("pagesize=\"64k", "pagesize=64k", "has a quote that is never closed");
	refuses("pagesize=64k\"", "pagesize=64k", "has a quote that is never closed");
	refuses("pagesize=\"64k quiet", "pagesize=64k quiet", "has a quote that is never closed");
}

static void other_options_are_not_looked_at(void **state)
{
	static const char *const lines[] = {
		"",
		"   ",
		"pagesizes=64k",
		"xpagesize=64k",
		"Pagesize=64k",
		"PAGESIZE=64k",
		"page-size=64k",
		"page_size=64k",
		"arm.pagesize=64k",
		"=64k",
		"-- pagesize=64k",
		"run=\"x pagesize=64k\"",
		"hugepagesize=64k",
		"arm64.pagesize.x=64k",
	};

	(void)state;
	chooses(NULL, ALL, 12, "auto");
	for (unsigned i = 0; i < ARRAY_SIZE(lines); i++)
		chooses(lines[i], ALL, 12, "auto");
}

static void the_last_one_counts(void **state)
{
	(void)state;
	chooses("pagesize=4k pagesize=64k", ALL, 16, "64k");
	assert_int_equal(choice.overridden, 1);
	chooses("pagesize=16k arm64.pagesize=64k x pagesize=4k", ALL, 12, "4k");
	assert_int_equal(choice.overridden, 2);
	chooses("pagesize=8k pagesize= pagesize arm64.pagesize=16k", ALL, 14, "16k");
	assert_int_equal(choice.overridden, 3);
	chooses("pagesize=64k pagesize=auto", ALL, 12, "auto");
	assert_int_equal(choice.overridden, 1);
	chooses("pagesize=16k -- pagesize=4k", ALL, 14, "16k");
	assert_int_equal(choice.overridden, 0);

	/* A fault in the last one is not mended by an earlier one. */
	refuses("pagesize=4k pagesize=8k", "pagesize=8k", "\"8k\" is not a page size");
	assert_int_equal(choice.overridden, 1);
	refuses("pagesize=4k pagesize", "pagesize=", "is empty");
}

static void is_unsupported(const char *line, u64 id, const char *asked, const char *has,
			   const char *write)
{
	choose(line, id, 512 * MiB);
	assert_int_equal(choice.outcome, PAGESIZE_UNSUPPORTED);
	says(asked);
	says(has);
	says(write);
}

static void what_the_cpu_lacks_is_not_replaced(void **state)
{
	(void)state;
	is_unsupported("pagesize=16k", NO_16K, "pagesize=16k", "has 4k,64k", "pagesize=4k,64k");
	is_unsupported("pagesize=16384", NO_16K, "pagesize=16384", "has 4k,64k", "or auto");
	is_unsupported("pagesize=64k,4k", ONLY_16K, "pagesize=64k,4k", "has 16k", "pagesize=16k");
	is_unsupported("pagesize=4096,65536", ONLY_16K, "pagesize=4096,65536", "has 16k", "=16k");
	assert_string_equal(choice.requested, "4096,65536");
	/* What it says to write can be written. */
	chooses("pagesize=4k,64k", NO_16K, 12, "4k,64k");
	/* A list with a fault is the user's error, whatever the CPU has. */
	choose("pagesize=16k,8k", NO_16K, 512 * MiB);
	assert_int_equal(choice.outcome, PAGESIZE_BAD_REQUEST);
	/* `max` says 2 and 1 where others say 1 and 0. */
	chooses("pagesize=16k", 0x32310201126, 14, "16k");
	chooses("pagesize=4k", 0x32310201126, 12, "4k");
}

static void a_cpu_without_any(void **state)
{
	(void)state;
	choose(NULL, NONE, 512 * MiB);
	assert_int_equal(choice.outcome, PAGESIZE_UNSUPPORTED);
	says("no granule at all");
	choose("pagesize=4k", NONE, 512 * MiB);
	assert_int_equal(choice.outcome, PAGESIZE_UNSUPPORTED);
	says("this CPU has none");
}

static void is_auto(u64 id, u64 ram, unsigned shift, const char *why)
{
	static const char *const lines[] = { NULL, "", "pagesize=auto", "pagesize=AUTO",
					     "arm64.pagesize=Auto" };

	for (unsigned i = 0; i < ARRAY_SIZE(lines); i++) {
		choose(lines[i], id, ram);
		assert_int_equal(choice.outcome, PAGESIZE_CHOSEN);
		assert_int_equal(choice.shift, shift);
		assert_int_equal(strcasecmp(choice.requested, "auto"), 0);
		says(why);
	}
}

static void auto_goes_by_ram(void **state)
{
	(void)state;
	is_auto(ALL, 0, 12, "4k from 0 B");
	is_auto(ALL, 64 * MiB, 12, "64 MiB of RAM");
	is_auto(ALL, 512 * MiB, 12, "512 MiB of RAM (4k from 0 B)");
	is_auto(ALL, 4 * GiB - 1, 12, "4294967295 B");
	is_auto(ALL, 4 * GiB, 14, "4 GiB of RAM (16k from 4 GiB)");
	is_auto(ALL, 4 * GiB + 1, 14, "16k from 4 GiB");
	is_auto(ALL, 16 * GiB - 1, 14, "16k from 4 GiB");
	is_auto(ALL, 16 * GiB, 16, "16 GiB of RAM (64k from 16 GiB)");
	is_auto(ALL, 16 * GiB + 1, 16, "64k from 16 GiB");
	is_auto(ALL, 1 * TiB, 16, "1 TiB of RAM");
	is_auto(ALL, ~0ULL, 16, "64k from 16 GiB");
	assert_int_equal(PAGESIZE_AUTO_16K_BYTES, 4 * GiB);
	assert_int_equal(PAGESIZE_AUTO_64K_BYTES, 16 * GiB);
}

static void auto_takes_what_there_is(void **state)
{
	(void)state;
	is_auto(NO_16K, 4 * GiB - 1, 12, "4k from 0 B");
	is_auto(NO_16K, 4 * GiB, 12, "4k from 0 B");
	is_auto(NO_16K, 16 * GiB - 1, 12, "4k from 0 B");
	is_auto(NO_16K, 16 * GiB, 16, "64k from 16 GiB");
	/* Below the threshold of the smallest that it has: that one all the same. */
	is_auto(ONLY_16K, 64 * MiB, 14, "16k");
	is_auto(ONLY_16K, 1 * TiB, 14, "16k");
	is_auto(0xf0000000, 64 * MiB, 16, "64k");
	is_auto(0x0f000000, 1 * TiB, 12, "4k");
}

/* 3,000 characters: in front of the option, and as its value. */
static void long_lines(void **state)
{
	enum { LENGTH = 3000 };
	char line[LENGTH + 1];

	(void)state;
	memset(line, ' ', LENGTH);
	for (unsigned i = 0; i + 2 < LENGTH; i += 2)
		line[i] = 'x';
	memcpy(line + LENGTH - 13, " pagesize=16k", 14);
	chooses(line, ALL, 14, "16k");
	memset(line, 'x', LENGTH - 13);
	chooses(line, ALL, 14, "16k");

	memset(line, '9', LENGTH);
	memcpy(line, "pagesize=", 9);
	refuses(line, "pagesize=999999999999999999999999", "\"9999999999999999\" is not");
	for (unsigned i = 9; i + 3 < LENGTH; i += 3)
		memcpy(line + i, "4k,", 3);
	refuses(line, "pagesize=4k,4k,4k,4k,4k,4k,4k,4k,", "\"4k\" stands there twice");
	memset(line + 9, '"', LENGTH - 9);
	refuses(line, "pagesize=", RIGHT);

	/* The same option again and again. */
	for (unsigned i = 0; i + 12 <= LENGTH; i += 12)
		memcpy(line + i, "pagesize=4k ", 12);
	chooses(line, ALL, 12, "4k");
	assert_int_equal(choice.overridden, LENGTH / 12 - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_size_in_every_spelling),
		cmocka_unit_test(lists_are_preferences),
		cmocka_unit_test(lists_with_a_fault_are_refused),
		cmocka_unit_test(what_is_no_size_is_refused),
		cmocka_unit_test(what_is_missing_is_refused),
		cmocka_unit_test(other_options_are_not_looked_at),
		cmocka_unit_test(the_last_one_counts),
		cmocka_unit_test(what_the_cpu_lacks_is_not_replaced),
		cmocka_unit_test(a_cpu_without_any),
		cmocka_unit_test(auto_goes_by_ram),
		cmocka_unit_test(auto_takes_what_there_is),
		cmocka_unit_test(long_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
