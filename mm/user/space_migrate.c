// SPDX-License-Identifier: BSD-2-Clause
/*
 * User pages move: the reverse map's second owner (<mm/migrate.h>).
 *
 * A frame names its record, that the space and the address. A batch may hold pages of several
 * spaces: those that follow one another in it are moved together. A program that touches one
 * meanwhile faults and waits for rmap_lock, which is held all through.
 */
#include <arch/cache.h>
#include <arch/copy.h>
#include <arch/pgtable_geometry.h>
#include <kernel/assert.h>
#include <mm/addr.h>
#include <mm/migrate.h>
#include <mm/rmap.h>

#include "inside.h"

/* Pages of one space, a part of a batch. */
struct part {
	struct space *space;
	const paddr_t *from;
	const paddr_t *to;
	unsigned count;
	u64 text; /* a bit for each page that can be executed */
};

static void copy(void *context)
{
	const struct part *part = context;
	u64 bytes = space_page_bytes(part->space);

	for (unsigned i = 0; i < part->count; i++) {
		u8 *to = vaddr_ptr(paddr_to_linear(part->to[i]));

		arch_copy_pages(to, vaddr_ptr(paddr_to_linear(part->from[i])), bytes);
		if (part->text >> i & 1)
			cache_sync_icache(to, to + bytes);
	}
}

/* Where the page with this frame's word is mapped, and whether it can be executed there. */
static u64 address_of(u64 word, bool *text)
{
	const struct space_record *record = space_record_at(rmap_where(word));
	struct space *space = container_of(record->object, struct space, object);
	u64 va = space_record_page(record) << space->pt.granule->shift, at = va;
	unsigned count;
	pte_t *entry = pgtable_next_pages(&space->pt, &at, va, &count);

	ASSERT(entry && pte_is_own(*entry));
	*text = !(entry->val & PTE_UXN);
	return va;
}

static struct space *space_of(u64 word)
{
	return container_of(space_record_at(rmap_where(word))->object, struct space, object);
}

void space_migrate(struct migrate_batch *batch)
{
	vaddr_t va[MIGRATE_BATCH_MOST];

	for (unsigned first = 0, i = 0; first < batch->count; first = i) {
		struct part part = { .space = space_of(batch->word[first]),
				     .from = &batch->from[first],
				     .to = &batch->to[first] };

		for (; i < batch->count && space_of(batch->word[i]) == part.space; i++) {
			bool text;

			va[part.count] = vaddr(address_of(batch->word[i], &text));
			part.text |= (u64)text << part.count++;
		}
		pgtable_move_pages(&part.space->pt, va, part.to, part.count, copy, &part);
	}
}
