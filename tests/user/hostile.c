/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory that the attempts are made with, and those that take no call: loads, stores and jumps
 * to where the kernel is, instructions that only it may use, and numbers that are no call's.
 *
 * Neighbours: hostile.h.
 */
#include "hostile.h"
#include "probe.h"

struct hostile hostile;

void hostile_wrong(const char *what, uint64_t argument, long answer)
{
	struct line line = { .length = 0 };

	if (hostile.wrong++ >= 50)
		return;
	put_text(&line, "hostile: ");
	put_text(&line, what);
	put_text(&line, " with ");
	put_hex(&line, argument);
	put_text(&line, ": ");
	if (answer < 0) {
		put_char(&line, '-');
		answer = -answer;
	}
	put_number(&line, (uint64_t)answer);
	put_end(&line);
}

static uint64_t block(int protection)
{
	long at = map_memory(2 * HOSTILE_BLOCK, protection);

	if (call_failed(at))
		bare_exit(2);
	return ((uint64_t)at + HOSTILE_BLOCK - 1) & ~(uint64_t)(HOSTILE_BLOCK - 1);
}

static void prepare(void)
{
	static const uint64_t upper[] = { 0xffff000000000000, 0xffff800000000000,
					  0xffff800080000000, 0xffffffffffffffff,
					  0xfffffffffffffff8, 0xfffffffffffff000 };
	static const uint64_t others[] = { 0x0001000000000000, 0x00ffffffffffffff,
					   0x8000000000000000, 0xfffe000000000000,
					   0x7fffffffffffffff };
	long arena = CALL(CALL_MMAP, 0, HOSTILE_ARENA, PROTECT_NONE, MAPPED_OURS, -1, 0);

	hostile.good = block(PROTECT_RW);
	hostile.hole = block(PROTECT_RW) + HOSTILE_BLOCK;
	/* What is left of it may be before and after: make sure of what is after. */
	CALL(CALL_MMAP, hostile.hole - HOSTILE_BLOCK, 2 * HOSTILE_BLOCK, PROTECT_RW,
	     MAPPED_OURS | MAPPED_FIXED, -1, 0);
	CALL(CALL_MUNMAP, hostile.hole, HOSTILE_BLOCK);
	memset((void *)(hostile.hole - HOSTILE_BLOCK), '\n', HOSTILE_BLOCK);
	hostile.read_only = block(PROTECT_READ);
	hostile.no_access = block(PROTECT_NONE);
	if (call_failed(arena))
		bare_exit(2);
	hostile.arena = (uint64_t)arena;
	for (size_t i = 0; i < sizeof(upper) / sizeof(upper[0]); i++)
		hostile.kernel[hostile.kernel_count++] = upper[i];
	hostile.pointers[hostile.pointer_count++] = hostile.hole;
	hostile.pointers[hostile.pointer_count++] = hostile.no_access;
	for (size_t i = 0; i < sizeof(upper) / sizeof(upper[0]); i++)
		hostile.pointers[hostile.pointer_count++] = upper[i];
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		hostile.pointers[hostile.pointer_count++] = others[i];
	/* A tag in the top byte is nothing that a call takes, unless it was asked for. */
	hostile.pointers[hostile.pointer_count++] = hostile.good | (uint64_t)0x5a << 56;
}

static void try_access(uint64_t address)
{
	static const char *const names[] = { "a load", "a store", "a jump" };
	unsigned char byte;

	for (int kind = PROBE_READ; kind <= PROBE_JUMP; kind++) {
		int signal = probe(address, kind, &byte) & 0xff;

		/* A jump to no multiple of 4 is a SIGBUS, wherever it goes. */
		if (signal != SIGNAL_SEGV &&
		    !(kind == PROBE_JUMP && signal == SIGNAL_BUS && address & 3))
			hostile_wrong(names[kind], address, signal);
	}
}

/* Everything that isn't the program's ends in SIGSEGV, the kernel's half above all. */
static void try_accesses(void)
{
	uint64_t address = 0xffff000000000000;

	for (int i = 0; i < hostile.pointer_count - 1; i++)
		try_access(hostile.pointers[i]);
	for (int i = 0; i < 2000; i++, address += 0x0000008377123000)
		try_access(address | 0xffff000000000000);
}

/* Instructions of EL1, each followed by a return: here they are undefined. */
static const uint32_t privileged[][2] __attribute__((aligned(64), section(".text.privileged"))) = {
	{ 0xd5382000, 0xd65f03c0 }, /* mrs x0, ttbr0_el1 */
	{ 0xd5182000, 0xd65f03c0 }, /* msr ttbr0_el1, x0 */
	{ 0xd5381000, 0xd65f03c0 }, /* mrs x0, sctlr_el1 */
	{ 0xd508871f, 0xd65f03c0 }, /* tlbi vmalle1 */
	{ 0xd5087620, 0xd65f03c0 }, /* dc ivac, x0 */
	{ 0xd50342df, 0xd65f03c0 }, /* msr daifset, #2 */
	{ 0xd4000002, 0xd65f03c0 }, /* hvc #0 */
	{ 0xd4000003, 0xd65f03c0 }, /* smc #0 */
	{ 0xd69f03e0, 0xd65f03c0 }, /* eret */
	{ 0x00000000, 0xd65f03c0 }, /* udf #0 */
};

static void try_instructions(void)
{
	for (size_t i = 0; i < sizeof(privileged) / sizeof(privileged[0]); i++) {
		int signal = probe((uint64_t)privileged[i], PROBE_JUMP, 0) & 0xff;

		if (signal != SIGNAL_ILL)
			hostile_wrong("an instruction of EL1", privileged[i][0], signal);
	}
}

/* What a page that is there doesn't allow; and a register that the kernel writes, for itself. */
static void try_permissions(void)
{
	unsigned char byte;
	uint64_t left;

	if (probe(hostile.read_only, PROBE_READ, &byte) ||
	    (probe(hostile.read_only, PROBE_WRITE, &byte) & 0xff) != SIGNAL_SEGV)
		hostile_wrong("a store to what is read-only", hostile.read_only, 0);
	if (probe(hostile.good, PROBE_WRITE, &byte) ||
	    (probe(hostile.good, PROBE_JUMP, &byte) & 0xff) != SIGNAL_SEGV)
		hostile_wrong("a jump to data", hostile.good, 0);
	if ((probe((uint64_t)privileged + 2, PROBE_JUMP, 0) & 0xff) != SIGNAL_BUS)
		hostile_wrong("a jump into an instruction", (uint64_t)privileged + 2, 0);
	__asm__ volatile("mrs %0, tpidrro_el0" : "=r"(left));
	if (left)
		hostile_wrong("TPIDRRO_EL0", left, 0);
}

static void try_numbers(void)
{
	static const long numbers[] = { -1, -2, 700, 4000, 0x7fffffff, 0x80000000, 244, 259 };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		long answer = TRY(numbers[i], ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0);

		if (answer != -ERROR_NOSYS)
			hostile_wrong("no call's number", (uint64_t)numbers[i], answer);
	}
}

/* "5s" */
static int is_time(const char *text)
{
	while (*text >= '0' && *text <= '9')
		text++;
	return *text == 's';
}

int bare_main(const struct start *start)
{
	uint64_t seed = start->argc > 1 ? bare_number(start->argv[1]) : 1;
	const char *rounds = start->argc > 2 ? start->argv[2] : "20000";
	struct line line = { .length = 0 };

	hostile.own_file = (int)CALL(CALL_OPENAT, AT_CWD, bare_aux(start, AUX_EXECFN), OPEN_RDONLY);
	hostile.folder = (int)CALL(CALL_OPENAT, AT_CWD, ".", OPEN_RDONLY);
	prepare();
	if (probe_init()) {
		try_accesses();
		try_instructions();
		try_permissions();
	}
	try_numbers();
	hostile_calls();
	hostile_fuzz(seed, bare_number(rounds), is_time(rounds) ? bare_number(rounds) : 0,
		     start->argc > 3 ? bare_number(start->argv[3]) : 0);
	put_text(&line, "hostile: ");
	put_number(&line, hostile.answered);
	put_text(&line, " calls did something");
	put_end(&line);
	put_text(&line, "hostile: ");
	put_number(&line, hostile.calls);
	put_text(&line, " calls, seed ");
	put_number(&line, seed);
	put_end(&line);
	return hostile.wrong != 0;
}
