// SPDX-License-Identifier: BSD-2-Clause
/* The only task of fake_process.h's process: it never waits, and has no other one to call. */
#include <host.h>

#include <kernel/errno.h>
#include <kernel/terminal.h>

#include "../../kernel/process/bell.h"
#include "../../kernel/process/calls.h"
#include "fake_process.h"

extern struct cpu *host_cpu;

LOCK_CLASS_OF_MANY(process, LOCK_PROCESS, NULL);

/* Tests of these link the real ones. */
__attribute__((weak)) struct lock_class lock_class_futex;

__attribute__((weak)) struct file *terminal_open(struct terminal *terminal)
{
	(void)terminal;
	return NULL;
}

__attribute__((weak)) s64 syscall_refuse(struct process *p)
{
	(void)p;
	return -ENOSYS;
}

/* It sleeps: what comes meanwhile is the test's, else its end. */
struct lock_class lock_class_bell;
void (*process_asleep)(void);

void bell_ring(struct bell *bell)
{
	bell->rung = true;
}

void bell_tell(struct bell *bell, bool *news)
{
	*news = true;
	bell_ring(bell);
}

bool bell_told(struct bell *bell, const bool *news)
{
	(void)bell;
	return *news;
}

bool bell_wait(struct bell *bell, u64 until_ns, const char *what)
{
	(void)what;
	if (!bell->rung && process_asleep)
		process_asleep();
	else if (!bell->rung && until_ns == WAIT_FOREVER)
		task.signals.pending.set |= signal_bit(SIGNAL_TERM);
	if (until_ns == WAIT_FOREVER && task.signals.mask & signal_bit(SIGNAL_TERM))
		process.ends = true; /* it can't come */
	if (!bell->rung && until_ns != WAIT_FOREVER) {
		process_now_ns = MAX(process_now_ns, until_ns);
		return false;
	}
	bell->rung = false;
	return true;
}

void task_interrupt(struct task *t)
{
	(void)t;
	host_cpu->attention = true;
}

struct task *task_clone(const struct task_clone *how)
{
	(void)how;
	return NULL;
}

int task_start(struct task *t)
{
	(void)t;
	return -EAGAIN;
}

void task_exit(int code)
{
	process_exit(code);
}
