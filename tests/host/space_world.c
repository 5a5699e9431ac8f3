// SPDX-License-Identifier: BSD-2-Clause
/* The machine for user spaces: <space_world.h> says what it is for. */
#include <stdio.h>
#include <string.h>

#include "space_world.h"

#include <cmocka.h>

#include <arch/counter.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/pgtable_geometry.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <kernel/slab_report.h>
#include <lib/symbols.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/chunk.h>
#include <mm/contig_alloc.h>
#include <mm/kmalloc.h>
#include <mm/pages.h>
#include <mm/rmap.h>
#include <mm/slab.h>
#include <mm/slab_object.h>
#include <mm/table_pages.h>
#include <mm/vmap.h>

#include "../../mm/user/inside.h"
#include "fake_machine.h"

const struct world_pair world_pairs[WORLD_PAIRS] = { { 12, 12 }, { 12, 14 }, { 12, 16 },
						     { 14, 14 }, { 14, 16 }, { 16, 16 } };

/* ---- the rest of the kernel ---- */

static struct pgtable kernel_pt;
STATIC_SPINLOCK(kernel_lock, map, LOCK_MAP);

struct pgtable *mmu_kernel_pgtable(void)
{
	return &kernel_pt;
}

struct pgtable *mmu_lock(void)
{
	spin_lock(&kernel_lock);
	return &kernel_pt;
}

void mmu_unlock(void)
{
	spin_unlock(&kernel_lock);
}

int __real_pgtable_map(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind);
int __wrap_pgtable_map(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind);

int __wrap_pgtable_map(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind)
{
	if (va.val - VMAP_BASE < VMAP_BYTES)
		return __real_pgtable_map(pt, va, pa, bytes, kind);
	return machine_map_table(va, pa, bytes, kind);
}

u64 arch_counter_ns(void)
{
	static u64 ns;

	return ns += 1000000;
}

bool arch_counter_has_unit(void)
{
	return true;
}

char *symbols_format(char *buf, size_t size, vaddr_t addr)
{
	snprintf(buf, size, "%llx", addr.val);
	return buf;
}

void world_inject(enum fault_site site, u64 nth)
{
	struct fault_rule rule = { .mode = nth ? FAULT_NTH : FAULT_OFF, .n = nth };

	fault_inject_set(site, &rule);
}

bool world_failed(enum fault_site site)
{
	struct fault_counts counts;

	fault_inject_counts(site, &counts);
	return counts.failed;
}

/* ---- boot ---- */

static u64 free_at_start;

u64 world_free_bytes(void)
{
	slab_shrink();
	pages_drain();
	return pages_free_bytes();
}

/* Blocks of zeroes stay: they are made before anything is counted. */
static void make_zero_blocks(void)
{
	u8 byte;

	for (unsigned shift = host_page_shift; shift <= 16; shift += 2) {
		struct space *space = world_space(granule_by_shift(shift));
		struct space_request request = { .bytes = 1, .prot = SPACE_READ };
		u64 at;

		assert_int_equal(space_map(space, &request, &at), 0);
		assert_int_equal(world_read(space, at, &byte), SPACE_OK);
		space_destroy(space);
	}
}

void world_begin(unsigned kernel_shift)
{
	host_page_shift = kernel_shift;
	host_debug = false;
	machine_poison = MACHINE_MIXED;
	host_on_pgtable_write = NULL;
	world_threads_begin();
	kernel_pt = (struct pgtable){ .granule = granule_by_shift(kernel_shift),
				      .va_bits = 48,
				      .upper = true,
				      .live = true };
	machine_begin(WORLD_RAM, WORLD_RAM_BYTES);
	machine_add(WORLD_RAM, WORLD_RAM_BYTES);
	machine_image(WORLD_RAM + 2 * MiB);
	machine_reserve(WORLD_CMA, WORLD_CMA_BYTES, MEMBLOCK_CMA);
	assert_int_equal(machine_init(), 0);
	fault_inject_off();
	slab_caches.first = NULL;
	kmalloc_init();
	kernel_pt.table_offset = LINEAR_BASE;
	table_pages_serve(&kernel_pt);
	assert_int_equal(pgtable_init(&kernel_pt), 0);
	vmap_init();
	world_threads_watch();
	memset(space_zero_block, 0, sizeof(space_zero_block));
	make_zero_blocks();
	free_at_start = world_free_bytes();
}

void world_end(void)
{
	paddr_t pa = { 0 };
	const char *broken;

	fault_inject_off();
	assert_int_equal(world_free_bytes(), free_at_start);
	broken = buddy_check(&pa);
	if (broken)
		fail_msg("%#llx: %s", pa.val, broken);
	broken = chunk_check(&pa);
	if (broken)
		fail_msg("%#llx: %s", pa.val, broken);
	host_on_pgtable_write = NULL;
}

void world_each_pair(void (*body)(const struct granule *g))
{
	for (unsigned i = 0; i < WORLD_PAIRS; i++) {
		world_begin(world_pairs[i].kernel_shift);
		body(granule_by_shift(world_pairs[i].shift));
		world_end();
	}
}

struct space *world_space(const struct granule *g)
{
	struct space *space = space_create(g, 0, false);

	assert_non_null(space);
	return space;
}

void world_check(struct space *space)
{
	u64 where = 0;
	const char *broken = space_check(space, &where);

	if (broken)
		fail_msg("%#llx: %s", where, broken);
	world_check_thread(space);
}

u64 world_pa(struct space *space, u64 va)
{
	paddr_t pa;

	return pgtable_lookup(&space->pt, vaddr(va), &pa) ? pa.val : 0;
}

bool world_claim(u64 pa, u64 bytes)
{
	bool cma = frame_pageblock_type(paddr(pa)) == MIGRATE_CMA;
	struct contig_result result;

	if (cma ? contig_take(paddr(pa), bytes, MIGRATE_CMA, false, &result)
		: contig_alloc_at(paddr(pa), bytes, &result))
		return false;
	memset(vaddr_ptr(paddr_to_linear(paddr(pa))), 0xee, bytes);
	contig_give(paddr(pa), bytes);
	return true;
}
