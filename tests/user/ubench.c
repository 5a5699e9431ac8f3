/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ubench: what operations of the kernel cost a program. A line for each: "ubench: NAME N", N in
 * nanoseconds by the virtual counter. Under QEMU's -icount shift=0 an instruction takes one of
 * them, so N is the instructions that the guest executed, the loop's own few included.
 *
 *     ubench [NAME [SAID]]            this operation only, called SAID in its line
 *     ubench partner                  give way to others, without an end
 *
 * "yield" is from one program's EL0 to another's: where there is one, "ubench partner" on the same
 * CPU, a batch is twice as many of them.
 *
 * Neighbours: ubench.golden.tsv has Linux's; scripts/check-oracle --ubench counts there. Operation
 * i stands between HINT #(64 + 2 i) and HINT #(65 + 2 i), which do nothing: a plugin can count
 * what is executed from one to the other, on a machine without icount. The least of BATCHES
 * batches counts: others have an interrupt in them, or a first use.
 */
#include "ubench.h"
#include "bare.h"
#include "print.h"

enum { BATCHES = 9, PAGES = 64, TOUCHED = 4 << 20, ADVICE_NO_HUGE = 15 };

static uint64_t page;

/* Counter ticks to nanoseconds, for `count` operations. */
static uint64_t each(uint64_t ticks, uint64_t count)
{
	uint64_t frequency;

	__asm__("mrs %0, cntfrq_el0" : "=r"(frequency));
	return ticks * 1000000000 / frequency / count;
}

static uint64_t mapped(uint64_t bytes, int protection)
{
	long at = map_memory(bytes, protection);

	if (call_failed(at))
		return 0;
	/* Pages as they are: a huge one is another operation. */
	CALL(CALL_MADVISE, at, bytes, ADVICE_NO_HUGE);
	return (uint64_t)at;
}

static void write_to(uint64_t at, uint64_t bytes)
{
	for (uint64_t done = 0; done < bytes; done += page)
		*(volatile char *)(at + done) = 1;
}

static void read_from(uint64_t at, uint64_t bytes)
{
	for (uint64_t done = 0; done < bytes; done += page)
		(void)*(volatile char *)(at + done);
}

static uint64_t batch_getpid(void)
{
	if (call_failed(CALL(CALL_GETPID)))
		return 0;
	return COUNTED(64, 65, for (int i = 0; i < CALLS; i++) CALL(CALL_GETPID));
}

static uint64_t batch_write_fault(void)
{
	uint64_t at = mapped(PAGES * page, PROTECT_RW);
	uint64_t ticks = at ? COUNTED(66, 67, write_to(at, PAGES * page)) : 0;

	CALL(CALL_MUNMAP, at, PAGES * page);
	return ticks;
}

static uint64_t batch_read_fault(void)
{
	uint64_t at = mapped(PAGES * page, PROTECT_READ);
	uint64_t ticks = at ? COUNTED(68, 69, read_from(at, PAGES * page)) : 0;

	CALL(CALL_MUNMAP, at, PAGES * page);
	return ticks;
}

static uint64_t batch_touch(void)
{
	uint64_t at = mapped(TOUCHED, PROTECT_RW);
	uint64_t ticks = at ? COUNTED(70, 71, write_to(at, TOUCHED)) : 0;

	CALL(CALL_MUNMAP, at, TOUCHED);
	return ticks;
}

static uint64_t unmap_touched(uint64_t pages)
{
	uint64_t at = mapped(pages * page, PROTECT_RW);

	if (!at)
		return 0;
	write_to(at, pages * page);
	return COUNTED(72, 73, CALL(CALL_MUNMAP, at, pages * page));
}

/* What a further page adds: 9 * PAGES pages less PAGES. */
static uint64_t batch_unmap_page(void)
{
	uint64_t few = unmap_touched(PAGES), many = unmap_touched(9 * PAGES);

	return few && many > few ? many - few : 0;
}

static uint64_t batch_map_unmap(void)
{
	return COUNTED(
		74, 75, for (int i = 0; i < CALLS; i++) {
			long at = map_memory(page, PROTECT_RW);

			CALL(CALL_MUNMAP, at, page);
		});
}

/* A touched page in the middle of others, so that the mapping is split and joined. */
static uint64_t batch_protect(void)
{
	uint64_t at = mapped(3 * page, PROTECT_RW), ticks;

	if (!at || call_failed(CALL(CALL_MPROTECT, at, page, PROTECT_RW)))
		return 0;
	write_to(at, 3 * page);
	ticks = COUNTED(
		76, 77, for (int i = 0; i < CALLS; i++) {
			CALL(CALL_MPROTECT, at + page, page, PROTECT_READ);
			CALL(CALL_MPROTECT, at + page, page, PROTECT_RW);
		});
	CALL(CALL_MUNMAP, at, 3 * page);
	return ticks;
}

static uint64_t batch_brk(void)
{
	uint64_t first = (uint64_t)CALL(CALL_BRK, 0);

	if (call_failed((long)first))
		return 0;
	return COUNTED(
		78, 79, for (int i = 0; i < CALLS; i++) {
			CALL(CALL_BRK, first + page);
			CALL(CALL_BRK, first);
		});
}

static uint64_t batch_reserve(void)
{
	const uint64_t bytes = (uint64_t)128 << 30;

	return COUNTED(
		80, 81, for (int i = 0; i < CALLS; i++) {
			long at = CALL(CALL_MMAP, 0, bytes, PROTECT_NONE,
				       MAPPED_OURS | MAPPED_NORESERVE, -1, 0);

			CALL(CALL_MUNMAP, at, bytes);
		});
}

/* A byte goes through a pipe. */
static uint64_t batch_pipe(void)
{
	int ends[2];
	char byte = 1;
	uint64_t ticks;

	if (call_failed(CALL(CALL_PIPE2, ends, 0)))
		return 0;
	ticks = COUNTED(
		82, 83, for (int i = 0; i < CALLS; i++) {
			CALL(CALL_WRITE, ends[1], &byte, 1);
			CALL(CALL_READ, ends[0], &byte, 1);
		});
	CALL(CALL_CLOSE, ends[0]);
	CALL(CALL_CLOSE, ends[1]);
	return ticks;
}

static uint64_t batch_yield(void)
{
	return COUNTED(84, 85, for (int i = 0; i < CALLS; i++) CALL(CALL_SCHED_YIELD));
}

static const struct bench {
	const char *name;
	uint64_t (*batch)(void);
	uint64_t count;
} benches[] = {
	{ "getpid", batch_getpid, CALLS },
	{ "write_fault", batch_write_fault, PAGES },
	{ "read_fault", batch_read_fault, PAGES },
	{ "touch_4M", batch_touch, 1 },
	{ "munmap_page", batch_unmap_page, 8 * PAGES },
	{ "mmap_munmap", batch_map_unmap, CALLS },
	{ "mprotect_pair", batch_protect, CALLS },
	{ "brk_pair", batch_brk, CALLS },
	{ "reserve_128G", batch_reserve, CALLS },
	{ "pipe_byte", batch_pipe, CALLS },
	{ "yield", batch_yield, CALLS },
	{ "thread", batch_thread, 32 },
	{ "futex_wake", batch_futex_wake, CALLS },
	{ "pipe_round_trip", batch_pipe_round, CALLS },
	{ "signal", batch_signal, CALLS },
};

int bare_main(const struct start *start)
{
	page = bare_aux(start, AUX_PAGESZ);
	if (start->argc > 1 && bare_same(start->argv[1], "partner"))
		for (;;)
			CALL(CALL_SCHED_YIELD);
	for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]); i++) {
		struct line line = { .length = 0 };
		uint64_t least = ~(uint64_t)0;

		if (start->argc > 1 && !bare_same(start->argv[1], benches[i].name))
			continue;
		for (int batch = 0; batch < BATCHES; batch++) {
			uint64_t ticks = benches[i].batch();

			least = ticks < least ? ticks : least;
		}
		put_text(&line, "ubench: ");
		put_text(&line, start->argc > 2 ? start->argv[2] : benches[i].name);
		put_char(&line, ' ');
		if (least)
			put_number(&line, each(least, benches[i].count));
		else
			put_char(&line, '-');
		put_end(&line);
	}
	return 0;
}
