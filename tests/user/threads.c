/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threads: POSIX threads, as a C library makes them of clone, futex, signals and robust lists. What
 * threads do to one another ends in one result, however they meet: it is checked. Prints a line for
 * each thing that isn't so, and at the end "threads: N things"; status 1 if one was wrong. It ends
 * while others of its threads compute, wait, sleep and map memory.
 *
 * Neighbours: threads.rs, the same from Rust; signals.c has what one thread's handler finds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
	THREADS = 8,
	ROUNDS = 500,
	SHARED_PAGES = 16,
	SENT_BYTES = 100000,
	GENERATIONS = 20,
	STACK_BYTES = 256 * 1024,
};

static int wrong, things;
static size_t page;

static void check(const char *what, int right)
{
	things++;
	if (right)
		return;
	wrong++;
	printf("not as on Linux: %s\n", what);
}

/* Ends a program that could only go on wrongly. */
static void must(const char *what, int error)
{
	if (!error)
		return;
	printf("not as on Linux: %s: %s\n", what, strerror(error));
	exit(1);
}

static pthread_t start(void *(*body)(void *), void *context)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	must("pthread_create", pthread_create(&thread, &attributes, body, context));
	pthread_attr_destroy(&attributes);
	return thread;
}

static void *end_of(pthread_t thread)
{
	void *result;

	must("pthread_join", pthread_join(thread, &result));
	return result;
}

/* Runs the body in all threads at once, each with its number. Returns the sum of their results. */
static uintptr_t run_all(void *(*body)(void *))
{
	pthread_t threads[THREADS];
	uintptr_t sum = 0;

	for (uintptr_t i = 0; i < THREADS; i++)
		threads[i] = start(body, (void *)i);
	for (int i = 0; i < THREADS; i++)
		sum += (uintptr_t)end_of(threads[i]);
	return sum;
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* ---- each its own, and all the same ---- */

static _Thread_local uint64_t own = 0x1234;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t counted;

static void *count(void *number)
{
	int right = own == 0x1234;

	own = (uintptr_t)number;
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&lock);
		counted++;
		pthread_mutex_unlock(&lock);
		if (i % 100 == 0)
			sched_yield();
	}
	return (void *)(uintptr_t)(right && own == (uintptr_t)number);
}

/* ---- one after the other ---- */

static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static uintptr_t turn;

static void *take_turns(void *number)
{
	pthread_mutex_lock(&lock);
	for (int i = 0; i < ROUNDS / 5; i++) {
		while (turn % THREADS != (uintptr_t)number)
			pthread_cond_wait(&turned, &lock);
		turn++;
		pthread_cond_broadcast(&turned);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* ---- faults of several threads on the same pages ---- */

static pthread_barrier_t together;
static uint8_t *shared;

static void *fill(void *number)
{
	uintptr_t own_part = (uintptr_t)number * (page / THREADS);

	for (size_t i = 0; i < SHARED_PAGES; i++) {
		pthread_barrier_wait(&together);
		memset(shared + i * page + own_part, (int)((uintptr_t)number + i), page / THREADS);
	}
	return NULL;
}

static int is_filled(void)
{
	for (size_t i = 0; i < SHARED_PAGES * page; i++)
		if (shared[i] != (uint8_t)(i % page / (page / THREADS) + i / page))
			return 0;
	return 1;
}

static void fault_together(void)
{
	pthread_barrier_init(&together, NULL, THREADS);
	shared = mmap(NULL, SHARED_PAGES * page, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must("mmap", shared == MAP_FAILED ? errno : 0);
	run_all(fill);
	check("what threads wrote to the same new pages", is_filled());
	madvise(shared, SHARED_PAGES * page, MADV_DONTNEED);
	for (size_t i = 0; i < SHARED_PAGES; i++)
		check("a page that was given back, of zeros", shared[i * page] == 0);
	run_all(fill);
	check("what threads wrote to the same pages of zeros", is_filled());
	munmap(shared, SHARED_PAGES * page);
}

/* ---- memory that comes and goes ---- */

static void *map_and_unmap(void *number)
{
	uintptr_t right = 1;

	for (int i = 0; i < ROUNDS / 10; i++) {
		uint8_t *at = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at == MAP_FAILED)
			return NULL;
		for (size_t k = 0; k < 4; k++)
			right &= at[k * page] == 0;
		memset(at, (int)(uintptr_t)number + 1, 4 * page);
		mprotect(at, page, PROT_READ);
		munmap(at + page, page);
		right &= at[page - 1] == (uintptr_t)number + 1;
		right &= at[4 * page - 1] == (uintptr_t)number + 1;
		munmap(at, 4 * page);
	}
	return (void *)right;
}

/* ---- a pipe from one thread to another ---- */

static int ends[2];

static void *send(void *none)
{
	uint8_t bytes[1000];

	for (int sent = 0; sent < SENT_BYTES; sent += (int)sizeof(bytes)) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)((size_t)sent + i);
		if (write(ends[1], bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes))
			return NULL;
	}
	close(ends[1]);
	return none;
}

static void through_a_pipe(void)
{
	uint8_t bytes[777];
	int got = 0, right = 1;
	pthread_t sender;
	ssize_t length;

	must("pipe", pipe(ends) ? errno : 0);
	sender = start(send, NULL);
	while ((length = read(ends[0], bytes, sizeof(bytes))) > 0) {
		for (int i = 0; i < length; i++)
			right &= bytes[i] == (uint8_t)(got + i);
		got += (int)length;
	}
	end_of(sender);
	close(ends[0]);
	check("what comes through a pipe", right && got == SENT_BYTES && !length);
}

/* ---- signals to threads ---- */

static _Thread_local volatile sig_atomic_t caught;
static atomic_int ready;

static void note_signal(int number)
{
	caught = number;
}

static void *compute_until_signal(void *none)
{
	(void)none;
	ready = 1;
	while (!caught)
		;
	return (void *)(uintptr_t)caught;
}

static void *sleep_until_signal(void *none)
{
	const struct timespec long_time = { .tv_sec = 1000 };
	int ended;

	(void)none;
	ready = 1;
	do
		ended = nanosleep(&long_time, NULL);
	while (!caught);
	return (void *)(uintptr_t)(ended && errno == EINTR ? caught : 0);
}

static void *read_on(void *none)
{
	char byte = 0;

	(void)none;
	ready = 1;
	return (void *)(uintptr_t)(read(ends[0], &byte, 1) == 1 ? byte : 0);
}

static pthread_t start_ready(void *(*body)(void *))
{
	pthread_t thread;

	ready = 0;
	thread = start(body, NULL);
	while (!ready)
		sched_yield();
	return thread;
}

static void signal_threads(void)
{
	pthread_t thread;

	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = note_signal }, NULL);
	sigaction(SIGUSR2, &(struct sigaction){ .sa_handler = note_signal, .sa_flags = SA_RESTART },
		  NULL);

	thread = start_ready(compute_until_signal);
	pthread_kill(thread, SIGUSR1);
	check("a signal to a thread that computes", end_of(thread) == (void *)SIGUSR1);

	thread = start_ready(sleep_until_signal);
	sleep_ms(5);
	pthread_kill(thread, SIGUSR1);
	check("a signal to a thread that sleeps", end_of(thread) == (void *)SIGUSR1);

	must("pipe", pipe(ends) ? errno : 0);
	thread = start_ready(read_on);
	sleep_ms(5);
	pthread_kill(thread, SIGUSR2);
	sleep_ms(5);
	must("write", write(ends[1], "x", 1) == 1 ? 0 : EIO);
	check("a read that goes on after a signal", end_of(thread) == (void *)'x');

	thread = start_ready(read_on);
	sleep_ms(5);
	pthread_cancel(thread);
	check("a thread that is cancelled while it reads", end_of(thread) == PTHREAD_CANCELED);
	close(ends[0]);
	close(ends[1]);
	check("no signal to this one", !caught);
}

/* ---- time that runs out, and an owner that dies ---- */

static pthread_mutex_t robust;

static void *die_with_it(void *none)
{
	pthread_mutex_lock(&robust);
	return none;
}

static void wait_in_vain(void)
{
	pthread_mutexattr_t attributes;
	struct timespec before, until;
	sem_t none;

	sem_init(&none, 0, 0);
	clock_gettime(CLOCK_REALTIME, &before);
	until = before;
	until.tv_nsec += 20000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	check("sem_timedwait", sem_timedwait(&none, &until) && errno == ETIMEDOUT);
	clock_gettime(CLOCK_REALTIME, &before);
	check("it waited until then",
	      before.tv_sec > until.tv_sec ||
		      (before.tv_sec == until.tv_sec && before.tv_nsec >= until.tv_nsec));

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &attributes);
	end_of(start(die_with_it, NULL));
	check("a mutex whose owner has died", pthread_mutex_lock(&robust) == EOWNERDEAD);
	check("it can be mended", !pthread_mutex_consistent(&robust));
}

/* ---- many lives, and the end ---- */

static void *nothing(void *number)
{
	return number;
}

static _Noreturn void *compute(void *none)
{
	(void)none;
	ready = 1;
	for (;;)
		;
}

static _Noreturn void *map_for_ever(void *none)
{
	ready = 1;
	for (;;)
		map_and_unmap(none);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	page = (size_t)sysconf(_SC_PAGESIZE);
	check("each thread's own variable", run_all(count) == THREADS);
	check("what all counted", counted == THREADS * ROUNDS);
	run_all(take_turns);
	check("turns", turn == THREADS * (ROUNDS / 5));
	fault_together();
	check("memory that comes and goes", run_all(map_and_unmap) == THREADS);
	through_a_pipe();
	signal_threads();
	wait_in_vain();
	for (int i = 0; i < GENERATIONS; i++)
		check("results", run_all(nothing) == THREADS * (THREADS - 1) / 2);

	printf("threads: %d things\n", things);
	start_ready(compute);
	start_ready(map_for_ever);
	start_ready(sleep_until_signal);
	must("pipe", pipe(ends) ? errno : 0);
	start_ready(read_on);
	return wrong != 0;
}
