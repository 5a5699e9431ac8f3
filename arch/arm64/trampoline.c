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

u64 trampoline_offset(const void *at)
{
	return vaddr_of(at).val - boot_info.image_va;
}

int trampoline_map(struct pgtable *pt, paddr_t image, const void *first, const void *end,
		   enum map_kind kind)
{
	u64 page = granule_page_bytes(pt->granule);
	u64 from = ALIGN_DOWN(image.val + trampoline_offset(first), page);
	u64 to = ALIGN_UP(image.val + trampoline_offset(end), page);

	return pgtable_map(pt, vaddr(from), paddr(from), to - from, kind);
}

void trampoline_enable(const struct pgtable *pt)
{
	/* The walker must see the tables before it may look for them. */
	dsb_ish();
	sysreg_write(ttbr0_el1, pt->root.val);
	isb();
	/* What an earlier trampoline left, by which the same addresses were reached. */
	tlb_flush_all();
	sysreg_write(tcr_el1, sysreg_read(tcr_el1) & ~(u64)TCR_EPD0);
	isb();
}
