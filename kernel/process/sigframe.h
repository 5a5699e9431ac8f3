/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a signal handler finds on its stack, as Linux lays it out on arm64, and how it gets back.
 *
 *   sp of before (or the end of the other stack)
 *     two words: x29, x30        a frame record, for backtraces; x29 points to it in the handler
 *     struct sigframe            siginfo, ucontext; sp points to it in the handler
 *
 * The ucontext ends in 4096 bytes of records with a magic number and a length each: FP registers,
 * ESR_EL1 after a fault, and one of zeroes. What is after that is left as it was.
 *
 * A frame comes back from the program, and may say anything: what of it can't be the state of a
 * program kills by SIGSEGV, as on Linux.
 *
 * Source: Linux 6.12, sigcontext.h and ucontext.h of arm64.
 */
#ifndef PROCESS_SIGFRAME_H
#define PROCESS_SIGFRAME_H

#include <kernel/assert.h>
#include <kernel/process.h>

#define SIGFRAME_FP_MAGIC  0x46508001u
#define SIGFRAME_ESR_MAGIC 0x45535201u

struct sigframe_record {
	u64 fp, lr;
};

struct sigframe_head {
	u32 magic;
	u32 bytes; /* of the record, with its head */
};

struct signal_stack {
	u64 at;
	u32 flags;
	u32 pad;
	u64 bytes;
};

struct sigframe_fp {
	struct sigframe_head head;
	u32 fpsr, fpcr;
	u8 v[32][16];
};

struct sigframe_esr {
	struct sigframe_head head;
	u64 esr;
};

/* struct siginfo: what of it has a meaning for a fault, or for kill. */
struct sigframe_info {
	s32 signal;
	s32 error;
	s32 code;
	s32 pad;
	u64 address; /* by kill: the sender's pid and uid, in 32 bits each */
	u8 unused[104];
};
BUILD_ASSERT(sizeof(struct sigframe_info) == 128);

#define SIGFRAME_RECORDS_BYTES (4 * KiB) /* what struct sigcontext has for them */

struct sigframe {
	struct sigframe_info info;
	/* struct ucontext */
	u64 flags, link;
	struct signal_stack stack;
	u64 mask;
	u8 unused[128];
	/* struct sigcontext, aligned to 16 */
	u64 fault_address;
	u64 x[31];
	u64 sp, pc, pstate;
	u64 pad;
	/* its records, as far as they are written */
	struct sigframe_fp fp;
	union {
		struct {
			struct sigframe_esr esr;
			struct sigframe_head end;
		} fault;
		struct sigframe_head end;
	} rest;
	u64 pad_end;
} __aligned(16);

#define SIGFRAME_CONTEXT offsetof(struct sigframe, flags)
#define SIGFRAME_RECORDS offsetof(struct sigframe, fp)
#define SIGFRAME_BYTES   (SIGFRAME_RECORDS + SIGFRAME_RECORDS_BYTES)
BUILD_ASSERT(offsetof(struct sigframe, fault_address) == SIGFRAME_CONTEXT + 176);
BUILD_ASSERT(SIGFRAME_RECORDS == SIGFRAME_CONTEXT + 176 + 288);
BUILD_ASSERT(SIGFRAME_BYTES == 4688);

/*
 * sigframe_write - a frame on the stack that ends at `top`, and regs go on in the handler.
 *
 * `mask` is what comes back. False: the stack can't be written; regs are as they were.
 */
bool sigframe_write(struct task *t, const struct sigframe_info *info,
		    const struct signal_action *action, u64 top, u64 mask, bool fault) __must_check;

/*
 * sigframe_read - everything of the frame at regs->sp, or nothing: regs, FP registers.
 *
 * *mask and *stack are what it says of these. False: no program's state is like that.
 */
bool sigframe_read(struct task *t, u64 *mask, struct signal_stack *stack) __must_check;

/* ---- kernel/process/signal.c, for the system calls ---- */

#define SIGNAL_UNBLOCKABLE (signal_bit(SIGNAL_KILL) | signal_bit(SIGNAL_STOP))

/* `old` is what it was; with `action` it is that from here on. */
void signal_set_action(struct process *p, unsigned signal, const struct signal_action *action,
		       struct signal_action *old);
void signal_set_mask(struct task *t, u64 mask);

/* Frees the other stack for the time of a handler: of signal_stack.flags. */
#define SS_AUTODISARM 0x80000000u

/* Does `sp` lie in the other stack? */
bool signal_is_on_stack(const struct task *t, u64 sp);

/* The other stack, with `sp` in use. -EPERM: so is it; -EINVAL; -ENOMEM: too small. */
void signal_get_stack(const struct task *t, u64 sp, struct signal_stack *stack);
int signal_set_stack(struct task *t, u64 sp, const struct signal_stack *stack);

/* Back from a handler: regs are as its frame says. What isn't a frame is a fault, and kills. */
void signal_return(struct task *t);

#endif
