// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any bytes as a command line. Every option lies within the line, the cursor only
 * moves forward, and looking up what the iterator returned finds it. Every value is
 * read as one of `cma=` and of `crashkernel=`, too: what it says then is in order, or there
 * is a why. What a line says of CPUs is a number, or names the option that is none.
 *
 * Sources: lib/cmdline.c lib/cpu_option.c lib/parse.c mm/boot/cma_option.c
 * Sources: mm/boot/memblock_crashkernel.c
 * Sources: mm/boot/memblock.c mm/boot/region_list.c lib/format.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <lib/cmdline.h>
#include <lib/cpu_option.h>
#include <lib/parse.h>
#include <mm/cma_option.h>
#include <mm/memblock_crashkernel.h>

#include "fuzz.h"

static void check_lookup(const char *line, const struct cmdline_option *opt)
{
	struct cmdline_option found;
	char *name = strndup(opt->name, opt->name_len);

	REQUIRE(name);
	REQUIRE(cmdline_name_is(opt, name));
	REQUIRE(cmdline_count(line, name) > 0);
	REQUIRE(cmdline_find_last(line, name, &found));
	REQUIRE(found.name >= opt->name);
	free(name);
}

static void check_cma(const struct cmdline_option *opt)
{
	struct cma_option cma;
	const char *why = cma_option_parse(opt->value, opt->value_len, &cma);

	REQUIRE(!why == (cma.kind != CMA_OPTION_NONE));
	REQUIRE(!why || !cma.bytes);
	REQUIRE(cma.kind <= CMA_OPTION_OFF || cma.bytes);
	REQUIRE(cma.kind != CMA_OPTION_FIXED || cma.base.val + cma.bytes > cma.base.val);
	REQUIRE(cma.kind != CMA_OPTION_RANGE || cma.limit.val > cma.base.val);
}

static void check_crash(const struct cmdline_option *opt)
{
	static const u64 ram_bytes[] = { 0, 64 * MiB, 512 * MiB, 3 * GiB, 1ULL << 48, ~0ULL };
	struct crash_option crash;
	const char *why = memblock_crashkernel_parse(opt->value, opt->value_len, &crash);

	REQUIRE(!why == (crash.kind != CRASH_OPTION_NONE));
	REQUIRE(crash.kind == CRASH_OPTION_FIXED || !crash.base.val);
	if (why)
		return;
	REQUIRE(crash.sizes.text == opt->value && crash.sizes.len == opt->value_len);
	for (unsigned i = 0; i < ARRAY_SIZE(ram_bytes); i++)
		REQUIRE(IS_ALIGNED(memblock_crashkernel_bytes(&crash, ram_bytes[i]),
				   CRASH_OPTION_UNIT));
}

static void check_cpus(const char *line, size_t len)
{
	struct cmdline_option opt = { 0 }, last;
	u32 most = 0;
	int err = cpu_option_find(line, &most, &opt);

	REQUIRE(most == cpu_option_most(line) && most);
	REQUIRE(!err || (err == -EINVAL && most == CPU_OPTION_NO_LIMIT));
	REQUIRE(!opt.name || (opt.name >= line && opt.value + opt.value_len <= line + len));
	REQUIRE(!opt.name || (cmdline_find_last(line, "maxcpus", &last) && last.name == opt.name));
	REQUIRE(opt.name || most == CPU_OPTION_NO_LIMIT || cmdline_count(line, "nosmp"));
}

static unsigned check_options(const char *line, size_t len)
{
	const char *cursor = line, *previous = line;
	struct cmdline_option opt;
	unsigned count = 0;

	while (cmdline_next(&cursor, &opt)) {
		size_t used;
		u64 value;

		REQUIRE(cursor > previous && cursor <= line + len);
		REQUIRE(opt.name >= previous && opt.name + opt.name_len <= cursor);
		REQUIRE(opt.value >= opt.name + opt.name_len);
		REQUIRE(opt.value + opt.value_len <= cursor);
		REQUIRE(opt.has_value || opt.value_len == 0);
		REQUIRE(!opt.unterminated || *cursor == '\0');
		if (count < 8)
			check_lookup(line, &opt);
		if (parse_size(opt.value, opt.value_len, &used, &value) == 0)
			REQUIRE(used > 0 && used <= opt.value_len);
		check_cma(&opt);
		check_crash(&opt);
		previous = cursor;
		count++;
	}
	REQUIRE(*cursor == '\0' || strncmp(cursor, "--", 2) == 0 ||
		strncmp(cursor, "\"--\"", 4) == 0 || strcmp(cursor, "\"--") == 0);
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const known[] = { "pagesize", "arm64.pagesize", "mem", "run", "test" };
	char *line = malloc(size + 1); /* to the byte, for AddressSanitizer */
	const char *cursor = line;
	struct cmdline_option opt;
	unsigned unknown = 0;

	REQUIRE(line);
	if (size)
		memcpy(line, data, size);
	line[size] = '\0';
	while (cmdline_next_unknown(&cursor, known, known + ARRAY_SIZE(known), &opt))
		unknown++;
	REQUIRE(unknown <= check_options(line, strlen(line)));
	check_cpus(line, strlen(line));
	free(line);
	return 0;
}
