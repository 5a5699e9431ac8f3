// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory for the shadow (<lib/shadow.h>), in a kernel that `make SAN=1` builds.
 *
 *   image         an array of the image itself, mapped with the kernel's map: so C that keeps a
 *                 shadow of its stack can run from kernel_main on
 *   linear map    an eighth of all RAM, from memblock, before the first page is free
 *   vmap areas    64 KiB of scrap, everywhere: they aren't checked, but a stack may lie there
 *
 * Nothing of the product asks for it: the linker lets each WRAPPED function of this folder take the
 * place of the one with its name (--wrap, which inside.h explains).
 */
#include <arch/boot.h>
#include <arch/kexec.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/zero.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <lib/shadow.h>
#include <mm/addr.h>
#include <mm/frame.h>
#include <mm/memblock.h>
#include <mm/vmap.h>

#include "inside.h"

/* A shadow takes as many bytes less. */
#define SHADOW_BYTES(bytes) ((bytes) / SHADOW_GRAIN)

static u8 image_shadow[SHADOW_BYTES(IMAGE_MAX_BYTES)] __aligned(SEGMENT_ALIGN);
static u8 scrap[PAGE_SIZE_MAX] __aligned(PAGE_SIZE_MAX);

/* ---- the image ---- */

/* `image`: where it lies that runs in this map. */
static int map_image_shadow(struct pgtable *pt, paddr_t image)
{
	return pgtable_map(pt, vaddr_of(shadow_of(boot_info.image_va)),
			   paddr_add(image, image_offset(image_shadow)), sizeof(image_shadow),
			   MAP_DATA);
}

WRAPPED(int, mmu_build_kernel_map, u64 *ttbr1, u64 *tcr)
{
	return __real_mmu_build_kernel_map(ttbr1, tcr)
		       ?: map_image_shadow(mmu_kernel_pgtable(), paddr(boot_info.image_pa));
}

static void check_image(void)
{
	shadow_begin(SHADOW_IMAGE, vaddr_of(_text).val, vaddr_of(_end).val);
}

/*
 * The copy goes on where the image was, and its shadow with it. Constants are copied as they lie,
 * with what is around them.
 */
WRAPPED(int, arch_kexec_prepare, struct arch_kexec *kexec, paddr_t image, pgtable_alloc_fn *alloc)
{
	int err;

	shadow_begin(SHADOW_IMAGE, 0, 0);
	err = __real_arch_kexec_prepare(kexec, image, alloc);
	check_image();
	return err || !image.val ? err : map_image_shadow(&kexec->map, image);
}

/* The other shadow isn't in that map, and what is copied may land on it. */
WRAPPED(void, arch_kexec_move, const struct arch_kexec *kexec)
{
	shadow_end();
	__real_arch_kexec_move(kexec);
}

/* ---- the linear map ---- */

/* A page of shadow at the end of one range may be the first of the next. */
static int map_linear_shadow(u64 base, u64 end, u64 *mapped)
{
	u64 first = MAX(page_align_down((uintptr_t)shadow_of(base)), *mapped);
	u64 last = page_align_up((uintptr_t)shadow_of(end));
	paddr_t pa;
	int err;

	if (first >= last)
		return 0;
	err = memblock_alloc(last - first, page_size(), MEMBLOCK_BOOT, &pa);
	if (err)
		return err;
	arch_zero(vaddr_ptr(paddr_to_linear(pa)), last - first);
	*mapped = last;
	return pgtable_map(mmu_kernel_pgtable(), vaddr(first), pa, last - first, MAP_DATA);
}

static int make_linear_shadow(void)
{
	u64 mapped = 0;
	paddr_t from = paddr(0);
	struct region memory;
	int err = 0;

	while (!err && memblock_next_mapped(&from, &memory))
		err = map_linear_shadow(paddr_to_linear(memory.base).val,
					paddr_to_linear(region_end(&memory)).val, &mapped);
	return err;
}

/* ---- areas ---- */

/* No stack is larger. */
#define STACK_MOST (1 * MiB)

/* What of it lies at `at`: neighbours are neighbours, and `pt` has few ranges to print. */
static paddr_t scrap_pa(u64 at)
{
	return paddr(boot_info.image_pa + image_offset(scrap) + at % sizeof(scrap));
}

static int map_scrap(struct pgtable *pt, u64 base, u64 end)
{
	u64 last = page_align_up((uintptr_t)shadow_of(end));
	int err = 0;

	for (u64 at = page_align_down((uintptr_t)shadow_of(base)); !err && at < last;
	     at = page_add(at)) {
		paddr_t there;

		if (!pgtable_lookup(pt, vaddr(at), &there))
			err = pgtable_map(pt, vaddr(at), scrap_pa(at), page_size(), MAP_DATA);
	}
	return err;
}

/* For as many areas as memory can fill, with a guard for each page: none takes tables later. */
static int map_scrap_at_boot(void)
{
	u64 at = page_align_down((uintptr_t)shadow_of(VMAP_BASE));
	u64 last = (uintptr_t)shadow_of(VMAP_BASE + 2 * memblock_memory_bytes());
	paddr_t pages[64];
	int err = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = scrap_pa(at + page_shift_left(i));
	for (; !err && at < last; at += page_shift_left(ARRAY_SIZE(pages)))
		err = pgtable_map_array(mmu_kernel_pgtable(), vaddr(at), pages, ARRAY_SIZE(pages),
					MAP_DATA);
	return err;
}

WRAPPED(struct vmap_area *, vmap_reserve, u64 bytes, u64 align, enum vmap_type type,
	const void *caller)
{
	struct vmap_area *area = __real_vmap_reserve(bytes, align, type, caller);
	int err = 0;

	if (area && bytes <= STACK_MOST) {
		err = map_scrap(mmu_lock(), area->base, area->end);
		mmu_unlock();
	}
	if (!err)
		return area;
	vmap_unreserve(area);
	return NULL;
}

/* ---- all of it, and what is checked from now on ---- */

WRAPPED(int, frame_init, void)
{
	int err = make_linear_shadow() ?: map_scrap_at_boot();

	if (err)
		return err;
	shadow_begin(SHADOW_LINEAR, paddr_to_linear(memblock_start()).val,
		     paddr_to_linear(memblock_end()).val);
	check_image();
	shadow_begin_globals();
	return __real_frame_init();
}
