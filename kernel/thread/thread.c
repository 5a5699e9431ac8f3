// SPDX-License-Identifier: BSD-2-Clause
/* Threads come and go. <kernel/thread.h> has the contract. */
#include <arch/layout.h>
#include <arch/switch.h>
#include <arch/trap.h>
#include <kernel/assert.h>
#include <kernel/sched.h>
#include <kernel/thread.h>
#include <kernel/wait.h>
#include <lib/panic.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/kmalloc.h>
#include <mm/vmap.h>

/* One that was created. */
struct created {
	struct thread thread;
	void *stack;
	void (*run)(void *);
	void *argument;
	bool has_ended;
	bool abandoned;
};

/* Of all of these, of `has_ended` and `abandoned`. */
STATIC_SPINLOCK(lock, threads, LOCK_WAIT_QUEUE);
static struct thread *first; /* by number, the highest first */
static u32 last_number;
static struct wait_queue joiners;

static struct created *created_of(struct thread *thread)
{
	return container_of(thread, struct created, thread);
}

static void add(struct thread *thread)
{
	u64 saved = spin_lock_irq(&lock);

	thread->number = ++last_number;
	thread->all = first;
	first = thread;
	spin_unlock_irq(&lock, saved);
}

void thread_init(void)
{
	add(this_thread());
}

void thread_exit(void)
{
	irq_mask();
	spin_lock(&lock);
	created_of(this_thread())->has_ended = true;
	wait_wake_all(&joiners);
	sched_leave(&lock);
}

/* What a thread's stack begins with. */
static void __noreturn begin(void)
{
	struct created *self = created_of(this_thread());

	sched_begin();
	self->run(self->argument);
	thread_exit();
}

static void take_out(struct thread *thread)
{
	struct thread **at = &first;

	while (*at != thread)
		at = &(*at)->all;
	*at = thread->all;
}

/* One that has ended, and is in the list no more. */
static void free_thread(struct created *created)
{
	sched_settle(&created->thread);
	vfree(created->stack);
	kfree(created);
}

void thread_join(struct thread *thread)
{
	struct created *created = created_of(thread);
	u64 saved = spin_lock_irq(&lock);

	ASSERT(thread != this_thread());
	while (!created->has_ended)
		wait_on(&joiners, &lock, WAIT_FOREVER, "the end of a thread");
	take_out(thread);
	spin_unlock_irq(&lock, saved);
	free_thread(created);
}

void thread_abandon(struct thread *thread)
{
	u64 saved = spin_lock_irq(&lock);

	created_of(thread)->abandoned = true;
	spin_unlock_irq(&lock, saved);
}

/* The first one that ended and that nobody joins, out of the list. The boot thread never ends. */
static struct created *take_abandoned(u32 *left)
{
	u64 saved = spin_lock_irq(&lock);
	struct created *found = NULL;

	*left = 0;
	for (struct thread *thread = first; !found && thread->all; thread = thread->all) {
		struct created *created = created_of(thread);

		*left += created->abandoned;
		if (created->abandoned && created->has_ended)
			found = created;
	}
	if (found)
		take_out(&found->thread);
	spin_unlock_irq(&lock, saved);
	return found;
}

u32 thread_reap(void)
{
	struct created *created;
	u32 left;

	while ((created = take_abandoned(&left)))
		free_thread(created);
	return left;
}

struct thread *thread_create(const char *name, void (*run)(void *), void *argument,
			     enum thread_priority priority, struct cpu *bound)
{
	struct created *created;
	struct thread *thread;

	thread_reap();
	created = kmalloc(sizeof(*created), KMALLOC_ZERO);
	if (!created)
		return NULL;
	created->stack = vmalloc(STACK_BYTES, 0);
	if (!created->stack) {
		kfree(created);
		return NULL;
	}
	created->run = run;
	created->argument = argument;
	thread = &created->thread;
	thread->stack_low = vaddr_of(created->stack).val;
	thread->sp = arch_switch_prepare(thread->stack_low + STACK_BYTES, begin);
	thread->bound = bound;
	thread->priority = (u8)priority;
	strscpy(thread->name, name, sizeof(thread->name));
	add(thread);
	sched_start(thread);
	return thread;
}

/*
 * Where it went to sleep. It may run meanwhile, and change what is read; its stack stays, and the
 * walk keeps to that.
 */
static void print_trace(const struct thread *thread)
{
	const struct switch_frame *frame = (const void *)(uintptr_t)thread->sp;
	const struct regs regs = { .pc = frame->pc, .x[29] = frame->x29 };
	const struct cpu stacks = { .stack_low = thread->stack_low,
				    .overflow_top = thread->stack_low + OVERFLOW_STACK_BYTES };

	backtrace_print(&stacks, &regs);
}

bool thread_print_trace(u32 number)
{
	u64 saved = spin_lock_irq(&lock);
	const struct thread *thread = first;

	while (thread && thread->number != number)
		thread = thread->all;
	if (thread && thread->state != THREAD_RUNNING)
		print_trace(thread);
	else if (thread)
		printk("it runs, on CPU %u\n", thread->cpu->number);
	spin_unlock_irq(&lock, saved);
	return thread;
}

/* Without the lock, which the code that panics may hold. */
PANIC_REPORT(36, threads)
{
	(void)regs;
	for (const struct thread *thread = first; thread; thread = thread->all)
		if (thread->state == THREAD_WAITING)
			printk("thread %u, %s, waits for %s\n", thread->number, thread->name,
			       thread->waits);
}

bool thread_read(u32 after, struct thread *copy)
{
	const struct thread *found = NULL;
	u64 saved = spin_lock_irq(&lock);

	for (const struct thread *thread = first; thread && thread->number > after;
	     thread = thread->all)
		found = thread;
	if (found)
		*copy = *found;
	spin_unlock_irq(&lock, saved);
	return found;
}
