// SPDX-License-Identifier: BSD-2-Clause
/*
 * What people are told of CMA regions, and what cma_check finds in regions broken by hand.
 *
 * Sources: mm/move/movable_pin.c
 * Sources: mm/move/movable.c mm/move/migrate.c mm/move/rmap.c mm/move/contig.c mm/move/compact.c
 * Sources: mm/vmap/vmalloc.c mm/move/cma.c kernel/show/memory/cma_report.c
 * Sources: mm/page/frame.c mm/page/buddy.c mm/page/buddy_check.c
 * Sources: mm/page/pageblock.c mm/page/pages.c mm/page/pages_hot.c mm/boot/memblock.c
 * Sources: mm/boot/region_list.c mm/vmap/vmap.c mm/vmap/vmap_area.c
 * Sources: kernel/show/memory/vmap_report.c kernel/show/memory/fault_inject.c lib/cmdline.c
 * Sources: arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c mm/page/hot_text.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c lib/bitmap.c lib/format.c
 * Sources: lib/parse.c lib/string.c tests/host/moving.c tests/host/moving_state.c
 * Sources: tests/host/fake_machine.c tests/host/fake_image.S tests/host/fake_mmu.c
 * Sources: tests/host/buddy_model.c mm/page/hooks.c mm/page/boot_data.c
 * Libs: -Wl,--wrap=pgtable_map
 */
#include <stdio.h>
#include <string.h>

#include "moving.h"

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/cma_report.h>
#include <kernel/errno.h>
#include <lib/bitmap.h>
#include <mm/buddy.h>
#include <mm/movable.h>
#include <mm/pageblock.h>
#include <mm/pages.h>

static char text[4096];

static int print(const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text + used, sizeof(text) - used, format, args);
	va_end(args);
	return len;
}

static void report(void)
{
	text[0] = '\0';
	cma_report(print);
}

static void is_told(const char *line)
{
	if (!strstr(text, line))
		fail_msg("not told: %s; but: %s", line, text);
}

static struct cma_usage usage_of(unsigned region)
{
	struct cma_usage usage;

	cma_read_usage(moving_region[region], &usage);
	assert_int_equal(usage.claimed + usage.lent + usage.free, moving_region[region]->bytes);
	return usage;
}

static void expect(unsigned region, u64 claimed, u64 lent, u64 largest)
{
	struct cma_usage usage = usage_of(region);

	assert_int_equal(usage.claimed, claimed);
	assert_int_equal(usage.lent, lent);
	assert_int_equal(usage.largest, largest);
}

/* Claimed, lent and free are all of a region, whatever is in which hands. */
static void usage(void **state)
{
	struct moving_area area;
	paddr_t a, b, busy;
	u64 page;
	u64 *map;

	(void)state;
	moving_begin();
	page = page_size();
	expect(0, 0, 0, 8 * MiB);
	assert_int_equal(cma_alloc(moving_region[0], 2 * MiB, 0, &a), 0);
	assert_int_equal(cma_alloc(moving_region[0], 2 * MiB, 4 * MiB, &b), 0);
	expect(0, 4 * MiB, 0, 4 * MiB);
	assert_int_equal(cma_free(moving_region[0], a, 2 * MiB), 0);
	expect(0, 2 * MiB, 0, 4 * MiB);
	assert_true(moving_area_alloc(&area, 7));
	expect(0, 2 * MiB, 7 * page, 4 * MiB);
	/* What is allocated and not mapped yet is lent as well. */
	assert_int_equal(pages_alloc(0, PAGES_MOVABLE, &busy), 0);
	expect(0, 2 * MiB, 8 * page, 4 * MiB);
	pages_free(busy, 0);
	expect(1, 0, 0, 4 * MiB);
	map = moving_region[0]->claimed;
	moving_region[0]->claimed = NULL;
	cma_read_usage(moving_region[0], &(struct cma_usage){ 0 });
	expect(0, 0, 2 * MiB + 7 * page, 8 * MiB);
	moving_region[0]->claimed = map;
	assert_int_equal(cma_free(moving_region[0], b, 2 * MiB), 0);
	moving_area_free(&area);
	moving_end();
}

/* Each claim is in the bucket of what it took, and the sums are those of all. */
static void costs(void **state)
{
	static const struct {
		u64 ns;
		unsigned bucket;
	} rows[] = { { 999, 0 },        { 1000, 1 },       { 1999, 1 },
		     { 2000, 2 },       { 3999, 2 },       { 4000, 3 },
		     { 262143999, 18 }, { 262144000, 19 }, { 1ULL << 40, 19 } };
	struct cma_region *region;
	u64 sum = 0;

	(void)state;
	moving_begin();
	region = moving_region[0];
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 before = region->cost[rows[i].bucket];
		paddr_t pa;

		/* The clock is looked at at the beginning and at the end. */
		moving_tick_ns = rows[i].ns;
		assert_int_equal(cma_alloc(region, page_size(), 0, &pa), 0);
		sum += rows[i].ns;
		assert_int_equal(region->cost[rows[i].bucket], before + 1);
		assert_int_equal(region->claims, i + 1);
		assert_int_equal(region->cost_ns, sum);
		assert_int_equal(cma_free(region, pa, page_size()), 0);
	}
	assert_int_equal(region->worst_ns, 1ULL << 40);
	moving_end();
}

static void report_text(void **state)
{
	struct moving_area area;
	char line[256];
	paddr_t a, pa;

	(void)state;
	moving_begin();
	report();
	assert_string_equal(
		text, "cma: one: 8 MiB at 0x40c00000: 0 B claimed, 0 B lent, 8 MiB free, largest "
		      "run 8 MiB\n"
		      "cma: one: 0 claims moved 0 B (0 pages); failed: 0 claimed already, 0 no "
		      "memory, 0 "
		      "pinned, 0 injected\n"
		      "cma: two: 4 MiB at 0x41400000 (default): 0 B claimed, 0 B lent, 4 MiB "
		      "free, "
		      "largest run 4 MiB\n"
		      "cma: two: 0 claims moved 0 B (0 pages); failed: 0 claimed already, 0 no "
		      "memory, 0 "
		      "pinned, 0 injected\n"
		      "cma: three: 2 MiB at 0x41800000: 0 B claimed, 0 B lent, 2 MiB free, "
		      "largest "
		      "run 2 MiB\n"
		      "cma: three: 0 claims moved 0 B (0 pages); failed: 0 claimed already, 0 no "
		      "memory, "
		      "0 pinned, 0 injected\n");
	assert_true(moving_area_alloc(&area, 8 * MiB >> host_page_shift));
	moving_tick_ns = 3000;
	assert_int_equal(cma_alloc(moving_region[0], 4 * MiB, 0, &a), 0);
	assert_int_equal(cma_alloc(moving_region[0], 5 * MiB, 0, &pa), -ENOSPC);
	moving_tick_ns = 800000000;
	assert_int_equal(cma_alloc(moving_region[1], 1 * MiB, 0, &pa), 0);
	moving_inject(FAULT_MIGRATE, 1);
	assert_int_equal(cma_alloc(moving_region[2], 1 * MiB, 0, &pa), -EAGAIN);
	moving_inject(FAULT_MIGRATE, 0);
	report();
	is_told("cma: one: 8 MiB at 0x40c00000: 4 MiB claimed, 4 MiB lent, 0 B free, largest "
		"run "
		"4 MiB\n");
	snprintf(line, sizeof(line),
		 "cma: one: 1 claims moved 4 MiB (%llu pages); failed: 1 claimed already, 0 no "
		 "memory, 0 pinned, 0 injected\n"
		 "cma: one: a claim took 3 us on average, 3 us at most: <4us 1\n",
		 4 * MiB >> host_page_shift);
	is_told(line);
	is_told("cma: two: a claim took 800000 us on average, 800000 us at most: >=262144us 1\n");
	is_told("cma: three: 0 claims moved 0 B (0 pages); failed: 0 claimed already, 0 no "
		"memory, 0 pinned, 1 injected\n");
	assert_int_equal(cma_free(moving_region[0], a, 4 * MiB), 0);
	assert_int_equal(cma_free(moving_region[1], paddr(0x41700000), 1 * MiB), 0);
	moving_area_free(&area);
	moving_end();
}

/* The picture of a region, its lines joined. */
static const char *picture(unsigned region)
{
	static char cells[1024];

	text[0] = cells[0] = '\0';
	cma_map(moving_region[region], print);
	for (const char *line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1)
		strncat(cells, line + 15, strcspn(line + 15, "\n"));
	return cells;
}

/* From cell `first` on there are so many of these, and after them another or none. */
static void shows(const char *cells, u64 first, u64 count, char letter)
{
	for (u64 i = first; i < first + count; i++)
		if (cells[i] != letter)
			fail_msg("cell %llu is %c, not %c, in %s", i, cells[i], letter, cells);
	assert_true(cells[first + count] != letter);
}

static void map(void **state)
{
	u64 unit = MAX(page_size(), 16 * KiB), cells = 8 * MiB / unit, fit = unit / page_size();
	struct moving_area area;
	char unit_text[64];
	paddr_t claim, pa;

	(void)state;
	moving_begin();
	shows(picture(0), 0, cells, '.');
	snprintf(unit_text, sizeof(unit_text), "cma: one: %llu KiB a character: ", unit / KiB);
	is_told(unit_text);
	assert_true(moving_area_alloc(&area, 10 * fit));
	assert_int_equal(cma_alloc(moving_region[0], 20 * unit, 0, &claim), 0);
	shows(picture(0), 0, 10, '+');
	shows(picture(0), 10, cells - 30, '.');
	shows(picture(0), cells - 20, 20, '#');
	assert_int_equal(movable_pin(moving_va(&area, fit), MOVABLE_PIN_SHORT, &pa), 0);
	shows(picture(0), (pa.val - moving_region[0]->base.val) / unit, 1, 'p');
	movable_unpin(moving_va(&area, fit));
	moving_area_free(&area);
	assert_int_equal(cma_free(moving_region[0], claim, 20 * unit), 0);
	/* A cell that is in two hands, where a cell is more than a page. */
	assert_true(moving_area_alloc(&area, 1));
	assert_int_equal(cma_alloc(moving_region[0], page_size(), 0, &claim), 0);
	pa.val = moving_pa(&area, 0);
	shows(picture(0), (pa.val - moving_region[0]->base.val) / unit, 1, fit > 1 ? '-' : '+');
	shows(picture(0), cells - 1, 1, fit > 1 ? 'c' : '#');
	moving_area_free(&area);
	assert_int_equal(cma_free(moving_region[0], claim, page_size()), 0);
	moving_end();
}

/* ---- the check ---- */

static void finds(const char *what, u64 where)
{
	paddr_t at = { 0 };
	const char *broken = cma_check(&at);

	assert_non_null(broken);
	assert_string_equal(broken, what);
	assert_int_equal(at.val, where);
}

static void finds_in_word(const char *what, u64 pa, u64 xor)
{
	*moving_word(pa) ^= xor;
	finds(what, pa);
	*moving_word(pa) ^= xor;
	moving_check();
}

static void check(void **state)
{
	const char *c1 = "C1: a region's bitmap is not what the frames say";
	const char *c2 = "C2: what a region lends is not movable";
	const char *c3 = "C3: a pageblock of a region has another type";
	struct cma_region *region;
	struct moving_area area;
	paddr_t claim;
	u64 pages, lent, *map;

	(void)state;
	moving_begin();
	region = moving_region[1];
	pages = 3 * MiB >> host_page_shift;
	/* It fills the first region, and a page of the second. */
	assert_true(moving_area_alloc(&area, (8 * MiB >> host_page_shift) + 1));
	lent = region->base.val;
	assert_int_equal(moving_pa(&area, area.pages - 1), lent);
	assert_int_equal(cma_alloc(region, 3 * MiB, 0, &claim), 0);
	assert_null(cma_check(&(paddr_t){ 0 }));
	/* A bit too few, at either end of the claim, and one too many. */
	for (u64 i = 0; i < 2; i++) {
		u64 bit = (1 * MiB >> host_page_shift) + i * (pages - 1);
		u64 at = claim.val;

		while (i && at + (page_size() << frame_order(frame_of(paddr(at)))) <
				    region->base.val + region->bytes)
			at += page_size() << frame_order(frame_of(paddr(at)));
		bitmap_clear(region->claimed, bit, 1);
		finds(c1, at);
		bitmap_set(region->claimed, bit, 1);
	}
	bitmap_set(region->claimed, 0, 1);
	finds(c1, lent);
	bitmap_clear(region->claimed, 0, 1);
	map = region->claimed;
	region->claimed = NULL;
	finds(c1, claim.val);
	region->claimed = map;
	moving_check();
	finds_in_word(c1, claim.val, FRAME_CLAIMED ^ FRAME_ALLOCATED);
	finds_in_word(c1, lent, FRAME_MOVABLE ^ FRAME_CLAIMED);
	finds_in_word(c2, lent, FRAME_MOVABLE ^ FRAME_HOT);
	finds_in_word(c2, lent, FRAME_MOVABLE ^ FRAME_KMALLOC);
	finds_in_word(c2, lent, FRAME_MOVABLE ^ FRAME_RESERVED);
	frame_set_pageblock_type(paddr(lent), MIGRATE_MOVABLE);
	finds(c3, lent);
	frame_set_pageblock_type(paddr(lent), MIGRATE_CMA);
	pageblock_set_type(paddr(moving_region[2]->base.val), MIGRATE_ISOLATE);
	finds(c3, moving_region[2]->base.val);
	pageblock_set_type(paddr(moving_region[2]->base.val), MIGRATE_CMA);
	moving_check();
	assert_int_equal(cma_free(region, claim, 3 * MiB), 0);
	moving_area_free(&area);
	moving_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(usage),       HOST_AT_EACH_PAGE_SHIFT(costs),
		HOST_AT_EACH_PAGE_SHIFT(report_text), HOST_AT_EACH_PAGE_SHIFT(map),
		HOST_AT_EACH_PAGE_SHIFT(check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
