/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process for host tests of its system calls: its memory is an array, its space notes what is
 * asked of it, and its end is a jump.
 */
#ifndef FAKE_PROCESS_H
#define FAKE_PROCESS_H

#include <setjmp.h>
#include <string.h>

#include <kernel/process.h>

#include "archive.h"

/* Its memory: readable and writable; all else faults. A multiple of each page size. */
#define USER_BASE  0x200000ULL
#define USER_BYTES 0x40000ULL
#define USER_LAST  (USER_BASE + USER_BYTES)
extern u8 user_memory[USER_BYTES];

static inline void *user_at(u64 at)
{
	return user_memory + (at - USER_BASE);
}

extern struct process process;
extern struct task task; /* its only one */
extern struct lock_class lock_class_process;
extern struct regs process_regs;
extern struct archive process_initrd;

/* As one begins, at this page shift, with the initrd as it is. */
void process_begin(unsigned shift);

/* Another member of the initrd that begins next; process_initrd.size = 0: none so far. */
void process_add(const char *name, u32 mode, const char *data);

/* At the page shift of the test, with /etc/text (12345), /bin/program, and a link to the former. */
void process_begin_with_files(void);

/* A string in its memory, for a call. */
#define PROCESS_PATH_AT USER_BASE
static inline u64 process_path(const char *name)
{
	strcpy(user_at(PROCESS_PATH_AT), name);
	return PROCESS_PATH_AT;
}

/* With 4K pages, as a fault finds it: registers that tell themselves apart, FP's at random. */
#define PROCESS_TOP (USER_LAST - 4096)
void process_begin_at_fault(void);
extern struct fp_state host_fp;

/* It handles the signal, by code at PROCESS_HANDLER. */
#define PROCESS_HANDLER 0x400000u
void process_handle(unsigned signal, u64 flags);

/* Everything is given back: fails if something isn't. */
void process_end(void);

/* A system call, with up to six arguments. */
#define CALL(name, ...) syscall_##name(&process, (const u64[6]){ __VA_ARGS__ })

/* What it wrote to descriptors 1 and 2. */
extern char process_said[1 << 16];
extern size_t process_said_bytes;

/* Runs `statement`; the signal that it dies of, 0 if it doesn't, -1 - code if it exits. */
#define PROCESS_ENDS(statement)            \
	({                                 \
		process_ended = 0;         \
		if (!setjmp(process_jump)) \
			statement;         \
		process_ended;             \
	})
extern jmp_buf process_jump;
extern int process_ended;

/* The calls on its space, as lines: "map at bytes prot flags". Their answer is space_answer. */
extern char space_asked[4096];
extern int space_answer;
extern struct space_view space_views[8];
extern unsigned space_view_count;

/* Of kmalloc: pieces there are, how often it was asked, and which time fails (0: none). */
extern u64 heap_live, heap_asked, heap_fail_at;

extern u64 process_now_ns;

/* What happens while it sleeps for as long as it takes; NULL: SIGTERM comes. */
extern void (*process_asleep)(void);

#endif
