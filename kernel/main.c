// SPDX-License-Identifier: BSD-2-Clause
/*
 * The table of contents: kernel_main calls the phases in order, each of which ends with a line
 * that says what it decided.
 */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/pmu.h>
#include <arch/psci.h>
#include <arch/trap.h>
#include <kernel/errno.h>
#include <kernel/main.h>
#include <kernel/monitor.h>
#include <kernel/selftest.h>
#include <kernel/version.h>
#include <lib/cmdline.h>
#include <lib/console.h>
#include <lib/devicetree_chosen.h>
#include <lib/log.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <lib/verdict.h>
#include <mm/fault_inject.h>
#include <mm/give_back.h>
#include <mm/mm_init.h>

struct devicetree main_devicetree;
u64 main_boot_ns;

/* Every option that somebody reads, for the line about those that nobody does. */
static const char known_options[] =
	"pagesize arm64.pagesize nokaslr mem cma crashkernel fault_inject "
	"printk.time test run";

const char *main_cmdline(void)
{
	const char *args;

	return devicetree_chosen_bootargs(&main_devicetree, &args) ? "" : args;
}

void main_banner(void)
{
	const char *args;
	int err = devicetree_chosen_bootargs(&main_devicetree, &args);

	printk("Granule " VERSION_TEXT "\n");
	console_describe();
	printk("Machine model: %s\n", devicetree_model(&main_devicetree));
	printk("Kernel command line: ");
	if (err == -EINVAL)
		args = "(ignored: /chosen/bootargs is not one string that ends in a zero byte)";
	else if (err)
		args = "(none: /chosen/bootargs is absent)";
	printk_text(args);
	printk("\n");
}

/* One line for all options that nobody reads, so that a typing error doesn't pass unseen. */
static void report_unknown_options(const char *cmdline)
{
	const char *cursor = cmdline;
	struct cmdline_option opt;
	bool any = false;

	while (cmdline_next_unknown(&cursor, known_options, &opt)) {
		printk("%s %.*s",
		       any ? "" : "cmdline: unknown options, ignored:", (int)opt.name_len,
		       opt.name);
		any = true;
	}
	if (any)
		printk("\n");
}

static void report_image(void)
{
	static const char *const kaslr[] = {
		[KASLR_ON] = "random, by kaslr-seed",
		[KASLR_NO_SEED] = "not random: the devicetree has no kaslr-seed",
		[KASLR_OFF] = "not random: nokaslr",
	};

	printk("boot: entered at EL%u, image at %#llx, devicetree at %#llx, identity map by %s\n",
	       boot_info.entry_el, boot_info.image_pa, boot_info.fdt_pa,
	       granule_by_shift(boot_info.boot_shift)->name);
	printk("image: %llu KiB at %#llx (%s), %u relocations, %u page-size sites patched\n",
	       (u64)(_end - _text) / 1024, boot_info.image_va, kaslr[boot_info.kaslr],
	       boot_info.relocations, boot_info.page_sites);
}

static void __noreturn finish(const char *cmdline)
{
	struct cmdline_option opt;

	/* Boot is over: its code and data are memory like any other. */
	give_back_init();

	/* What shall fail from here on. */
	if (fault_inject_setup(cmdline))
		verdict_end(VERDICT_USAGE);

	if (cmdline_find_last(cmdline, "test", &opt)) {
		log_bare(); /* KTAP */
		verdict_end(selftest_run(&opt) ? VERDICT_FAIL : VERDICT_PASS);
	}
	log_pause(true); /* answers, to who asked */
	if (cmdline_find_last(cmdline, "run", &opt))
		verdict_end(monitor_run(opt.value, opt.value_len) ? VERDICT_FAIL : VERDICT_PASS);
	monitor_prompt();
}

void kernel_main(void)
{
	const char *cmdline;

	/* Reach things by their new addresses: page tables, devicetree, console. */
	mmu_enter();
	main_devicetree.fdt = mmu_devicetree();
	if (console_open(&main_devicetree, mmu_map_device))
		console_describe();
	trap_open_serror();
	cmdline = main_cmdline();

	/* The truth about the choice, from the registers. */
	mmu_report();
	report_image();
	cpu_report();
	psci_describe();
	arch_counter_describe();
	report_unknown_options(cmdline);

	/* Memory: found, mapped, reported. */
	mm_init(cmdline);
	cmdline = main_cmdline();
	main_boot_ns = arch_counter_ns();

	/* Tests, commands, or somebody at the prompt. */
	finish(cmdline);
}
