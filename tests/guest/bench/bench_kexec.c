// SPDX-License-Identifier: BSD-2-Clause
/*
 * Figures of kexec, for the prompt's `bench`: what it costs to copy a segment to a place that isn't
 * free, in four ways, of the same memory to the same memory.
 *
 *   list      an entry a page, walked with the MMU off: the classic way (kexec_list.h)
 *   list_mmu  the same list, walked with the MMU on, by a copy of the linear map
 *   va        either side in one range of addresses, by a table entry a page; one loop copies
 *   extent    what kexec does (<kernel/kexec.h>)
 *
 * All copy by arch_copy_pages, and `va` is that loop and nothing else: the base that
 * kexec_copy_percent is of. Instructions are a MiB; `load` are those that prepare the way when a
 * kernel is loaded. Bytes of tables and lists are of the memory that they take. Cache maintenance
 * is in no figure: each way needs it for every line that is copied.
 *
 * Names end in the segment's size. Without memory for a size, or where a copy went wrong, figures
 * are missing, and scripts/bench says so.
 */
#include "bench_kexec.h"

#include <arch/boot.h>
#include <arch/copy.h>
#include <arch/layout.h>
#include <arch/page.h>
#include <arch/pmu.h>
#include <arch/trampoline.h>
#include <arch/zero.h>
#include <kernel/bench.h>
#include <kernel/errno.h>
#include <lib/printk.h>
#include <lib/vsnprintf.h>
#include <mm/addr.h>
#include <mm/kmalloc.h>
#include <mm/pages.h>
#include <mm/table_pages.h>
#include <mm/vmap.h>

static const u64 sizes[] = { 64 * MiB, 512 * MiB };

#define NAME_BYTES 32

/* Memory beside the two copies of the segment: lists, tables, the kernel's copy. */
#define SPARE_BYTES (32 * MiB)

/* What is compared: a word of each 520 bytes, so that each of a turn of the loop has its turn. */
#define SAMPLE_BYTES 520

void bench_kexec_report(const struct bench_segment *segment, const char *name, u64 value,
			u64 rounds)
{
	char full[NAME_BYTES];

	snprintf(full, sizeof(full), "kexec_%s_%lluM", name, segment->bytes / MiB);
	bench_report(full, value, rounds);
}

/* ---- content ---- */

static u64 *word_of(paddr_t base, u64 offset)
{
	return vaddr_ptr(paddr_to_linear(paddr_add(base, offset)));
}

static u64 content(const struct bench_segment *segment, u64 offset)
{
	return (offset + segment->seed) * 0x9e3779b97f4a7c15; /* an odd number: all differ */
}

/* New content; whoever reads memory past the caches finds it, and no cache writes to `to`. */
void bench_kexec_fill(struct bench_segment *segment)
{
	segment->seed++;
	for (u64 at = 0; at < segment->bytes; at += SAMPLE_BYTES)
		*word_of(segment->pages[page_shift_right(at)], page_offset(at)) =
			content(segment, at);
	for (u64 at = 0; at < segment->bytes; at += page_size())
		arch_kexec_clean(segment->pages[page_shift_right(at)], page_size());
	arch_kexec_clean(segment->to, segment->bytes);
}

int bench_kexec_check(const struct bench_segment *segment, const char *how)
{
	for (u64 at = 0; at < segment->bytes; at += SAMPLE_BYTES) {
		if (*word_of(segment->to, at) == content(segment, at))
			continue;
		printk("bench: kexec, %s: what was copied differs at %#llx\n", how, at);
		return -EIO;
	}
	return 0;
}

/* ---- contiguous addresses ---- */

/* The source at `bytes`, the destination right after it. */
static int map_both(struct pgtable *pt, const struct bench_segment *segment)
{
	u64 bytes = segment->bytes;
	int err = pgtable_init(pt);

	if (!err)
		err = pgtable_map_array(pt, vaddr(bytes), segment->pages, page_shift_right(bytes),
					MAP_DATA);
	return err ? err : pgtable_map_pages(pt, vaddr(2 * bytes), segment->to, bytes, MAP_DATA);
}

static int by_addresses(struct bench_segment *segment, u32 *cost)
{
	u64 bytes = segment->bytes;
	struct pgtable pt = { .granule = granule_by_shift(boot_info.page_shift),
			      .va_bits = VA_BITS,
			      .table_offset = LINEAR_BASE,
			      .zero = arch_zero,
			      .alloc = table_pages_alloc,
			      .free = table_pages_free };
	u32 start = pmu_instructions(), load;
	int err = map_both(&pt, segment);

	load = pmu_instructions() - start;
	if (!err) {
		bench_kexec_fill(segment);
		trampoline_enable(&pt);
		start = pmu_instructions();
		arch_copy_pages(vaddr_ptr(vaddr(2 * bytes)), vaddr_ptr(vaddr(bytes)), bytes);
		*cost = pmu_instructions() - start;
		trampoline_disable();
		err = bench_kexec_check(segment, "va");
	}
	if (!err) {
		bench_kexec_report(segment, "va", *cost, bytes / MiB);
		bench_kexec_report(segment, "va_load", load, bytes / MiB);
		bench_kexec_report(segment, "va_tables", pt.table_bytes, 1);
	}
	if (pt.root.val)
		pgtable_destroy(&pt);
	return err;
}

/* ---- extents ---- */

static u64 held_bytes(const struct kexec_image *image)
{
	u64 bytes = 0;

	for (u32 i = 0; i < image->held_count; i++)
		bytes += image->held[i].bytes;
	return bytes;
}

static int by_extents(struct bench_segment *segment, u32 plain)
{
	const struct kexec_image *image = segment->image;
	u32 start, cost;
	int err;

	bench_kexec_fill(segment);
	start = pmu_instructions();
	for (u32 i = 0; i < image->extents; i++)
		arch_kexec_copy(image->extent[i].to, image->extent[i].from, image->extent[i].bytes);
	cost = pmu_instructions() - start;
	err = bench_kexec_check(segment, "extent");
	if (err)
		return err;
	bench_kexec_report(segment, "extent", cost, segment->bytes / MiB);
	bench_kexec_report(segment, "extent_load", segment->exit_cost, segment->bytes / MiB);
	bench_kexec_report(segment, "extent_tables", image->table_bytes, 1);
	bench_kexec_report(segment, "extent_bytes", sizeof(image->extent), 1);
	/* All that is held, tables and the copy of this kernel included, but for the segment. */
	bench_kexec_report(segment, "extent_held", held_bytes(image) - segment->bytes, 1);
	bench_kexec_report(segment, "copy_percent", (u64)cost * 100, plain);
	return 0;
}

/* ---- all of them ---- */

static void list_pages(struct bench_segment *segment)
{
	const struct kexec_image *image = segment->image;
	paddr_t *next = segment->pages;

	for (u32 i = 0; i < image->extents; i++)
		for (u64 at = 0; at < image->extent[i].bytes; at += page_size())
			*next++ = paddr_add(image->extent[i].from, at);
}

/* With the destination held by somebody, here: as a kernel that is loaded with --dest=. */
static int place(struct bench_segment *segment)
{
	int err = kexec_place_begin(segment->image, false);
	u32 start;

	if (!err)
		err = kexec_place_kernel(segment->image, segment->bytes, 0, KEXEC_FORCED,
					 segment->to);
	if (err)
		return err;
	start = pmu_instructions();
	err = kexec_place_exit(segment->image);
	if (!err)
		kexec_hash(segment->image, KEXEC_EXIT, false,
			   segment->image->segment[KEXEC_EXIT].digest);
	segment->exit_cost = pmu_instructions() - start;
	return err;
}

static void compare(struct bench_segment *segment)
{
	int err = place(segment);
	u32 plain = 0;

	if (!err) {
		list_pages(segment);
		err = bench_kexec_by_list(segment);
	}
	if (!err)
		err = bench_kexec_by_list_mmu(segment);
	if (!err)
		err = by_addresses(segment, &plain);
	if (!err)
		err = by_extents(segment, plain);
	kexec_place_undo(segment->image);
}

static void bench_size(u64 bytes)
{
	struct bench_segment segment = { .bytes = bytes };

	if (pages_free_bytes() < 2 * bytes + SPARE_BYTES ||
	    pages_alloc_exact(bytes, 0, &segment.to))
		return;
	segment.image = kmalloc(sizeof(*segment.image), 0);
	segment.pages = vmalloc(page_shift_right(bytes) * sizeof(*segment.pages), 0);
	if (segment.image && segment.pages)
		compare(&segment);
	vfree(segment.pages);
	kfree(segment.image);
	pages_free_exact(segment.to, bytes);
}

void bench_kexec(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
		bench_size(sizes[i]);
}
