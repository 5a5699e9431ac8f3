// SPDX-License-Identifier: BSD-2-Clause
/*
 * Areas of kernel-virtual memory, as the hardware sees them.
 */
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/pgtable_geometry.h>
#include <arch/probe.h>
#include <kernel/fault_inject.h>
#include <kernel/mm_check.h>
#include <kernel/selftest.h>
#include <kernel/vmap_report.h>
#include <lib/string.h>
#include <lib/symbols.h>
#include <mm/pages.h>
#include <mm/slab.h>
#include <mm/vmap.h>

/* What there is besides areas: the same before and after a test. */
struct balance {
	u64 free_bytes;
	struct vmap_stats vmap;
};

static void take_balance(struct balance *balance)
{
	/* The first area ever leaves tables behind, as is stated. */
	vfree(vmalloc(1, 0));
	slab_shrink();
	balance->free_bytes = pages_free_bytes();
	vmap_read_stats(&balance->vmap);
}

static void expect_balance(struct selftest_run *run, const struct balance *before)
{
	struct vmap_stats now;

	slab_shrink();
	vmap_read_stats(&now);
	EXPECT_EQUAL(pages_free_bytes(), before->free_bytes);
	EXPECT_EQUAL(now.areas, before->vmap.areas);
	EXPECT_EQUAL(now.bytes, before->vmap.bytes);
	EXPECT_EQUAL(now.table_bytes, before->vmap.table_bytes);
	EXPECT_EQUAL(mm_check(), 0);
}

static bool can_read(u64 at)
{
	u8 byte;

	return !arch_probe_read(vaddr(at), &byte);
}

/* Every page is memory of its own: writes a number to each, then reads them all. */
static u64 wrong_pages(u64 base, u64 bytes)
{
	u64 wrong = 0;

	for (u64 at = 0; at < bytes; at += page_size()) {
		*(volatile u64 *)vaddr_ptr(vaddr(base + at)) = at ^ 0x5a5a;
		*(volatile u64 *)vaddr_ptr(vaddr(base + at + page_size() - 8)) = at;
	}
	for (u64 at = 0; at < bytes; at += page_size()) {
		wrong += *(volatile u64 *)vaddr_ptr(vaddr(base + at)) != (at ^ 0x5a5a);
		wrong += *(volatile u64 *)vaddr_ptr(vaddr(base + at + page_size() - 8)) != at;
	}
	return wrong;
}

SELFTEST(vmalloc_sizes)
{
	u64 sizes[] = { 1,       page_size(),          page_size() + 1, 5 * page_size(),
			2 * MiB, 3 * MiB + page_size() };
	void *area[ARRAY_SIZE(sizes)];
	struct balance before;

	take_balance(&before);
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		area[i] = vmalloc(sizes[i], 0);
		if (!area[i]) {
			while (i--)
				vfree(area[i]);
			SKIP_TEST("too little memory");
		}
	}
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		u64 base = vaddr_of(area[i]).val, end = base + page_align_up(sizes[i]);

		EXPECT_EQUAL(wrong_pages(base, end - base), 0);
		EXPECT(!can_read(base - 1));
		EXPECT(!can_read(base - page_size()));
		EXPECT(!can_read(end));
		EXPECT(!can_read(end + page_size() - 1));
	}
	EXPECT_EQUAL(mm_check(), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned other = (i * 5 + 2) % ARRAY_SIZE(sizes);

		vfree(area[other]);
		EXPECT(!can_read(vaddr_of(area[other]).val));
	}
	EXPECT(!vmalloc(0, 0));
	EXPECT(!vmalloc(~0ULL, 0));
	vfree(NULL);
	expect_balance(run, &before);
}

SELFTEST(vmalloc_zero)
{
	u64 bytes = 3 * page_size(), sum = 0;
	u8 *area;

	/* Memory that was just written to comes first, when it is not asked to be zero. */
	for (unsigned round = 0; round < 2; round++) {
		area = vmalloc(bytes, VMALLOC_ZERO);
		EXPECT(area != NULL);
		if (!area)
			return;
		for (u64 i = 0; i < bytes; i++)
			sum |= area[i];
		memset(area, 0xee, bytes);
		vfree(area);
	}
	EXPECT_EQUAL(sum, 0);
}

/* The largest leaf that the machine's memory can surely fill, and a page less of it. */
SELFTEST(vmalloc_blocks)
{
	const struct pgtable *pt = mmu_kernel_pgtable();
	u64 leaf = pgtable_span(pt, GRANULE_LAST_LEVEL - 1);
	u64 run_bytes = page_size() << granule_contig_shift(pt->granule, GRANULE_LAST_LEVEL);
	bool blocks = leaf <= pages_free_bytes() / 4;
	u64 bytes = blocks ? leaf : run_bytes;
	struct pgtable_walk walk;
	struct balance before;
	void *area;
	paddr_t pa;

	take_balance(&before);
	area = vmalloc(bytes + page_size(), 0);
	if (!area)
		SKIP_TEST("no block of memory that is large enough");
	EXPECT_EQUAL(vaddr_of(area).val & (bytes - 1), 0);
	EXPECT(pgtable_walk(pt, vaddr_of(area), &walk, &pa));
	if (blocks)
		EXPECT_EQUAL(walk.last_level, GRANULE_LAST_LEVEL - 1);
	else
		EXPECT(walk.entry[walk.last_level].val & PTE_CONTIG);
	EXPECT_EQUAL(wrong_pages(vaddr_of(area).val, bytes + page_size()), 0);
	EXPECT(!can_read(vaddr_of(area).val + bytes + page_size()));
	vfree(area);
	EXPECT(!can_read(vaddr_of(area).val));
	expect_balance(run, &before);
}

/* So many that the TLBs are told to forget everything: every one of them was just looked at. */
SELFTEST(vmap_many)
{
	u64 base = vaddr_of(vmalloc(600 * page_size(), 0)).val, seen = 0, left = 0;

	if (!base)
		SKIP_TEST("too little memory");
	for (unsigned i = 0; i < 600; i++)
		seen += can_read(base + i * page_size());
	EXPECT_EQUAL(seen, 600);
	vfree(vaddr_ptr(vaddr(base)));
	for (unsigned i = 600; i--;)
		left += can_read(base + i * page_size());
	EXPECT_EQUAL(left, 0);
}

SELFTEST(vmap_places)
{
	u64 page = page_size(), offset, bytes = 3 * page;
	u64 base = vaddr_of(vmalloc(bytes, 0)).val;
	struct vmap_area area;
	enum vmap_where where;

	if (!base)
		SKIP_TEST("too little memory");
	EXPECT_EQUAL(vmap_report_find(vaddr(base + bytes - 1), &area), VMAP_INSIDE);
	EXPECT_EQUAL(area.base, base);
	EXPECT_EQUAL(area.bytes, bytes);
	EXPECT_EQUAL(area.type, VMAP_TYPE_ALLOC);
	EXPECT(!strcmp(symbols_lookup(vaddr(area.caller), &offset), "selftest_vmap_places"));
	EXPECT_EQUAL(vmap_report_find(vaddr(base + bytes), &area), VMAP_GUARD_AFTER);
	where = vmap_report_find(vaddr(base - 1), &area);
	EXPECT(where != VMAP_NOWHERE && where != VMAP_INSIDE);
	EXPECT(!vmap_report_find(vaddr(VMAP_BASE + VMAP_BYTES / 2), &area));
	EXPECT(!vmap_report_find(vaddr(0), &area));
	vfree(vaddr_ptr(vaddr(base)));
}

/* Each allocation on the way fails in turn: an area is had in whole, or nothing has happened. */
SELFTEST(vmap_failures)
{
	u64 bytes = 2 * pgtable_span(mmu_kernel_pgtable(), GRANULE_LAST_LEVEL - 1);
	struct balance before;
	u64 failed = 0;

	/* From one table of the last level into others, but for what is too much memory. */
	bytes = MIN(bytes, 4 * MiB) + 3 * page_size();
	take_balance(&before);
	for (unsigned site = 0; site < FAULT_SITES; site++) {
		for (u64 n = 1; n <= 6; n++) {
			struct fault_rule rule = { .mode = FAULT_NTH, .n = n };
			void *area;

			fault_inject_set((enum fault_site)site, &rule);
			area = vmalloc(bytes, 0);
			fault_inject_off();
			failed += !area;
			EXPECT_EQUAL(mm_check(), 0);
			vfree(area);
		}
	}
	EXPECT(failed > 0);
	expect_balance(run, &before);
}
