// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel/process/elf_stack.c: a program's stack, read as a program reads it; what is too much.
 *
 * Sources: kernel/process/elf_stack.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/elf_stack.h>
#include <kernel/errno.h>

#define TOP         0xfffff0000000ULL
#define STACK_BYTES (8 * MiB)

static u8 *memory; /* the STACK_BYTES below TOP */
static u64 fail_at, writes;

static u64 write_memory(u64 to, const void *from, u64 bytes)
{
	if (++writes == fail_at)
		return 1;
	assert_true(to >= TOP - STACK_BYTES && to + bytes <= TOP);
	memcpy(memory + (to - (TOP - STACK_BYTES)), from, bytes);
	return 0;
}

static const void *at(u64 address)
{
	assert_true(address >= TOP - STACK_BYTES && address < TOP);
	return memory + (address - (TOP - STACK_BYTES));
}

static u64 word(u64 address)
{
	u64 value;

	assert_int_equal(address % 8, 0);
	memcpy(&value, at(address), 8);
	return value;
}

static u64 page_bytes(void)
{
	return 1ULL << host_page_shift;
}

static struct elf_program program;

static struct elf_stack stack_of(const struct elf_arguments *arguments, u64 seed)
{
	program.page_bytes = page_bytes();
	program.header.program_header_count = 9;
	return (struct elf_stack){
		.arguments = arguments,
		.program = &program,
		.program_headers = 0x400040,
		.entry = 0x400400,
		.hwcap = 0x3dbff7fb,
		.top = TOP,
		.seed = seed,
		.random = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
	};
}

static int set_up(void **state)
{
	(void)state;
	memory = calloc(1, STACK_BYTES);
	fail_at = writes = 0;
	return memory ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(memory);
	return 0;
}

static void check_auxiliary(u64 words, u64 path, u64 platform, u64 random)
{
	const u64 expected[][2] = {
		{ 51, 4720 },     { 16, 0x3dbff7fb }, { 6, page_bytes() },
		{ 17, 100 },      { 3, 0x400040 },    { 4, 56 },
		{ 5, 9 },         { 7, 0 },           { 8, 0 },
		{ 9, 0x400400 },  { 11, 0 },          { 12, 0 },
		{ 13, 0 },        { 14, 0 },          { 23, 0 },
		{ 25, random },   { 26, 0 },          { 31, path },
		{ 15, platform }, { 0, 0 },
	};

	for (unsigned i = 0; i < sizeof(expected) / 16; i++) {
		assert_int_equal(word(words + 16 * i), expected[i][0]);
		assert_int_equal(word(words + 16 * i + 8), expected[i][1]);
	}
	/* and nothing between it and the random bytes but up to 15 for alignment */
	assert_in_range(random - (words + sizeof(expected)), 0, 15);
	assert_string_equal(at(platform), "aarch64");
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(((const u8 *)at(random))[i], i + 1);
}

/* Reads it as a program does, by sp alone. Returns where argv[0] is. */
static u64 check(u64 sp, const struct elf_arguments *arguments)
{
	unsigned argc = arguments->argc ? arguments->argc : 1;
	u64 words = sp, strings, string;

	assert_int_equal(sp % 16, 0);
	assert_int_equal(word(words), argc);
	strings = string = word(words + 8);
	for (unsigned i = 0; i < argc; i++) {
		const char *argument = arguments->argc ? arguments->argv[i] : "";

		assert_int_equal(word(words += 8), string);
		assert_string_equal(at(string), argument);
		string += strlen(argument) + 1;
	}
	assert_int_equal(word(words += 8), 0);
	for (unsigned i = 0; i < arguments->envc; i++) {
		assert_int_equal(word(words += 8), string);
		assert_string_equal(at(string), arguments->envp[i]);
		string += strlen(arguments->envp[i]) + 1;
	}
	assert_int_equal(word(words += 8), 0);
	assert_string_equal(at(string), arguments->path);
	assert_int_equal(string + strlen(arguments->path) + 1, TOP - 8);
	assert_int_equal(word(TOP - 8), 0);
	words += 8;
	check_auxiliary(words, string, word(words + 18 * 16 + 8), word(words + 15 * 16 + 8));
	assert_int_equal(word(words + 18 * 16 + 8), word(words + 15 * 16 + 8) + 16);
	return strings;
}

static const char *const some_args[] = { "prog", "-x", "", "a longer one" };
static const char *const some_envs[] = { "HOME=/", "PATH=/bin", "TERM=linux" };

static void layout(void **state)
{
	struct elf_arguments arguments = { .path = "/bin/prog",
					   .argv = some_args,
					   .envp = some_envs };

	(void)state;
	for (arguments.argc = 0; arguments.argc <= 4; arguments.argc++)
		for (arguments.envc = 0; arguments.envc <= 3; arguments.envc++) {
			struct elf_stack stack = stack_of(&arguments, 0);
			u64 sp, strings, platform;

			memset(memory, 0, STACK_BYTES);
			assert_int_equal(elf_stack_write(&stack, write_memory, &sp), 0);
			strings = check(sp, &arguments);
			/* not at random: directly below the strings */
			platform = (strings & ~15ULL) - 8;
			assert_string_equal(at(platform), "aarch64");
		}
}

static void at_random(void **state)
{
	struct elf_arguments arguments = {
		.path = "p", .argc = 4, .argv = some_args, .envc = 3, .envp = some_envs
	};
	u64 lowest = ~0ULL, highest = 0;

	(void)state;
	for (u64 seed = 1; seed < 300; seed++) {
		struct elf_stack stack = stack_of(&arguments, seed * 0x9e3779b97f4a7c15ULL);
		u64 sp, again;

		memset(memory + STACK_BYTES - 2 * page_bytes(), 0, 2 * page_bytes());
		assert_int_equal(elf_stack_write(&stack, write_memory, &sp), 0);
		check(sp, &arguments);
		lowest = sp < lowest ? sp : lowest;
		highest = sp > highest ? sp : highest;
		assert_int_equal(elf_stack_write(&stack, write_memory, &again), 0);
		assert_int_equal(sp, again);
	}
	/* nearly all of a page, and no more */
	assert_in_range(highest - lowest, page_bytes() * 9 / 10, page_bytes());
}

static void measure(void **state)
{
	struct elf_arguments arguments = {
		.path = "/bin/prog", .argc = 4, .argv = some_args, .envc = 3, .envp = some_envs
	};
	u64 bytes;

	(void)state;
	assert_int_equal(elf_stack_measure(&arguments, page_bytes(), STACK_BYTES, &bytes), 0);
	assert_int_equal(bytes, 10 + 5 + 3 + 1 + 13 + 7 + 10 + 11);
	arguments.argc = 0;
	assert_int_equal(elf_stack_measure(&arguments, page_bytes(), STACK_BYTES, &bytes), 0);
	assert_int_equal(bytes, 10 + 1 + 7 + 10 + 11);

	/* The stack that a program begins with: 132K, 144K, 192K for a few strings, as on Linux. */
	assert_int_equal(elf_stack_bytes(39, page_bytes(), STACK_BYTES), 128 * KiB + page_bytes());
	assert_int_equal(elf_stack_bytes(page_bytes() - 8, page_bytes(), STACK_BYTES),
			 128 * KiB + page_bytes());
	assert_int_equal(elf_stack_bytes(page_bytes() - 7, page_bytes(), STACK_BYTES),
			 128 * KiB + 2 * page_bytes());
	assert_int_equal(elf_stack_bytes(39, page_bytes(), 128 * KiB + page_bytes() - 1),
			 128 * KiB);
}

static char *long_string(u64 length)
{
	char *string = malloc(length + 1);

	memset(string, 'x', length);
	string[length] = 0;
	return string;
}

/* One string: 32 pages, its NUL included. */
static void one_too_long(void **state)
{
	char *string = long_string(32 * page_bytes());
	struct elf_arguments arguments = { .path = "p", .argc = 1, .argv = (void *)&string };
	u64 bytes, limit = 1 * GiB;

	(void)state;
	assert_int_equal(elf_stack_measure(&arguments, page_bytes(), limit, &bytes), -E2BIG);
	assert_int_equal(bytes, 0);
	string[32 * page_bytes() - 1] = 0;
	assert_int_equal(elf_stack_measure(&arguments, page_bytes(), limit, &bytes), 0);
	assert_int_equal(bytes, 2 + 32 * page_bytes());
	string[32 * page_bytes() - 1] = 'x';
	arguments = (struct elf_arguments){ .path = "p", .envc = 1, .envp = (void *)&string };
	assert_int_equal(elf_stack_measure(&arguments, page_bytes(), limit, &bytes), -E2BIG);
	arguments = (struct elf_arguments){ .path = string };
	assert_int_equal(elf_stack_measure(&arguments, page_bytes(), limit, &bytes), -E2BIG);
	free(string);
}

/* `limit` for all strings and pointers: 1,000 strings of 4,000 bytes fit into it or don't. */
static void all_too_long(void **state)
{
	static const struct {
		u64 stack, strings;
	} limits[] = {
		{ 8 * MiB, 2 * MiB }, { 4 * MiB, 1 * MiB },  { 64 * KiB, 128 * KiB },
		{ 0, 128 * KiB },     { 24 * MiB, 6 * MiB }, { 25 * MiB, 6 * MiB },
		{ ~0ULL, 6 * MiB },
	};
	char *string = long_string(3999);
	const char *strings[2000];
	u64 bytes;

	(void)state;
	for (unsigned i = 0; i < 2000; i++)
		strings[i] = string;
	for (unsigned i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		unsigned fit = (unsigned)((limits[i].strings - 2) / 4008);
		struct elf_arguments arguments = { .path = "p",
						   .argc = fit / 2,
						   .argv = strings,
						   .envc = fit - fit / 2,
						   .envp = strings };

		assert_int_equal(
			elf_stack_measure(&arguments, page_bytes(), limits[i].stack, &bytes), 0);
		assert_int_equal(bytes, 2 + fit * 4000);
		arguments.envc++;
		assert_int_equal(
			elf_stack_measure(&arguments, page_bytes(), limits[i].stack, &bytes),
			-E2BIG);
	}
	free(string);
	/* Pointers alone can be too many: the strings aren't looked at. */
	{
		struct elf_arguments arguments = { .path = "p", .argc = 16384 };

		assert_int_equal(elf_stack_measure(&arguments, page_bytes(), 0, &bytes), -E2BIG);
		arguments.argc = 1;
		arguments.envc = ~0u;
		assert_int_equal(elf_stack_measure(&arguments, page_bytes(), ~0ULL, &bytes),
				 -E2BIG);
	}
}

/* Each write fails once: -EFAULT, and nothing is written after that. */
static void failures(void **state)
{
	struct elf_arguments arguments = {
		.path = "p", .argc = 4, .argv = some_args, .envc = 3, .envp = some_envs
	};
	struct elf_stack stack = stack_of(&arguments, 0);
	u64 sp, all;

	(void)state;
	fail_at = writes = 0;
	assert_int_equal(elf_stack_write(&stack, write_memory, &sp), 0);
	all = writes;
	for (fail_at = 1; fail_at <= all; fail_at++) {
		writes = 0;
		sp = 1;
		assert_int_equal(elf_stack_write(&stack, write_memory, &sp), -EFAULT);
		assert_int_equal(sp, 0);
		assert_int_equal(writes, fail_at);
	}
	fail_at = 0;
	assert_int_equal(elf_stack_write(&stack, write_memory, &sp), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(layout),       HOST_AT_EACH_PAGE_SHIFT(at_random),
		HOST_AT_EACH_PAGE_SHIFT(measure),      HOST_AT_EACH_PAGE_SHIFT(one_too_long),
		HOST_AT_EACH_PAGE_SHIFT(all_too_long), HOST_AT_EACH_PAGE_SHIFT(failures),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
