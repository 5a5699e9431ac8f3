/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts that CPUs send each other: to wake one, to have it run a function, to stop all others.
 */
#ifndef KERNEL_IPI_H
#define KERNEL_IPI_H

#include <kernel/types.h>

struct cpu;

/* Boot, after irq_init: the boot CPU is online, and a panic stops all others. */
void ipi_init(void);

/*
 * ipi_open   this CPU is online from here on: it answers calls. After irq_init_cpu; the caller
 *            opens interrupts
 * ipi_close  it isn't any more, and nothing that was asked of it is left. Interrupts open; the
 *            caller masks them, and calls irq_quiet_cpu
 */
void ipi_open(void);
void ipi_close(void);

/*
 * ipi_wake - end the other CPU's irq_wait: it looks again at what this one has written.
 *
 * Nothing happens if it isn't online. Any context.
 */
void ipi_wake(struct cpu *to);

/*
 * ipi_call - let a CPU run `function` in an interrupt, and wait until it has.
 *
 * Returns what that returned; false if the CPU isn't online. It sees what the caller wrote before,
 * and the caller what it wrote. For this CPU itself it is a call with interrupts masked.
 *
 * Interrupts are open, so that two CPUs can call each other. Do not call with a lock held that the
 * other CPU may wait for with interrupts masked.
 */
bool ipi_call(struct cpu *to, bool (*function)(void *), void *argument);

/*
 * ipi_stop_others - stop every other CPU that is online, for good: before a panic is printed, or
 * before another kernel starts.
 *
 * Each is `stopped` then, with what it was interrupted in as `interrupted`. With `off` it is
 * switched off, where firmware does that; else it waits for ever. Returns how many did not answer
 * in time: those may still run. Any context.
 */
unsigned ipi_stop_others(u64 wait_ns, bool off);

#endif
