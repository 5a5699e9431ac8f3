// SPDX-License-Identifier: BSD-2-Clause
/* CPUs come and go. <kernel/cpus.h> has the contract. */
#include <arch/boot.h>
#include <arch/counter.h>
#include <arch/cpu_start.h>
#include <arch/fp.h>
#include <arch/trap.h>
#include <kernel/ipi.h>
#include <kernel/irq.h>
#include <lib/cpu_option.h>
#include <lib/printk.h>
#include <mm/addr.h>
#include <mm/kmalloc.h>
#include <mm/pages.h>
#include <mm/table_pages.h>
#include <mm/vmap.h>

#include "inside.h"

struct mutex cpus_mutex = MUTEX;

/* ---- on the CPU itself ---- */

static const char *entry_lacks; /* of the one that comes */

/* To the list, if it isn't there from an earlier time: before it is online. One comes at a time. */
static void add(struct cpu *cpu)
{
	struct cpu *last = &boot_cpu;

	while (last != cpu && cpu_next(last))
		last = cpu_next(last);
	if (last != cpu)
		__atomic_store_n(&last->next, cpu, __ATOMIC_RELEASE);
}

/* Its first C. */
static void begin(void)
{
	const char *lacks;

	trap_open_serror();
	arch_fp_init();
	lacks = irq_init_cpu();
	__atomic_store_n(&entry_lacks, lacks, __ATOMIC_RELAXED);
	if (lacks)
		cpus_park();
	add(this_cpu());
	ipi_open();
	sched_enter();
}

/* ---- start ---- */

static void init_area(struct cpu_area *area)
{
	struct cpu *cpu = &area->cpu;
	u64 low = vaddr_of(area->stack).val;

	cpu->stack_low = low;
	cpu->overflow_top = low + sizeof(area->stack);
	sched_init_cpu(cpu, &area->queue);
	timer_init_cpu(cpu, &area->timers);
}

static bool wait_online(const struct cpu *cpu)
{
	u64 began = arch_counter_ns();

	while (!cpu_is_online(cpu) && !__atomic_load_n(&entry_lacks, __ATOMIC_RELAXED)) {
		if (arch_counter_ns() - began > CPUS_STEP_NS)
			return false;
		spin_pause();
	}
	return cpu_is_online(cpu);
}

/* What it takes to start some CPUs, one after the other. NULL, or what there is not. */
static const char *prepare(struct cpu_start *how)
{
	paddr_t page;

	if (pages_alloc(0, 0, &page))
		return "has no memory to start with";
	if (cpu_start_prepare(how, table_pages_alloc, table_pages_free)) {
		pages_free(page, 0);
		return "has no memory to start with";
	}
	how->block = vaddr_ptr(paddr_to_linear(page));
	return NULL;
}

static void finish(struct cpu_start *how)
{
	if (cpu_start_finish(how))
		pages_free(linear_to_paddr(vaddr_of(how->block)), 0);
}

/* From the first instruction to where it runs threads. */
static const char *bring(struct cpu_start *how, struct cpu_area *area)
{
	const char *lacks;

	init_area(area);
	entry_lacks = NULL;
	lacks = cpu_start_one(how, &area->tree, &area->cpu, begin);
	if (lacks)
		return lacks;
	if (wait_online(&area->cpu))
		return NULL;
	how->lost = true; /* it may still be on its way, and on its stack */
	return entry_lacks ? entry_lacks : "is lost on its way";
}

/* A new one. Once it may have begun, its memory stays. */
static const char *start(struct cpu_start *how, const struct devicetree_cpu *tree, u32 number)
{
	struct cpu_area *area = vmalloc(sizeof(*area) + pages_cpu_bytes(), VMALLOC_ZERO);
	const char *lacks;

	if (!area)
		return "has no memory for its stack";
	area->tree = *tree;
	area->cpu.affinity = tree->mpidr;
	area->cpu.number = number;
	pages_init_cpu(&area->cpu, area->hot);
	lacks = bring(how, area);
	if (lacks && !how->lost)
		vfree(area);
	return lacks;
}

/* The next CPU of the tree besides the boot CPU. They are numbered in this order. */
static bool next_other(const struct devicetree *dt, struct devicetree_cursor *cursor,
		       struct devicetree_cpu *tree)
{
	while (devicetree_device_next_cpu(dt, cursor, tree))
		if (tree->why || (tree->enabled && tree->mpidr != boot_cpu.affinity))
			return true;
	return false;
}

static void start_all(const struct devicetree *dt, struct cpu_start *how, u32 most)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_cpu tree;
	u32 count = 1;

	for (u32 number = 1; !how->lost && count < most && next_other(dt, &cursor, &tree);
	     number++) {
		const char *lacks = tree.why ? tree.why : start(how, &tree, number);

		if (lacks)
			printk("cpus: %s %s\n", tree.name, lacks);
		else
			count++;
	}
}

void cpus_start(const struct devicetree *dt, const char *cmdline)
{
	u32 count;
	struct cpu_start how;
	const char *lacks;

	if (dt->cpu_nodes <= 1)
		return;
	count = devicetree_device_cpus(dt);
	cpu_pen_prepare(table_pages_alloc);
	lacks = prepare(&how);
	if (lacks) {
		printk("cpus: 1 of %u runs: the next one %s\n", count, lacks);
		return;
	}
	start_all(dt, &how, cpu_option_most(cmdline));
	finish(&how);
	printk("cpus: %u of %u run\n", cpus_online(), count);
}

u32 cpus_online(void)
{
	u32 count = 0;

	for (const struct cpu *cpu = &boot_cpu; cpu; cpu = cpu_next(cpu))
		count += cpu_is_online(cpu);
	return count;
}

struct cpu *cpus_online_at(u32 index)
{
	struct cpu *cpu = &boot_cpu;

	while (cpu && (!cpu_is_online(cpu) || index--))
		cpu = cpu_next(cpu);
	return cpu;
}

struct cpu *cpus_find(u32 number)
{
	struct cpu *cpu = &boot_cpu;

	while (cpu && cpu->number != number)
		cpu = cpu_next(cpu);
	return cpu;
}

/* ---- later ---- */

/* One that was not wanted at boot. */
static const char *start_late(struct cpu_start *how, u32 number)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_cpu tree;

	for (u32 at = 0; at < number; at++)
		if (!next_other(&boot_devicetree, &cursor, &tree))
			return "isn't in the devicetree";
	return tree.why ? tree.why : start(how, &tree, number);
}

static const char *turn_on(u32 number)
{
	struct cpu *cpu = cpus_find(number);
	struct cpu_start how;
	const char *lacks;

	if (cpu && cpu_is_online(cpu))
		return "is on";
	lacks = prepare(&how);
	if (lacks)
		return lacks;
	lacks = cpu ? bring(&how, cpu_area(cpu)) : start_late(&how, number);
	finish(&how);
	return lacks;
}

const char *cpus_on(u32 number)
{
	const char *lacks;

	mutex_lock(&cpus_mutex, CPUS_MUTEX_WHAT);
	lacks = turn_on(number);
	mutex_unlock(&cpus_mutex);
	return lacks;
}

static bool ever_ran(u64 affinity)
{
	const struct cpu *cpu = &boot_cpu;

	while (cpu && cpu->affinity != affinity)
		cpu = cpu_next(cpu);
	return cpu;
}

void cpus_gather(void)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_cpu tree;

	mutex_lock(&cpus_mutex, CPUS_MUTEX_WHAT);
	while (next_other(&boot_devicetree, &cursor, &tree))
		if (!tree.why && !ever_ran(tree.mpidr))
			cpu_start_pen(&tree);
	mutex_unlock(&cpus_mutex);
}
