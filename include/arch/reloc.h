/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Relocations: of the image's pointers, and of the page size.
 *
 * Both are applied by code that runs in the image itself, so it uses addresses relative to the
 * PC only, and no page-size site.
 */
#ifndef ARCH_RELOC_H
#define ARCH_RELOC_H

#include <arch/granule.h>
#include <kernel/types.h>

/*
 * reloc_apply - make every absolute pointer in the image one for an image at `base`.
 *
 * Writes through the map that the code runs in. May be applied any number of times: RELA
 * entries carry their own addend, and what stands in the image is overwritten, not added to.
 * Statically initialised pointers that were changed since are reset by it. Returns the number
 * of relocations.
 */
u32 reloc_apply(u64 base);

/*
 * reloc_page_sites - write the immediates of every page-size site for granule `g`.
 *
 * Needs the text writable, and none of the patched code run before. Returns the number of
 * sites. The caller makes the instruction cache follow (cache_sync_icache).
 */
u32 reloc_page_sites(const struct granule *g);

/* The instruction at a site of this kind (enum page_site), rewritten for granule `g`. Pure. */
u32 reloc_page_insn(u32 insn, unsigned kind, const struct granule *g);

#endif
