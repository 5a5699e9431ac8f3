// SPDX-License-Identifier: BSD-2-Clause
/*
 * Processes start, end, and are waited for. <kernel/process.h> has the contract.
 *
 * A process's first task maps the program itself, in its own space: then whatever goes wrong there
 * is a fault of the program's, as on Linux after its point of no return.
 */
#include <arch/barrier.h>
#include <arch/cpu_id.h>
#include <arch/hwcap.h>
#include <arch/page.h>
#include <kernel/assert.h>
#include <kernel/elf_map.h>
#include <kernel/errno.h>
#include <kernel/phase.h>
#include <kernel/process.h>
#include <kernel/thread.h>
#include <kernel/wait.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>
#include <mm/kmalloc.h>

#include "inside.h"

LOCK_CLASS_OF_MANY(process, LOCK_PROCESS, NULL);

static struct wait_queue waiters; /* by the list's lock */

/* ---- the end ---- */

/* What only fills up pages of the process, in mappings that it has touched. */
static u64 waste_bytes(struct space *space)
{
	struct space_view view = { 0 };
	u64 sum = 0;

	while (space_next(space, view.end, &view)) {
		u64 content = view.end;

		if (view.flags & SPACE_HEAP)
			content = space->brk;
		else if (view.source)
			content = view.base + view.source->bytes -
				  MIN(view.offset, view.source->bytes);
		if (view.resident_bytes && content < view.end)
			sum += MIN(view.end - content, space_page_bytes(space));
	}
	return sum;
}

void process_finish(struct process *process)
{
	struct space *space = process->space;

	process->end.peak_resident_bytes = space->peak_resident_bytes;
	process->end.table_bytes = space->pt.table_bytes;
	process->end.peak_mappings = space->peak_mappings;
	process->end.faults = space->faults;
	process->end.waste_bytes = process->weigh ? waste_bytes(space) : 0;
	process->last = this_thread();
	task_release_threads(process);
	process_list_hide(process);
	space_destroy(space);
	files_destroy(process->files);
	irq_mask();
	spin_lock(&process_list_lock);
	process->ended = true;
	wait_wake_all(&waiters);
	spin_unlock(&process_list_lock);
	irq_open();
	thread_exit();
}

/* The first that says it says how. All tasks look, and leave. */
static void stop(struct process *process, u8 exit, u8 signal)
{
	spin_lock(&process->lock);
	if (!process->ends) {
		process->end.exit = exit;
		process->end.signal = signal;
		__atomic_store_n(&process->ends, true, __ATOMIC_RELAXED);
		for (struct task *task = process->tasks; task; task = task->next)
			task_interrupt(task);
	}
	spin_unlock(&process->lock);
}

void process_exit(int code)
{
	stop(process_here(), (u8)code, 0);
	task_leave();
}

void process_die(unsigned signal)
{
	process_explain_death(task_here(), signal);
	stop(process_here(), 0, (u8)signal);
	task_leave();
}

/* ---- what EL0 asks for ---- */

BUILD_ASSERT((int)USER_READ == (int)SPACE_ACCESS_READ);
BUILD_ASSERT((int)USER_WRITE == (int)SPACE_ACCESS_WRITE);
BUILD_ASSERT((int)USER_EXECUTE == (int)SPACE_ACCESS_EXEC);

/* What space_fault refused, as Linux says it to programs. */
static __noinline void refused(struct process *process, u64 va, enum space_verdict verdict,
			       struct user_fault *fault)
{
	fault->signal = SIGNAL_SEGV;
	fault->code = SIGNAL_SEGV_MAPERR;
	switch (verdict) {
	case SPACE_DENIED:
		fault->code = SIGNAL_SEGV_ACCERR;
		break;
	case SPACE_AFTER_END:
		fault->signal = SIGNAL_BUS;
		fault->code = SIGNAL_BUS_ADRERR;
		break;
	case SPACE_NO_MEMORY:
		process_reason(process, "there was no memory for the page at %#llx", va);
		process_kill(process, SIGNAL_KILL);
		fault->signal = SIGNAL_KILL;
		break;
	default:
		break;
	}
}

static bool touch(u64 va, enum user_access access, struct user_fault *fault)
{
	struct task *task = task_here();
	enum space_verdict verdict =
		space_fault(task->process->space, va, (enum space_access)access);

	if (likely(verdict == SPACE_OK))
		return true;
	task->fault_access = access;
	refused(task->process, va, verdict, fault);
	return false;
}

static void fault(struct regs *regs, const struct user_fault *fault)
{
	struct task *task = task_here();

	(void)regs;
	if (fault->signal == SIGNAL_KILL)
		process_die(SIGNAL_KILL);
	task->fault = *fault;
	signal_deliver(task, fault->signal, fault->code, fault->address);
}

/* Who called it had the lock: what it was for is seen by who takes that now. */
static void attend(struct regs *regs)
{
	struct task *task = task_here();
	struct process *process = task->process;

	dmb_ish(); /* task_interrupt has the other one of this pair */
	if (likely(!__atomic_load_n(&task->called, __ATOMIC_RELAXED)))
		return;
	__atomic_store_n(&task->called, false, __ATOMIC_RELAXED);
	spin_lock(&process->lock);
	spin_unlock(&process->lock);
	if (process->ends)
		task_leave();
	signal_return_work(regs);
}

/* ---- the beginning ---- */

/* The stack, once the program is mapped at `image`. 0 or a negative errno. */
static int prepare(struct process *process, const struct elf_image *image, u64 *sp)
{
	const struct process_setup *setup = process->setup;
	u64 random[2] = { process_random(), process_random() };
	struct elf_stack stack = {
		.arguments = &setup->arguments,
		.program = &process->program,
		.program_headers = image->program_headers,
		.entry = image->entry,
		.hwcap = arch_hwcap(),
		.top = process->space->stack_top,
		.seed = setup->seed,
	};
	int err = signal_map_return(process);

	memcpy(stack.random, random, sizeof(random));
	if (!err)
		err = elf_stack_write(&stack, user_copy_out, sp);
	if (!err)
		files_keep_auxv(process->files, *sp);
	return err;
}

/* All that the program has in its space. */
static int load(struct process *process, struct elf_image *image, u64 *sp)
{
	struct space *space = process->space;
	int err = elf_map_stack(space, &process->program, process->string_bytes);

	if (!err)
		err = elf_map(space, process->source, &process->program, process->setup->seed,
			      user_zero, image);
	return err ? err : prepare(process, image, sp);
}

static void __noreturn run(void *argument)
{
	struct task *task = argument;
	struct process *process = task->process;
	struct elf_image image = { 0 };
	int err;

	process->first_thread = this_thread()->number;
	task_begin(task);
	err = load(process, &image, &task->start.sp);
	process->bias = image.bias;
	process->setup = NULL;
	if (err) {
		process_explain_load(process, err);
		process_die(SIGNAL_SEGV);
	}
	task->start.pc = image.entry;
	user_enter(&task->start, (uintptr_t)(task->regs + 1));
}

/* What can be said before there is a process. */
static int check_granule(const struct granule *g, char why[PROCESS_WHY_BYTES])
{
	if (!cpu_id_all_have(g))
		snprintf(why, PROCESS_WHY_BYTES,
			 "the machine's CPUs have no pages of %s, or not all have", g->name);
	else if (g->shift < page_shift())
		snprintf(why, PROCESS_WHY_BYTES,
			 "pages of %s are smaller than the kernel's: boot with pagesize=%s, "
			 "which can run programs of all larger sizes, too",
			 g->name, g->name);
	else
		return 0;
	return -EINVAL;
}

static int find_program(struct process *process, char why[PROCESS_WHY_BYTES])
{
	const struct process_setup *setup = process->setup;
	int err = files_program(process->files, setup->path, &process->source);

	if (err) {
		snprintf(why, PROCESS_WHY_BYTES, "%s: %s", setup->path,
			 err == -EACCES ? "it can't be executed" : "there is no such file");
		return err;
	}
	return elf_read(process->source->data, process->source->bytes,
			granule_page_bytes(setup->granule), &process->program, why);
}

static int check_arguments(const struct process_setup *setup, struct process *process,
			   char why[PROCESS_WHY_BYTES])
{
	int err = elf_stack_measure(&setup->arguments, granule_page_bytes(setup->granule),
				    process->limits.limit[LIMIT_STACK].now, &process->string_bytes);

	if (err)
		strscpy(why, "arguments and environment are too long", PROCESS_WHY_BYTES);
	return err;
}

static void discard(struct process *process)
{
	if (process->space)
		space_destroy(process->space);
	if (process->files)
		files_destroy(process->files);
	kfree(process);
}

/* All that a process has, but for its thread. */
static int fill(struct process *process, char why[PROCESS_WHY_BYTES])
{
	const struct process_setup *setup = process->setup;
	const struct files_setup files = { .path = setup->path,
					   .input = setup->input,
					   .input_bytes = setup->input_bytes,
					   .terminal = setup->terminal,
					   .out = setup->out };
	const char *slash = strrchr(setup->path, '/');
	int err;

	syscall_limits_init(&process->limits);
	strscpy(process->name, slash ? slash + 1 : setup->path, sizeof(process->name));
	strscpy(why, "there is not enough memory", PROCESS_WHY_BYTES);
	process->files = files_create(&files);
	if (!process->files)
		return -ENOMEM;
	err = find_program(process, why);
	if (!err)
		err = check_arguments(setup, process, why);
	if (err)
		return err;
	process->space = space_create(setup->granule, setup->seed, setup->compact);
	return process->space ? 0 : -ENOMEM;
}

/* It is in the list from here on, and runs; or neither. */
static int begin(struct process *process)
{
	struct task *task;

	process_list_add(process);
	task = task_create(process);
	if (task && thread_create(process->name, run, task, THREAD_NORMAL, NULL))
		return 0;
	if (task)
		task_discard(task);
	process_list_remove(process);
	return -ENOMEM;
}

int process_start(const struct process_setup *setup, struct process **started,
		  char why[PROCESS_WHY_BYTES])
{
	struct process *process;
	int err = check_granule(setup->granule, why);

	if (err)
		return err;
	strscpy(why, "there is not enough memory", PROCESS_WHY_BYTES);
	process = kmalloc(sizeof(*process), KMALLOC_ZERO);
	if (!process)
		return -ENOMEM;
	process->lock = (struct spinlock)SPINLOCK(process);
	process->futexes = (struct futexes)FUTEXES;
	process->setup = setup;
	process->granule = setup->granule;
	process->weigh = setup->weigh;
	err = fill(process, why);
	if (!err)
		err = begin(process);
	if (err)
		discard(process);
	else
		*started = process;
	return err;
}

bool process_wait(struct process *process, u64 until_ns)
{
	u64 saved = spin_lock_irq(&process_list_lock);
	bool in_time = true, ended;

	while (!process->ended && in_time)
		in_time = wait_on(&waiters, &process_list_lock, until_ns, "the end of a process");
	ended = process->ended;
	spin_unlock_irq(&process_list_lock, saved);
	return ended;
}

void process_kill(struct process *process, unsigned signal)
{
	stop(process, 0, (u8)signal);
}

void process_release(struct process *process)
{
	ASSERT(process->ended);
	thread_join(process->last);
	thread_reap();
	process_list_remove(process);
	kfree(process);
}

/* Before anything that may start a program. */
BOOT_PHASE(10, process)
{
	(void)cmdline;
	user_init();
	user_ops = (struct user_ops){
		.system_call = syscall_dispatch, .touch = touch, .fault = fault, .attend = attend
	};
}
