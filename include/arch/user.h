/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EL0: programs run there, each in a space of its own with a granule of its own.
 *
 * What is loaded for a thread that runs a program (struct user_state) goes with its FP registers:
 * the scheduler's switch between kernel threads costs nothing more than before. While no such
 * thread runs on a CPU, TTBR0 points to a root that is all zeroes, under an ASID that no space has.
 *
 * The kernel reaches user memory by the copies below alone, with unprivileged accesses (LDTR,
 * STTR): they may do what the program may, and no more. Any other access to the lower half of the
 * addresses by the kernel faults: by PAN, and on a CPU without that because TTBR0 points to zeroes
 * whenever the kernel runs and copies nothing.
 *
 * Page size enters by the space's granule alone.
 *
 * Source: Arm ARM (DDI 0487, J.a), "TTBR0_EL1", "TCR_EL1", "SCTLR_EL1", "About PSTATE.PAN",
 * "Load/Store unprivileged".
 */
#ifndef ARCH_USER_H
#define ARCH_USER_H

#include <arch/context.h>
#include <arch/fp.h>
#include <arch/pgtable.h>
#include <kernel/compiler.h>
#include <kernel/types.h>

/* Bits of an address that a program's tables resolve, at every granule. */
#define USER_VA_BITS 48
#define USER_VA_END  (1ULL << USER_VA_BITS)

/* ---- spaces ---- */

/* A space, as registers see it. */
struct arch_space {
	u64 ttbr0; /* its root, and its ASID above that */
	u64 tcr;   /* T0SZ, TG0 and how its tables are walked */
	u16 asid;
};

/*
 * arch_space_init - take an ASID for the space of these tables: its own until arch_space_exit.
 *
 * Returns 0, or -EAGAIN: as many spaces are there as the CPUs have ASIDs, 255 or 65,535 less the
 * kernel's one. Any context but an interrupt's.
 */
int arch_space_init(struct arch_space *space, const struct pgtable *pt) __must_check;

/*
 * arch_space_exit - no TLB of any CPU holds anything of the space on return; the ASID is free.
 *
 * The space is loaded on no CPU any more. Before its tables are freed.
 */
void arch_space_exit(struct arch_space *space);

/* ---- what runs at EL0 ---- */

/* Of a thread that runs a program: thread->fp points to the first member. */
struct user_state {
	struct fp_state fp; /* fp.user is set */
	struct arch_space *space;
	u64 thread_pointer; /* TPIDR_EL0, while it doesn't run */
};

/* What a program wanted that it doesn't get. */
struct user_fault {
	u8 signal;   /* Linux's number */
	u8 code;     /* in siginfo */
	u64 address; /* in siginfo: what it touched, or where it ran */
	u64 esr;
};

/* Who touched user memory, and how. */
enum user_access {
	USER_READ,
	USER_WRITE,
	USER_EXECUTE,
};

/*
 * What the storeys above do for programs. Set once, before one runs. All are called with interrupts
 * open, on the thread's own stack, and may sleep.
 */
struct user_ops {
	/* A system call: its number in x8, arguments in x0 to x5. The result goes to x0. */
	s64 (*system_call)(struct regs *regs);
	/* The program, or a copy, touched `va`. 0: do it again. Else what it is, in *fault. */
	bool (*touch)(u64 va, enum user_access access, struct user_fault *fault);
	/* A fault that nobody mended: the program gets a signal, or ends. */
	void (*fault)(struct regs *regs, const struct user_fault *fault);
	/*
	 * cpu->attention was set, and is cleared: look what awaits the program that runs here,
	 * before it goes on.
	 */
	void (*attend)(struct regs *regs);
};

extern struct user_ops user_ops;

/*
 * user_init - what EL0 needs of this machine; spaces and programs may come.
 *
 * Once, before the first space. Says by a line what programs may learn that they should not.
 */
void user_init(void);

/*
 * user_begin - this thread runs a program from here on: `state` is loaded.
 * user_end   - not any more: nothing of it is.
 */
void user_begin(struct user_state *state);
void user_end(void);

/* What this thread's program has in the registers now is copied, for another thread of it. */
void user_copy_state(struct user_state *state);

/*
 * user_enter - to EL0 for the first time, with these registers: their pstate is EL0's.
 *
 * `stack_top` is the end of this thread's stack: what lies there is forgotten. `regs` isn't there.
 */
void user_enter(const struct regs *regs, u64 stack_top) __noreturn;

/*
 * Something awaits the program of this thread: it looks, with user_ops.attend, before it is at EL0
 * again. Any context. Of the thread's own: this_cpu()->attention = true. A thread that gets a CPU
 * looks anyway.
 */
void user_call_thread(const struct thread *thread);

/* ---- copies ---- */

/*
 * user_copy_in, user_copy_out - between the kernel and the memory of the program that runs.
 *
 * Any address, length and alignment; pages come when they are touched. Returns how many of the
 * bytes, the last ones, could NOT be copied: 0 is success. May sleep; no spin lock is held.
 */
u64 user_copy_in(void *to, u64 from, u64 bytes) __must_check;
u64 user_copy_out(u64 to, const void *from, u64 bytes) __must_check;

/* The same: zeroes. */
u64 user_zero(u64 to, u64 bytes) __must_check;

/*
 * user_copy_string - a string that ends in NUL: returns its length without that.
 *
 * -EFAULT, and -ENAMETOOLONG if there is no NUL in the first `most` bytes.
 */
s64 user_copy_string(char *to, u64 from, u64 most) __must_check;

#endif
