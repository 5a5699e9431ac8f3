// SPDX-License-Identifier: BSD-2-Clause
/* CPUs come and go. <kernel/cpus.h> has the contract. */
#include <arch/boot.h>
#include <arch/counter.h>
#include <arch/cpu_start.h>
#include <arch/layout.h>
#include <arch/psci.h>
#include <arch/trap.h>
#include <kernel/assert.h>
#include <kernel/cpus.h>
#include <kernel/ipi.h>
#include <kernel/irq.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/thread.h>
#include <kernel/timer.h>
#include <lib/cpu_option.h>
#include <lib/devicetree_device.h>
#include <lib/printk.h>
#include <mm/addr.h>
#include <mm/kmalloc.h>
#include <mm/pages.h>
#include <mm/table_pages.h>
#include <mm/vmap.h>

/* What one that isn't the boot CPU has: the stack first, so that the guard lies below it. */
struct area {
	u8 stack[OVERFLOW_STACK_BYTES];
	struct cpu cpu;
	struct run_queue queue;
	struct timers timers;
	struct devicetree_cpu tree;
	bool comes_back;        /* cpus_stop took it off */
	u8 hot[] __aligned(16); /* mm/page's */
};

/* How long a CPU may take from its first C to where it runs threads, or until it is off. */
#define STEP_NS 1000000000

static struct mutex mutex = MUTEX; /* one at a time comes or goes */

static bool is_online(const struct cpu *cpu)
{
	return __atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE);
}

static struct area *area_of(struct cpu *cpu)
{
	return container_of(cpu, struct area, cpu);
}

/* ---- on the CPU itself ---- */

static const char *entry_lacks; /* of the one that comes */

static void __noreturn park(void)
{
	psci_cpu_off();
	arch_halt();
}

/* Its first C. */
static void begin(void)
{
	const char *lacks;

	trap_open_serror();
	lacks = irq_init_cpu();
	__atomic_store_n(&entry_lacks, lacks, __ATOMIC_RELAXED);
	if (lacks)
		park();
	ipi_open();
	sched_enter();
}

/* Its last: nothing is left for it to run, on the idle thread's stack. */
static void leave(void)
{
	pages_drain_cpu();
	/* It would go on asking, for ever where a reset doesn't end that: QEMU keeps its line up. */
	arch_timer_stop();
	irq_quiet_cpu();
	park();
}

/* ---- start ---- */

static void init_area(struct area *area)
{
	struct cpu *cpu = &area->cpu;
	u64 low = vaddr_of(area->stack).val;

	cpu->stack_low = low;
	cpu->overflow_top = low + sizeof(area->stack);
	sched_init_cpu(cpu, &area->queue);
	timer_init_cpu(cpu, &area->timers);
}

static bool wait_online(const struct cpu *cpu, bool online)
{
	u64 began = arch_counter_ns();

	while (is_online(cpu) != online && !__atomic_load_n(&entry_lacks, __ATOMIC_RELAXED)) {
		if (arch_counter_ns() - began > STEP_NS)
			return false;
		spin_pause();
	}
	return is_online(cpu) == online;
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
static const char *bring(struct cpu_start *how, struct area *area)
{
	const char *lacks;

	init_area(area);
	entry_lacks = NULL;
	lacks = cpu_start_one(how, &area->tree, &area->cpu, begin);
	if (lacks)
		return lacks;
	if (!wait_online(&area->cpu, true))
		return entry_lacks ? entry_lacks : "is lost on its way";
	return NULL;
}

static void add(struct cpu *cpu)
{
	struct cpu *last = &boot_cpu;

	while (cpu_next(last))
		last = cpu_next(last);
	__atomic_store_n(&last->next, cpu, __ATOMIC_RELEASE);
}

/* A new one. Once it has begun, its memory stays. */
static const char *start(struct cpu_start *how, const struct devicetree_cpu *tree, u32 number)
{
	struct area *area = vmalloc(sizeof(*area) + pages_cpu_bytes(), VMALLOC_ZERO);
	const char *lacks;

	if (!area)
		return "has no memory for its stack";
	area->tree = *tree;
	area->cpu.affinity = tree->mpidr;
	area->cpu.number = number;
	pages_init_cpu(&area->cpu, area->hot);
	lacks = bring(how, area);
	if (!lacks)
		add(&area->cpu);
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
		count += is_online(cpu);
	return count;
}

struct cpu *cpus_online_at(u32 index)
{
	struct cpu *cpu = &boot_cpu;

	while (cpu && (!is_online(cpu) || index--))
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

/* ---- on and off ---- */

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

	if (cpu && is_online(cpu))
		return "is on";
	lacks = prepare(&how);
	if (lacks)
		return lacks;
	lacks = cpu ? bring(&how, area_of(cpu)) : start_late(&how, number);
	finish(&how);
	return lacks;
}

const char *cpus_on(u32 number)
{
	const char *lacks;

	mutex_lock(&mutex, "a CPU that starts or stops");
	lacks = turn_on(number);
	mutex_unlock(&mutex);
	return lacks;
}

/* What is asked of the CPU that is to go, and what becomes of it. */
enum {
	ASKED,
	GOES,
	WITHDRAWN,
};

static u32 asked;

/* One of both, whoever comes first: the CPU goes, or the wish is withdrawn. */
static bool decide(u32 decision)
{
	u32 expected = ASKED;

	return __atomic_compare_exchange_n(&asked, &expected, decision, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

/* On the CPU that goes: from here on nothing new comes to it. */
static void hand_over(void *argument)
{
	u64 saved;

	(void)argument;
	if (!decide(GOES))
		return;
	saved = irq_save();
	sched_hand_over(leave);
	irq_restore(saved);
	ipi_close();
}

/* What runs there may keep it from going. */
static bool goes(void)
{
	u64 until = arch_counter_ns() + STEP_NS;

	while (__atomic_load_n(&asked, __ATOMIC_ACQUIRE) == ASKED) {
		if (arch_counter_ns() > until)
			return !decide(WITHDRAWN);
		sched_yield();
		spin_pause();
	}
	return true;
}

static bool wait_off(const struct cpu *cpu)
{
	u64 began = arch_counter_ns();

	while (psci_cpu_is_on(cpu->affinity)) {
		if (arch_counter_ns() - began > STEP_NS)
			return false;
		sched_yield();
		spin_pause();
	}
	return true;
}

static const char *take_off(struct cpu *cpu)
{
	struct thread *thread;

	if (psci_method() == PSCI_NONE)
		return "can't be switched off without PSCI";
	__atomic_store_n(&asked, ASKED, __ATOMIC_RELEASE);
	thread = thread_create("off", hand_over, NULL, THREAD_URGENT, cpu);
	if (!thread)
		return "has no memory for the thread that hands over";
	if (!goes()) {
		thread_abandon(thread);
		return "is busy: a thread there doesn't let others run";
	}
	thread_join(thread);
	if (!wait_off(cpu))
		return "doesn't go off";
	timer_take_over(cpu->timers);
	return NULL;
}

static const char *turn_off(struct cpu *cpu)
{
	if (!cpu)
		return "was never on";
	if (cpu == &boot_cpu)
		return "is the boot CPU";
	return is_online(cpu) ? take_off(cpu) : "is off";
}

const char *cpus_off(u32 number)
{
	const char *lacks;

	mutex_lock(&mutex, "a CPU that starts or stops");
	lacks = turn_off(cpus_find(number));
	mutex_unlock(&mutex);
	return lacks;
}

const char *cpus_stop(void)
{
	const char *lacks = NULL;

	ASSERT(this_cpu() == &boot_cpu);
	for (struct cpu *cpu = cpu_next(&boot_cpu); cpu && !lacks; cpu = cpu_next(cpu)) {
		if (!is_online(cpu))
			continue;
		lacks = cpus_off(cpu->number);
		area_of(cpu)->comes_back = !lacks;
	}
	return lacks;
}

void cpus_resume(void)
{
	for (struct cpu *cpu = cpu_next(&boot_cpu); cpu; cpu = cpu_next(cpu)) {
		struct area *area = area_of(cpu);
		const char *lacks = area->comes_back ? cpus_on(cpu->number) : NULL;

		area->comes_back = false;
		if (lacks)
			printk("cpus: %s %s\n", area->tree.name, lacks);
	}
}
