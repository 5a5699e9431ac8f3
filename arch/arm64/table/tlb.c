// SPDX-License-Identifier: BSD-2-Clause
/*
 * TLB maintenance. Runs of pages are invalidated one by one up to a limit, because each
 * TLBI is a broadcast; beyond it refilling the TLB is cheaper.
 */
#include <arch/barrier.h>
#include <arch/tlb.h>

/* Broadcasts after which invalidating everything is the smaller evil; a count, not a size. */
#define TLB_RANGE_MOST 512

void tlb_flush_all(void)
{
	/*
	 * DSB before: a walker that has not seen the new entries could refill the TLB with the old
	 * ones after the TLBI. DSB after: TLBI is complete only then, on this CPU and the others.
	 * ISB: instructions already fetched were translated by what is gone now. Arm ARM, "Ordering
	 * and completion of TLB maintenance instructions".
	 */
	dsb_ishst();
	asm volatile("tlbi vmalle1is" ::: "memory");
	dsb_ish();
	isb();
}

void tlb_flush_range(u64 va, u64 bytes, const struct granule *g)
{
	u64 count = bytes >> g->shift;
	u64 operand = va << 8 >> 20, step = granule_page_bytes(g) >> PAGE_SHIFT_MIN;

	if (count > TLB_RANGE_MOST) {
		tlb_flush_all();
		return;
	}
	dsb_ishst(); /* this and the two below: as in tlb_flush_all */
	/*
	 * The operand is VA[55:12] at every granule. VAAE1IS: all ASIDs, all levels, since a cached
	 * walk to a table that goes away must go as well. A block or a contiguous run is one entry
	 * or many, as the CPU likes: invalidating by every page of it covers both.
	 */
	for (; count; count--, operand += step)
		asm volatile("tlbi vaae1is, %0" ::"r"(operand) : "memory");
	dsb_ish();
	isb();
}

void tlb_flush_pages(const vaddr_t *va, unsigned count)
{
	dsb_ishst(); /* this and the two below: as in tlb_flush_all */
	/*
	 * The operand's address is VA[55:12] at every granule, and what lies above it is masked
	 * out. VAALE1IS, last level only: no table goes, so walk caches keep what other pages have
	 * in them (Arm ARM, "TLB maintenance instructions").
	 */
	for (unsigned i = 0; i < count; i++)
		asm volatile("tlbi vaale1is, %0" ::"r"(va[i].val << 8 >> 20) : "memory");
	dsb_ish();
	isb();
}
