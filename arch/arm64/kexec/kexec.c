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
#include <kernel/irq.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/memblock.h>

/* arch/arm64/boot/kexec_jump.S */
extern u8 _kexec_jump[], _kexec_jump_end[], cpu_leave[];
extern u8 el2_vectors[]; /* el2_stub.S */
void kexec_switch(u64 ttbr1, u64 tcr, const u8 *data, u8 *copy, u64 bytes, const u8 *stack_top,
		  u8 *stack_copy, u64 physical_less_virtual);

/* What kexec_switch copies of the data is a multiple of that; behind the bss is room for it. */
#define STEP_BYTES 64

u64 arch_kexec_page_bytes(void)
{
	return 1ULL << boot_info.boot_shift;
}

u64 arch_kexec_image_bytes(void)
{
	return image_offset(_stacks_end);
}

void arch_kexec_clean(paddr_t base, u64 bytes)
{
	u8 *first = vaddr_ptr(paddr_to_linear(base));

	cache_clean_poc(first, first + bytes);
}

/* ---- the map of the copy ---- */

/* What is left of the image since boot's part was given back (mm/page/give_back.c), by offsets. */
static u64 text_first(void)
{
	return page_align_down(image_offset(_init_text_end));
}

static u64 rodata_end(void)
{
	return MIN(page_align_up(image_offset(_init_rodata)), image_offset(_erodata));
}

static int map_image(struct arch_kexec *kexec)
{
	struct pgtable *map = &kexec->map;
	paddr_t copy = kexec->image;
	u64 stack_top = image_offset(_stack_top);

	/* The stack's guard stays unmapped. */
	return mmu_map_image(map, copy, text_first(), image_offset(_etext), MAP_TEXT) ?:
		mmu_map_image(map, copy, image_offset(_rodata), rodata_end(), MAP_RODATA) ?:
		mmu_map_image(map, copy, image_offset(_data), image_offset(_ebss), MAP_DATA) ?:
		mmu_map_image(map, copy, stack_top - STACK_BYTES, stack_top, MAP_DATA);
}

/* Whole pages of the map's granule, by physical address. */
static struct mmu_span pages_of(const struct arch_kexec *kexec, u64 first, u64 end)
{
	u64 page = granule_page_bytes(kexec->trampoline.granule);

	return (struct mmu_span){ ALIGN_DOWN(first, page), ALIGN_UP(end, page) };
}

/* What of the copy never changes: its text and constants. */
static struct mmu_span constants(const struct arch_kexec *kexec)
{
	return pages_of(kexec, kexec->image.val + text_first(), kexec->image.val + rodata_end());
}

/* What the trampoline has of an image. */
static struct mmu_span jump(const struct arch_kexec *kexec, u64 image)
{
	return pages_of(kexec, image + image_offset(_kexec_jump),
			image + image_offset(_kexec_jump_end));
}

/* As the kernel's linear map, but that only what is executed is read-only. */
static int map_memory(struct arch_kexec *kexec)
{
	struct mmu_span here = jump(kexec, boot_info.image_pa), copy = constants(kexec);
	bool copy_is_lower = copy.first < here.first;
	const struct mmu_span read_only[] = { copy_is_lower ? copy : here,
					      copy_is_lower ? here : copy };
	paddr_t from = paddr(0);
	struct region region;
	int err = 0;

	while (!err && memblock_next_mapped(&from, &region))
		err = mmu_map_linear(&kexec->map, region.base, region_end(&region), read_only, 2);
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
	u64 text = text_first(), rodata = image_offset(_rodata);

	memcpy(copy + text, _text + text, image_offset(_etext) - text);
	memcpy(copy + rodata, _rodata, rodata_end() - rodata);
	arch_kexec_clean(paddr_add(image, text), rodata_end() - text);
}

u64 arch_kexec_constants(const struct arch_kexec *kexec, paddr_t *base)
{
	*base = paddr_add(kexec->image, text_first());
	return rodata_end() - text_first();
}

static int prepare_copy(struct arch_kexec *kexec, pgtable_alloc_fn *alloc)
{
	int err;

	kexec->map = (struct pgtable){ .granule = kexec->trampoline.granule,
				       .va_bits = VA_BITS,
				       .upper = true,
				       .table_offset = LINEAR_BASE,
				       .alloc = alloc };
	err = pgtable_init(&kexec->map) ?:
			map_image(kexec) ?:
			map_memory(kexec) ?:
			map_devices(kexec) ?:
			trampoline_map(&kexec->trampoline, kexec->image, _kexec_jump,
				       _kexec_jump_end, MAP_RODATA);
	if (!err)
		copy_constants(kexec->image);
	return err;
}

int arch_kexec_prepare(struct arch_kexec *kexec, paddr_t image, pgtable_alloc_fn *alloc)
{
	int err;

	*kexec = (struct arch_kexec){ .image = image };
	err = trampoline_init(&kexec->trampoline, alloc, NULL)
		      ?: trampoline_map(&kexec->trampoline, paddr(boot_info.image_pa), _kexec_jump,
					_kexec_jump_end, MAP_TEXT);
	if (err)
		return err;
	/* It runs with caches off: the loader had it clean in memory, and nobody writes to it. */
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
	irq_quiet();
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
	struct mmu_span here = jump(kexec, boot_info.image_pa),
			there = jump(kexec, kexec->image.val);
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
	u64 data = image_offset(_data);
	u8 *copy = vaddr_ptr(paddr_to_linear(kexec->image));

	ASSERT(vaddr_of(_stack_top).val - vaddr_of(__builtin_frame_address(0)).val < STACK_BYTES);
	trampoline_enable(&kexec->trampoline);
	kexec_switch(kexec->map.root.val, tcr_for(&kexec->map), _data, copy + data,
		     ALIGN_UP((u64)(_ebss - _data), STEP_BYTES), _stack_top,
		     copy + image_offset(_stack_top), boot_info.image_pa - boot_info.image_va);
	mmu_kernel_pgtable()->live = false;
	arch_kexec_turn(kexec);
	/* The EL2 stub is part of the image, too, and EL2 goes by physical addresses. */
	boot_info.image_pa = kexec->image.val;
	if (boot_info.has_el2)
		hyp_call(HYP_CALL_VECTORS, boot_info.image_pa + image_offset(el2_vectors), 0);
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
	void (*leave)(u64, u64, u64) __noreturn =
		(__typeof__(leave))(uintptr_t)(boot_info.image_pa + image_offset(cpu_leave));

	trampoline_enable(&kexec->trampoline);
	leave(entry.val, devicetree.val, boot_info.has_el2);
}
