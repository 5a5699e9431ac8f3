// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fault injection: rules, how they are written, and what they count.
 *
 * Sources: kernel/show/memory/fault_inject.c mm/page/hooks.c kernel/show/memory/inject_command.c
 * Sources: lib/cmdline.c lib/parse.c
 */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <kernel/errno.h>
#include <kernel/fault_inject.h>
#include <kernel/inject_command.h>
#include <kernel/monitor.h>
#include <lib/verdict.h>
#include <mm/pages.h>

void verdict_end(enum verdict verdict)
{
	(void)verdict;
	abort();
}

static char text[2048];
static int pages_are_hot = -1;

void pages_set_hot(bool hot_blocks)
{
	pages_are_hot = hot_blocks;
}

static int append(const char *format, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + len, sizeof(text) - len, format, args);
	va_end(args);
	return 0;
}

static int parse(const char *s)
{
	/* A copy without a terminator, so that reading on is noticed. */
	size_t len = strlen(s);
	char *copy = malloc(len ? len : 1);
	int err;

	memcpy(copy, s, len);
	err = inject_command_parse(copy, len);
	free(copy);
	return err;
}

/* A character a call: x for one that fails. */
static const char *calls(enum fault_site site, unsigned count)
{
	static char out[256];

	for (unsigned i = 0; i < count; i++)
		out[i] = fault_inject(site) ? 'x' : '.';
	out[count] = '\0';
	return out;
}

static void rules(void **state)
{
	struct fault_counts counts;

	(void)state;
	fault_inject_off();
	assert_string_equal(calls(FAULT_SLAB, 8), "........");
	assert_int_equal(parse("slab:nth=3"), 0);
	assert_string_equal(calls(FAULT_SLAB, 8), "..x.....");
	assert_string_equal(calls(FAULT_PAGES, 8), "........");
	fault_inject_counts(FAULT_SLAB, &counts);
	assert_int_equal(counts.calls, 8);
	assert_int_equal(counts.failed, 1);
	assert_int_equal(parse("slab:nth=1"), 0);
	assert_string_equal(calls(FAULT_SLAB, 4), "x...");
	assert_int_equal(parse("slab:every=3"), 0);
	assert_string_equal(calls(FAULT_SLAB, 10), "..x..x..x.");
	assert_int_equal(parse("slab:every=1"), 0);
	assert_string_equal(calls(FAULT_SLAB, 4), "xxxx");
	assert_int_equal(parse("slab:off"), 0);
	assert_string_equal(calls(FAULT_SLAB, 4), "....");
	assert_int_equal(fault_inject_armed, 0);
	/* Calls without a rule aren't counted: the hot path doesn't get that far. */
	fault_inject_counts(FAULT_SLAB, &counts);
	assert_int_equal(counts.calls, 0);
}

static void share(void **state)
{
	static const struct {
		const char *rule;
		unsigned least, most; /* of 80,000 */
	} table[] = {
		{ "vmap:share=0/1", 0, 0 },           { "vmap:share=1/1", 80000, 80000 },
		{ "vmap:share=1/8", 9500, 10500 },    { "vmap:share=1/8:7", 9500, 10500 },
		{ "vmap:share=3/4:1", 59300, 60700 }, { "vmap:share=1/1000:5", 50, 120 },
	};
	struct fault_counts counts;
	char first[101];

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(table); i++) {
		assert_int_equal(parse(table[i].rule), 0);
		for (unsigned n = 0; n < 80000; n++)
			(void)fault_inject(FAULT_VMAP);
		fault_inject_counts(FAULT_VMAP, &counts);
		assert_int_equal(counts.calls, 80000);
		assert_in_range(counts.failed, table[i].least, table[i].most);
	}
	/* A seed gives the same calls again, another gives others. */
	assert_int_equal(parse("vmap:share=1/2:42"), 0);
	strcpy(first, calls(FAULT_VMAP, 100));
	assert_int_equal(parse("vmap:share=1/2:42"), 0);
	assert_string_equal(calls(FAULT_VMAP, 100), first);
	assert_int_equal(parse("vmap:share=1/2:43"), 0);
	assert_string_not_equal(calls(FAULT_VMAP, 100), first);
	fault_inject_off();
}

static void lists(void **state)
{
	(void)state;
	fault_inject_off();
	assert_int_equal(pages_are_hot, true);
	assert_int_equal(parse("slab:every=3,pages:nth=3"), 0);
	assert_int_equal(pages_are_hot, false);
	assert_int_equal(parse("pages:off"), 0);
	assert_int_equal(pages_are_hot, true);
	assert_int_equal(parse("pages:nth=2,slab:every=2"), 0);
	assert_string_equal(calls(FAULT_PAGES, 4), ".x..");
	assert_string_equal(calls(FAULT_SLAB, 4), ".x.x");
	assert_int_equal(parse("all:every=2,tables:off"), 0);
	assert_string_equal(calls(FAULT_PAGES, 2), ".x");
	assert_string_equal(calls(FAULT_SLAB, 2), ".x");
	assert_string_equal(calls(FAULT_VMAP, 2), ".x");
	assert_string_equal(calls(FAULT_TABLES, 2), "..");
	fault_inject_off();
	assert_string_equal(calls(FAULT_PAGES, 4), "....");
}

static void wrong_texts(void **state)
{
	static const char *const wrong[] = {
		"",
		"pages",
		"pages:",
		"pages:nth",
		"pages:nth=",
		"pages:nth=0",
		"pages:every=0",
		"pages:nth=x",
		"pages:nth=-1",
		"page:nth=1",
		"pages:nth=1,",
		",pages:nth=1",
		"pages:share=1",
		"pages:share=1/",
		"pages:share=/2",
		"pages:share=1/0",
		"pages:share=3/2",
		"pages:share=1/2:",
		"pages:share=1/2:x",
		"pages:share=1/4294967296",
		"pages:off=1",
		"pages:on",
		"pages:nth=1 ",
		"Pages:nth=1",
		"pages:nth=18446744073709551616",
		":nth=1",
		"pages:nth=1,slab:nth=0",
		"pages:=1",
		"pages=nth:1",
	};

	(void)state;
	fault_inject_off();
	assert_int_equal(parse("slab:nth=7"), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (parse(wrong[i]) != -EINVAL)
			fail_msg("\"%s\" was taken", wrong[i]);
		/* and nothing of it was set */
		assert_int_equal(fault_inject_armed, 1U << FAULT_SLAB);
	}
	assert_string_equal(calls(FAULT_SLAB, 8), "......x.");
	fault_inject_off();
}

static void command_line(void **state)
{
	(void)state;
	fault_inject_off();
	host_printk_hook = NULL;
	assert_int_equal(inject_command_setup(NULL), 0);
	assert_int_equal(inject_command_setup("test mem=1G"), 0);
	assert_int_equal(fault_inject_armed, 0);
	assert_int_equal(
		inject_command_setup("fault_inject=slab:nth=2 test fault-inject=pages:every=3"), 0);
	assert_string_equal(calls(FAULT_SLAB, 3), ".x.");
	assert_string_equal(calls(FAULT_PAGES, 3), "..x");
	assert_int_equal(inject_command_setup("fault_inject=slab:nth=2 fault_inject=slab:nth=1"),
			 0);
	assert_string_equal(calls(FAULT_SLAB, 3), "x..");
	fault_inject_off();
	assert_int_equal(inject_command_setup("fault_inject=slab:nth=2 fault_inject=slab"),
			 -EINVAL);
	assert_int_equal(fault_inject_armed, 0);
	assert_int_equal(inject_command_setup("fault_inject"), -EINVAL);
}

static void reports(void **state)
{
	(void)state;
	fault_inject_off();
	text[0] = '\0';
	for (unsigned site = 0; site < FAULT_SITES; site++)
		fault_inject_set((enum fault_site)site, &(struct fault_rule){ .mode = FAULT_OFF });
	assert_int_equal(parse("slab:nth=2,vmap:share=1/1:9,tables:every=4"), 0);
	calls(FAULT_SLAB, 5);
	calls(FAULT_VMAP, 3);
	inject_command_report(append);
	assert_string_equal(text, "fault_inject: pages:off, 0 of 0 calls failed\n"
				  "fault_inject: slab:nth=2, 1 of 5 calls failed\n"
				  "fault_inject: vmap:share=1/1:9, 3 of 3 calls failed\n"
				  "fault_inject: tables:every=4, 0 of 0 calls failed\n"
				  "fault_inject: migrate:off, 0 of 0 calls failed\n"
				  "fault_inject: kexec:off, 0 of 0 calls failed\n");
	fault_inject_off();
}

static void bad_rules(void **state)
{
	(void)state;
	assert_true(HOST_ASSERTS(
		fault_inject_set(FAULT_SITES, &(struct fault_rule){ .mode = FAULT_NTH, .n = 1 })));
	assert_true(HOST_ASSERTS(
		fault_inject_set(FAULT_SLAB, &(struct fault_rule){ .mode = FAULT_EVERY })));
	assert_true(HOST_ASSERTS(
		fault_inject_set(FAULT_SLAB, &(struct fault_rule){ .mode = FAULT_SHARE, .n = 1 })));
	assert_true(HOST_ASSERTS(fault_inject_counts(FAULT_SITES, &(struct fault_counts){ 0 })));
	assert_int_equal(fault_inject_armed, 0);
}

extern const struct monitor_command command_entry_inject;

static void hear(const char *printed)
{
	append("%s", printed);
}

/* What the prompt offers. */
static void command(void **state)
{
	char *argv[] = { (char *)"inject", (char *)"slab:nth=2", NULL };

	(void)state;
	host_printk_hook = hear;
	text[0] = '\0';
	assert_int_equal(command_entry_inject.run(2, argv), 0);
	assert_non_null(strstr(text, "fault_inject: slab:nth=2, 0 of 0 calls failed\n"));
	text[0] = '\0';
	argv[1] = (char *)"slab:nth=two";
	assert_int_equal(command_entry_inject.run(2, argv), -EINVAL);
	assert_non_null(strstr(text, "inject: write SITE:RULE"));
	text[0] = '\0';
	assert_int_equal(command_entry_inject.run(1, argv), 0);
	assert_non_null(strstr(text, "fault_inject: slab:nth=2, 0 of 0 calls failed\n"));
	host_printk_hook = NULL;
	fault_inject_off();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),        cmocka_unit_test(share),
		cmocka_unit_test(lists),        cmocka_unit_test(wrong_texts),
		cmocka_unit_test(command_line), cmocka_unit_test(reports),
		cmocka_unit_test(bad_rules),    cmocka_unit_test(command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
