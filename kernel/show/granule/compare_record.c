// SPDX-License-Identifier: BSD-2-Clause
/* What was allocated since boot: see <kernel/compare_record.h>. */
#include <arch/spinlock.h>
#include <kernel/compare_record.h>
#include <kernel/phase.h>
#include <mm/hooks.h>

STATIC_SPINLOCK(lock, compare, LOCK_COMPARE);
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

static void add_area(u64 bytes)
{
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		u64 held = compare_page_bytes(&granules[i], bytes);

		add_one(&record.at[i].areas, bytes, held);
		add(&record.at[i].run_entries, compare_run_entries(&granules[i], held));
	}
}

static void add_block(u64 bytes)
{
	for (unsigned i = 0; i < GRANULE_COUNT; i++)
		add_one(&record.at[i].blocks, bytes, compare_block_bytes(&granules[i], bytes));
}

void compare_record_add(enum alloc_kind kind, u64 bytes, u64 room)
{
	spin_lock(&lock);
	if (kind == ALLOC_AREA)
		add_area(bytes);
	else if (kind == ALLOC_BLOCK)
		add_block(bytes);
	else
		add_one(&record.slabs, room, bytes);
	spin_unlock(&lock);
}

void compare_record_read(struct compare_record *to)
{
	spin_lock(&lock);
	*to = record;
	spin_unlock(&lock);
}

BOOT_PHASE(10, compare_record)
{
	(void)cmdline;
	alloc_observer = compare_record_add;
}
