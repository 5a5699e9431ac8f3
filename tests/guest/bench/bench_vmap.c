// SPDX-License-Identifier: BSD-2-Clause
/*
 * Figures of mapping, for the prompt's `bench`: a thousand pages at once and one by one, a page
 * filled with zeroes, an address translated.
 */
#include <arch/boot.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/pmu.h>
#include <arch/zero.h>
#include <kernel/assert.h>
#include <kernel/bench.h>
#include <lib/printk.h>
#include <mm/addr.h>
#include <mm/pages.h>
#include <mm/vmap.h>

#define PAGES 1024

/*
 * Physical pages in no order: a stride through the image's memory, over and over. They are mapped
 * read-only and never looked at.
 */
static void scatter(paddr_t *pages)
{
	u64 count = image_offset(_end) / page_size();

	for (u64 i = 0; i < PAGES; i++)
		pages[i] = paddr(boot_info.image_pa + page_shift_left(i * 7 % count));
}

/* An area of these pages: NULL when there is no memory for it. */
static struct vmap_area *map_area(const paddr_t *pages)
{
	u64 bytes = page_shift_left(PAGES);
	struct vmap_area *area =
		vmap_reserve(bytes, page_size(), VMAP_TYPE_ALLOC, __builtin_return_address(0));
	int err;

	if (!area)
		return NULL;
	err = pgtable_map_array(vmap_tables_lock(), vaddr(area->base), pages, PAGES, MAP_RODATA);
	vmap_tables_unlock();
	if (!err)
		return area;
	vmap_unreserve(area);
	return NULL;
}

static void unmap_area(struct vmap_area *area)
{
	int err = pgtable_unmap(vmap_tables_lock(), vaddr(area->base), area->bytes);

	vmap_tables_unlock();
	ASSERT(!err);
	vmap_unreserve(area);
}

/* One request for all: an area with its addresses, tables and guards, and back. */
static void bench_at_once(const paddr_t *pages)
{
	u32 start = pmu_instructions(), mapped;
	struct vmap_area *area = map_area(pages);

	mapped = pmu_instructions();
	if (!area)
		return;
	bench_report("map_page_1024", mapped - start, PAGES);
	start = pmu_instructions();
	unmap_area(area);
	bench_report("unmap_page_1024", pmu_instructions() - start, PAGES);
}

/* One request for each, in an area that is there: the walker alone, each with its barriers. */
static void bench_each(const paddr_t *pages)
{
	struct pgtable *pt = mmu_kernel_pgtable();
	struct vmap_area *area = map_area(pages);
	u32 start, mapped, unmapped;
	int err = 0;
	vaddr_t va;

	if (!area)
		return;
	va = vaddr(area->base);
	start = pmu_instructions();
	for (u64 i = 0; i < PAGES; i++, va.val = page_add(va.val))
		err |= pgtable_unmap(pt, va, page_size());
	unmapped = pmu_instructions() - start;
	va = vaddr(area->base);
	start = pmu_instructions();
	for (u64 i = 0; i < PAGES; i++, va.val = page_add(va.val))
		err |= pgtable_map_pages(pt, va, pages[i], page_size(), MAP_RODATA);
	mapped = pmu_instructions() - start;
	if (!err) {
		bench_report("map_page_each", mapped, PAGES);
		bench_report("unmap_page_each", unmapped, PAGES);
	}
	unmap_area(area);
}

static void bench_zero_page(void)
{
	paddr_t page;
	u32 start;

	if (pages_alloc(0, 0, &page))
		return;
	start = pmu_instructions();
	arch_zero(vaddr_ptr(paddr_to_linear(page)), page_size());
	bench_report("zero_page", pmu_instructions() - start, 1);
	pages_free(page, 0);
}

static void bench_translate(const void *area)
{
	u32 start = pmu_instructions();

	for (unsigned i = 0; i < PAGES; i++)
		asm volatile("" ::"r"(vmap_to_paddr(area).val));
	bench_report("translate_vmap", pmu_instructions() - start, PAGES);
}

void bench_vmap(void)
{
	paddr_t *pages = vmalloc(PAGES * sizeof(*pages), 0);

	if (!pages)
		return;
	scatter(pages);
	bench_at_once(pages);
	bench_each(pages);
	bench_zero_page();
	bench_translate(pages);
	vfree(pages);
}
