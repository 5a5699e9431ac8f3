/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Code that has to run at its physical address: it turns the MMU off or on, or exchanges the map
 * that it would otherwise run by. A trampoline is an identity map, in TTBR0, of nothing but that
 * code. TTBR0 is the boot stage's until the kernel is up, and programs' after that; then no thread
 * that uses a trampoline has a space.
 *
 * Its granule is the boot stage's, the smallest that the CPU has. The kernel's page size does not
 * enter, and T0SZ is the same for all of them.
 *
 * Locking: none. Whoever makes one owns it.
 */
#ifndef ARCH_TRAMPOLINE_H
#define ARCH_TRAMPOLINE_H

#include <arch/pgtable.h>
#include <kernel/types.h>

/*
 * An empty map, whose tables come from `alloc` and lie in the linear map. `free` may be NULL.
 * Returns 0 or -ENOMEM.
 */
int trampoline_init(struct pgtable *pt, pgtable_alloc_fn *alloc, pgtable_free_fn *free);

/*
 * Map what lies at [first, end) in the image one to one, in an image whose first byte is at
 * `image`: this one (boot_info.image_pa) or a copy. Whole pages of the map's granule, so two
 * calls of different kinds must not meet in one (-EEXIST). Returns 0 or an error of pgtable_map.
 */
int trampoline_map(struct pgtable *pt, paddr_t image, const void *first, const void *end,
		   enum map_kind kind);

/*
 * Let TTBR0 translate by it from now on; by any map of VA_BITS, at any granule. The kernel's map
 * stays as it is.
 */
void trampoline_enable(const struct pgtable *pt);

/* Nothing translates by TTBR0 any more: the tables can be freed. */
void trampoline_disable(void);

#endif
