// SPDX-License-Identifier: BSD-2-Clause
/*
 * Leaving for another kernel: <arch/kexec.h> has the contract.
 *
 * Caches. The next kernel is entered with its caches off and reads memory past them. Everything it
 * is handed has been cleaned to the point of coherency, its image with all of the memory after
 * the file: there it may write with caches off, and no dirty line is left that could be written
 * back over that (clean ones may be, and it drops them itself). Other memory has dirty lines still.
 * An access with caches on meets them, so nothing is lost or undone. Source: Arm ARM (DDI
 * 0487, J.a), "Cache maintenance instructions"; Linux, Documentation/arch/arm64/booting.rst.
 */
#include <arch/barrier.h>
#include <arch/boot.h>
#include <arch/cache.h>
#include <arch/copy.h>
#include <arch/hyp.h>
#include <arch/kexec.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/pmu.h>
#include <arch/sysreg.h>
#include <arch/trampoline.h>
#include <kernel/assert.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/memblock.h>

/* kexec_jump.S */
extern u8 _kexec_jump[], _kexec_jump_end[];
void kexec_switch(u64 ttbr1, u64 tcr, const u8 *data, u8 *copy, u64 bytes, const u8 *stack_top,
		  u8 *stack_copy, u64 physical_less_virtual);
void kexec_leave(u64 entry, u64 devicetree, u64 by_el2) __noreturn;
void el2_vectors(void);

/* What kexec_switch copies of the data is a multiple of that; behind the bss is room for it. */
#define STEP_BYTES 64

u64 arch_kexec_page_bytes(void)
{
	return 1ULL << boot_info.boot_shift;
}

u64 arch_kexec_image_bytes(void)
{
	return trampoline_offset(_stacks_end);
}

unsigned arch_kexec_level(void)
{
	return boot_info.has_el2 ? 2 : 1;
}

void arch_kexec_clean(paddr_t base, u64 bytes)
{
	u8 *first = vaddr_ptr(paddr_to_linear(base));

	cache_clean_poc(first, first + bytes);
}

/* ---- the map of the copy ---- */

/* What is left of the image since boot's part was given back (mm/page/give_back.c): offsets in it.
 * */
static u64 text_first(void)
{
	return page_align_down(trampoline_offset(_init_text_end));
}

static u64 rodata_end(void)
{
	return MIN(page_align_up(trampoline_offset(_init_rodata)), trampoline_offset(_erodata));
}

static int map_copy(struct arch_kexec *kexec, u64 first, u64 end, enum map_kind kind)
{
	u64 page = granule_page_bytes(kexec->map.granule);

	first = ALIGN_DOWN(first, page);
	return pgtable_map(&kexec->map, vaddr(boot_info.image_va + first),
			   paddr_add(kexec->image, first), ALIGN_UP(end, page) - first, kind);
}

static int map_image(struct arch_kexec *kexec)
{
	int err = map_copy(kexec, text_first(), trampoline_offset(_etext), MAP_TEXT);

	if (!err)
		err = map_copy(kexec, trampoline_offset(_rodata), rodata_end(), MAP_RODATA);
	if (!err)
		err = map_copy(kexec, trampoline_offset(_data), trampoline_offset(_ebss), MAP_DATA);
	if (err)
		return err;
	/* The stack's guard stays unmapped. */
	return map_copy(kexec, trampoline_offset(_stack_top) - STACK_BYTES,
			trampoline_offset(_stack_top), MAP_DATA);
}

/* Whole pages of the map's granule, by physical address. */
struct span {
	u64 first;
	u64 end;
};

static struct span pages_of(const struct arch_kexec *kexec, u64 first, u64 end)
{
	u64 page = granule_page_bytes(kexec->trampoline.granule);

	return (struct span){ ALIGN_DOWN(first, page), ALIGN_UP(end, page) };
}

/* What of the copy never changes: its text and constants. */
static struct span constants(const struct arch_kexec *kexec)
{
	return pages_of(kexec, kexec->image.val + text_first(), kexec->image.val + rodata_end());
}

/* What the trampoline has of an image. */
static struct span jump(const struct arch_kexec *kexec, u64 image)
{
	return pages_of(kexec, image + trampoline_offset(_kexec_jump),
			image + trampoline_offset(_kexec_jump_end));
}

static int map_linear(struct arch_kexec *kexec, u64 first, u64 end, enum map_kind kind)
{
	if (first >= end)
		return 0;
	/* Pages become data in place (arch_kexec_turn). */
	if (kind == MAP_RODATA)
		return pgtable_map_pages(&kexec->map, vaddr(first + LINEAR_BASE), paddr(first),
					 end - first, kind);
	return pgtable_map(&kexec->map, vaddr(first + LINEAR_BASE), paddr(first), end - first,
			   kind);
}

static int map_region(struct arch_kexec *kexec, u64 first, u64 end)
{
	struct span here = jump(kexec, boot_info.image_pa), copy = constants(kexec);
	bool copy_is_lower = copy.first < here.first;
	int err = 0;

	for (unsigned i = 0; i < 2 && !err; i++) {
		const struct span *span = copy_is_lower == !i ? &copy : &here;
		u64 from = CLAMP(span->first, first, end), to = CLAMP(span->end, first, end);

		err = map_linear(kexec, first, from, MAP_DATA);
		if (!err)
			err = map_linear(kexec, from, to, MAP_RODATA);
		first = to;
	}
	return err ? err : map_linear(kexec, first, end, MAP_DATA);
}

/* As the kernel's linear map, but that only what is executed is read-only. */
static int map_memory(struct arch_kexec *kexec)
{
	u64 page = granule_page_bytes(kexec->map.granule);
	paddr_t from = paddr(0);
	struct region region;
	int err = 0;

	while (!err && memblock_next_memory(&from, &region)) {
		u64 first = ALIGN_UP(region.base.val, page);
		u64 end = ALIGN_DOWN(region_end(&region).val, page);

		if (first < end && !(region.flags & MEMBLOCK_FLAG_NO_MAP))
			err = map_region(kexec, first, end);
	}
	return err;
}

struct device_maps {
	struct pgtable *to;
	int err;
};

static void map_device(void *ctx, vaddr_t va, unsigned level, pte_t leaf, u64 bytes)
{
	struct device_maps *maps = ctx;

	(void)level;
	if (!maps->err)
		maps->err = pgtable_map(maps->to, va, pte_addr(leaf), bytes, MAP_DEVICE);
}

/* Registers are where drivers know them. */
static int map_devices(struct arch_kexec *kexec)
{
	struct device_maps maps = { .to = &kexec->map };

	pgtable_visit(mmu_kernel_pgtable(), vaddr(boot_info.image_va + WINDOW_DEVICES),
		      vaddr(boot_info.image_va + WINDOW_DEVICETREE - 1), map_device, &maps);
	return maps.err;
}

/* What of the image doesn't change any more, for data and instruction fetches with caches off. */
static void copy_constants(paddr_t image)
{
	u8 *copy = vaddr_ptr(paddr_to_linear(image));
	u64 text = text_first(), rodata = trampoline_offset(_rodata);

	memcpy(copy + text, _text + text, trampoline_offset(_etext) - text);
	memcpy(copy + rodata, _rodata, rodata_end() - rodata);
	arch_kexec_clean(paddr_add(image, text), rodata_end() - text);
}

u64 arch_kexec_constants(const struct arch_kexec *kexec, paddr_t *base)
{
	*base = paddr_add(kexec->image, text_first());
	return kexec->image.val ? rodata_end() - text_first() : 0;
}

static int prepare_copy(struct arch_kexec *kexec, pgtable_alloc_fn *alloc)
{
	int err;

	kexec->map = (struct pgtable){ .granule = kexec->trampoline.granule,
				       .va_bits = VA_BITS,
				       .upper = true,
				       .table_offset = LINEAR_BASE,
				       .alloc = alloc };
	err = pgtable_init(&kexec->map);
	if (!err)
		err = map_image(kexec);
	if (!err)
		err = map_memory(kexec);
	if (!err)
		err = map_devices(kexec);
	if (!err)
		err = trampoline_map(&kexec->trampoline, kexec->image, _kexec_jump, _kexec_jump_end,
				     MAP_RODATA);
	if (!err)
		copy_constants(kexec->image);
	return err;
}

int arch_kexec_prepare(struct arch_kexec *kexec, paddr_t image, pgtable_alloc_fn *alloc)
{
	int err;

	*kexec = (struct arch_kexec){ .image = image };
	err = trampoline_init(&kexec->trampoline, alloc, NULL);
	if (!err)
		err = trampoline_map(&kexec->trampoline, paddr(boot_info.image_pa), _kexec_jump,
				     _kexec_jump_end, MAP_TEXT);
	if (err)
		return err;
	/* It runs with caches off: the loader had it clean, but lines around it were written to. */
	cache_clean_poc(_kexec_jump, _kexec_jump_end);
	return image.val ? prepare_copy(kexec, alloc) : 0;
}

/* ---- going ---- */

void arch_kexec_count(void)
{
	(void)pmu_start_span();
}

void arch_kexec_quiet(bool counting)
{
	asm volatile("msr daifset, #0xf");
	sysreg_write(cntp_ctl_el0, 0);
	sysreg_write(cntv_ctl_el0, 0);
	if (!counting)
		pmu_stop();
	else if (!pmu_start())
		pmu_clear();
}

/* The TCR for the map of the copy, with the trampoline on. */
static u64 tcr_for(const struct pgtable *map)
{
	u64 tcr = sysreg_read(tcr_el1) & ~(3ULL << TCR_TG1_SHIFT | (u64)TCR_EPD0);

	return tcr | (u64)map->granule->tg1 << TCR_TG1_SHIFT;
}

/*
 * The tables are prepared for the switch: the jump of this image is what can be executed, and by no
 * map written. From the copy it is the other way round. Pages change in place.
 */
void arch_kexec_turn(const struct arch_kexec *kexec)
{
	struct span here = jump(kexec, boot_info.image_pa), there = jump(kexec, kexec->image.val);
	struct pgtable trampoline = kexec->trampoline, map = kexec->map;
	u64 bytes = here.end - here.first;

	trampoline_disable();
	ASSERT(!pgtable_protect(&trampoline, vaddr(here.first), bytes, MAP_RODATA));
	ASSERT(!pgtable_protect(&trampoline, vaddr(there.first), there.end - there.first,
				MAP_TEXT));
	map.live = true;
	ASSERT(!pgtable_protect(&map, vaddr(here.first + LINEAR_BASE), bytes, MAP_DATA));
}

void arch_kexec_move(const struct arch_kexec *kexec)
{
	u64 data = trampoline_offset(_data);
	u8 *copy = vaddr_ptr(paddr_to_linear(kexec->image));

	ASSERT(vaddr_of(_stack_top).val - vaddr_of(__builtin_frame_address(0)).val < STACK_BYTES);
	trampoline_enable(&kexec->trampoline);
	kexec_switch(kexec->map.root.val, tcr_for(&kexec->map), _data, copy + data,
		     ALIGN_UP((u64)(_ebss - _data), STEP_BYTES), _stack_top,
		     copy + trampoline_offset(_stack_top), boot_info.image_pa - boot_info.image_va);
	mmu_kernel_pgtable()->live = false;
	arch_kexec_turn(kexec);
	/* The EL2 stub is part of the image, too, and EL2 goes by physical addresses. */
	boot_info.image_pa = kexec->image.val;
	if (boot_info.has_el2)
		hyp_call(HYP_CALL_VECTORS,
			 boot_info.image_pa +
				 trampoline_offset(vaddr_ptr(vaddr((u64)(uintptr_t)el2_vectors))),
			 0);
}

void arch_kexec_copy(paddr_t to, paddr_t from, u64 bytes)
{
	u64 pages = ALIGN_DOWN(bytes, PAGE_SIZE_MIN);

	if (pages)
		arch_copy_pages(vaddr_ptr(paddr_to_linear(to)), vaddr_ptr(paddr_to_linear(from)),
				pages);
	if (pages < bytes)
		memcpy(vaddr_ptr(paddr_to_linear(paddr_add(to, pages))),
		       vaddr_ptr(paddr_to_linear(paddr_add(from, pages))), bytes - pages);
}

void arch_kexec_leave(const struct arch_kexec *kexec, paddr_t entry, paddr_t devicetree)
{
	u64 offset = trampoline_offset(vaddr_ptr(vaddr((u64)(uintptr_t)kexec_leave)));
	void (*leave)(u64, u64, u64) __noreturn =
		(__typeof__(leave))(uintptr_t)(boot_info.image_pa + offset);

	trampoline_enable(&kexec->trampoline);
	leave(entry.val, devicetree.val, boot_info.has_el2);
}
