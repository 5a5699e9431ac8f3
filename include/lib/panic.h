/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end for our own bugs: message, registers, granule, backtrace, the log's last lines, verdict.
 */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include <kernel/compiler.h>
#include <kernel/types.h>

struct regs;

/* Prints `Kernel panic - not syncing: …` and what is known, and ends the machine. Any context. */
void panic(const char *format, ...) __printf(1, 2) __noreturn;

/* The same for an exception that nobody expects. */
void panic_trap(const struct regs *regs, u64 kind) __noreturn;

#endif
