// SPDX-License-Identifier: BSD-2-Clause
/* The phases of mm_init(), which say that they were called; see mm_phases.h. */
#include "mm_phases.h"

#include "../../mm/boot/inside.h"
#include "host.h"

#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arch/boot.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <kernel/errno.h>
#include <lib/panic.h>
#include <lib/verdict.h>
#include <mm/boot_devicetree.h>
#include <mm/cma.h>
#include <mm/compact.h>
#include <mm/frame.h>
#include <mm/give_back.h>
#include <mm/kmalloc.h>
#include <mm/memblock.h>
#include <mm/memblock_devicetree.h>
#include <mm/memblock_room.h>
#include <mm/memory_line.h>
#include <mm/mm_init.h>
#include <mm/pages.h>
#include <mm/table_pages.h>
#include <mm/vmap.h>

unsigned long long host_linear_base, host_frame_table_base;
struct boot_info boot_info;
struct devicetree boot_devicetree;

/* ---- the mm_phases, which say that they were called ---- */

char mm_phases[256];
const char *mm_phases_fails; /* the phase that does */
struct memblock_setup mm_phases_setup;
struct region mm_phases_given;
static struct pgtable space;
const int mm_phases_moved;

static int phase(const char *name)
{
	size_t used = strlen(mm_phases);

	snprintf(mm_phases + used, sizeof(mm_phases) - used, "%s ", name);
	return mm_phases_fails && !strcmp(mm_phases_fails, name) ? -ENOMEM : 0;
}

u32 devicetree_used_bytes(const struct devicetree *dt)
{
	assert_ptr_equal(dt, &boot_devicetree);
	return 0x1d56;
}

/* What the lists need beyond the static ones, and where that is. */
u64 mm_phases_room_bytes;

u64 memblock_room_bytes(const struct devicetree *dt)
{
	assert_ptr_equal(dt, &boot_devicetree);
	return mm_phases_room_bytes;
}

bool memblock_room_find(const struct devicetree *dt, const struct memblock_setup *s, u64 bytes,
			paddr_t *base)
{
	assert_ptr_equal(dt, &boot_devicetree);
	assert_true(s->image_base.val == 0x40200000 && s->image_bytes == (u64)(_end - _text));
	assert_true(s->devicetree_base.val == 0x48000000 && s->devicetree_bytes == 0x100000);
	assert_int_equal(bytes, mm_phases_room_bytes);
	*base = paddr(0x50000000);
	return !phase("find");
}

int idmap_map_memory(paddr_t pa, u64 bytes)
{
	assert_true(pa.val == 0x50000000 && bytes == mm_phases_room_bytes);
	return phase("idmap");
}

void memblock_lend(void *start, u64 bytes)
{
	assert_true(start == (void *)0x50000000 && bytes == mm_phases_room_bytes);
	phase("lend");
}

int memblock_devicetree_memory(const struct devicetree *dt, u64 address_end)
{
	assert_ptr_equal(dt, &boot_devicetree);
	assert_int_equal(address_end, LINEAR_BYTES);
	return phase("memory") ? -ENOSPC : 0;
}

int mmu_map_early(paddr_t pa, u64 bytes)
{
	assert_true(pa.val == 0x50000000 && bytes == mm_phases_room_bytes);
	return phase("early");
}

void memblock_lent_moved(u64 offset)
{
	assert_int_equal(offset, host_linear_base);
	phase("mm_phases_moved");
}

/* What the devicetree has, if not memory. */
int mm_phases_fill_error = -ENODEV;

int memblock_devicetree_reserve(const struct devicetree *dt, const struct memblock_setup *s,
				struct region *initrd)
{
	assert_ptr_equal(dt, &boot_devicetree);
	mm_phases_setup = *s;
	*initrd = mm_phases_given;
	return phase("fill") ? mm_phases_fill_error : 0;
}

/* What is mm_phases_reserved, in one region; bytes 0: nothing is. */
struct region mm_phases_reserved;

bool memblock_next_reserved(paddr_t *from, struct region *region)
{
	*region = mm_phases_reserved;
	if (from->val || !mm_phases_reserved.bytes)
		return false;
	*from = region_end(&mm_phases_reserved);
	return true;
}

void cma_placed(void *context, const struct devicetree_reservation *reservation, paddr_t base)
{
	fail_msg("nothing was placed: %p %p %llx", context, (const void *)reservation, base.val);
}

int mmu_map_ram(paddr_t base, paddr_t end)
{
	assert_true(base.val < end.val);
	assert_non_null(space.alloc);
	return phase("map");
}

int mmu_boot_table(struct pgtable *pt, u64 bytes, paddr_t *table)
{
	fail_msg("a table of %llu bytes for %p at %p", bytes, (void *)pt, (void *)table);
	return -ENOMEM;
}

bool memblock_next_mapped(paddr_t *from, struct region *region)
{
	*region = (struct region){ .base = paddr(1 * MiB), .bytes = 2ULL << host_page_shift };
	if (from->val)
		return false;
	*from = region_end(region);
	return true;
}

int memblock_alloc_range(const struct memblock_request *request, paddr_t *base)
{
	fail_msg("%llu bytes at %p", request->bytes, (void *)base);
	return -ENOMEM;
}

/* What reserves a crash kernel's region is linked for its option alone. */
int memblock_reserve(paddr_t base, u64 bytes, enum memblock_owner owner)
{
	fail_msg("%llx+%llx is %d's", base.val, bytes, (int)owner);
	return -ENOMEM;
}

int memblock_find_range(const struct memblock_request *request, paddr_t *base)
{
	return memblock_alloc_range(request, base);
}

struct region memblock_largest_free(const struct memblock_request *request, u64 unit)
{
	fail_msg("%llx, %llx", request->bytes, unit);
	return (struct region){ .bytes = 0 };
}

bool memblock_covers(paddr_t base, u64 bytes)
{
	fail_msg("%llx+%llx", base.val, bytes);
	return false;
}

bool memblock_first_reserved(paddr_t base, u64 bytes, struct region *region)
{
	*region = (struct region){ .bytes = 0 };
	return memblock_covers(base, bytes);
}

const char *memblock_owner_name(enum memblock_owner owner)
{
	return owner == MEMBLOCK_OWNER_NONE ? "nobody" : "somebody";
}

int (*pages_reclaim)(enum migratetype type, unsigned order, paddr_t *block);

int compact_block(enum migratetype type, unsigned order, paddr_t *block)
{
	(void)type, (void)order, (void)block;
	return -ENOMEM;
}

const void *mmu_move_devicetree(void)
{
	phase("tree");
	return &mm_phases_moved;
}

void boot_devicetree_move(struct devicetree *dt)
{
	phase("move");
	assert_ptr_equal(dt, &boot_devicetree);
	assert_ptr_equal(dt->fdt, &mm_phases_moved);
}

int frame_init(void)
{
	return phase("frames");
}

void pages_init(void)
{
	phase("pages");
}

void kmalloc_init(void)
{
	phase("kmalloc");
}

void table_pages_serve(struct pgtable *pt)
{
	assert_ptr_equal(pt, &space);
	phase("tables");
}

void vmap_init(void)
{
	phase("vmap");
}

void cma_init(void)
{
	phase("cma");
}

void give_back_tails(void)
{
	phase("tails");
}

void memblock_report(int (*print)(const char *fmt, ...))
{
	print("regions here\n");
	phase("report");
}

void memory_line_print(void)
{
	phase("line");
}

/* Mapped in the linear map are two pages from physical address 1 MiB on. */
bool pgtable_lookup(const struct pgtable *pt, vaddr_t va, paddr_t *pa)
{
	u64 at = va.val - host_linear_base - 1 * MiB;

	assert_ptr_equal(pt, &space);
	*pa = paddr(at + 1 * MiB);
	return at < 2ULL << host_page_shift;
}

struct pgtable *mmu_kernel_pgtable(void)
{
	space.granule = granule_by_shift(host_page_shift);
	space.table_bytes = 4321;
	return &space;
}

u64 memblock_memory_bytes(void)
{
	return 512 * MiB;
}

u64 frame_table_bytes(void)
{
	return 64 * KiB;
}

void verdict_end(enum verdict verdict)
{
	panic("verdict %d", verdict);
}
