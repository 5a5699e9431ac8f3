// SPDX-License-Identifier: BSD-2-Clause
/*
 * Spaces come and go. <mm/space.h> has the contract and the invariants.
 *
 * The layout is that of Linux for 48-bit addresses, in bytes, and so the same at every granule but
 * for the guard below the stack:
 *
 *   SPACE_END      the stack's highest address, less a random part of 1 GiB
 *   mmap_top       below the stack, which may take RLIMIT_STACK, its random part and its guard, but
 *                  at least 128 MiB; less another random part of 1 GiB
 *
 * The starter of a program places what its file says, and the heap after it.
 *
 * Source: Linux 6.12, mm/util.c, mmap_base and randomize_stack_top.
 */
#include <arch/zero.h>
#include <kernel/assert.h>
#include <lib/random.h>
#include <lib/string.h>
#include <mm/kmalloc.h>
#include <mm/migrate.h>
#include <mm/pages.h>

#include "inside.h"

#define RANDOM_BYTES      (1 * GiB)
#define STACK_LIMIT_BYTES (8 * MiB) /* RLIMIT_STACK, as Linux begins with */
#define STACK_GAP_MIN     (128 * MiB)

/* What lies close together, and how much of that is random. */
#define COMPACT_END          (4 * TiB)
#define COMPACT_RANDOM_BYTES (128 * MiB)

/* The next of a seed's random numbers, below `bytes`, in whole pages; 0 for seed 0. */
static u64 random_part(const struct space *space, u64 *seed, u64 bytes)
{
	return *seed ? ALIGN_DOWN(random_next(seed) & (bytes - 1), space_page_bytes(space)) : 0;
}

static void lay_out(struct space *space, u64 seed, bool compact)
{
	u64 random = compact ? COMPACT_RANDOM_BYTES : RANDOM_BYTES;
	u64 gap = STACK_LIMIT_BYTES + SPACE_GUARD_PAGES * space_page_bytes(space);

	if (seed && !compact)
		gap += RANDOM_BYTES;
	space->stack_limit_bytes = STACK_LIMIT_BYTES;
	space->stack_top = compact ? COMPACT_END : SPACE_END;
	space->mmap_top = space->stack_top - MAX(gap, STACK_GAP_MIN);
	if (compact) {
		random = random_part(space, &seed, random);
		space->stack_top -= random;
		space->mmap_top -= random;
	} else {
		space->stack_top -= random_part(space, &seed, random);
		space->mmap_top -= random_part(space, &seed, random);
	}
	space->mmap_top = ALIGN_DOWN(space->mmap_top, space_page_bytes(space));
}

struct space *space_create(const struct granule *g, u64 seed, bool compact)
{
	struct space *space;

	ASSERT(g->shift >= page_shift());
	space = kmalloc(sizeof(*space), KMALLOC_ZERO | PAGES_COMPACT);
	if (!space)
		return NULL;
	space->pt = (struct pgtable){ .granule = g, .va_bits = USER_VA_BITS, .zero = arch_zero };
	space->lock = (struct mutex)MUTEX;
	space->mappings.end = SPACE_END;
	space->order = g->shift - (unsigned)page_shift();
	lay_out(space, seed, compact);
	if (space_tables_init(space)) {
		kfree(space);
		return NULL;
	}
	if (arch_space_init(&space->arch, &space->pt)) {
		space_tables_destroy(space);
		kfree(space);
		return NULL;
	}
	space->pt.live = true;
	migrate_user = space_migrate;
	return space;
}

void space_destroy(struct space *space)
{
	arch_space_exit(&space->arch);
	space->pt.live = false;
	space_pages_drop(space, 0, SPACE_END - 1);
	while (space->mappings.root) {
		struct space_mapping *mapping = space_mapping_of(space->mappings.root);

		vmap_area_remove(&space->mappings, &mapping->area);
		space_mapping_free(space, mapping);
	}
	space_mapping_free_kept(space);
	space_tables_destroy(space);
	kfree(space);
	space_record_trim();
}
