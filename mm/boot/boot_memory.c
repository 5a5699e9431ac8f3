// SPDX-License-Identifier: BSD-2-Clause
/* Which memory there is, what of it is taken, and all of it mapped: <mm/boot_memory.h>. */
#include <arch/boot.h>
#include <arch/cpu_pen.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/sysreg.h>
#include <kernel/errno.h>
#include <lib/cmdline.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/verdict.h>
#include <mm/addr.h>
#include <mm/boot_memory.h>
#include <mm/cma_option.h>
#include <mm/memblock.h>
#include <mm/memblock_crashkernel.h>
#include <mm/memblock_room.h>

CMDLINE_OPTION(mem, "mem");

/* Where the initial ramdisk lies; bytes 0: there is none, or none that can be read. */
static struct region initrd;

const void *boot_memory_initrd(u64 *bytes)
{
	*bytes = initrd.bytes;
	return initrd.bytes ? vaddr_ptr(paddr_to_linear(initrd.base)) : NULL;
}

paddr_t boot_memory_initrd_place(u64 *bytes)
{
	*bytes = initrd.bytes;
	return initrd.base;
}

/* `mem=`: the bytes of memory to use, 0 without the option. */
static u64 __init memory_limit(const char *cmdline)
{
	struct cmdline_option opt;
	u64 limit = 0;

	if (!cmdline_find_last(cmdline, "mem", &opt))
		return 0;
	if (parse_size(opt.value, opt.value_len, NULL, &limit) || !limit) {
		printk("mem=%.*s: not a size; write a number of bytes, or one with K, M, G or T\n",
		       (int)opt.value_len, opt.value);
		verdict_end(VERDICT_USAGE);
	}
	return limit;
}

/* Addresses that descriptors hold and the linear map has room for. */
static u64 __init address_end(void)
{
	u64 cpu = 1ULL << pa_range_bits(pa_range_clamped(boot_info.id_aa64mmfr0));

	return MIN(cpu, LINEAR_BYTES);
}

/* Memory for memblock's lists, where the tree has more ranges than they begin with. */
static struct region lists;

static void __noreturn __init refuse_memory(int error)
{
	if (error == -ENODEV)
		printk("memory: the devicetree has no memory that this kernel can use: it needs an "
		       "enabled "
		       "node of device_type = \"memory\" with a reg below %#llx\n",
		       address_end());
	else
		printk("memory: the devicetree names more ranges of memory than %u, and no %llu "
		       "bytes in one piece are free to list them\n",
		       REGION_LIST_STATIC, memblock_room_bytes(&boot_devicetree));
	verdict_end(VERDICT_USAGE);
}

u64 __init boot_memory_find(void)
{
	const struct memblock_setup setup = {
		.image_base = paddr(boot_info.image_pa),
		.image_bytes = image_offset(_end),
		.devicetree_base = paddr(boot_info.fdt_pa),
		.devicetree_bytes = boot_info.fdt_bytes,
		.address_end = address_end(),
	};
	u64 bytes = memblock_room_bytes(&boot_devicetree);
	paddr_t base;
	int error;

	/* Without it, there may be fewer regions than ranges. */
	if (bytes && memblock_room_find(&boot_devicetree, &setup, bytes, &base) &&
	    !idmap_map_memory(base, bytes)) {
		lists = (struct region){ .base = base, .bytes = bytes };
		memblock_lend(vaddr_ptr(vaddr(base.val)), bytes);
	}
	error = memblock_devicetree_memory(&boot_devicetree, setup.address_end);
	if (error)
		refuse_memory(error);
	return memblock_memory_bytes();
}

/* The lists are where the linear map will have them. */
static void __init move_lists(void)
{
	if (!lists.bytes)
		return;
	if (mmu_map_early(lists.base, lists.bytes)) {
		printk("memory: too few first tables for a map of %llu bytes of lists at %#llx\n",
		       lists.bytes, lists.base.val);
		verdict_end(VERDICT_USAGE);
	}
	memblock_lent_moved(LINEAR_BASE);
}

/* Where CPUs wait that firmware can't switch off: one that they may be in already; 0: none. */
static paddr_t pen;
static bool needs_pen;

/*
 * One that the kernel before this one left. The devicetree reserves it. It need not be memory that
 * this kernel may use (mem=, or a crash kernel's), but memory it is, and is mapped.
 */
static void __init keep_pen(void)
{
	struct region owner;

	needs_pen = cpu_pen_is_needed(&boot_devicetree, &pen);
	if (!pen.val || !memblock_first_reserved(pen, CPU_PEN_BYTES, &owner) ||
	    owner.owner != MEMBLOCK_MEMRESERVE || owner.base.val > pen.val ||
	    region_end(&owner).val < pen.val + CPU_PEN_BYTES || memblock_add(pen, CPU_PEN_BYTES))
		pen = paddr(0);
}

void __init boot_memory_reserve(const char *cmdline, memblock_placed_fn *placed)
{
	int error;
	struct memblock_setup setup = {
		.image_base = paddr(boot_info.image_pa),
		.image_bytes = image_offset(_end),
		.devicetree_base = paddr(boot_info.fdt_pa),
		.devicetree_bytes = devicetree_used_bytes(&boot_devicetree),
		.lists_base = lists.base,
		.lists_bytes = lists.bytes,
		.memory_limit = memory_limit(cmdline),
		.address_end = address_end(),
		.placed = placed,
	};

	move_lists();
	if (cma_option_find(cmdline, &setup.cma) ||
	    memblock_crashkernel_find(cmdline, &setup.crash))
		verdict_end(VERDICT_USAGE);
	error = memblock_devicetree_reserve(&boot_devicetree, &setup, &initrd);
	if (error)
		refuse_memory(error);
	keep_pen();
	if (initrd.bytes)
		printk("initrd: %llu bytes at %#llx\n", initrd.bytes, initrd.base.val);
	memblock_crashkernel_note();
}

/* Pages that are memory only in part are not. */
static bool __init is_mapped(paddr_t base, u64 bytes)
{
	vaddr_t at = paddr_to_linear(base);
	paddr_t there;

	return pgtable_lookup(mmu_kernel_pgtable(), at, &there) &&
	       pgtable_lookup(mmu_kernel_pgtable(), vaddr_add(at, bytes - 1), &there);
}

/* Free memory below it is in the linear map: tables may lie there. */
static u64 mapped_end;

static int alloc_table(struct pgtable *pt, u64 bytes, paddr_t *table)
{
	struct memblock_request request = { .bytes = bytes,
					    .align = bytes,
					    .max = paddr(mapped_end),
					    .owner = MEMBLOCK_PAGE_TABLES };

	if (!mmu_boot_table(pt, bytes, table))
		return 0;
	return mapped_end ? memblock_alloc_range(&request, table) : -ENOMEM;
}

static int __init map_regions(void)
{
	struct region region;
	paddr_t from = paddr(0);
	int err = 0;

	mmu_kernel_pgtable()->alloc = alloc_table;
	while (!err && memblock_next_mapped(&from, &region)) {
		err = mmu_map_ram(region.base, region_end(&region));
		mapped_end = region_end(&region).val;
	}
	return err;
}

void __init boot_memory_map(void)
{
	if (map_regions()) {
		printk("memory: too little free memory for the tables that map it\n");
		verdict_end(VERDICT_USAGE);
	}
	if (initrd.bytes && !is_mapped(initrd.base, initrd.bytes)) {
		printk("initrd: the page at one of its ends is memory only in part, and isn't "
		       "mapped: no initrd\n");
		initrd.bytes = 0;
	}
}

void __init boot_memory_pen(void)
{
	if (!needs_pen || (pen.val && is_mapped(pen, CPU_PEN_BYTES) && cpu_pen_find(pen)))
		return;
	/* The owner is what the next kernel's devicetree makes of it. Without, no CPU goes off. */
	if (!memblock_alloc(CPU_PEN_BYTES, CPU_PEN_BYTES, MEMBLOCK_MEMRESERVE, &pen))
		cpu_pen_make(&boot_devicetree, pen);
}
