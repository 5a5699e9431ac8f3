/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that touches each of its segments: it runs from its text, reads constants and
 * pointers, writes data, and finds its bss zero. How it is linked decides what a kernel with
 * larger pages makes of it: fixtures.tsv.
 *
 * Neighbours: elf_map.py predicts what it sees. Status 0: all as linked. 3: some byte is
 * another's.
 */
#include "bare.h"
#include "print.h"

#define WORD 0x5eed0fda7a000000u

static const uint64_t constants[4] = { WORD + 1, WORD + 2, WORD + 3, WORD + 4 };
static const uint64_t *const pointers[2] = { &constants[1], &constants[3] };
static volatile uint64_t data[4] = { WORD + 5, WORD + 6, WORD + 7, WORD + 8 };
static volatile uint64_t *data_pointer = &data[2];
static volatile uint64_t zero[1500];

/* The compiler is not to know what the pointer leads to. */
static uint64_t value_at(const volatile uint64_t *pointer)
{
	__asm__("" : "+r"(pointer));
	return *pointer;
}

int bare_main(const struct start *start)
{
	struct line line = { .length = 0 };
	const uint64_t *const *table = pointers;
	int wrong = 0;

	__asm__("" : "+r"(table));
	for (unsigned i = 0; i < 4; i++) {
		wrong += value_at(&constants[i]) != WORD + 1 + i;
		wrong += value_at(&data[i]) != WORD + 5 + i;
	}
	wrong += value_at(table[0]) != WORD + 2 || value_at(table[1]) != WORD + 4;
	*data_pointer = 9;
	wrong += value_at(&data[2]) != 9;
	for (unsigned i = 0; i < sizeof(zero) / sizeof(zero[0]); i++) {
		wrong += value_at(&zero[i]) != 0;
		zero[i] = i;
	}
	put_text(&line, wrong ? "fixture: other bytes than linked" : "fixture: all as linked");
	put_text(&line, ", pages of ");
	put_number(&line, bare_aux(start, AUX_PAGESZ));
	put_end(&line);
	return wrong ? 3 : 0;
}
