// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's `vm`: the areas of kernel-virtual memory, and what an address is. */
#include <arch/boot.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <kernel/vmap_report.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <lib/symbols.h>
#include <mm/frame.h>
#include <mm/vmap.h>

#define WINDOWS_BYTES ((u64)IMAGE_WINDOW_COUNT << IMAGE_WINDOW_SHIFT)
#define LAST_BASE     0xffffffffffff0000

/* ---- regions of <arch/layout.h> that have more to say ---- */

static void in_linear(u64 va)
{
	printk("vm: %#llx is in the linear map, where physical %#llx would be\n", va,
	       va - LINEAR_BASE);
}

/* A word for each page from physical 0 on. */
static void in_frame_table(u64 va)
{
	printk("vm: %#llx is in the frame table: the word of the page at physical %#llx\n", va,
	       page_shift_left((va - FRAME_TABLE_BASE) / sizeof(struct frame)));
}

static void in_image(u64 va)
{
	static const struct {
		const u8 *start;
		const u8 *end;
		char name[16];
	} parts[] = {
		{ _text, _etext, "text" },
		{ _rodata, _erodata, "constants" },
		{ _data, _edata, "data" },
		{ _bss, _ebss, "zeroed data" },
		{ _stacks, _stacks_end, "stacks, guards" },
		{ _boot_pool, _boot_pool_end, "boot tables" },
	};
	char symbol[SYMBOLS_FORMAT_SIZE];
	const char *name = "nothing";

	for (unsigned i = 0; i < ARRAY_SIZE(parts); i++)
		if (va >= vaddr_of(parts[i].start).val && va < vaddr_of(parts[i].end).val)
			name = parts[i].name;
	printk("vm: %#llx is in the image, %#llx bytes from its start: %s", va,
	       va - vaddr_of(_text).val, name);
	if (va < vaddr_of(_etext).val)
		printk(", %s", symbols_format(symbol, sizeof(symbol), vaddr(va)));
	printk("\n");
}

static void in_windows(u64 va)
{
	u64 offset = va & (WINDOW_BYTES - 1);

	if (va >> IMAGE_WINDOW_SHIFT != vaddr_of(_text).val >> IMAGE_WINDOW_SHIFT)
		printk("vm: %#llx is in a window for images that the kernel didn't take\n", va);
	else if (offset < WINDOW_DEVICES)
		in_image(va);
	else
		printk("vm: %#llx is in the image's window, for %s\n", va,
		       offset < WINDOW_DEVICETREE ? "device registers" : "the devicetree at boot");
}

static void in_areas(u64 va)
{
	struct vmap_area area;

	if (vmap_report_find(vaddr(va), &area))
		vmap_explain(vaddr(va), printk);
	else
		printk("vm: %#llx is among vmap areas, in none and in no guard page\n", va);
}

static void in_last(u64 va)
{
	printk("vm: %#llx is in the last 64 KiB, which are never mapped\n", va);
}

static void explain_region(u64 va)
{
	static const struct {
		u64 base;
		u64 bytes;
		void (*explain)(u64 va);
	} regions[] = {
		{ LINEAR_BASE, LINEAR_BYTES, in_linear },
		{ FRAME_TABLE_BASE, IMAGE_LINK_BASE - FRAME_TABLE_BASE, in_frame_table },
		{ IMAGE_LINK_BASE, WINDOWS_BYTES, in_windows },
		{ VMAP_BASE, VMAP_BYTES, in_areas },
		{ LAST_BASE, 0 - LAST_BASE, in_last },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(regions); i++) {
		if (va - regions[i].base < regions[i].bytes) {
			regions[i].explain(va);
			return;
		}
	}
	printk("vm: %#llx is %s\n", va,
	       va < LINEAR_BASE ? "below the kernel's half of the address space"
				: "in no region of the kernel's layout");
}

/* What the tables say, whatever the region. */
static void explain_mapping(u64 va)
{
	struct pgtable *pt = mmu_kernel_pgtable();
	struct pgtable_walk walk;
	paddr_t pa;

	if (va < LINEAR_BASE || !pgtable_walk(pt, vaddr(va), &walk, &pa))
		printk("vm: %#llx is not mapped\n", va);
	else
		printk("vm: %#llx is mapped to physical %#llx, by an entry of level %u\n", va,
		       pa.val, walk.last_level);
}

COMMAND(vm, "[ADDRESS]", "areas of kernel-virtual memory, or what an address is")
{
	u64 va;

	if (argc == 1) {
		vmap_report(printk);
		return 0;
	}
	if (argc > 2 || parse_u64(argv[1], strlen(argv[1]), &va)) {
		printk("vm: write vm, or vm ADDRESS, a virtual address like %#llx\n",
		       (u64)VMAP_BASE);
		return -EINVAL;
	}
	explain_region(va);
	explain_mapping(va);
	return 0;
}
