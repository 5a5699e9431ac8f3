/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes: a program that runs in a space of its own, by one thread or several (tasks).
 *
 *   P1  a process is in the list from process_start to process_release
 *   P2  its space and files are its tasks' alone, and are gone when it has ended
 *   P3  what it used (struct process_end) is written by its last task before `ended`, and never
 *       after; how it ends, by the first that says it
 *   P4  from `ends` on it has no new task, and each that it has leaves as soon as it looks
 *
 * Locking: a spin lock, of the list and of `ended`; process->lock, of its tasks, their signals, how
 * it ends, and its reasons. Figures of a process that runs may be read while they change.
 *
 * Page size enters as the process's granule.
 */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H

#include <arch/user.h>
#include <kernel/compiler.h>
#include <kernel/elf_stack.h>
#include <kernel/files.h>
#include <kernel/futex.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/types.h>
#include <mm/space.h>

#define PROCESS_NAME_BYTES   16
#define PROCESS_WHY_BYTES    256
#define PROCESS_REASONS_MOST 6
#define PROCESS_WORDS_BYTES  120

/* Why a program ended as it did, as far as the kernel can tell: whole sentences. */
struct process_reasons {
	unsigned count;
	char text[PROCESS_REASONS_MOST][PROCESS_WHY_BYTES];
};

/* What is left of one that has ended. */
struct process_end {
	u8 exit;   /* exit status, if no signal ended it */
	u8 signal; /* or the signal */
	u64 peak_resident_bytes;
	u64 table_bytes; /* in the end */
	u64 peak_mappings;
	u64 faults;
	u64 waste_bytes; /* what of its pages lies after the end of a file, or of the heap */
};

struct process {
	struct spinlock lock;
	struct task *tasks; /* the last one first */
	u32 task_count;
	struct spare_thread *spare; /* a thread that waits for the next task; or NULL */
	u32 pid;
	char name[PROCESS_NAME_BYTES];
	const struct granule *granule;
	struct space *space;
	struct files *files;
	struct futexes futexes;
	struct signals signals;
	struct limits limits;
	struct calls_missing missing;
	const struct process_setup *setup; /* until it has started */
	struct elf_program program;
	const struct space_source *source;
	u64 string_bytes; /* of arguments and environment */
	u64 bias;         /* what was added to the addresses of its file */
	struct process_reasons reasons;
	char last_words[PROCESS_WORDS_BYTES]; /* that it wrote to standard error */
	bool weigh;                           /* as in the setup */
	bool ends;                            /* it is to end, as `end` says. Atomic */
	bool ended;
	u64 ran_ns;          /* CPU time of tasks that have gone */
	u32 first_thread;    /* the number of its first task's thread */
	struct thread *last; /* which ended it */
	struct process_end end;
	struct process *next;
};

/* What to start. All of it stays until process_wait says that it has ended. */
struct process_setup {
	const struct granule *granule;
	const char *path; /* in the initrd */
	struct elf_arguments arguments;
	const void *input; /* of standard input; NULL: none */
	u64 input_bytes;
	struct terminal *terminal; /* without that: where it is typed; NULL: it is /dev/null */
	const struct output *out;
	u64 seed;     /* of addresses: 0, as with Linux's norandmaps */
	bool compact; /* few tables: see space_create */
	bool weigh;   /* process_end.waste_bytes is wanted, which looks at all its pages */
};

/*
 * process_start - let a program run, as a process of its own.
 *
 * Returns 0; -ENOENT, -EACCES and the like for the file, -ENOEXEC, -E2BIG, -ENOMEM, -EINVAL for a
 * granule that the machine lacks; then `why` has a sentence. Sleeps.
 */
int process_start(const struct process_setup *setup, struct process **process,
		  char why[PROCESS_WHY_BYTES]) __must_check;

/*
 * process_random - a number that nobody can guess, as far as the machine has any. Any context.
 * process_seed   - one for process_setup.seed: 0 with `norandmaps` on the command line.
 */
u64 process_random(void);
u64 process_seed(void);

/* Has it ended, by `until_ns`? Sleeps. */
bool process_wait(struct process *process, u64 until_ns) __must_check;

/* End it as by a signal that nobody handles. Any context but an interrupt's; once or more. */
void process_kill(struct process *process, unsigned signal);

/* One that has ended is forgotten. Sleeps. */
void process_release(struct process *process);

/* The process of the running thread, which is that of one. */
static inline struct process *process_here(void)
{
	return task_here()->process;
}

/* What it wrote to descriptor 2 last is quoted if it ends badly. */
void process_last_words(struct process *process, unsigned descriptor, const char *text, u64 bytes);

/* Say why it will end badly: diagnosis, never cause. More than fit are dropped. */
void process_reason(struct process *process, const char *format, ...) __printf(2, 3);

/* The running process ends, with all its tasks. */
void process_exit(int code) __noreturn;
void process_die(unsigned signal) __noreturn;

/* The last task has gone. For task_leave. */
void process_finish(struct process *process) __noreturn;

/* ---- looking ---- */

/* What can be seen of a process. */
struct process_info {
	u32 pid;
	char name[PROCESS_NAME_BYTES];
	const struct granule *granule;
	u32 thread; /* the number of its first one */
	u32 tasks;
	u64 resident_bytes;
	u64 table_bytes;
	u64 mapped_bytes;
	u64 mappings;
	u64 faults;
	bool ended; /* then the figures are 0 */
};

/* process_read - what the process with the lowest number above `after` is like; false: no more. */
bool process_read(u32 after, struct process_info *info);

/*
 * process_look - visit(space, context) for the space of a process, which stays meanwhile.
 *
 * False: there is no such process, or it has ended. Sleeps, and `visit` may.
 */
bool process_look(u32 pid, void (*visit)(struct space *space, void *context), void *context);

/* A signal to a process by its number; SIGKILL ends it. False: there is none. Sleeps. */
bool process_signal_by_number(u32 pid, unsigned signal);

#endif
