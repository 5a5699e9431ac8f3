// SPDX-License-Identifier: BSD-2-Clause
/* What many CPUs start with: memory, a devicetree that names them, firmware that starts them. */
#include "many_cpus_inside.h"

#include <arch/counter.h>
#include <arch/cpu_pen.h>
#include <arch/cpu_start.h>
#include <arch/fp.h>
#include <arch/psci.h>
#include <arch/trap.h>
#include <kernel/cpus.h>
#include <kernel/ipi.h>
#include <kernel/thread.h>
#include <kernel/timer.h>
#include <kernel/wait.h>
#include <lib/devicetree_device.h>
#include <lib/devicetree_interrupt.h>
#include <lib/panic.h>
#include <mm/addr.h>
#include <mm/kmalloc.h>
#include <mm/pages.h>
#include <mm/slab.h>
#include <mm/table_pages.h>
#include <mm/vmap.h>

/* There are no programs. */
void (*arch_fp_switch_user)(struct fp_state *from, struct fp_state *to);

bool host_debug = true;
unsigned host_page_shift = 12;
u64 host_linear_base;
struct devicetree boot_devicetree = { .cpu_nodes = MANY_CPUS };

/* ---- memory ---- */

void *vmalloc(u64 bytes, unsigned flags)
{
	(void)flags;
	return bytes == STACK_BYTES ? new_stack() : calloc(1, bytes);
}

void vfree(void *at)
{
	if (!free_stack(at))
		free(at);
}

void *kmalloc(u64 bytes, unsigned flags)
{
	(void)flags;
	return calloc(1, bytes);
}

void kfree(const void *p)
{
	free((void *)(uintptr_t)p);
}

int pages_alloc(unsigned order, unsigned flags, paddr_t *block)
{
	(void)order, (void)flags;
	*block = paddr(0);
	return 0;
}

void pages_free(paddr_t block, unsigned order)
{
	(void)block, (void)order;
}

int table_pages_alloc(struct pgtable *pt, u64 bytes, paddr_t *table)
{
	(void)pt, (void)bytes;
	*table = paddr(0);
	return 0;
}

void table_pages_free(struct pgtable *pt, u64 bytes, paddr_t table)
{
	(void)pt, (void)bytes, (void)table;
}

u64 pages_cpu_bytes(void)
{
	return 0;
}

void pages_init_cpu(struct cpu *cpu, void *memory)
{
	(void)cpu, (void)memory;
}

void pages_drain_cpu(void)
{
}

/* But for the test that has slabs. */
__attribute__((weak)) u64 slab_drain_cpu(void)
{
	return 0;
}

/* ---- CPUs that come and go ---- */

static void *play(void *argument)
{
	struct player *p = argument;

	init_player(p);
	p->run();
	return NULL;
}

int cpu_start_prepare(struct cpu_start *start, pgtable_alloc_fn *alloc, pgtable_free_fn *free_table)
{
	(void)alloc, (void)free_table;
	start->lost = false;
	return 0;
}

bool cpu_start_finish(struct cpu_start *start)
{
	(void)start;
	return true;
}

const char *cpu_start_one(struct cpu_start *start, const struct devicetree_cpu *tree,
			  struct cpu *cpu, void (*run)(void))
{
	struct player *p = &players[tree->mpidr];

	(void)start;
	MUST(!p->on);
	if (p->began)
		pthread_join(p->thread, NULL);
	p->began = true;
	__atomic_store_n(&p->cpu, cpu, __ATOMIC_RELEASE);
	p->run = run;
	__atomic_store_n(&p->on, 1, __ATOMIC_RELAXED);
	MUST(!pthread_create(&p->thread, NULL, play, p));
	return NULL;
}

void cpu_pen_prepare(pgtable_alloc_fn *alloc)
{
	(void)alloc;
}

void cpu_start_pen(const struct devicetree_cpu *tree)
{
	(void)tree;
}

bool cpu_can_go_off(u64 mpidr)
{
	(void)mpidr;
	return true;
}

bool cpu_is_on(u64 mpidr)
{
	return __atomic_load_n(&players[mpidr].on, __ATOMIC_ACQUIRE);
}

void cpu_off(void)
{
	struct player *p = me();

	MUST(p->current == &p->native && !p->held && !p->open);
	MUST(!p->cpu->queue->waiting); /* M3 */
	__atomic_store_n(&p->on, 0, __ATOMIC_RELEASE);
	pthread_exit(NULL);
}

void arch_halt(void)
{
	many_cpus_fail(__FILE__, __LINE__, "a CPU goes on after it was switched off");
}

bool devicetree_device_next_cpu(const struct devicetree *dt, struct devicetree_cursor *cursor,
				struct devicetree_cpu *cpu)
{
	(void)dt;
	*cpu = (struct devicetree_cpu){ .name = "cpu", .mpidr = cursor->index, .enabled = true };
	return cursor->index++ < MANY_CPUS;
}

u32 devicetree_device_cpus(const struct devicetree *dt)
{
	(void)dt;
	return MANY_CPUS;
}

u32 devicetree_interrupt_index(const struct devicetree *dt, int node, const char *name,
			       u32 otherwise)
{
	(void)dt, (void)node, (void)name;
	return otherwise;
}

/* No thread has any of these registers, but for tests that have their own. */
__attribute__((weak)) void arch_fp_save(struct fp_state *state)
{
	(void)state;
	MUST(!"a thread uses FP registers");
}

__attribute__((weak)) void arch_fp_load(const struct fp_state *state)
{
	(void)state;
	MUST(!"a thread uses FP registers");
}

void (*arch_fp_switch_user)(struct fp_state *from, struct fp_state *to);

void trap_open_serror(void)
{
}

void backtrace_print(const struct cpu *cpu, const struct regs *regs)
{
	(void)cpu, (void)regs;
}

void (*panic_successor)(const struct regs *regs);
void (*panic_stop_others)(void);
__noreturn void (*panic_stop_here)(const struct regs *regs);

void many_cpus_start(void)
{
	pthread_condattr_t monotonic_clock;
	static struct cpu none;
	static struct player watching = { .cpu = &none };
	pthread_t watcher;

	clock_base = monotonic();
	pthread_condattr_init(&monotonic_clock);
	pthread_condattr_setclock(&monotonic_clock, CLOCK_MONOTONIC);
	for (unsigned i = 0; i < MANY_CPUS; i++) {
		pthread_mutex_init(&players[i].mutex, NULL);
		pthread_cond_init(&players[i].wakes, &monotonic_clock);
	}
	players[0].cpu = &boot_cpu;
	players[0].on = 1;
	init_player(&players[0]);
	boot_cpu.stack_low = vaddr_of(new_stack()).val;
	boot_cpu.overflow_top = vaddr_of(new_stack()).val + STACK_BYTES;
	timer_init(&boot_devicetree);
	sched_init();
	thread_init();
	ipi_init();
	MUST(!pthread_create(&watcher, NULL, watch, &watching));
	irq_open();
	cpus_start(&boot_devicetree, "");
	MUST(cpus_online() == MANY_CPUS);
}

/* ---- what tests begin with ---- */

struct thread *many_cpus_create(const char *name, void (*run)(void *), void *argument,
				struct cpu *bound)
{
	struct thread *thread = thread_create(name, run, argument, THREAD_NORMAL, bound);

	MUST(thread);
	return thread;
}

void many_cpus_sleep(u64 ns)
{
	MUST(wait_until(arch_counter_ns() + ns));
	many_cpus_alive();
}
