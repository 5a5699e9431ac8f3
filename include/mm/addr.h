/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conversions between the address types: all of them, and only here;
 * and their arithmetic with pages.
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

/* An address rounded to pages, or what of it lies in its page: one instruction but for `up`. */
static inline paddr_t paddr_page_down(paddr_t pa)
{
	return paddr(page_align_down(pa.val));
}

static inline paddr_t paddr_page_up(paddr_t pa)
{
	return paddr(page_align_up(pa.val));
}

static inline u64 paddr_page_offset(paddr_t pa)
{
	return page_offset(pa.val);
}

static inline bool paddr_is_page_aligned(paddr_t pa)
{
	return page_is_aligned(pa.val);
}

static inline vaddr_t vaddr_page_down(vaddr_t va)
{
	return vaddr(page_align_down(va.val));
}

static inline vaddr_t vaddr_page_up(vaddr_t va)
{
	return vaddr(page_align_up(va.val));
}

static inline u64 vaddr_page_offset(vaddr_t va)
{
	return page_offset(va.val);
}

static inline bool vaddr_is_page_aligned(vaddr_t va)
{
	return page_is_aligned(va.val);
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
