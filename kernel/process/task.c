// SPDX-License-Identifier: BSD-2-Clause
/* Tasks come and go. <kernel/task.h> has the contract. */
#include <arch/barrier.h>
#include <arch/layout.h>
#include <arch/user.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/futex.h>
#include <kernel/process.h>
#include <kernel/task.h>
#include <kernel/thread.h>
#include <lib/string.h>
#include <mm/kmalloc.h>

#include "bell.h"
#include "inside.h"

/* ---- coming ---- */

struct task *task_create(struct process *process)
{
	struct task *task = kmalloc(sizeof(*task), KMALLOC_ZERO), *maker = this_task();
	bool ends;

	if (!task)
		return NULL;
	task->process = process;
	task->user.space = &process->space->arch;
	task->bell = (struct bell)BELL;
	task->number = process->tasks ? process_list_number() : process->pid;
	strscpy(task->name, process->name, sizeof(task->name));
	/* From when it is in the list, it may be asked to take a signal. */
	task->signals.mask = maker ? maker->signals.mask : 0;
	spin_lock(&process->lock);
	ends = process->ends;
	if (!ends) {
		task->next = process->tasks;
		process->tasks = task;
		process->task_count++;
	}
	spin_unlock(&process->lock);
	if (ends) {
		kfree(task);
		return NULL;
	}
	return task;
}

/* True: it was the last one. With the lock. */
static bool take_out(struct task *task)
{
	struct task **at = &task->process->tasks;

	while (*at != task)
		at = &(*at)->next;
	*at = task->next;
	return !--task->process->task_count;
}

void task_discard(struct task *task)
{
	struct process *process = task->process;

	spin_lock(&process->lock);
	take_out(task);
	spin_unlock(&process->lock);
	kfree(task);
}

struct task *task_clone(const struct task_clone *how)
{
	struct task *self = task_here(), *task = task_create(self->process);

	if (!task)
		return NULL;
	files_share(self->process->files);
	task->start = *self->regs;
	task->start.x[0] = 0;
	if (how->stack)
		task->start.sp = how->stack;
	user_copy_state(&task->user);
	if (how->set_thread_pointer)
		task->user.thread_pointer = how->thread_pointer;
	task->clear_at = how->clear_at;
	strscpy(task->name, self->name, sizeof(task->name));
	return task;
}

void task_begin(struct task *task)
{
	struct thread *thread = this_thread();
	u64 stack_top = thread->stack_low + STACK_BYTES;

	task->regs = (struct regs *)(uintptr_t)(stack_top - sizeof(*task->regs));
	task->ran_before_ns = thread->ran_ns;
	__atomic_store_n(&task->thread, thread, __ATOMIC_RELEASE);
	user_begin(&task->user);
}

/* Of a task that goes on as its creator did. */
static void __noreturn run(void *argument)
{
	struct task *task = argument;

	task_begin(task);
	user_enter(&task->start, (uintptr_t)(task->regs + 1));
}

/* A thread that waits for a task. On its stack. */
struct spare_thread {
	struct bell bell;
	struct task *task;
	bool over; /* none comes */
};

/* The process's spare thread, which isn't any more, if it has one. */
static struct spare_thread *take_spare(struct process *process)
{
	struct spare_thread *spare;

	spin_lock(&process->lock);
	spare = process->spare;
	process->spare = NULL;
	spin_unlock(&process->lock);
	return spare;
}

int task_start(struct task *task)
{
	struct spare_thread *spare = take_spare(task->process);

	if (spare) {
		spare->task = task;
		bell_ring(&spare->bell);
		return 0;
	}
	if (thread_create(task->name, run, task, THREAD_NORMAL, NULL))
		return 0;
	task_discard(task);
	return -EAGAIN;
}

/* ---- going ---- */

/* Until there is a task for this thread: that goes on from here. Or until there will be none. */
static void wait_for_task(struct spare_thread *self)
{
	while (!self->task && !self->over)
		(void)bell_wait(&self->bell, WAIT_FOREVER, "a task");
	if (self->task)
		run(self->task);
}

void task_release_threads(struct process *process)
{
	struct spare_thread *spare = take_spare(process);

	if (!spare)
		return;
	spare->over = true;
	bell_ring(&spare->bell);
}

void task_leave(void)
{
	struct task *task = task_here();
	struct process *process = task->process;
	struct spare_thread self = { .bell = BELL };
	bool last, waits;

	user_end();
	spin_lock(&process->lock);
	process->ran_ns += task->thread->ran_ns - task->ran_before_ns;
	last = take_out(task);
	waits = !last && !process->ends && !process->spare;
	if (waits)
		process->spare = &self;
	spin_unlock(&process->lock);
	kfree(task);
	/* From here on the process is there only for the last one, and for who waits. */
	if (last)
		process_finish(process);
	if (waits)
		wait_for_task(&self);
	thread_abandon(this_thread());
	thread_exit();
}

void task_exit(int code)
{
	static const u32 zero;
	struct task *task = task_here();
	struct process *process = task->process;

	futex_leave(task);
	if (task->clear_at && !user_copy_out(task->clear_at, &zero, sizeof(zero)))
		futex_wake(process, task->clear_at, 1, FUTEX_ANY);
	spin_lock(&process->lock);
	if (!process->ends && task->number == process->pid)
		process->end.exit = (u8)code; /* of all of it, unless it ends otherwise */
	spin_unlock(&process->lock);
	task_leave();
}

void task_interrupt(struct task *task)
{
	const struct thread *thread = __atomic_load_n(&task->thread, __ATOMIC_ACQUIRE);

	__atomic_store_n(&task->called, true, __ATOMIC_RELAXED);
	/*
	 * Either this finds the CPU that it has got, or it finds there that it was called: the
	 * other one of this pair is in attend. Arm ARM (DDI 0487, J.a), "Data Memory Barrier".
	 */
	dmb_ish();
	bell_ring(&task->bell);
	if (thread)
		user_call_thread(thread);
}
