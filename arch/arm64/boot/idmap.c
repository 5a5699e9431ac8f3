// SPDX-License-Identifier: BSD-2-Clause
/*
 * The identity map: image and devicetree one to one, in TTBR0, so that the MMU can go on.
 *
 * The code here runs with the MMU off, before relocation. The same walker builds this map as builds
 * everything later, with the smallest granule that the CPU has (the smallest tables). The choice of
 * `pagesize=` does not enter: TG0 boots, TG1 chooses.
 *
 * Tables, of this map and of the first part of the kernel's, come from a pool that follows the
 * image, from the bottom up. What is used is counted in bytes, and addresses are physical, since
 * the pool serves on both sides of the move. No table is given back alone: the rest is, as a whole.
 *
 * Until the MMU is on all memory is Device-typed, where unaligned accesses fault even when
 * SCTLR_EL1.A would let them pass: this file is compiled with -mstrict-align.
 */
#include <arch/boot.h>
#include <arch/cache.h>
#include <arch/layout.h>
#include <arch/pgtable.h>
#include <arch/probe.h>
#include <arch/semihost.h>
#include <arch/sysreg.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>

/* The devicetree's header, big-endian words; the boot protocol's limits. */
#define FDT_MAGIC     0xd00dfeedU
#define FDT_BYTES_MAX (2 * MiB)
#define FDT_ALIGN     8U

struct boot_info boot_info;
struct idmap_regs idmap_regs;
static struct pgtable idmap;

int __init idmap_pool_alloc(struct pgtable *pt, u64 bytes, paddr_t *table)
{
	/* The pool is aligned to the largest page, so an aligned offset is an aligned address. */
	u64 offset = ALIGN_UP(boot_info.pool_used, bytes);

	(void)pt;
	if (offset + bytes > BOOT_POOL_BYTES)
		return -ENOMEM;
	boot_info.pool_used = offset + bytes;
	/* This map's are written past the caches, as bss and stack are: see boot_entry. */
	if (!idmap.live)
		cache_invalidate_poc(_boot_pool + offset, _boot_pool + offset + bytes);
	*table = paddr(boot_info.image_pa + image_offset(_boot_pool) + offset);
	return 0;
}

static int __init map_identity(paddr_t pa, u64 bytes, enum map_kind kind)
{
	u64 page = granule_page_bytes(idmap.granule);
	paddr_t first = paddr_down(pa, page), end = paddr_up(paddr_add(pa, bytes), page);

	return pgtable_map(&idmap, vaddr(first.val), first, paddr_diff(end, first), kind);
}

int __init idmap_map_device(paddr_t pa, u64 bytes)
{
	if (!pte_reaches(pa.val, bytes))
		return -EINVAL;
	return map_identity(pa, bytes, MAP_DEVICE);
}

int __init idmap_map_memory(paddr_t pa, u64 bytes)
{
	return map_identity(pa, bytes, MAP_DATA);
}

/*
 * Where the devicetree is, from x0. A loader that starts ELF files gives none: then it is looked
 * for where QEMU puts it, at the 2 MiB below the image.
 */
static void __init find_devicetree(void)
{
	u64 at = boot_info.loader_x0 ? boot_info.loader_x0 : boot_info.image_pa - IMAGE_ALIGN;
	const u32 *header = (const u32 *)(uintptr_t)at;
	u32 bytes;
	u8 first;

	if (at % FDT_ALIGN || at >> VA_BITS)
		return;
	/* There need not be memory at all: the first access may abort. */
	if (arch_probe_read(vaddr(at), &first))
		return;
	/*
	 * The protocol promises that the image is clean in memory, of the tree it says nothing:
	 * what a cache still has of its first words goes there before they are read past it.
	 */
	asm volatile("dc civac, %0\n\tdsb sy" ::"r"(at) : "memory");
	bytes = __builtin_bswap32(header[1]);
	if (__builtin_bswap32(header[0]) != FDT_MAGIC || bytes < 40 || bytes > FDT_BYTES_MAX)
		return;
	/* Writable: a kaslr-seed is wiped once it was read. */
	if (map_identity(paddr(at), bytes, MAP_DATA))
		return;
	boot_info.fdt_pa = at;
	boot_info.fdt_bytes = bytes;
}

void __init idmap_build(u64 loader_x0, u64 entry_el)
{
	u64 mmfr0 = sysreg_read(id_aa64mmfr0_el1);
	const struct granule *g = granule_smallest(mmfr0);
	u64 size_field = 64 - VA_BITS;

	boot_info.image_pa = (u64)(uintptr_t)_text;
	boot_info.loader_x0 = loader_x0;
	boot_info.entry_el = (u32)entry_el;
	boot_info.has_el2 =
		entry_el == 2 || (entry_el == 3 && ID_AA64PFR0_EL2(sysreg_read(id_aa64pfr0_el1)));
	boot_info.id_aa64mmfr0 = mmfr0;
	if (!g)
		semihost_die("boot: ID_AA64MMFR0_EL1 says that the CPU has no granule at all\n");
	boot_info.boot_shift = g->shift;

	idmap.granule = g;
	idmap.va_bits = VA_BITS;
	idmap.boot = true;
	idmap.alloc = idmap_pool_alloc;
	if (pgtable_init(&idmap) ||
	    map_identity(paddr(boot_info.image_pa), image_offset(_end), MAP_BOOT))
		semihost_die("boot: no room for the identity map of the image\n");
	find_devicetree();
	cache_invalidate_poc(_boot_pool, _boot_pool + boot_info.pool_used);
	idmap.live = true;

	idmap_regs.ttbr0 = idmap.root.val;
	idmap_regs.mair = MAIR_VALUE;
	/* Walks by TTBR1 stay off, and TG1 is written, once there is a kernel map. */
	idmap_regs.tcr = size_field << TCR_T0SZ_SHIFT | size_field << TCR_T1SZ_SHIFT |
			 (u64)TCR_WALK_CACHED << TCR_WALK0_SHIFT |
			 (u64)TCR_WALK_CACHED << TCR_WALK1_SHIFT | (u64)g->tg0 << TCR_TG0_SHIFT |
			 (u64)g->tg1 << TCR_TG1_SHIFT | TCR_EPD1 |
			 (u64)pa_range_clamped(mmfr0) << TCR_IPS_SHIFT;
}
