// SPDX-License-Identifier: BSD-2-Clause
/* What was allocated since boot: see <mm/compare_record.h>. */
#include <arch/spinlock.h>
#include <mm/compare_record.h>

static struct spinlock lock;
static struct compare_record record;

static void add(u64 *sum, u64 more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = ~0ULL;
}

static void add_one(struct compare_part *part, u64 requested, u64 held)
{
	add(&part->count, 1);
	add(&part->requested, requested);
	add(&part->held, held);
}

void compare_record_area(u64 bytes)
{
	spin_lock(&lock);
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		u64 held = compare_page_bytes(&granules[i], bytes);

		add_one(&record.at[i].areas, bytes, held);
		add(&record.at[i].run_entries, compare_run_entries(&granules[i], held));
	}
	spin_unlock(&lock);
}

void compare_record_block(u64 bytes)
{
	spin_lock(&lock);
	for (unsigned i = 0; i < GRANULE_COUNT; i++)
		add_one(&record.at[i].blocks, bytes, compare_block_bytes(&granules[i], bytes));
	spin_unlock(&lock);
}

void compare_record_slab(u64 room, u64 bytes)
{
	spin_lock(&lock);
	add_one(&record.slabs, room, bytes);
	spin_unlock(&lock);
}

void compare_record_read(struct compare_record *to)
{
	spin_lock(&lock);
	*to = record;
	spin_unlock(&lock);
}
