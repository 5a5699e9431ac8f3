// SPDX-License-Identifier: BSD-2-Clause
/*
 * `cma=`: what each form means, what is none, and what is said of it.
 *
 * Sources: mm/boot/cma_option.c lib/cmdline.c lib/parse.c
 */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <kernel/errno.h>
#include <mm/cma_option.h>

static char said[1024];

static void hear(const char *text)
{
	size_t used = strlen(said);

	snprintf(said + used, sizeof(said) - used, "%s", text);
}

/* A copy without terminator: AddressSanitizer sees a read past its end. */
static const char *parse(const char *text, struct cma_option *option)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);
	const char *why;

	assert_non_null(copy);
	memcpy(copy, text, len);
	memset(option, 0x5a, sizeof(*option));
	why = cma_option_parse(copy, len, option);
	free(copy);
	return why;
}

static void good(const char *text, enum cma_option_kind kind, u64 bytes, u64 base, u64 limit)
{
	struct cma_option option;
	const char *why = parse(text, &option);

	if (why || option.kind != kind || option.bytes != bytes || option.base.val != base ||
	    option.limit.val != limit)
		fail_msg("cma=%s: %s, kind %d, %llx@%llx-%llx", text, why ? why : "",
			 (int)option.kind, option.bytes, option.base.val, option.limit.val);
}

static void bad(const char *text, const char *why)
{
	struct cma_option option;
	const char *said_why = parse(text, &option);

	if (!said_why)
		fail_msg("cma=%s is taken", text);
	if (!strstr(said_why, why))
		fail_msg("cma=%s: %s", text, said_why);
	assert_true(option.kind == CMA_OPTION_NONE && !option.bytes);
}

static void forms(void **state)
{
	(void)state;
	good("16M", CMA_OPTION_ANYWHERE, 16 * MiB, 0, 0);
	good("1", CMA_OPTION_ANYWHERE, 1, 0, 0);
	good("0x1000k", CMA_OPTION_ANYWHERE, 4 * MiB, 0, 0);
	good("99999T", CMA_OPTION_ANYWHERE, 99999 * TiB, 0, 0);
	good("18446744073709551615", CMA_OPTION_ANYWHERE, ~0ULL, 0, 0);
	good("16M@0x50000000", CMA_OPTION_FIXED, 16 * MiB, 0x50000000, 0);
	good("16m@1g", CMA_OPTION_FIXED, 16 * MiB, GiB, 0);
	good("16M@0", CMA_OPTION_FIXED, 16 * MiB, 0, 0);
	good("16M@1G-2G", CMA_OPTION_RANGE, 16 * MiB, GiB, 2 * GiB);
	good("16M@0-0xffffffffffffffff", CMA_OPTION_RANGE, 16 * MiB, 0, ~0ULL);
	/* Too narrow for what is asked, which is for memory to say. */
	good("16M@1G-0x40000001", CMA_OPTION_RANGE, 16 * MiB, GiB, GiB + 1);
	/* To the last byte that has an address, and no further. */
	good("16M@0xfffffffffeffffff", CMA_OPTION_FIXED, 16 * MiB, ~0ULL - 16 * MiB, 0);
}

static void none(void **state)
{
	(void)state;
	good("0", CMA_OPTION_OFF, 0, 0, 0);
	good("0x0G", CMA_OPTION_OFF, 0, 0, 0);
	good("0@1G", CMA_OPTION_OFF, 0, GiB, 0);
	good("0@1G-2G", CMA_OPTION_OFF, 0, GiB, 2 * GiB);
}

static void refused(void **state)
{
	static const char *const no_size[] = {
		"", " ", "M", "-1", "@1G", "x16", "18446744073709551616", "16777216T"
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(no_size); i++)
		bad(no_size[i], "doesn't begin with a size");
	bad("12Q", "something follows");
	bad("16MB", "something follows");
	bad("16M-1G", "something follows");
	bad("16M@1G@2G", "something follows");
	bad("16M@1G-2G-3G", "something follows");
	bad("0 ", "something follows");
	bad("16M@", "follows the @");
	bad("16M@G", "follows the @");
	bad("16M@-1G", "follows the @");
	bad("16M@16777216T", "follows the @");
	bad("16M@1G-", "follows the -");
	bad("16M@1G-16777216T", "follows the -");
	bad("16M@2G-1G", "LIMIT isn't above BASE");
	bad("16M@1G-1G", "LIMIT isn't above BASE");
	bad("16M@1G-0", "LIMIT isn't above BASE");
	bad("0@2G-1G", "LIMIT isn't above BASE");
	bad("16M@0xffffffffff000000", "past the last address");
	bad("16777215T@2T", "past the last address");
}

static void on_the_line(void **state)
{
	struct cma_option option = { .kind = CMA_OPTION_FIXED };

	(void)state;
	said[0] = '\0';
	host_printk_hook = hear;
	assert_int_equal(cma_option_find("quiet mem=64M cmax=1 init=cma=2", &option), 0);
	assert_int_equal(option.kind, CMA_OPTION_NONE);
	assert_int_equal(cma_option_find(NULL, &option), 0);
	/* The last one counts, wrong ones before it or not, and none after the dashes. */
	assert_int_equal(cma_option_find("cma=x cma=1M cma=\"2M\" -- cma=3M", &option), 0);
	assert_true(option.kind == CMA_OPTION_ANYWHERE && option.bytes == 2 * MiB);
	assert_int_equal(cma_option_find("cma=1M cma=0", &option), 0);
	assert_int_equal(option.kind, CMA_OPTION_OFF);
	assert_string_equal(said, "");

	assert_int_equal(cma_option_find("cma=1M cma=12Q quiet", &option), -EINVAL);
	assert_int_equal(option.kind, CMA_OPTION_NONE);
	assert_string_equal(said, "cma=12Q: something follows that doesn't belong there; write "
				  "cma=SIZE, cma=SIZE@BASE, cma=SIZE@BASE-LIMIT or cma=0, each a "
				  "number of bytes, or one with K, M, G or T\n");
	said[0] = '\0';
	assert_int_equal(cma_option_find("cma", &option), -EINVAL);
	assert_non_null(strstr(said, "cma=: it doesn't begin with a size"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(forms),
		HOST_AT_EACH_PAGE_SHIFT(none),
		HOST_AT_EACH_PAGE_SHIFT(refused),
		HOST_AT_EACH_PAGE_SHIFT(on_the_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
