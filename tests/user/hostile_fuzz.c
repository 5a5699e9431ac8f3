/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls in an order, and with arguments, that a seed decides. Mappings change in an arena of the
 * program's only, so that it goes on living; everything else of its memory has to stay as it is.
 *
 * Neighbours: hostile.h. Left out is what would end or stop the program on a kernel without a
 * fault: exit_group, reads from the console, waits without an end, handlers for the signals of
 * probe.c.
 */
#include "hostile.h"

static struct hostile_random first;
static uint64_t canary[512];

/* xorshift64*: the same numbers on every machine. */
uint64_t hostile_random64(void)
{
	struct hostile_random *random = hostile_random_here();
	uint64_t state = random->state;

	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	random->state = state;
	return state * 0x2545f4914f6cdd1d;
}

uint64_t hostile_below(uint64_t count)
{
	return (hostile_random64() >> 16) % count;
}

static int one_in(uint64_t count)
{
	return hostile_below(count) == 0;
}

/* In the arena, more often than not at a multiple of a page of some size. */
static uint64_t in_arena(void)
{
	uint64_t at = hostile.arena + hostile_below(HOSTILE_ARENA);

	switch (hostile_below(4)) {
	case 0:
		return at;
	case 1:
		return at & ~(uint64_t)4095;
	case 2:
		return at & ~(uint64_t)16383;
	default:
		return at & ~(uint64_t)65535;
	}
}

/* A length that doesn't lead out of the arena, or one that no kernel takes. */
static uint64_t length_at(uint64_t at)
{
	static const uint64_t absurd[] = { ~(uint64_t)0, ~(uint64_t)4095, (uint64_t)1 << 63,
					   (uint64_t)1 << 62, 0 };
	uint64_t room = hostile.arena + HOSTILE_ARENA - at;

	if (one_in(8))
		return absurd[hostile_below(5)];
	if (one_in(2) && room > HOSTILE_BLOCK)
		return (1 + hostile_below(HOSTILE_BLOCK / 4096)) * 4096;
	/* A page begun is a page, and the arena ends with one of the largest. */
	return hostile_below(room + 1);
}

/* For calls that change what comes before a hole, and then refuse: only up to the arena's end. */
static uint64_t within(uint64_t bytes)
{
	return bytes > HOSTILE_ARENA ? ~(uint64_t)4095 : bytes;
}

static uint64_t bad(void)
{
	return hostile.pointers[hostile_below((uint64_t)hostile.pointer_count)];
}

uint64_t hostile_spot(void)
{
	return one_in(3) ? bad() : in_arena();
}

static int file(void)
{
	return one_in(4) ? 77 : one_in(2) ? hostile.folder : hostile.own_file;
}

static void change_mappings(void)
{
	static const int flags[] = { MAPPED_FIXED, MAPPED_FIXED | MAPPED_NORESERVE,
				     MAPPED_FIXED_NOREPLACE };
	static const int advice[] = { ADVICE_DONTNEED, ADVICE_FREE, 0, 3, 14, 15, 16, 99, 12345 };
	uint64_t at = in_arena(), bytes = length_at(at), to = in_arena();
	int flag = MAPPED_PRIVATE | flags[hostile_below(3)];

	switch (hostile_below(7)) {
	case 0:
	case 1:
		TRY(CALL_MMAP, at, bytes, hostile_below(8), flag | MAPPED_ANONYMOUS, -1, 0);
		break;
	case 2:
		TRY(CALL_MMAP, at, bytes, hostile_below(8), flag, file(), hostile_below(40) * 4096);
		break;
	case 3:
		TRY(CALL_MUNMAP, at, bytes);
		break;
	case 4:
		TRY(CALL_MPROTECT, at, within(bytes), hostile_below(8));
		break;
	case 5:
		TRY(CALL_MADVISE, at, within(bytes), advice[hostile_below(9)]);
		break;
	default:
		/* Never grown in place beyond the arena: moved to a place in it, or refused. */
		TRY(CALL_MREMAP, at, bytes, length_at(to), REMAP_MAYMOVE | REMAP_FIXED, to);
	}
}

static void pass_pointers(void)
{
	static uint64_t zero[4];
	uint64_t bytes = one_in(8) ? hostile_random64() : hostile_below(20000);
	uint64_t vector[4] = { hostile_spot(), hostile_below(5000), hostile_spot(),
			       hostile_below(5000) };
	long opened;

	switch (hostile_below(14)) {
	case 0: /* not to the console, but for what it can't read */
		TRY(CALL_WRITE, one_in(3) ? 1 : 77, bad(), 1 + hostile_below(5000));
		break;
	case 1:
		TRY(CALL_WRITEV, 77, one_in(2) ? (uint64_t)vector : hostile_spot(),
		    hostile_below(5));
		break;
	case 2:
		TRY(CALL_READ, file(), hostile_spot(), bytes);
		break;
	case 3:
		opened = TRY(CALL_OPENAT, AT_CWD, hostile_spot(), OPEN_RDONLY);
		if (!call_failed(opened))
			TRY(CALL_CLOSE, opened);
		break;
	case 4:
		TRY(CALL_NEWFSTATAT, one_in(2) ? AT_CWD : file(),
		    one_in(2) ? hostile_spot() : (uint64_t) ".", hostile_spot(),
		    one_in(2) ? 0x1000 : hostile_below(0x2000));
		break;
	case 5:
		TRY(CALL_GETDENTS64, file(), hostile_spot(), bytes);
		break;
	case 6:
		TRY(CALL_READLINKAT, AT_CWD,
		    one_in(2) ? hostile_spot() : (uint64_t) "/proc/self/exe", hostile_spot(),
		    bytes);
		break;
	case 7:
		TRY(CALL_PPOLL, hostile_spot(), hostile_below(100), zero, 0, 8);
		break;
	case 8:
		TRY(CALL_RT_SIGACTION, 34 + hostile_below(31), hostile_spot(), hostile_spot(), 8);
		break;
	case 9:
		TRY(CALL_PRLIMIT64, 0, hostile_below(20), one_in(2) ? bad() : 0, hostile_spot());
		break;
	case 10:
		TRY(CALL_GETRANDOM, hostile_spot(), hostile_below(20000), hostile_below(5));
		break;
	case 11:
		TRY(CALL_SCHED_GETAFFINITY, 0, hostile_below(200), hostile_spot());
		break;
	case 12:
		TRY(CALL_PRCTL, 15 + hostile_below(2), hostile_spot());
		break;
	default:
		TRY(CALL_IOCTL, file(), 0x5400 + hostile_below(32), hostile_spot());
	}
}

static void change_heap(void)
{
	static uint64_t begin;
	uint64_t now;

	if (!begin)
		begin = (uint64_t)TRY(CALL_BRK, 0);
	now = (uint64_t)TRY(CALL_BRK,
			    one_in(4) ? hostile_random64() : begin + hostile_below(300000));
	/* Another thread may have taken it back. */
	if (!hostile.threads && !call_failed((long)now) && now > begin)
		*(volatile char *)(now - 1) = 1;
}

static uint64_t counter(void)
{
	uint64_t value;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(value)::"memory");
	return value;
}

static uint64_t frequency(void)
{
	uint64_t value;

	__asm__("mrs %0, cntfrq_el0" : "=r"(value));
	return value;
}

static void check(void)
{
	for (size_t i = 0; i < sizeof(canary) / sizeof(canary[0]); i++)
		if (canary[i] != 0xcab0000000000000 + i) {
			hostile_wrong("memory that nothing was to change", (uint64_t)&canary[i],
				      (long)canary[i]);
			canary[i] = 0xcab0000000000000 + i;
		}
}

void hostile_fuzz_round(void)
{
	if (one_in(16))
		change_heap();
	else if (one_in(2))
		change_mappings();
	else
		pass_pointers();
	hostile_threads_round();
}

void hostile_fuzz(uint64_t seed, uint64_t rounds, uint64_t seconds, uint64_t threads)
{
	uint64_t until = counter() + seconds * frequency();

	first.state = seed * 0x9e3779b97f4a7c15 + 1;
	__asm__ volatile("msr tpidr_el0, %0" ::"r"(&first));
	for (size_t i = 0; i < sizeof(canary) / sizeof(canary[0]); i++)
		canary[i] = 0xcab0000000000000 + i;
	change_heap();
	hostile_threads_begin(threads);
	for (uint64_t round = 0; seconds ? counter() < until : round < rounds; round++) {
		hostile_fuzz_round();
		if (round % 64 == 0) {
			check();
			hostile_threads_look();
		}
	}
	hostile_threads_end();
	check();
}
