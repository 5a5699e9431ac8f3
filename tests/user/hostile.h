/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostile: what a program may try against its kernel. It survives, gets the errors that Linux
 * gives, and reads nothing of the kernel's; the last line is "hostile: N calls, seed S".
 *
 *     hostile [SEED [ROUNDS]]
 *     hostile SEED SECONDSs           so long, rather than so many rounds
 *     hostile SEED ROUNDS THREADS     with so many more threads, 15 at most
 *
 * Neighbours: hostile_calls.c has each call with each bad pointer, hostile_fuzz.c sequences of
 * calls that a seed decides, hostile_threads.c threads that make them. An answer of ENOSYS is right
 * everywhere.
 */
#ifndef USER_HOSTILE_H
#define USER_HOSTILE_H

#include "bare.h"
#include "print.h"

enum { HOSTILE_BLOCK = 64 * 1024, HOSTILE_ARENA = 64 * HOSTILE_BLOCK };

struct hostile {
	uint64_t calls, wrong;
	uint64_t answered;    /* calls without an error */
	unsigned threads;     /* more than one, that make calls at random */
	int own_file, folder; /* open for reading, or an error's number */
	uint64_t good;        /* HOSTILE_BLOCK bytes that may be read and written */
	uint64_t hole; /* nothing is mapped there; what lies before may be read and written */
	uint64_t read_only, no_access;
	uint64_t arena;        /* HOSTILE_ARENA bytes to map, unmap and change at will */
	uint64_t pointers[16]; /* none of them leads to memory of the program */
	uint64_t kernel[8];    /* those that the kernel has for itself */
	int pointer_count, kernel_count;
};

extern struct hostile hostile;

/* A call, counted. */
#define TRY(...) hostile_counted(CALL(__VA_ARGS__))

static inline long hostile_counted(long answer)
{
	__atomic_fetch_add(&hostile.calls, 1, __ATOMIC_RELAXED);
	if (!call_failed(answer))
		__atomic_fetch_add(&hostile.answered, 1, __ATOMIC_RELAXED);
	return answer;
}

/* Something went wrong: said, and the program ends with status 1, later. */
void hostile_wrong(const char *what, uint64_t argument, long answer);

void hostile_calls(void);
/* `rounds` calls, or what comes within `seconds`, if that isn't 0. */
void hostile_fuzz(uint64_t seed, uint64_t rounds, uint64_t seconds, uint64_t threads);
/* One of them: any thread. */
void hostile_fuzz_round(void);

/* Numbers that a seed decides: of each thread. */
struct hostile_random {
	uint64_t state;
};

/* The thread pointer leads there. */
static inline struct hostile_random *hostile_random_here(void)
{
	struct hostile_random *random;

	__asm__ volatile("mrs %0, tpidr_el0" : "=r"(random));
	return random;
}

uint64_t hostile_random64(void);
uint64_t hostile_below(uint64_t count);
/* In the arena, or a pointer that leads nowhere. */
uint64_t hostile_spot(void);

/* So many beside this one begin; those that have ended do again; and the end of all. */
void hostile_threads_begin(uint64_t threads);
void hostile_threads_look(void);
void hostile_threads_end(void);
/* Calls that take several threads, or none. */
void hostile_threads_round(void);

#endif
