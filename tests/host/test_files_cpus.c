// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads of a process on several CPUs use its descriptors at once: some write to a pipe and others
 * read from it, some add to a counter that others wait for by an epoll, and some open and close.
 *
 * Machine: many CPUs
 * Sources: kernel/sched/sched.c kernel/sched/wait.c kernel/sched/mutex.c kernel/sched/timer.c
 * Sources: kernel/sched/ipi.c kernel/thread/thread.c kernel/thread/cpus.c
 * Sources: kernel/thread/cpus_off.c lib/cpu_option.c lib/cmdline.c lib/parse.c lib/sha256.c
 * Sources: kernel/process/files.c kernel/process/file.c kernel/process/file_watch.c
 * Sources: kernel/process/bell.c kernel/process/pipe.c kernel/process/pipe_bytes.c
 * Sources: kernel/process/eventfd.c kernel/process/epoll.c kernel/process/epoll_change.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <many_cpus.h>

#include <cmocka.h>

#include <arch/counter.h>
#include <arch/fp.h>
#include <kernel/errno.h>
#include <kernel/output.h>
#include <kernel/process.h>
#include <kernel/terminal.h>
#include <kernel/thread.h>
#include <mm/kmalloc.h>

#include "../../kernel/process/calls.h"
#include "../../kernel/process/event.h"
#include "../../kernel/process/pipe.h"
#include "../../kernel/process/watch.h"

#define RECORDS 2000u
#define TOKENS  1500u

enum { READS, WRITES, COUNTER, EPOLL, FIRST_OWN, LIMIT = 24 };

static struct files *files;
static u32 written, read_sum, taken, broken;

static struct worker {
	struct process process;
	struct task task;
	void (*work)(struct worker *worker);
	u64 random;
	struct thread *thread;
} workers[10];

static u64 random_of(struct worker *worker, u64 limit)
{
	return many_cpus_random(&worker->random, limit);
}

/* ---- what it uses of the rest of the kernel ---- */

void arch_fp_save(struct fp_state *state)
{
	(void)state;
}

void arch_fp_load(const struct fp_state *state)
{
	(void)state;
}

u64 user_copy_in(void *to, u64 from, u64 bytes)
{
	memcpy(to, (const void *)(uintptr_t)from, bytes);
	return 0;
}

u64 user_copy_out(u64 to, const void *from, u64 bytes)
{
	memcpy((void *)(uintptr_t)to, from, bytes);
	return 0;
}

u64 user_zero(u64 to, u64 bytes)
{
	memset((void *)(uintptr_t)to, 0, bytes);
	return 0;
}

bool signal_is_pending(const struct task *task)
{
	(void)task;
	return false;
}

s64 signal_interrupted(struct task *t, enum signal_restart how)
{
	(void)t, (void)how;
	return -EINTR;
}

int signal_send_task(struct process *p, u32 number, unsigned signal, int code)
{
	(void)p, (void)number, (void)signal, (void)code;
	many_cpus_add(&broken, 1);
	return 0;
}

struct file *terminal_open(struct terminal *terminal)
{
	(void)terminal;
	return NULL;
}

u64 process_random(void)
{
	return 1;
}

void process_last_words(struct process *p, unsigned descriptor, const char *text, u64 bytes)
{
	(void)p, (void)descriptor, (void)text, (void)bytes;
}

char *proc_text(struct process *p, enum path_text which, u64 *bytes)
{
	(void)p, (void)which, (void)bytes;
	return NULL;
}

struct path_index *path_index_create(const char *program)
{
	(void)program;
	return kmalloc(1, 0);
}

void path_index_destroy(struct path_index *index)
{
	kfree(index);
}

int path_walk(const struct path_index *index, struct path_walk *walk, bool follow,
	      struct path_node *node, bool *parent)
{
	(void)index, (void)walk, (void)follow, (void)node, (void)parent;
	return -ENOENT;
}

const struct space_source *path_source(const struct path_node *node)
{
	(void)node;
	return NULL;
}

/* ---- what threads do ---- */

static s64 transfer(struct worker *worker, u64 descriptor, bool writes, void *at, u64 bytes)
{
	struct file *file = files_get(files, descriptor);
	s64 done;

	MUST(file);
	done = writes ? file_write(&worker->process, file, (uintptr_t)at, bytes)
		      : file_read(&worker->process, file, (uintptr_t)at, bytes, 0);
	files_let_go(files, file);
	many_cpus_alive();
	return done;
}

/* Numbers, several at a time, now and then more than the pipe has room for. */
static void write_numbers(struct worker *worker)
{
	static const u32 numbers[40000];
	u32 left = RECORDS * 20;

	while (left) {
		u64 some = random_of(worker, 40) ? 1 + random_of(worker, 5) : 30000;
		u64 bytes;

		some = MIN(some, (u64)left);
		bytes = some * sizeof(numbers[0]);
		MUST(transfer(worker, WRITES, true, (void *)(uintptr_t)numbers, bytes) ==
		     (s64)bytes);
		many_cpus_add(&written, (u32)bytes);
		left -= (u32)some;
	}
}

static void read_numbers(struct worker *worker)
{
	u8 bytes[4000];
	s64 some;

	while ((some = transfer(worker, READS, false, bytes, 1 + random_of(worker, 4000)))) {
		MUST(some > 0);
		many_cpus_add(&read_sum, (u32)some);
	}
}

static void add_tokens(struct worker *worker)
{
	u64 one = 1;

	for (unsigned i = 0; i < TOKENS; i++) {
		MUST(transfer(worker, COUNTER, true, &one, sizeof(one)) == sizeof(one));
		if (!random_of(worker, 4))
			sched_yield();
	}
}

/* Who takes the last one lets the others know by more. */
static void take_tokens(struct worker *worker)
{
	u64 more = 10, one;

	while (many_cpus_load(&taken) < 2 * TOKENS) {
		struct file *epoll = files_get(files, EPOLL);
		struct epoll_event events[3];
		s64 count = epoll_wait(&worker->process, epoll, (uintptr_t)events, 3, WAIT_FOREVER);

		files_let_go(files, epoll);
		MUST(count > 0);
		if (transfer(worker, COUNTER, false, &one, sizeof(one)) == sizeof(one))
			many_cpus_add(&taken, 1);
	}
	MUST(transfer(worker, COUNTER, true, &more, sizeof(more)) == sizeof(more));
}

/* Files that come and go, and are looked at meanwhile. */
static void open_and_close(struct worker *worker)
{
	while (many_cpus_load(&taken) < 2 * TOKENS) {
		struct epoll_event event = { .events = POLL_IN };
		struct file *file, *epoll = files_get(files, EPOLL);
		s64 at = file_give_descriptor(&worker->process, eventfd_create(0, false, 0), false);

		MUST(at >= FIRST_OWN || at == WRITES || at == -EMFILE);
		file = files_get(files, FIRST_OWN + random_of(worker, LIMIT - FIRST_OWN));
		if (file) {
			s64 err = epoll_change(epoll, EPOLL_ADD, file, 7, &event);

			MUST(!err || err == -EEXIST);
			MUST(!(file_ready(file) & POLL_IN));
		}
		files_let_go(files, file);
		files_let_go(files, epoll);
		if (at >= 0 && random_of(worker, 4))
			(void)files_close(files, (u64)at);
		(void)files_close(files, FIRST_OWN + random_of(worker, LIMIT - FIRST_OWN));
		many_cpus_alive();
	}
}

static void run(void *argument)
{
	struct worker *worker = argument;
	u64 saved = irq_save();

	this_thread()->fp = &worker->task.user.fp;
	arch_fp_own(this_thread()->fp);
	irq_restore(saved);
	worker->work(worker);
}

static void say_nothing(unsigned descriptor, const char *text, u64 bytes)
{
	(void)descriptor, (void)text, (void)bytes;
}

static void open_all(struct process *p)
{
	static const struct output silent = { say_nothing };
	struct files_setup setup = { .path = "/x", .out = &silent };
	struct epoll_event event = { .events = POLL_IN };
	struct file *reads, *writes;

	files = p->files = files_create(&setup);
	for (unsigned i = 0; i < 3; i++)
		MUST(!files_close(files, i));
	MUST(!pipe_create(4096, 0, &reads, &writes));
	MUST(file_give_descriptor(p, reads, false) == READS);
	MUST(file_give_descriptor(p, writes, false) == WRITES);
	MUST(file_give_descriptor(p, eventfd_create(0, true, OPEN_NONBLOCK), false) == COUNTER);
	MUST(file_give_descriptor(p, epoll_create(), false) == EPOLL);
	MUST(!epoll_change(files_get(files, EPOLL), EPOLL_ADD, files_get(files, COUNTER), COUNTER,
			   &event));
	files_share(files);
}

static void all_at_once(void **state)
{
	static void (*const works[])(struct worker * worker) = {
		write_numbers, write_numbers, read_numbers, read_numbers, add_tokens,
		add_tokens,    take_tokens,   take_tokens,  take_tokens,  open_and_close,
	};
	u64 seed = many_cpus_seed();

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(works); i++) {
		workers[i].process.limits.limit[LIMIT_NOFILE].now = LIMIT;
		workers[i].task.bell = (struct bell)BELL;
		workers[i].work = works[i];
		workers[i].random = seed + i;
	}
	open_all(&workers[0].process);
	for (unsigned i = 0; i < ARRAY_SIZE(works); i++) {
		workers[i].process.files = files;
		workers[i].thread = many_cpus_create("worker", run, &workers[i], NULL);
	}
	thread_join(workers[0].thread);
	thread_join(workers[1].thread);
	MUST(!files_close(files, WRITES));
	for (unsigned i = 2; i < ARRAY_SIZE(works); i++)
		thread_join(workers[i].thread);
	MUST(written == read_sum && !broken);
	MUST(taken >= 2 * TOKENS);
	files_destroy(files);
	many_cpus_check();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_at_once),
	};

	many_cpus_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
