/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conversions between the address types: all of them, and only here;
 * and the first byte of an address's page.
 *
 *   physical address  <->  page frame number     by the page shift, one instruction
 *   physical address  <->  linear-map address     by a constant
 *
 * They are the hot paths of a memory manager; scripts/check-hotpath shows that they are the
 * instructions that a constant page size would give.
 */
#ifndef MM_ADDR_H
#define MM_ADDR_H

#include <arch/layout.h>
#include <arch/page.h>
#include <kernel/assert.h>
#include <kernel/types.h>

/* The frame that `pa` lies in. */
static inline pfn_t paddr_to_pfn(paddr_t pa)
{
	return pfn(page_shift_right(pa.val));
}

/* The first byte of the frame. */
static inline paddr_t pfn_to_paddr(pfn_t frame)
{
	return paddr(page_shift_left(frame.val));
}

/* An address rounded down to its page, and whether that changes it: one instruction each. */
static inline paddr_t paddr_page_down(paddr_t pa)
{
	return paddr(page_align_down(pa.val));
}

static inline bool paddr_is_page_aligned(paddr_t pa)
{
	return page_is_aligned(pa.val);
}

/*
 * Where RAM at `pa` (below LINEAR_BYTES) is in the linear map, and the way back. The base is
 * above every bit of such an address, so adding it is an OR, and that has an immediate where
 * an addition needs a register.
 */
#ifndef GRANULE_HOST

BUILD_ASSERT((LINEAR_BASE & (LINEAR_BYTES - 1)) == 0);

static inline vaddr_t paddr_to_linear(paddr_t pa)
{
	return vaddr(pa.val | LINEAR_BASE);
}

static inline paddr_t linear_to_paddr(vaddr_t va)
{
	return paddr(va.val & ~LINEAR_BASE);
}

#else

static inline vaddr_t paddr_to_linear(paddr_t pa)
{
	return vaddr(pa.val + LINEAR_BASE);
}

static inline paddr_t linear_to_paddr(vaddr_t va)
{
	return paddr(va.val - LINEAR_BASE);
}

#endif

#endif
