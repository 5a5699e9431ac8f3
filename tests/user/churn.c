/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * churn: memory that is written and read without an end, while the kernel moves it. A value that
 * isn't the one written last is a line, and status 1; the last line is "churn: N passes".
 *
 *     churn [SECONDS]                 so long; 0, the default: three passes
 *
 * Each pass reads every 64th byte's word, compares, and writes the next one. After every few passes
 * the memory is mapped anew, so that pages that the kernel took elsewhere are made again.
 */
#include "bare.h"
#include "print.h"

enum { WORDS = (2 << 20) / 8, STEP = 8, ANEW = 4, LEAST = 3 };

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

static uint64_t value_of(uint64_t word, uint64_t pass)
{
	return (word + 1) * 0x9e3779b97f4a7c15 ^ pass;
}

static void say_wrong(const volatile uint64_t *at, uint64_t found, uint64_t right)
{
	struct line line = { .length = 0 };

	put_text(&line, "churn: ");
	put_hex(&line, (uint64_t)at);
	put_text(&line, " has ");
	put_hex(&line, found);
	put_text(&line, " instead of ");
	put_hex(&line, right);
	put_end(&line);
}

/* True: each word was what pass - 1 wrote. */
static int pass_over(volatile uint64_t *memory, uint64_t pass)
{
	for (uint64_t word = 0; word < WORDS; word += STEP) {
		uint64_t right = pass % ANEW ? value_of(word, pass - 1) : 0, found = memory[word];

		if (found != right) {
			say_wrong(memory + word, found, right);
			return 0;
		}
		memory[word] = value_of(word, pass);
	}
	return 1;
}

int bare_main(const struct start *start)
{
	uint64_t seconds = start->argc > 1 ? bare_number(start->argv[1]) : 0, pass = 0;
	uint64_t until = counter() + seconds * frequency();
	struct line line = { .length = 0 };
	long at = 0;

	do {
		if (pass % ANEW == 0) {
			if (at)
				CALL(CALL_MUNMAP, at, WORDS * 8);
			at = map_memory(WORDS * 8, PROTECT_RW);
			if (call_failed(at))
				return 2;
		}
		if (!pass_over((volatile uint64_t *)at, pass))
			return 1;
		pass++;
	} while (pass < LEAST || counter() < until);
	put_text(&line, "churn: ");
	put_number(&line, pass);
	put_text(&line, " passes");
	put_end(&line);
	return 0;
}
