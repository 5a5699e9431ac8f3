// SPDX-License-Identifier: BSD-2-Clause
/*
 * Figures of kexec, for the prompt's `bench`: what it costs to copy a segment to a place that isn't
 * free, in three ways, of the same memory to the same memory.
 *
 *   list    an entry a page, walked with the MMU off: the classic way (<arch/kexec_list.h>)
 *   va      either side in one range of addresses, by a table entry a page; one loop copies
 *   extent  what kexec does (<kernel/kexec.h>)
 *
 * All copy by arch_copy_pages, and `va` is that loop and nothing else: the base that
 * kexec_copy_percent is of. Instructions are a MiB; `load` are those that prepare the way when a
 * kernel is loaded. Bytes of tables and lists are of the memory that they take. Cache maintenance
 * is in no figure: each way needs it for every line that is copied.
 *
 * Names end in the segment's size. Without memory for a size, or where a copy went wrong, figures
 * are missing, and scripts/bench says so.
 */
#include <arch/boot.h>
#include <arch/cache.h>
#include <arch/copy.h>
#include <arch/kexec_list.h>
#include <arch/layout.h>
#include <arch/page.h>
#include <arch/pmu.h>
#include <arch/trampoline.h>
#include <arch/zero.h>
#include <kernel/bench.h>
#include <kernel/errno.h>
#include <kernel/kexec_inside.h>
#include <kernel/printk.h>
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

struct segment {
	struct kexec_image *image; /* holds the source, by extents */
	paddr_t to;
	u64 bytes;
	paddr_t *pages; /* of the source, of the kernel's size */
	u64 seed;       /* the content is another one for each way */
	u32 exit_cost;  /* of kexec_place_exit: tables, and a copy of this kernel */
};

static void report(const struct segment *segment, const char *name, u64 value, u64 rounds)
{
	char full[NAME_BYTES];

	snprintf(full, sizeof(full), "kexec_%s_%lluM", name, segment->bytes / MiB);
	bench_report(full, value, rounds);
}

/* ---- content ---- */

static u64 *word_of(paddr_t base, u64 offset)
{
	return vaddr_ptr(paddr_to_linear(paddr(base.val + offset)));
}

static u64 content(const struct segment *segment, u64 offset)
{
	return (offset + segment->seed) * 0x9e3779b97f4a7c15; /* an odd number: all differ */
}

/* New content; whoever reads memory past the caches finds it, and no cache writes to `to`. */
static void fill(struct segment *segment)
{
	segment->seed++;
	for (u64 at = 0; at < segment->bytes; at += SAMPLE_BYTES)
		*word_of(segment->pages[page_shift_right(at)], page_offset(at)) =
			content(segment, at);
	for (u64 at = 0; at < segment->bytes; at += page_size())
		arch_kexec_clean(segment->pages[page_shift_right(at)], page_size());
	arch_kexec_clean(segment->to, segment->bytes);
}

static int check(const struct segment *segment, const char *how)
{
	for (u64 at = 0; at < segment->bytes; at += SAMPLE_BYTES) {
		if (*word_of(segment->to, at) == content(segment, at))
			continue;
		printk("bench: kexec, %s: what was copied differs at %#llx\n", how, at);
		return -EIO;
	}
	return 0;
}

/* ---- list ---- */

static u64 list_bytes(const struct segment *segment)
{
	u64 entries = page_shift_right(segment->bytes) + 2; /* a destination, and the end */
	u64 page = page_size() / sizeof(u64) - 1;

	return page_shift_left((entries + page - 1) / page);
}

/* The last entry of a page says where the next one is; here, right behind it. */
static void write_list(const struct segment *segment, u64 *list)
{
	u64 page = page_size() / sizeof(*list), count = page_shift_right(segment->bytes);
	u64 *next = list, *last = list + page - 1;

	*next++ = segment->to.val | 1 << KEXEC_LIST_DESTINATION;
	for (u64 i = 0; i <= count; i++) {
		if (next == last) {
			*next++ = linear_to_paddr(vaddr_of(last + 1)).val |
				  1 << KEXEC_LIST_INDIRECTION;
			last += page;
		}
		*next++ = i < count ? segment->pages[i].val | 1 << KEXEC_LIST_SOURCE
				    : 1 << KEXEC_LIST_DONE;
	}
}

static int prepare_list(const struct segment *segment, paddr_t list, struct pgtable *trampoline)
{
	int err = trampoline_init(trampoline, table_pages_alloc, table_pages_free);

	if (!err)
		err = trampoline_map(trampoline, paddr(boot_info.image_pa), _kexec_list,
				     _kexec_list_end, MAP_TEXT);
	write_list(segment, vaddr_ptr(paddr_to_linear(list)));
	return err;
}

/* The loop that it calls is smaller. */
#define COPY_CODE_BYTES 512

static u32 walk(const struct pgtable *trampoline, paddr_t list)
{
	const u8 *loop = vaddr_ptr(vaddr((u64)(uintptr_t)arch_copy_pages));
	void (*at)(u64, u64) =
		(__typeof__(at))(uintptr_t)(boot_info.image_pa + trampoline_offset(_kexec_list));
	u32 start, cost;

	cache_clean_poc(_kexec_list, _kexec_list_end);
	cache_clean_poc(loop, loop + COPY_CODE_BYTES);
	trampoline_enable(trampoline);
	start = pmu_instructions();
	at(list.val, page_size());
	cost = pmu_instructions() - start;
	trampoline_disable();
	return cost;
}

static int by_list(struct segment *segment)
{
	u8 *to = vaddr_ptr(paddr_to_linear(segment->to));
	u64 mib = segment->bytes / MiB;
	struct pgtable trampoline;
	paddr_t list;
	u32 start, load, cost;
	int err = pages_alloc_exact(list_bytes(segment), 0, &list);

	if (err)
		return err;
	start = pmu_instructions();
	err = prepare_list(segment, list, &trampoline);
	load = pmu_instructions() - start;
	if (!err) {
		fill(segment);
		arch_kexec_clean(list, list_bytes(segment));
		cost = walk(&trampoline, list);
		cache_invalidate_poc(to, to + segment->bytes);
		err = check(segment, "list");
	}
	if (!err) {
		report(segment, "list", cost, mib);
		report(segment, "list_load", load, mib);
		report(segment, "list_tables", trampoline.table_bytes, 1);
		report(segment, "list_bytes", list_bytes(segment), 1);
	}
	if (trampoline.root.val)
		pgtable_destroy(&trampoline);
	pages_free_exact(list, list_bytes(segment));
	return err;
}

/* ---- contiguous addresses ---- */

/* The source at `bytes`, the destination right behind it. */
static int map_both(struct pgtable *pt, const struct segment *segment)
{
	u64 bytes = segment->bytes;
	int err = pgtable_init(pt);

	if (!err)
		err = pgtable_map_array(pt, vaddr(bytes), segment->pages, page_shift_right(bytes),
					MAP_DATA);
	return err ? err : pgtable_map_pages(pt, vaddr(2 * bytes), segment->to, bytes, MAP_DATA);
}

static int by_addresses(struct segment *segment, u32 *cost)
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
		fill(segment);
		trampoline_enable(&pt);
		start = pmu_instructions();
		arch_copy_pages(vaddr_ptr(vaddr(2 * bytes)), vaddr_ptr(vaddr(bytes)), bytes);
		*cost = pmu_instructions() - start;
		trampoline_disable();
		err = check(segment, "va");
	}
	if (!err) {
		report(segment, "va", *cost, bytes / MiB);
		report(segment, "va_load", load, bytes / MiB);
		report(segment, "va_tables", pt.table_bytes, 1);
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

static int by_extents(struct segment *segment, u32 plain)
{
	const struct kexec_image *image = segment->image;
	u32 start, cost;
	int err;

	fill(segment);
	start = pmu_instructions();
	kexec_copy(image);
	cost = pmu_instructions() - start;
	err = check(segment, "extent");
	if (err)
		return err;
	report(segment, "extent", cost, segment->bytes / MiB);
	report(segment, "extent_load", segment->exit_cost, segment->bytes / MiB);
	report(segment, "extent_tables", image->table_bytes, 1);
	report(segment, "extent_bytes", sizeof(image->extent), 1);
	/* All that is held, tables and the copy of this kernel included, but for the segment. */
	report(segment, "extent_held", held_bytes(image) - segment->bytes, 1);
	report(segment, "copy_percent", (u64)cost * 100, plain);
	return 0;
}

/* ---- the three ---- */

static void list_pages(struct segment *segment)
{
	const struct kexec_image *image = segment->image;
	paddr_t *next = segment->pages;

	for (u32 i = 0; i < image->extents; i++)
		for (u64 at = 0; at < image->extent[i].bytes; at += page_size())
			*next++ = paddr(image->extent[i].from.val + at);
}

/* With the destination held by somebody, here: as a kernel that is loaded with --dest=. */
static int place(struct segment *segment)
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
	segment->exit_cost = pmu_instructions() - start;
	return err;
}

static void compare(struct segment *segment)
{
	int err = place(segment);
	u32 plain = 0;

	if (!err) {
		list_pages(segment);
		err = by_list(segment);
	}
	if (!err)
		err = by_addresses(segment, &plain);
	if (!err)
		err = by_extents(segment, plain);
	kexec_place_undo(segment->image);
}

static void bench_size(u64 bytes)
{
	struct segment segment = { .bytes = bytes };

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
