// SPDX-License-Identifier: BSD-2-Clause
/* The TLB of fake_tlb.h: entries at random, which only a flush takes away. */
#include "fake_tlb.h"

#include <string.h>

#include <cmocka.h>

#include <kernel/compiler.h>

static const struct pgtable *tables;

#define TLB_ENTRIES 32

static struct tlb_entry {
	u64 va; /* somewhere in what it covers; 0: empty */
	struct fake_translation t;
} tlb[TLB_ENTRIES];
static unsigned tlb_next;

/* Some CPU translates `va`. */
void tlb_fill(u64 va)
{
	struct fake_translation t = fake_translate(tables, va);

	if (t.mapped)
		tlb[tlb_next++ % TLB_ENTRIES] = (struct tlb_entry){ va, t };
}

/* Entries that cover any of the range go; meanwhile another CPU walks. */
void tlb_forget(u64 va, u64 bytes)
{
	for (unsigned i = 0; i < TLB_ENTRIES; i++) {
		u64 first = ALIGN_DOWN(tlb[i].va, MAX(tlb[i].t.run_bytes, 1ULL));

		if (tlb[i].va && first < va + bytes && va < first + tlb[i].t.run_bytes)
			tlb[i].va = 0;
	}
	tlb_fill(va + host_random_below(bytes));
}

/* Nothing that is remembered differs from what the tables say now, sizes included. */
void tlb_is_true(void)
{
	for (unsigned i = 0; i < TLB_ENTRIES; i++) {
		struct fake_translation t = fake_translate(tables, tlb[i].va);

		if (!tlb[i].va)
			continue;
		assert_int_equal(t.mapped, true);
		assert_int_equal(t.pa, tlb[i].t.pa);
		assert_int_equal(t.run_bytes, tlb[i].t.run_bytes);
		assert_string_equal(t.access, tlb[i].t.access);
	}
}

void tlb_begin(const struct pgtable *pt)
{
	memset(tlb, 0, sizeof(tlb));
	tables = pt;
}
