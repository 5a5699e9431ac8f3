// SPDX-License-Identifier: BSD-2-Clause
/* An identity map of a few pages of code: see <arch/trampoline.h>. */
#include <arch/barrier.h>
#include <arch/boot.h>
#include <arch/layout.h>
#include <arch/sysreg.h>
#include <arch/tlb.h>
#include <arch/trampoline.h>

int trampoline_init(struct pgtable *pt, pgtable_alloc_fn *alloc, pgtable_free_fn *free)
{
	*pt = (struct pgtable){ .granule = granule_by_shift(boot_info.boot_shift),
				.va_bits = VA_BITS,
				.table_offset = LINEAR_BASE,
				.alloc = alloc,
				.free = free };
	return pgtable_init(pt);
}

int trampoline_map(struct pgtable *pt, paddr_t image, const void *first, const void *end,
		   enum map_kind kind)
{
	u64 page = granule_page_bytes(pt->granule);
	u64 from = ALIGN_DOWN(image.val + image_offset(first), page);
	u64 to = ALIGN_UP(image.val + image_offset(end), page);

	return pgtable_map(pt, vaddr(from), paddr(from), to - from, kind);
}

/*
 * No walk by TTBR0 begins after the ISB, and so none refills what goes then. Both have to come
 * before anything else of that half changes: programs may have had it, with a granule of theirs.
 */
static void walks_off(void)
{
	sysreg_write(tcr_el1, sysreg_read(tcr_el1) | TCR_EPD0);
	isb();
	tlb_flush_all();
}

void trampoline_enable(const struct pgtable *pt)
{
	u64 tcr;

	walks_off();
	tcr = sysreg_read(tcr_el1) & ~(3ULL << TCR_TG0_SHIFT);
	tcr |= (u64)pt->granule->tg0 << TCR_TG0_SHIFT;
	sysreg_write(ttbr0_el1, pt->root.val);
	sysreg_write(tcr_el1, tcr);
	isb();
	/*
	 * What TLBs may have of TG0 (Arm ARM, "TCR_EL1"). The DSBs there also complete the stores
	 * to the tables, before walks begin.
	 */
	tlb_flush_all();
	sysreg_write(tcr_el1, tcr & ~(u64)TCR_EPD0);
	isb();
}

void trampoline_disable(void)
{
	walks_off();
}
