// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's address space: what is mapped where, and with which permissions.
 *
 *   image     text RX, rodata R, data RW, the stack RW with unmapped memory below it
 *   linear    all RAM RW, but for the image's text and rodata, which stay read-only there too
 *   devices   Device-nGnRE, RW
 *
 * The map is built in the boot stage, on physical addresses, and extended later from within. A
 * table is reached in the stage as it lies, later through the linear map, which has the image's
 * data and the boot pool from the beginning.
 */
#include <arch/barrier.h>
#include <arch/boot.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/sysreg.h>
#include <arch/zero.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/devicetree_memory.h>

/* Pointers that the image begins with are good in each map; granule is set in each. */
static struct pgtable kernel_pgtable = { .va_bits = VA_BITS,
					 .upper = true,
					 .zero = arch_zero,
					 .alloc = mmu_boot_table,
					 .may_break = mmu_is_locked_here };
static u64 devices_used; /* bytes of the window's device part */

static paddr_t image_pa(const void *place)
{
	return paddr(boot_info.image_pa + image_offset(place));
}

static u64 page_bytes(void)
{
	return granule_page_bytes(kernel_pgtable.granule);
}

/* A root of less than a page (16 bytes at 16K, 512 at 64K) needs no page of its own. */
static u64 small_root[512 / sizeof(u64)] __aligned(512);

int mmu_boot_table(struct pgtable *pt, u64 bytes, paddr_t *table)
{
	if (bytes <= sizeof(small_root) && bytes < granule_page_bytes(pt->granule)) {
		*table = image_pa(small_root);
		return 0;
	}
	return idmap_pool_alloc(pt, bytes, table);
}

int mmu_map_image(struct pgtable *pt, paddr_t image, u64 first, u64 end, enum map_kind kind)
{
	u64 page = granule_page_bytes(pt->granule);

	first = ALIGN_DOWN(first, page);
	end = ALIGN_UP(end, page);
	if (first >= end)
		return 0;
	return pgtable_map(pt, vaddr(boot_info.image_va + first), paddr_add(image, first),
			   end - first, kind);
}

static int __init map_image(u64 first, u64 end, enum map_kind kind)
{
	return mmu_map_image(&kernel_pgtable, paddr(boot_info.image_pa), first, end, kind);
}

/*
 * One segment: what stays, and the part that only boot needs. The tail that alignment left after
 * it is not mapped. Each is mapped by itself, so that no contiguous run holds both: boot's part is
 * unmapped while the kernel runs on the other, and cutting a run takes all of it away for a moment.
 */
static int __init map_segment(const u8 *start, const u8 *cut, const u8 *end, enum map_kind kind)
{
	u64 middle = ALIGN_UP(image_offset(cut), page_bytes());

	return map_image(image_offset(start), middle, kind)
		       ?: map_image(middle, image_offset(end), kind);
}

/* What lies below the stack stays unmapped, and so do the pages of its area that it leaves. */
static int __init map_stack(void)
{
	u64 end = image_offset(_stack_top);

	return map_image(end - STACK_BYTES, end, MAP_DATA);
}

/* The devicetree's pages. */
static u64 devicetree_first(void)
{
	return ALIGN_DOWN(boot_info.fdt_pa, page_bytes());
}

static u64 devicetree_end(void)
{
	return ALIGN_UP(boot_info.fdt_pa + boot_info.fdt_bytes, page_bytes());
}

/* Where the window has it: `pa` is an address within those pages. */
static vaddr_t devicetree_slot(u64 pa)
{
	return vaddr(boot_info.image_va + WINDOW_DEVICETREE + pa % IMAGE_ALIGN);
}

static int __init map_devicetree(void)
{
	u64 first = devicetree_first();

	if (!boot_info.fdt_pa)
		return 0;
	return pgtable_map(&kernel_pgtable, devicetree_slot(first), paddr(first),
			   devicetree_end() - first, MAP_RODATA);
}

int __init mmu_build_kernel_map(u64 *ttbr1, u64 *tcr)
{
	struct pgtable *pt = &kernel_pgtable;
	u64 mask = 3ULL << TCR_TG1_SHIFT | TCR_EPD1;

	boot_info.pool_idmap = boot_info.pool_used;
	pt->granule = granule_by_shift(boot_info.page_shift);
	if (pgtable_init(pt) || map_segment(_text, _init_text_end, _etext, MAP_TEXT) ||
	    map_segment(_rodata, _init_rodata, _erodata, MAP_RODATA) ||
	    map_segment(_data, _data, _ebss, MAP_DATA) || map_stack() || map_devicetree() ||
	    mmu_map_linear(pt, image_pa(_data), image_pa(_end), NULL, 0))
		return -ENOMEM;
	*ttbr1 = pt->root.val;
	*tcr = (sysreg_read(tcr_el1) & ~mask) | (u64)pt->granule->tg1 << TCR_TG1_SHIFT;
	return 0;
}

void __init mmu_enter(void)
{
	boot_info.moved = true;
	kernel_pgtable.granule = granule_by_shift(boot_info.page_shift);
	/* All tables so far are in the image, and the linear map has its data. */
	kernel_pgtable.table_offset = LINEAR_BASE;
	kernel_pgtable.recent = NULL;
	kernel_pgtable.live = true;
}

static bool overlaps(paddr_t pa, u64 bytes, u64 base, u64 size)
{
	return pa.val < base + size && base < pa.val + bytes;
}

const char *mmu_device_fault(paddr_t pa, u64 bytes, u64 most)
{
	if (!pte_reaches(pa.val, bytes))
		return "has registers that a CPU can't reach";
	/* The image and the tree lie in memory, whatever the tree says that there is of it. */
	if (overlaps(pa, bytes, boot_info.image_pa, image_offset(_end)) ||
	    overlaps(pa, bytes, boot_info.fdt_pa, boot_info.fdt_bytes) ||
	    devicetree_memory_overlaps(&boot_devicetree, pa, bytes))
		return "has registers that lie in memory";
	/* With the largest pages, so that the answer is the same before one is chosen and after. */
	if (ALIGN_UP(pa.val + bytes, PAGE_SIZE_MAX) - ALIGN_DOWN(pa.val, PAGE_SIZE_MAX) > most)
		return "has registers that are too large to map";
	return NULL;
}

/* The redistributors of a GIC for some hundred CPUs. */
#define LARGE_DEVICE_BYTES (128 * MiB)

const char *mmu_map_device(paddr_t pa, u64 bytes, vaddr_t *at)
{
	u64 page = page_bytes();
	paddr_t first = paddr_down(pa, page), end = paddr_up(paddr_add(pa, bytes), page);
	u64 size = paddr_diff(end, first);
	u64 left = devices_used < WINDOW_DEVICES_BYTES ? WINDOW_DEVICES_BYTES - devices_used : 0;
	vaddr_t base = vaddr(boot_info.image_va + WINDOW_DEVICES + devices_used);
	const char *fault = mmu_device_fault(pa, bytes, left);
	bool is_large = fault && !mmu_device_fault(pa, bytes, LARGE_DEVICE_BYTES) &&
			end.val <= LINEAR_BYTES;

	/* What the window has no room for stands in the linear map, where there is no memory. */
	if (is_large)
		base = vaddr(first.val + LINEAR_BASE);
	else if (fault)
		return fault;
	if (pgtable_map(&kernel_pgtable, base, first, size, MAP_DEVICE))
		return MMU_NO_TABLES;
	/* An unmapped page between two devices: an access beyond one faults, at any granule. */
	if (!is_large)
		devices_used += size + page;
	*at = vaddr_add(base, paddr_diff(pa, first));
	return NULL;
}

int __init mmu_map_early(paddr_t pa, u64 bytes)
{
	return pgtable_map(&kernel_pgtable, vaddr(pa.val + LINEAR_BASE), pa, bytes, MAP_DATA);
}

static int map_linear(struct pgtable *pt, u64 first, u64 end, enum map_kind kind)
{
	vaddr_t at = vaddr(first + LINEAR_BASE);

	if (first >= end)
		return 0;
	/* Parts of what is read-only become data, which pages do in place. */
	if (kind == MAP_RODATA)
		return pgtable_map_pages(pt, at, paddr(first), end - first, kind);
	return pgtable_map(pt, at, paddr(first), end - first, kind);
}

int mmu_map_linear(struct pgtable *pt, paddr_t base, paddr_t limit,
		   const struct mmu_span *read_only, unsigned count)
{
	/* Inwards: of a page that is memory only in part, the rest may be anything, or no-map. */
	u64 first = ALIGN_UP(base.val, granule_page_bytes(pt->granule));
	u64 end = ALIGN_DOWN(limit.val, granule_page_bytes(pt->granule));

	for (unsigned i = 0; i < count; i++) {
		u64 from = CLAMP(read_only[i].first, first, end);
		u64 to = CLAMP(read_only[i].end, first, end);
		int err = map_linear(pt, first, from, MAP_DATA)
				  ?: map_linear(pt, from, to, MAP_RODATA);

		if (err)
			return err;
		first = to;
	}
	return map_linear(pt, first, end, MAP_DATA);
}

/* Text and rodata: else the linear map would be a way around the image's own permissions. */
int __init mmu_map_ram(paddr_t base, paddr_t end)
{
	const struct mmu_span text = { boot_info.image_pa, image_pa(_data).val };
	struct pgtable *pt = &kernel_pgtable;
	int err = mmu_map_linear(pt, base, paddr_min(end, image_pa(_data)), &text, 1);

	/* The rest of the image is there already. */
	return err ?: mmu_map_linear(pt, paddr_max(base, image_pa(_end)), end, NULL, 0);
}

const void *mmu_devicetree(void)
{
	if (!boot_info.fdt_pa)
		return NULL;
	if (!boot_info.moved)
		return vaddr_ptr(vaddr(boot_info.fdt_pa));
	return vaddr_ptr(devicetree_slot(boot_info.fdt_pa));
}

const void *__init mmu_move_devicetree(void)
{
	u64 first = devicetree_first(), end = devicetree_end();
	paddr_t there;

	/* A page that is memory only in part is not in the linear map; a tree may lie in none. */
	for (u64 pa = first; pa < end; pa += page_bytes())
		if (!pgtable_lookup(&kernel_pgtable, vaddr(pa + LINEAR_BASE), &there))
			return mmu_devicetree();
	ASSERT(!pgtable_unmap(&kernel_pgtable, devicetree_slot(first), end - first));
	return vaddr_ptr(vaddr(boot_info.fdt_pa + LINEAR_BASE));
}

struct pgtable *mmu_kernel_pgtable(void)
{
	return &kernel_pgtable;
}

bool mmu_read_regime(struct pgtable *pt, bool upper)
{
	u64 tcr = sysreg_read(tcr_el1);
	u64 ttbr = upper ? sysreg_read(ttbr1_el1) : sysreg_read(ttbr0_el1);
	unsigned size_field = upper ? tcr_t1sz(tcr) : tcr_t0sz(tcr);

	*pt = (struct pgtable){ .granule =
					granule_by_tg(upper ? tcr_tg1(tcr) : tcr_tg0(tcr), upper),
				.root = paddr(ttbr & TTBR_ADDR_MASK),
				.va_bits = (u8)(64 - size_field),
				.upper = upper,
				.table_offset = kernel_pgtable.table_offset };
	return pt->granule && !(tcr & (upper ? TCR_EPD1 : TCR_EPD0));
}
