// SPDX-License-Identifier: BSD-2-Clause
/*
 * `crashkernel=`: what each form asks for on which machine, what is none, and what is said of it.
 *
 * Sources: mm/boot/memblock_crashkernel.c mm/boot/memblock.c
 * Sources: mm/boot/region_list.c lib/format.c lib/cmdline.c lib/parse.c
 */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <kernel/errno.h>
#include <mm/memblock_crashkernel.h>

static char said[1024];

static void hear(const char *text)
{
	size_t used = strlen(said);

	snprintf(said + used, sizeof(said) - used, "%s", text);
}

/* A copy without terminator: AddressSanitizer sees a read after its end. */
static char *copy_of(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	return copy;
}

/* What is asked for on a machine with so much RAM, anywhere. */
static void anywhere(const char *text, u64 ram_bytes, u64 bytes)
{
	struct crash_option option;
	char *copy = copy_of(text);
	const char *why = memblock_crashkernel_parse(copy, strlen(text), &option);

	if (why || option.kind != CRASH_OPTION_ANYWHERE || option.base.val)
		fail_msg("crashkernel=%s: %s, kind %d", text, why ? why : "", (int)option.kind);
	if (memblock_crashkernel_bytes(&option, ram_bytes) != bytes)
		fail_msg("crashkernel=%s at %llx: %llx", text, ram_bytes,
			 memblock_crashkernel_bytes(&option, ram_bytes));
	free(copy);
}

/* The same at a place. */
static void fixed(const char *text, u64 ram_bytes, u64 bytes, u64 base)
{
	struct crash_option option;
	char *copy = copy_of(text);
	const char *why = memblock_crashkernel_parse(copy, strlen(text), &option);

	if (why || option.kind != CRASH_OPTION_FIXED || option.base.val != base ||
	    memblock_crashkernel_bytes(&option, ram_bytes) != bytes)
		fail_msg("crashkernel=%s: %s, kind %d at %llx", text, why ? why : "",
			 (int)option.kind, option.base.val);
	free(copy);
}

static void bad(const char *text, const char *why)
{
	struct crash_option option;
	char *copy = copy_of(text);
	const char *said_why;

	memset(&option, 0x5a, sizeof(option));
	said_why = memblock_crashkernel_parse(copy, strlen(text), &option);
	if (!said_why)
		fail_msg("crashkernel=%s is taken", text);
	if (!strstr(said_why, why))
		fail_msg("crashkernel=%s: %s", text, said_why);
	assert_true(option.kind == CRASH_OPTION_NONE && !option.sizes.text && !option.sizes.len);
	free(copy);
}

static void one_size(void **state)
{
	(void)state;
	anywhere("64M", 512 * MiB, 64 * MiB);
	anywhere("1", 512 * MiB, 2 * MiB);
	anywhere("2097152", 512 * MiB, 2 * MiB);
	anywhere("2097153", 512 * MiB, 4 * MiB);
	anywhere("0x40m", 0, 64 * MiB);
	anywhere("0", 512 * MiB, 0);
	anywhere("0x0G", 512 * MiB, 0);
	/* More than there are addresses for. */
	anywhere("18446744073709551615", 512 * MiB, 0xffffffffffe00000);
	anywhere("0xffffffffffe00000", 512 * MiB, 0xffffffffffe00000);
	fixed("64M@0x50000000", 512 * MiB, 64 * MiB, 0x50000000);
	fixed("64m@1g", 512 * MiB, 64 * MiB, GiB);
	fixed("3M@0", 512 * MiB, 4 * MiB, 0);
	fixed("0@16M", 512 * MiB, 0, 16 * MiB);
	fixed("1@0xffffffffffffffff", 512 * MiB, 2 * MiB, ~0ULL);
}

static void ranges(void **state)
{
	/* kdump.rst's own example. */
	static const char example[] = "512M-2G:64M,2G-:128M";
	static const char three[] = "0-128M:1,128M-1G:16M,4G-8G:0";

	(void)state;
	anywhere(example, 384 * MiB, 0);
	anywhere(example, 512 * MiB, 64 * MiB);
	anywhere(example, 2 * GiB - 128 * MiB, 64 * MiB);
	anywhere(example, 2 * GiB, 128 * MiB);
	anywhere(example, 99 * TiB, 128 * MiB);
	/* Rounded up to 128 MiB, which firmware may have some of. */
	anywhere(example, 384 * MiB + 1, 64 * MiB);
	anywhere(example, 2 * GiB - 128 * MiB + 1, 128 * MiB);
	anywhere(example, ~0ULL, 128 * MiB);
	anywhere(three, 0, 2 * MiB);
	anywhere(three, 1, 16 * MiB);
	anywhere(three, GiB, 0);
	anywhere(three, 3 * GiB, 0);
	anywhere(three, 5 * GiB, 0);
	anywhere(three, 8 * GiB, 0);
	/* The first one that fits, as Linux has it. */
	anywhere("1G-2G:32M,1G-3G:64M,0-:128M", GiB, 32 * MiB);
	anywhere("1G-2G:32M,1G-3G:64M,0-:128M", 2 * GiB, 64 * MiB);
	anywhere("1G-2G:32M,1G-3G:64M,0-:128M", 3 * GiB, 128 * MiB);
	anywhere("0-:18446744073709551615", GiB, 0xffffffffffe00000);
	/* One place for all. */
	fixed("512M-2G:64M,2G-:128M@0x60000000", GiB, 64 * MiB, 0x60000000);
	fixed("512M-2G:64M,2G-:128M@0x60000000", 4 * GiB, 128 * MiB, 0x60000000);
	fixed("512M-2G:64M,2G-:128M@0x60000000", 128 * MiB, 0, 0x60000000);
}

static void refused(void **state)
{
	static const char *const no_size[] = { "",       " ",    "M",
					       "-1",     "@1G",  ":64M",
					       ",1G-:1", "auto", "18446744073709551616" };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(no_size); i++)
		bad(no_size[i], "it doesn't begin with a size");
	bad("64M@", "follows the @");
	bad("64M@G", "follows the @");
	bad("0-:64M@-1", "follows the @");
	bad("64M@16777216T", "follows the @");
	bad("64M@1G@2G", "something follows");
	bad("64M@1G-2G", "something follows");
	bad("64MB", "something follows");
	bad("64M ", "something follows");
	bad("64M,", "something follows");
	bad("64M:1G-", "something follows");
	bad("64M,1G-:64M", "something follows");
	bad("0-:64M@1G,2G-:64M", "something follows");
	bad("0-1G:64M;1G-:128M", "something follows");
	bad("64M,high", "there is no ,high and no ,low here");
	bad("64M,low", "there is no ,high and no ,low here");
	bad("64M,highest", "something follows");
	bad("64M,lo", "something follows");
	bad("1G-2G", "no : follows a range");
	bad("1G-", "neither a size of 64 bits nor a : follows");
	bad("1G-2G@64M", "no : follows a range");
	bad("1G-x:64M", "neither a size of 64 bits nor a : follows");
	bad("1G-16777216T:64M", "neither a size of 64 bits nor a : follows");
	bad("1G-2G:", "no size of 64 bits follows the :");
	bad("1G-2G:@1G", "no size of 64 bits follows the :");
	bad("1G-2G:64M,", "a range doesn't begin with a size");
	bad("1G-2G:64M,-:1M", "a range doesn't begin with a size");
	bad("1G-2G:64M,64M", "no - follows the START");
	bad("2G-1G:64M", "END of a range isn't above");
	bad("0-:1M,1G-1G:64M", "END of a range isn't above");
}

static void on_the_line(void **state)
{
	struct crash_option option = { .kind = CRASH_OPTION_FIXED };

	(void)state;
	said[0] = '\0';
	host_printk_hook = hear;
	assert_int_equal(memblock_crashkernel_find("cma=64M crash=1 crashkernels=2M", &option), 0);
	assert_int_equal(option.kind, CRASH_OPTION_NONE);
	assert_int_equal(memblock_crashkernel_find(NULL, &option), 0);
	/* The last one counts, wrong ones before it or not, and none after the dashes. */
	assert_int_equal(
		memblock_crashkernel_find("crashkernel=x crashkernel=\"0-:3M@2G\" -- crashkernel=y",
					  &option),
		0);
	assert_int_equal(option.kind, CRASH_OPTION_FIXED);
	assert_int_equal(option.base.val, 2 * GiB);
	assert_int_equal(memblock_crashkernel_bytes(&option, GiB), 4 * MiB);
	assert_string_equal(said, "");

	assert_int_equal(
		memblock_crashkernel_find("crashkernel=1M crashkernel=64M,high quiet", &option),
		-EINVAL);
	assert_int_equal(option.kind, CRASH_OPTION_NONE);
	assert_string_equal(
		said,
		"crashkernel=64M,high: there is no ,high and no ,low here: the region may lie "
		"anywhere anyway, and is one; write crashkernel=SIZE[@OFFSET] or "
		"crashkernel=START-[END]:SIZE[,START-[END]:SIZE...][@OFFSET], each a number of "
		"bytes, or one with K, M, G or T\n");
	said[0] = '\0';
	assert_int_equal(memblock_crashkernel_find("crashkernel", &option), -EINVAL);
	assert_non_null(strstr(said, "crashkernel=: it doesn't begin with a size"));
	assert_true(HOST_ASSERTS(memblock_crashkernel_bytes(&option, GiB)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(one_size),
		HOST_AT_EACH_PAGE_SHIFT(ranges),
		HOST_AT_EACH_PAGE_SHIFT(refused),
		HOST_AT_EACH_PAGE_SHIFT(on_the_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
