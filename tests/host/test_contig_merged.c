// SPDX-License-Identifier: BSD-2-Clause
/*
 * Ranges whose owner gives all of it back while they are being taken: what gets free merges with
 * what is around, so that pageblocks of the range lie in the midst of larger blocks.
 *
 * Sources: mm/move/movable_pin.c
 * Sources: mm/move/movable.c mm/move/migrate.c mm/move/rmap.c mm/move/contig.c mm/move/compact.c
 * Sources: mm/move/cma.c kernel/show/memory/cma_report.c mm/page/frame.c mm/page/buddy.c
 * Sources: mm/page/buddy_check.c mm/page/pageblock.c mm/page/pages.c mm/page/pages_hot.c
 * Sources: mm/boot/memblock.c mm/boot/region_list.c mm/vmap/vmap.c mm/vmap/vmap_area.c
 * Sources: kernel/show/memory/vmap_report.c kernel/show/memory/fault_inject.c lib/cmdline.c
 * Sources: arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c mm/page/hot_text.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c lib/bitmap.c lib/format.c
 * Sources: lib/parse.c lib/string.c tests/host/moving.c tests/host/moving_state.c
 * Sources: tests/host/fake_machine.c tests/host/fake_image.S tests/host/fake_mmu.c
 * Sources: tests/host/buddy_model.c mm/page/hooks.c mm/page/boot_data.c mm/vmap/vmalloc.c
 * Libs: -Wl,--wrap=pgtable_map -Wl,--wrap=buddy_unlock
 */
#include "moving.h"

#include <cmocka.h>

#include <kernel/errno.h>
#include <kernel/mutex.h>
#include <mm/buddy.h>
#include <mm/contig.h>
#include <mm/pages.h>

static struct moving_area area;
static bool at_mutex;    /* it is given back before the range is looked at, */
static unsigned unlocks; /* or when the lock is let go of for this time; 0: it was */

static void give_back(void)
{
	moving_area_free(&area);
	area.at = NULL;
}

void mutex_lock(struct mutex *mutex, const char *what)
{
	(void)mutex, (void)what;
	if (!at_mutex)
		return;
	at_mutex = false;
	give_back();
}

void mutex_unlock(struct mutex *mutex)
{
	(void)mutex;
}

void __real_buddy_unlock(void);
void __wrap_buddy_unlock(void);

void __wrap_buddy_unlock(void)
{
	__real_buddy_unlock();
	if (unlocks && !--unlocks)
		give_back();
}

static int take(bool mixed, u64 base)
{
	struct contig_result result;

	if (mixed)
		return contig_take_mixed(paddr(base), PAGEBLOCK_BYTES, &result);
	return contig_take(paddr(base), PAGEBLOCK_BYTES, MIGRATE_MOVABLE, false, &result);
}

/* Most of memory is the area's; then, but for the range, nobody's. */
static void take_from_owner(bool mixed, u64 base, bool early)
{
	u64 pages = (MOVING_RAM_BYTES - 8 * MiB) >> host_page_shift;
	int err;

	assert_true(moving_area_alloc(&area, pages));
	at_mutex = early;
	unlocks = !early;
	err = take(mixed, base);
	assert_null(area.at);
	moving_check();
	if (!err) {
		assert_int_equal(frame_kind(frame_of(paddr(base))), FRAME_CLAIMED);
		contig_give(paddr(base), PAGEBLOCK_BYTES);
	}
	assert_true(!err || err == -EBUSY || err == -ENOMEM);
	moving_check();
}

static void owner_gives_all_back(bool early)
{
	unsigned taken = 0;

	moving_begin_without_cma();
	for (u64 base = ALIGN_UP(MOVING_RAM, PAGEBLOCK_BYTES);
	     base + PAGEBLOCK_BYTES <= MOVING_RAM + MOVING_RAM_BYTES; base += PAGEBLOCK_BYTES) {
		if (frame_kind(frame_of(paddr(base))) == FRAME_RESERVED)
			continue;
		for (unsigned mixed = 0; mixed < 2; mixed++)
			take_from_owner(mixed, base, early);
		taken++;
	}
	assert_true(taken > 10);
	moving_end();
}

static void before_it_is_looked_at(void **state)
{
	(void)state;
	owner_gives_all_back(true);
}

static void once_it_was_looked_at(void **state)
{
	(void)state;
	owner_gives_all_back(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(before_it_is_looked_at),
		HOST_AT_EACH_PAGE_SHIFT(once_it_was_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
