/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where things lie in the kernel's half of the address space (TTBR1, 48 bits), and the
 * sizes of what the linker script reserves after the image. Bytes throughout: no
 * figure here follows from the page size, and every boundary suits the largest one.
 *
 *   0xffff_0000_0000_0000  linear map: all RAM, virtual = physical + LINEAR_BASE, 128 TiB
 *   0xffff_8000_0000_0000  frame table: one word a page frame, at FRAME_TABLE_BASE + frame * 8
 *   0xffff_8080_0000_0000  image windows: the kernel takes one, chosen at random or the first
 *   0xffff_9000_0000_0000  shadow memory, 32 TiB, with SAN=1 only: include/lib/shadow.h
 *   0xffff_d000_0000_0000  vmap areas, 16 TiB
 *   0xffff_ffff_ffff_0000  never mapped: pointers near -1 fault, as those near 0 do
 *
 * The frame table is at most 512 GiB (2^36 frames of 4K). Frame table and windows together fill
 * the 4 TiB that begin at FRAME_TABLE_BASE. At 64K one level-2 table covers 4 TiB and takes 64 KiB,
 * so a single one serves both.
 *
 * A window is 16 MiB, so that the image, device registers and the devicetree share the tables of
 * the last level (which cover 2 MiB, 32 MiB and 512 MiB):
 *
 *   + 0       the image: text, rodata, data, bss, the stack with its guard; the boot tables
 *             that follow are in the linear map only
 *   + 8 MiB   device registers, from the bottom up
 *   + 12 MiB  the devicetree as the loader left it, read-only
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

/* The bits of an address that a walk of the kernel's or the identity map's tables resolves. */
#define VA_BITS 48

#define LINEAR_BYTES 0x0000800000000000

/* The host tests put RAM and the frame table where they like. */
#ifdef GRANULE_HOST
extern unsigned long long host_linear_base, host_frame_table_base;
#define LINEAR_BASE      host_linear_base
#define FRAME_TABLE_BASE host_frame_table_base
#else
#define LINEAR_BASE      0xffff000000000000
#define FRAME_TABLE_BASE 0xffff800000000000 /* one instruction: a run of ones */
#endif

#define VMAP_BASE  0xffffd00000000000
#define VMAP_BYTES 0x0000100000000000

#define IMAGE_LINK_BASE    0xffff808000000000 /* where the image runs without KASLR */
#define IMAGE_WINDOW_SHIFT 24
#define IMAGE_WINDOW_COUNT 0x38000 /* 3.5 TiB */
#define IMAGE_MAX_BYTES    0x800000
#define WINDOW_DEVICES     0x800000
#define WINDOW_DEVICETREE  0xc00000
#define WINDOW_BYTES       0x1000000

#define WINDOW_DEVICES_BYTES (WINDOW_DEVICETREE - WINDOW_DEVICES)

/* The boot protocol's placement unit, and so the image's alignment in physical memory. */
#define IMAGE_ALIGN 0x200000

/* What UEFI firmware protects by, whatever the kernel's pages: a section of the PE header. */
#define PE_ALIGN      0x1000
#define PE_ALIGN_FILE 0x200

/*
 * An ELF file has to name a load address, which no devicetree can give it: this one leaves 2 MiB
 * below the image at the base of RAM of QEMU's virt machine, where QEMU then puts the tree. The
 * raw Image, which is the product, has no such address.
 */
#define ELF_LOAD_ADDRESS 0x40200000

/* Text, rodata and data start where permissions of their own can start, at any granule. */
#define SEGMENT_ALIGN 0x10000

/*
 * The stack stands at the bottom of an area, with an area left unmapped below it. Its size is the
 * same at each granule: pages of the area that it does not reach are unmapped, and their memory
 * goes to the allocator; what it leaves of its last page (48 KiB at 64K) holds data of boot's
 * (mm/page/boot_data.c). The overflow stack begins the data segment, where what lies below can't be
 * written either: constants, or nothing.
 */
#define STACK_AREA_BYTES     0x10000
#define STACK_BYTES          0x4000
#define OVERFLOW_STACK_BYTES 0x1000

/*
 * Memory for the first translation tables. At 64K, the worst case: identity map, 64 KiB of 4K
 * tables; kernel map 64 KiB each for level 2 and level 3 of the image window, level 2 and two
 * of level 3 of the linear map. What is left is handed to the allocator.
 */
#define BOOT_POOL_BYTES 0x80000

#endif
