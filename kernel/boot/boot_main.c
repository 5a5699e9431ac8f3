// SPDX-License-Identifier: BSD-2-Clause
/*
 * The second half of the boot stage: MMU on, identity map, libfdt at hand. It decides the page
 * size and moves the kernel to its final map.
 *
 * What can fail comes first, and the console says so: reading the tree, the choice, the tables.
 * Then come the steps that can't fail and can't be undone: the kernel map goes live beside the
 * identity map, the image's pointers and page-size sites are written for it, and the CPU moves
 * over. From the second reloc_apply on, pointers in the image are upper
 * addresses; the kernel map, already live, translates them.
 */
#include <arch/boot.h>
#include <arch/counter.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/psci.h>
#include <arch/reloc.h>
#include <arch/semihost.h>
#include <kernel/errno.h>
#include <kernel/pagesize.h>
#include <kernel/report.h>
#include <lib/cmdline.h>
#include <lib/console.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_device.h>
#include <lib/log.h>
#include <lib/panic.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <lib/verdict.h>
#include <mm/boot_memory.h>

CMDLINE_OPTION(nokaslr, "nokaslr");

static const char *__init map_one_to_one(paddr_t pa, u64 bytes, vaddr_t *at)
{
	const char *fault = mmu_device_fault(pa, bytes, WINDOW_DEVICES_BYTES);

	*at = vaddr(pa.val);
	return fault || !idmap_map_device(pa, bytes) ? fault : MMU_NO_TABLES;
}

/* Without a tree there is no console to say so on. */
static void __init open_devicetree(void)
{
	struct devicetree_fault fault;

	if (!boot_info.fdt_pa && boot_info.loader_x0)
		semihost_die("boot: x0 points to no devicetree: it has to be 8-byte aligned, at "
			     "most 2 MiB, and begin with 0xd00dfeed\n");
	if (!boot_info.fdt_pa)
		semihost_die("boot: x0 is 0 and no devicetree lies 2 MiB below the image: the "
			     "loader has to pass its address in x0\n");
	if (devicetree_open(&boot_devicetree, mmu_devicetree(), boot_info.fdt_bytes, &fault)) {
		semihost_write("boot: the devicetree is broken: ");
		semihost_write(fault.why);
		semihost_die("\n");
	}
	/* Without a console, messages go out by semihosting: report_banner says why. */
	(void)!console_open(&boot_devicetree, map_one_to_one);
}

static void __init find_psci(void)
{
	struct devicetree_psci psci;
	int err = devicetree_device_psci(&boot_devicetree, &psci);

	if (err == -EINVAL)
		printk("psci: %s: %s\n", psci.name, psci.why);
	/* PSCI 0.1 has functions of its own numbers, and none that switches a machine off. */
	if (!err && psci.standard)
		psci_init(psci.conduit == DEVICETREE_CONDUIT_HVC ? PSCI_HVC : PSCI_SMC);
}

/* printk.time counts from the first line on; what is wrong with it is said after the banner. */
static void __init begin_log(void)
{
	struct cmdline_option opt;
	int err = log_setup(boot_cmdline(), &opt);

	arch_counter_init(devicetree_device_timer_hz(&boot_devicetree));
	find_psci();
	report_banner();
	if (!err)
		return;
	printk("printk.time=%.*s: neither 0 nor 1; write printk.time=0 (no stamps) or "
	       "printk.time=1 (stamps on the console, too)\n",
	       (int)MIN(opt.value_len, 24), opt.value);
	verdict_end(VERDICT_USAGE);
}

/* All memory that this kernel can use, but no more than mem= allows. */
static u64 __init count_ram(const char *cmdline)
{
	u64 limit, total = boot_memory_find();
	struct cmdline_option opt;

	if (cmdline_find_last(cmdline, "mem", &opt) &&
	    !parse_size(opt.value, opt.value_len, NULL, &limit) && limit && limit < total)
		total = limit;
	return total;
}

static void __init choose_page_size(const char *cmdline)
{
	struct pagesize_choice choice;

	boot_info.ram_bytes = count_ram(cmdline);
	pagesize_choose(cmdline, boot_info.id_aa64mmfr0, boot_info.ram_bytes, &choice);
	if (choice.outcome != PAGESIZE_CHOSEN) {
		printk("pagesize: refused: %s\n", choice.why);
		verdict_end(choice.outcome == PAGESIZE_UNSUPPORTED ? VERDICT_SKIP : VERDICT_USAGE);
	}
	boot_info.page_shift = choice.shift;
	strscpy(boot_info.requested, choice.requested, sizeof(boot_info.requested));
	printk("pagesize: %s: %s\n", granule_by_shift(choice.shift)->name, choice.why);
	if (choice.overridden)
		printk("pagesize: given %u times; the last one counts\n", choice.overridden + 1);
}

/*
 * Where the image will run: one of IMAGE_WINDOW_COUNT windows by the tree's seed, or the first. The
 * seed is a secret: wipe it from the tree at once.
 */
static void __init choose_window(const char *cmdline)
{
	u64 seed = 0;
	int err = devicetree_chosen_kaslr_seed(&boot_devicetree, &seed);

	devicetree_chosen_wipe_kaslr_seed(&boot_devicetree, vaddr_ptr(vaddr(boot_info.fdt_pa)));
	boot_info.image_va = IMAGE_LINK_BASE;
	if (cmdline_count(cmdline, "nokaslr")) {
		boot_info.kaslr = KASLR_OFF;
	} else if (err) {
		boot_info.kaslr = KASLR_NO_SEED;
	} else {
		boot_info.kaslr = KASLR_ON;
		/* By the upper bits: generators are weakest in the low ones. */
		boot_info.image_va += (seed >> 32) % IMAGE_WINDOW_COUNT << IMAGE_WINDOW_SHIFT;
	}
}

void __init boot_main(void)
{
	const char *cmdline;
	u64 ttbr1, tcr;

	reloc_apply(boot_info.image_pa);
	boot_info.relocated = true;

	open_devicetree();
	begin_log();
	cmdline = boot_cmdline();
	choose_page_size(cmdline);
	choose_window(cmdline);

	if (mmu_build_kernel_map(&ttbr1, &tcr))
		panic("boot_main: %u KiB are too few for the first tables", BOOT_POOL_BYTES / 1024);
	boot_enter_kernel_map(granule_by_shift(boot_info.page_shift), ttbr1, tcr);
}
