/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting and stopping CPUs. What a CPU has of its own is <arch/cpu.h>'s.
 *
 * One that doesn't run stays in the list of CPUs if it ever did. It is online between its own two
 * steps: when it can take interrupts and run threads, and when it has handed both over.
 */
#ifndef KERNEL_CPUS_H
#define KERNEL_CPUS_H

#include <arch/cpu.h>
#include <kernel/compiler.h>

struct devicetree;

/*
 * cpus_start - start the CPUs that the devicetree names, up to what maxcpus= and nosmp allow.
 *
 * One line says how many run, and one for each that doesn't why. Boot, after timer_init; sleeps.
 */
void cpus_start(const struct devicetree *dt, const char *cmdline);

/* How many are online; the one of these with so many before it, or NULL. */
u32 cpus_online(void);
struct cpu *cpus_online_at(u32 index);

/* The CPU of this number; NULL: it never ran. */
struct cpu *cpus_find(u32 number);

/*
 * cpus_on   start a CPU that was taken off, or that maxcpus= kept from running at boot
 * cpus_off  take one off: its threads go on elsewhere
 *
 * The boot CPU is number 0, the others are numbered as the devicetree lists them. NULL, or why it
 * can't be done: "is the boot CPU". Sleep.
 */
const char *cpus_on(u32 number) __must_check;
const char *cpus_off(u32 number) __must_check;

/*
 * cpus_stop    all others go off: before another kernel takes over, or while what they run by
 *              changes. NULL, or why one still runs: "is busy: ..."
 * cpus_resume  those that cpus_stop took off come back
 *
 * On the boot CPU: by a thread that is bound to it, as the boot thread is. Sleep.
 */
const char *cpus_stop(void) __must_check;
void cpus_resume(void);

/*
 * cpus_gather - CPUs that this kernel never started wait where those do that it took off.
 *
 * With PSCI that is firmware; without, the pen (<arch/cpu_pen.h>), and the next kernel learns that
 * all others are there. Sleeps.
 */
void cpus_gather(void);

#endif
