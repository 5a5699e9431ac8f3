// SPDX-License-Identifier: BSD-2-Clause
/*
 * Time slices of programs. The kernel looks at the clock by itself (sched_relax); a program is made
 * to come and look, by a timer. It is started when others wait, so there is still no tick.
 */
#include <arch/counter.h>
#include <arch/irqflags.h>
#include <kernel/ipi.h>
#include <kernel/sched.h>

/* The timer of a CPU that was off meanwhile may be on another one. */
static void end_slice(struct timer *timer)
{
	struct cpu *cpu = container_of(timer, struct run_queue, slice)->idle.cpu;

	__atomic_store_n(&cpu->attention, true, __ATOMIC_RELAXED);
	if (cpu != this_cpu())
		ipi_wake(cpu);
}

void sched_preempt(void)
{
	struct run_queue *queue = this_cpu()->queue;
	u64 saved;

	/* The timer of an earlier slice comes first: this one begins then. The clock can wait. */
	if (queue->slice.started && !queue->slice_end_ns &&
	    !__atomic_load_n(&queue->first[THREAD_URGENT], __ATOMIC_RELAXED))
		return;
	sched_relax();
	saved = irq_save();
	queue = this_cpu()->queue;
	if (__atomic_load_n(&queue->waiting, __ATOMIC_RELAXED) && !queue->slice.started) {
		if (!queue->slice_end_ns)
			queue->slice_end_ns = arch_counter_ns() + SCHED_SLICE_NS;
		queue->slice.fire = end_slice;
		timer_start(&queue->slice, queue->slice_end_ns);
	}
	irq_restore(saved);
}
