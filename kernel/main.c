// SPDX-License-Identifier: BSD-2-Clause
/*
 * The table of contents: kernel_main calls the phases in order. Each ends with a line that says
 * what it decided.
 */
#include <arch/boot.h>
#include <arch/counter.h>
#include <arch/fp.h>
#include <arch/mmu.h>
#include <arch/trap.h>
#include <kernel/cpus.h>
#include <kernel/ipi.h>
#include <kernel/irq.h>
#include <kernel/main.h>
#include <kernel/phase.h>
#include <kernel/report.h>
#include <kernel/sched.h>
#include <kernel/thread.h>
#include <kernel/timer.h>
#include <lib/console.h>
#include <lib/verdict.h>
#include <mm/give_back.h>
#include <mm/mm_init.h>

void kernel_main(void)
{
	const char *cmdline;

	/* Reach things by their new addresses: page tables, devicetree, console. */
	mmu_enter();
	boot_devicetree.fdt = mmu_devicetree();
	if (console_open(&boot_devicetree, mmu_map_device))
		console_describe();
	trap_open_serror();
	arch_fp_init();
	sched_init();
	cmdline = boot_cmdline();

	/* The truth about the choice, from the registers. */
	report_pagesize();
	report_image();
	report_cpu();
	report_psci();
	report_clock();
	report_unknown_options(cmdline);
	report_wrong_options(cmdline);

	/* Memory: found, mapped, reported. The tree moves, so the command line is read again. */
	mm_init(cmdline);
	cmdline = boot_cmdline();

	/* Interrupts, and deadlines. */
	irq_init(&boot_devicetree);
	ipi_init();
	timer_init(&boot_devicetree);

	/* Threads, and the other CPUs to run them. */
	thread_init();
	cpus_start(&boot_devicetree, cmdline);
	report_boot_ns = arch_counter_ns();

	/* Boot is over: its code and data are memory like any other. */
	give_back_init();

	/* What this image has above the core: tests, commands, a person at the prompt. */
	for (boot_phase_fn *const *phase = _phases; phase < _phases_end; phase++)
		(*phase)(cmdline);
	verdict_end(VERDICT_PASS);
}
