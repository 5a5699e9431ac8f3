// SPDX-License-Identifier: BSD-2-Clause
/*
 * The table of system calls, and what is done about those that aren't in it. <kernel/syscall.h>
 *
 * `said` is shared by all processes, without a lock: bits are set atomically, and only ever set.
 */
#include <arch/index.h>
#include <lib/printk.h>

#include "calls.h"

typedef s64 call_fn(struct process *p, const u64 *a);

#define CALL_ENTRY(number, name) [number] = syscall_##name,
static call_fn *const calls[SYSCALL_COUNT] = { CALLS(CALL_ENTRY) };

static u64 said[(SYSCALL_COUNT + 63) / 64];

static void say_once(const struct process *p, u32 number)
{
	const char *name = syscall_name(number);
	u64 bit = 1ULL << number % 64;

	if (number < SYSCALL_COUNT &&
	    __atomic_fetch_or(&said[number / 64], bit, __ATOMIC_RELAXED) & bit)
		return;
	printk("%s[%u]: there is no system call %u%s%s%s: ENOSYS%s\n", p->name, p->pid, number,
	       name ? " (" : "", name ? name : "", name ? ")" : "",
	       syscall_is_probe(number) ? ", which programs do without" : "");
}

/* Count it; true for the first of its number. */
static bool count_missing(struct calls_missing *missing, u32 number)
{
	u32 i = 0;

	while (i < missing->kinds && missing->call[i].number != number)
		i++;
	if (i == CALLS_MISSING_MOST) {
		missing->more++;
		return false;
	}
	missing->call[i].number = number;
	missing->call[i].count++;
	if (i < missing->kinds)
		return false;
	missing->kinds++;
	return true;
}

s64 syscall_refuse(struct process *p)
{
	u32 number = (u32)task_here()->regs->x[8];
	bool first;

	spin_lock(&p->lock);
	first = count_missing(&p->missing, number);
	spin_unlock(&p->lock);
	if (first)
		say_once(p, number);
	return -ENOSYS;
}

s64 syscall_dispatch(struct regs *regs)
{
	struct process *p = process_here();
	u32 number = (u32)regs->x[8]; /* as Linux: w8 */
	call_fn *call = NULL;

	if (number < SYSCALL_COUNT)
		call = calls[arch_index_below(number, SYSCALL_COUNT)];
	return likely(call) ? call(p, regs->x) : syscall_refuse(p);
}
