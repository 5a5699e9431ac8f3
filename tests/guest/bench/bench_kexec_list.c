// SPDX-License-Identifier: BSD-2-Clause
/*
 * Figures of kexec, the ways by a list: see tests/guest/bench/bench_kexec.c. A list has an entry
 * for each of the kernel's pages.
 */
#include "bench_kexec.h"
#include "kexec_list.h"
#include <arch/boot.h>
#include <arch/cache.h>
#include <arch/copy.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/pgtable_geometry.h>
#include <arch/pmu.h>
#include <arch/trampoline.h>
#include <arch/zero.h>
#include <kernel/errno.h>
#include <mm/addr.h>
#include <mm/pages.h>
#include <mm/table_pages.h>

/* ---- the list ---- */

static u64 list_bytes(const struct bench_segment *segment)
{
	u64 entries = page_shift_right(segment->bytes) + 2; /* a destination, and the end */
	u64 page = page_size() / sizeof(u64) - 1;

	return page_shift_left((entries + page - 1) / page);
}

/* The last entry of a page says where the next one is; here, right after it. */
static void write_list(const struct bench_segment *segment, u64 *list)
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

/* The loop that the walk calls is smaller. */
#define COPY_CODE_BYTES 512

/* One way: its list, its maps, and what each part of it took. */
struct way {
	bool mapped; /* walked by `linear`, with the MMU on */
	paddr_t list;
	struct pgtable trampoline;
	struct pgtable linear;
	u32 load;
	u32 cost;
};

/* ---- a copy of the linear map, entry by entry ---- */

static int copy_entries(struct pgtable *to, unsigned level, pte_t *copy, const pte_t *from,
			unsigned first, unsigned last);

static int copy_table(struct pgtable *to, unsigned level, pte_t *entry, pte_t old)
{
	unsigned entries = pgtable_entries(to, level);
	u64 bytes = pgtable_bytes(to, level);
	paddr_t table;

	if (to->alloc(to, bytes, &table))
		return -ENOMEM;
	to->table_bytes += bytes;
	arch_zero(pgtable_table(to, table), bytes);
	pgtable_write(entry, pte_make_table(table));
	return copy_entries(to, level, pgtable_table(to, table), pgtable_table(to, pte_addr(old)),
			    0, entries - 1);
}

static int copy_entries(struct pgtable *to, unsigned level, pte_t *copy, const pte_t *from,
			unsigned first, unsigned last)
{
	int err = 0;

	for (unsigned i = first; i <= last && !err; i++) {
		pte_t entry = pgtable_read(&from[i]);

		if (pte_is_table(entry, level))
			err = copy_table(to, level + 1, &copy[i], entry);
		else
			pgtable_write(&copy[i], entry);
	}
	return err;
}

/* Permissions are copied, too: there is no way around them by it. */
static int copy_linear(struct pgtable *to)
{
	const struct pgtable *pt = mmu_kernel_pgtable();
	unsigned level = pgtable_root_level(pt);
	int err;

	*to = (struct pgtable){ .granule = pt->granule,
				.va_bits = pt->va_bits,
				.upper = true,
				.table_offset = LINEAR_BASE,
				.zero = arch_zero,
				.alloc = table_pages_alloc,
				.free = table_pages_free };
	err = pgtable_init(to);
	return err ? err
		   : copy_entries(to, level, pgtable_table(to, to->root),
				  pgtable_table(pt, pt->root),
				  pgtable_index(pt, level, LINEAR_BASE),
				  pgtable_index(pt, level, LINEAR_BASE + (LINEAR_BYTES - 1)));
}

/* ---- walking it ---- */

static int map_code(struct pgtable *trampoline, const u8 *first, const u8 *end)
{
	return trampoline_map(trampoline, paddr(boot_info.image_pa), first, end, MAP_TEXT);
}

static const u8 *copy_code(void)
{
	return vaddr_ptr(vaddr((u64)(uintptr_t)arch_copy_pages));
}

static int prepare(const struct bench_segment *segment, struct way *way)
{
	const u8 *loop = copy_code();
	int err = trampoline_init(&way->trampoline, table_pages_alloc, table_pages_free);

	if (!err)
		err = map_code(&way->trampoline, _kexec_list, _kexec_list_end);
	if (!err && way->mapped)
		err = map_code(&way->trampoline, loop, loop + COPY_CODE_BYTES);
	if (!err && way->mapped)
		err = copy_linear(&way->linear);
	write_list(segment, vaddr_ptr(paddr_to_linear(way->list)));
	return err;
}

/* Where a function of the trampoline's is by the trampoline. */
static uintptr_t low(const void *function)
{
	return (uintptr_t)(boot_info.image_pa + image_offset(function));
}

static void walk(struct way *way)
{
	const u8 *loop = copy_code();
	__typeof__(&kexec_list_walk) walk_off =
		(__typeof__(walk_off))low(vaddr_ptr(vaddr((u64)(uintptr_t)kexec_list_walk)));
	__typeof__(&kexec_list_walk_mapped) walk_on =
		(__typeof__(walk_on))low(vaddr_ptr(vaddr((u64)(uintptr_t)kexec_list_walk_mapped)));
	u32 start;

	cache_clean_poc(_kexec_list, _kexec_list_end);
	cache_clean_poc(loop, loop + COPY_CODE_BYTES);
	trampoline_enable(&way->trampoline);
	asm volatile("msr daifset, #4" ::: "memory"); /* no SError where there are no vectors */
	start = pmu_instructions();
	if (way->mapped)
		walk_on(way->list.val, page_size(), LINEAR_BASE, way->linear.root.val);
	else
		walk_off(way->list.val, page_size());
	way->cost = pmu_instructions() - start;
	asm volatile("msr daifclr, #4" ::: "memory");
	trampoline_disable();
}

static void report(const struct bench_segment *segment, const struct way *way)
{
	static const char *const names[2][4] = {
		{ "list", "list_load", "list_tables", "list_bytes" },
		{ "list_mmu", "list_mmu_load", "list_mmu_tables", "list_mmu_bytes" },
	};
	const char *const *name = names[way->mapped];
	u64 mib = segment->bytes / MiB;

	bench_kexec_report(segment, name[0], way->cost, mib);
	bench_kexec_report(segment, name[1], way->load, mib);
	bench_kexec_report(segment, name[2], way->trampoline.table_bytes + way->linear.table_bytes,
			   1);
	bench_kexec_report(segment, name[3], list_bytes(segment), 1);
}

static int by_list(struct bench_segment *segment, bool mapped)
{
	u8 *to = vaddr_ptr(paddr_to_linear(segment->to));
	struct way way = { .mapped = mapped };
	int err = pages_alloc_exact(list_bytes(segment), 0, &way.list);
	u32 start;

	if (err)
		return err;
	start = pmu_instructions();
	err = prepare(segment, &way);
	way.load = pmu_instructions() - start;
	if (!err) {
		bench_kexec_fill(segment);
		arch_kexec_clean(way.list, list_bytes(segment));
		walk(&way);
		cache_invalidate_poc(to, to + segment->bytes);
		err = bench_kexec_check(segment, mapped ? "list_mmu" : "list");
	}
	if (!err)
		report(segment, &way);
	if (way.trampoline.root.val)
		pgtable_destroy(&way.trampoline);
	if (way.linear.root.val)
		pgtable_destroy(&way.linear);
	pages_free_exact(way.list, list_bytes(segment));
	return err;
}

int bench_kexec_by_list(struct bench_segment *segment)
{
	return by_list(segment, false);
}

int bench_kexec_by_list_mmu(struct bench_segment *segment)
{
	return by_list(segment, true);
}
