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
 * Writes through the map that the code runs in. May be applied any number of times, and a copy of
 * the image knows for which address its pointers are. A pointer that was initialised statically
 * must still point into the image. Returns the number of pointers.
 */
u32 reloc_apply(u64 base);

/*
 * reloc_pointers - add `shift` to each word of `data` that `map` has a bit for.
 *
 * The map has `words` words; bit 0 of the first is for data[0]. Returns how many bits are set.
 * Pure.
 */
u32 reloc_pointers(u64 *data, const u64 *map, u32 words, u64 shift);

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
