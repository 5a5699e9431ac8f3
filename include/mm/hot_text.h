/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a CPU keeps for itself, and how another one gets it: no lock, no masking, no atomic access.
 *
 * A CPU's lists are changed by that CPU alone, by code that is not interrupted in the middle:
 *
 *   the shortcuts    with interrupts open. Their files' text lies between _hot_text and
 *                    _hot_text_end (kernel.ld.S): whole files, so whatever a compiler makes of
 *                    them lies there, too. They call nothing while they change a list
 *   the plain forms  with interrupts masked, for a few instructions
 *   hot_text_ask's   in an interrupt, which another CPU asks for (<kernel/ipi.h>). They do nothing
 *     functions      if that interrupted a shortcut
 *
 * So the third finds each list whole, and changes it between two instructions that do not look at
 * it. What it interrupts has no list half read: a thread leaves its CPU only where it waits, so
 * the code before the interrupt is all of this CPU's that is under way. No handler is (interrupts
 * are masked in them, and one asked for meanwhile comes after it), nor is an answer to a fault,
 * which keeps them masked too. What is taken is handed to the CPU that asks, which returns it to
 * its allocator: the handler takes no lock, and so waits for none that the interrupted code holds.
 *
 * Who asks tries again when it came at a bad moment. The shortcuts have no loops and are left after
 * a few dozen instructions, so it does not try for long.
 *
 * Who asks waits for the other CPU, with interrupts open: two that ask each other both get their
 * answer. So it may hold locks, but none that a CPU waits for with interrupts masked. No lock of an
 * interrupt handler is held here (that masks them). mmu_lock, which a CPU waits for when it faults,
 * may be, by whoever allocates a table: it gets nothing of other CPUs.
 *
 * Source of the idea: Bershad, Redell and Ellis, "Fast mutual exclusion for uniprocessors" (1992);
 * Linux, rseq(2), where the interrupted code starts anew. Here it goes on, and the other one waits.
 */
#ifndef MM_HOT_TEXT_H
#define MM_HOT_TEXT_H

#include <kernel/types.h>

struct cpu;

/*
 * hot_text_ask - let `function` run on another CPU, at a moment when what that keeps is whole.
 *
 * Returns when it has, or false without it when the CPU is off, which keeps nothing; or when
 * mmu_lock is held here. Interrupts are open. All that the function wrote is seen.
 */
bool hot_text_ask(struct cpu *cpu, void (*function)(void *), void *argument);

#endif
