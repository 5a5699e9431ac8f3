/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the boot stage passes from step to step and on to the kernel.
 *
 * The stage runs the image at its physical address, under an identity map; the
 * kernel runs the same bytes at an upper address. So a pointer into the image
 * that was computed in the stage is wrong afterwards: everything here is plain numbers.
 *
 *   _start (head.S)    EL1, bss, stack                     MMU off, not relocated
 *   idmap_build        the identity map, one granule       MMU off, not relocated
 *   boot_main          console, choice, kernel map          identity map, relocated to it
 *   mmu_switch         relocate for good, patch, move up
 *   kernel_main        everything else                      kernel map
 */
#ifndef ARCH_BOOT_H
#define ARCH_BOOT_H

#include <arch/sections.h>
#include <kernel/types.h>
#include <lib/devicetree.h>

#define BOOT_REQUEST_BYTES 24 /* room for what pagesize= says */

/* What is known of the entry and decided in the boot stage. */
struct boot_info {
	u64 image_pa;     /* where the image was loaded, 2 MiB aligned */
	u64 image_va;     /* where it runs: IMAGE_LINK_BASE, or random */
	u64 loader_x0;    /* x0 at entry: 0 from a loader that starts ELF files */
	u64 fdt_pa;       /* the devicetree, or 0 for none */
	u64 fdt_bytes;    /* its totalsize */
	u64 id_aa64mmfr0; /* of the boot CPU */
	u64 pool_used;    /* bytes of the boot pool that tables took */
	u64 pool_idmap;   /* the first of these are the identity map's: done with after the move */
	u64 ram_bytes;    /* what `auto` went by */
	u32 entry_el;     /* 1, 2 or 3 */
	u32 page_shift;   /* chosen: 12, 14, 16 */
	u32 boot_shift;   /* of the identity map's granule */
	u32 relocations;  /* applied */
	u32 page_sites;   /* patched */
	bool has_el2;     /* below where it was entered, or there */
	bool relocated;   /* pointers in the image are good for where it runs */
	bool moved;       /* it runs in the kernel map */
	enum {
		KASLR_ON,
		KASLR_NO_SEED, /* the tree has none */
		KASLR_OFF,     /* the command line says nokaslr */
	} kaslr;
	char requested[BOOT_REQUEST_BYTES]; /* what pagesize= said */
};

extern struct boot_info boot_info;

/* The devicetree, open. Its `fdt` follows the image from map to map. */
extern struct devicetree boot_devicetree;

/* The kernel command line; empty when there is none or it is malformed. Lies in the devicetree. */
const char *boot_cmdline(void);

/* The registers that head.S loads before the MMU goes on; the layout is head.S's. */
struct idmap_regs {
	u64 ttbr0;
	u64 tcr;
	u64 mair;
};

/*
 * idmap_build - make the identity map and leave its registers in idmap_regs.
 *
 * Runs with the MMU off. `loader_x0`: x0 at entry; `entry_el`: 1 to 3. Maps the image, and the
 * devicetree if there is one of a legal size at a legal place (boot_info says). A failure
 * cannot be reported here: it leaves fdt_pa 0, or stops when not even the image can be mapped.
 */
void idmap_build(u64 loader_x0, u64 entry_el);

/*
 * Map device registers one to one. For the boot stage's console, which asks mmu_device_fault
 * before. Returns 0, -ENOMEM, -EEXIST or -EINVAL (no such address).
 */
int idmap_map_device(paddr_t pa, u64 bytes);

/* The same of memory, whole pages that nothing is mapped in yet. 0, -ENOMEM, -EEXIST. */
int idmap_map_memory(paddr_t pa, u64 bytes);

/* The second half of the boot stage, with the MMU on, in kernel/boot. Never returns. */
void boot_main(void) __attribute__((noreturn));

/*
 * boot_enter_kernel_map - the kernel map goes live, and the image is written for it: nothing fails,
 * and nothing can be undone. `g` is its granule. Goes on in kernel_main.
 */
struct granule;
void boot_enter_kernel_map(const struct granule *g, u64 ttbr1, u64 tcr) __attribute__((noreturn));

/* head.S */
void mmu_enable_upper(u64 ttbr1, u64 tcr);
void mmu_switch(u64 virtual_minus_physical) __attribute__((noreturn));

/*
 * idmap_pool_alloc - memory for a table from the pool after the image.
 *
 * `bytes`: a power of two; the result is aligned to it. Content arbitrary. Returns 0 or -ENOMEM.
 */
struct pgtable;
int idmap_pool_alloc(struct pgtable *pt, u64 bytes, paddr_t *table);

#endif
