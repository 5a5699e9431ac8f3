/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memblock filled from a devicetree: what it holds then, what was said on the way, and what
 * `placed` was told. Needs cmocka.
 */
#ifndef FILL_H
#define FILL_H

#include <mm/memblock_devicetree.h>

/* Trees for a small machine: 256 MiB of RAM, and what else is wanted. */
#define RAM          "memory@0 { device_type = \"memory\"; reg = <0x40000000 0x10000000>; }; "
#define MACHINE(etc) "/ { #address-cells = <1>; #size-cells = <1>; " RAM etc " };"
#define RESERVED(children)                                                                     \
	MACHINE("reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges; " children \
		" };")

#define CMA(name, etc) name " { compatible = \"shared-dma-pool\"; reusable; " etc " }; "

/* That machine: an image of 64 KiB, a tree of 0x100 bytes; as memblock_lists() has them. */
extern const struct memblock_setup fill_plain;
#define OURS "40200000+10000 kernel image "
#define TREE "48000000+100 devicetree "

/* Of the last fill: what was printed, what `placed` was told ("NAME BASE+BYTES "), the initrd. */
extern char fill_said[4096], fill_placed[1024];
extern struct region fill_initrd;

/* For a setup's `placed`, with fill_placed as its context. */
void fill_on_placed(void *context, const struct devicetree_reservation *r, paddr_t base);

/* Fills memblock from an open tree: both steps of <mm/memblock_devicetree.h>. */
int fill_from(const struct devicetree *dt, const struct memblock_setup *setup);

/* Fills memblock from a tree, and frees that. Returns what fill_from() does. */
int fill_error(void *tree, const struct memblock_setup *setup);

/* The same where it must succeed. Returns memblock_lists(). */
const char *fill_lists(void *tree, const struct memblock_setup *setup);

/* The same from source text, with what has to come of it. */
void fill_expect(const char *source, const struct memblock_setup *setup, const char *lists);

/* The same machine with the units that the kernel has, and with what `cma=` says (may be NULL). */
struct memblock_setup fill_machine(const char *option);

/* Then a tree of nodes for CMA gives these regions, all that CMA has, and this is said. */
void fill_gives(const char *source, const char *option, const char *regions, const char *text);

#endif
