/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end for our own bugs: message, registers, granule, backtrace, the log's last lines, verdict.
 */
#ifndef LIB_PANIC_H
#define LIB_PANIC_H

#include <kernel/compiler.h>
#include <kernel/types.h>

struct regs;

/* Prints `Kernel panic - not syncing: …` and what is known, and ends the machine. Any context. */
void panic(const char *format, ...) __printf(1, 2) __noreturn;

/*
 * The two halves of panic, for a caller that has more to say than a line: it prints between them.
 * `regs`: where it happened. Of several CPUs that panic at once one goes on, and the others stop.
 */
void panic_begin(const struct regs *regs);
void panic_end(const struct regs *regs) __noreturn;

/*
 * PANIC_REPORT(50, id) { ... regs ... } - what a file knows that may explain a panic, printed in
 * the order of the numbers. It takes no lock that the interrupted code may hold, and allocates
 * nothing.
 */
#define PANIC_REPORT(order, id)                                                 \
	static void panic_report_##id(const struct regs *regs);                 \
	static panic_report_fn *const panic_report_entry_##id __used __section( \
		".panic_reports." #order "." #id) = panic_report_##id;          \
	static void panic_report_##id(const struct regs *regs)

typedef void panic_report_fn(const struct regs *regs);

/*
 * What starts once everything is said, or NULL: the crash kernel. Set when one is loaded, cleared
 * when it is unloaded. It returns if it can't start.
 */
extern void (*panic_successor)(const struct regs *regs);

/*
 * Set once there may be other CPUs (<kernel/ipi.h>): stop them, before anything is printed; and
 * stop this one, because another one panics. The second doesn't return.
 */
extern void (*panic_stop_others)(void);
extern __noreturn void (*panic_stop_here)(const struct regs *regs);

#endif
