/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls: Linux's numbers and contracts for arm64, as far as programs of one thread need
 * them.
 *
 * A call is a function of a process and its six arguments. It returns a value or Linux's negative
 * errno. What isn't there answers ENOSYS, is counted by number for the process, and said once on
 * the log.
 *
 * Arguments are a program's, and may be anything: pointers go through functions that copy and
 * survive faults, lengths are cut as Linux cuts them, and indexes are masked where a CPU might
 * speculate past their check (<arch/index.h>).
 *
 * Page size enters as the process's own, in what a call rounds to and what it says of pages.
 */
#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H

#include <kernel/compiler.h>
#include <kernel/types.h>

struct process;
struct regs;

/* Linux 6.12's numbers end here. */
#define SYSCALL_COUNT 463

/* The calls that a process wanted and that aren't there, in the order of their first use. */
#define CALLS_MISSING_MOST 32
struct calls_missing {
	u32 kinds; /* entries of `call` */
	u32 more;  /* calls of other numbers than these: there were too many */
	struct {
		u32 number;
		u32 count;
	} call[CALLS_MISSING_MOST];
};

/* RLIMIT_*: prlimit64 changes them, few mean something here. */
enum limit {
	LIMIT_STACK = 3,
	LIMIT_CORE = 4,
	LIMIT_NOFILE = 7,
	LIMIT_MEMLOCK = 8,
	LIMITS = 16,
};

struct limits {
	struct {
		u64 now, most;
	} limit[LIMITS];
};

#define LIMIT_NONE (~0ULL)

/* What Linux starts its first process with. */
void syscall_limits_init(struct limits *limits);

/*
 * syscall_dispatch - do the call of x8 with x0 to x5; returns the new x0.
 *
 * By the thread of the process itself. May sleep, and doesn't return if the process ends.
 */
s64 syscall_dispatch(struct regs *regs);

/* "openat"; NULL: Linux has no such number on arm64. */
const char *syscall_name(u64 number);

/* Is this one asked for to see whether it is there, by libraries that do as well without? */
bool syscall_is_probe(u64 number);

#endif
