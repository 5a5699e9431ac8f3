/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLB maintenance for EL1&0.
 *
 * Source: Arm ARM (DDI 0487, J.a), "TLB maintenance instructions", "TLB maintenance
 * requirements and the TLB maintenance instructions".
 */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

#include <arch/granule.h>
#include <kernel/types.h>

/*
 * tlb_flush_range - no TLB of the inner shareable domain holds [va, va + bytes) on return.
 *
 * Called after the entries were written: it first completes those stores. `g` is the granule
 * of the space that `va` belongs to; entries of every ASID go. Above a limit it
 * drops everything instead of asking for each page.
 */
void tlb_flush_range(u64 va, u64 bytes, const struct granule *g);

/* The same for the pages at va[0] to va[count - 1], anywhere; one wait for all of them. */
void tlb_flush_pages(const vaddr_t *va, unsigned count);

/* The same for the whole of EL1&0. */
void tlb_flush_all(void);

#endif
