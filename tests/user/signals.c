/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signals: what a handler finds, and that everything is as it was when it has returned. Prints a
 * line for each thing that isn't as on Linux, and at the end "signals: N things"; status 1 if one
 * was wrong. `signals N` ends by signal N, `signals frame` by a frame that is none, `signals el1`
 * by one that claims EL1. `signals wait` says each signal that comes, until it is SIGUSR1.
 *
 * Neighbours: bare.h. The first argument of a handler's frame is Linux's struct rt_sigframe.
 */
#include "bare.h"
#include "print.h"

enum {
	FLAG_INFO = 4,
	FLAG_ONSTACK = 0x08000000,
	FLAG_NODEFER = 0x40000000,
	MASK_BYTES = 8,
	CALL_RT_SIGSUSPEND = 133,
	CALL_RT_SIGPENDING = 136,
	CALL_RT_SIGRETURN = 139,
	SIGNAL_INTERRUPT = 2,
	SIGNAL_QUIT = 3,
	SIGNAL_USER1 = 10,
	SIGNAL_USER2 = 12,
	SIGNAL_TERMINATE = 15,
	SET_BLOCK = 0,
	SET_UNBLOCK = 1,
	STACK_BYTES = 16384,
};

struct action {
	void *handler;
	uint64_t flags;
	void *restorer;
	uint64_t mask;
};

static int wrong, things;

static void check(const char *what, int right)
{
	struct line line = { .length = 0 };

	things++;
	if (right)
		return;
	wrong++;
	put_text(&line, "not as on Linux: ");
	put_text(&line, what);
	put_end(&line);
}

static void handle(int number, void *handler, uint64_t flags)
{
	const struct action action = { .handler = handler, .flags = flags };

	check("rt_sigaction", !CALL(CALL_RT_SIGACTION, number, &action, 0, MASK_BYTES));
}

/* ---- registers of all kinds come back ---- */

static volatile int runs;
static uint64_t seen_sp;

static void change_everything(int number)
{
	runs += number == SIGNAL_USER1;
	seen_sp = (uint64_t)__builtin_frame_address(0);
	__asm__ volatile("fmov d0, #1.0\n\tfmov d8, #2.0\n\tfmov d31, #3.0\n\t"
			 "mov x19, #0\n\tmov x9, #0\n\tmov x17, #0\n\tcmp xzr, xzr" ::
				 : "v0", "v8", "v31", "x19", "x9", "x17", "cc");
}

/* kill(self) with registers set before, and looked at after it: 0 if all are as they were. */
uint64_t send_and_look(uint64_t self, uint64_t number);
__asm__(".globl	send_and_look\n"
	"send_and_look:\n"
	"	stp	x19, x30, [sp, #-32]!\n"
	"	str	d8, [sp, #16]\n"
	"	mov	x19, #24\n"
	"	mov	x9, #8\n"
	"	mov	x17, #16\n"
	"	fmov	d0, x19\n"
	"	fmov	d8, x9\n"
	"	fmov	d31, x17\n"
	"	mov	x8, #129\n"
	"	cmp	x9, #10\n" /* N, and no Z */
	"	svc	#0\n"
	"	cset	x2, ne\n"
	"	sub	x2, x2, #1\n"
	"	orr	x0, x0, x2\n"
	"	fmov	x3, d0\n"
	"	fmov	x4, d8\n"
	"	fmov	x5, d31\n"
	"	eor	x3, x3, #24\n"
	"	eor	x4, x4, #8\n"
	"	eor	x5, x5, #16\n"
	"	eor	x19, x19, #24\n"
	"	eor	x9, x9, #8\n"
	"	eor	x17, x17, #16\n"
	"	orr	x0, x0, x3\n"
	"	orr	x0, x0, x4\n"
	"	orr	x0, x0, x5\n"
	"	orr	x0, x0, x19\n"
	"	orr	x0, x0, x9\n"
	"	orr	x0, x0, x17\n"
	"	ldr	d8, [sp, #16]\n"
	"	ldp	x19, x30, [sp], #32\n"
	"	ret\n");

static void try_registers(uint64_t self)
{
	handle(SIGNAL_USER1, change_everything, 0);
	check("registers after a handler", !send_and_look(self, SIGNAL_USER1));
	check("the handler ran", runs == 1);
}

/* ---- what a frame says ---- */

static uint64_t touched;
static int fault_code, fault_is_right;

static void on_fault(int number, const char *info, char *context)
{
	const uint64_t *machine = (const uint64_t *)(context + 176);
	const uint32_t *fp = (const uint32_t *)(context + 464);

	fault_code = *(const int *)(info + 8);
	fault_is_right = number == SIGNAL_SEGV && *(const uint64_t *)(info + 16) == touched &&
			 machine[0] == touched && info + 128 == context && fp[0] == 0x46508001 &&
			 fp[1] == 528 && fp[132] == 0x45535201;
	*(uint64_t *)(context + 176 + 8 + 8 * 31 + 8) += 4; /* go on after it */
}

static void try_faults(void)
{
	long at = map_memory(65536, PROTECT_READ);

	handle(SIGNAL_SEGV, on_fault, FLAG_INFO);
	touched = (uint64_t)at + 8;
	__asm__ volatile("str xzr, [%0]" ::"r"(touched) : "memory");
	check("a frame of a write to what is read-only", fault_is_right && fault_code == 2);
	CALL(CALL_MUNMAP, at, 65536);
	fault_is_right = 0;
	__asm__ volatile("str xzr, [%0]" ::"r"(touched) : "memory");
	check("a frame of a write to nothing", fault_is_right && fault_code == 1);
}

/* ---- blocked, and another stack ---- */

static void try_blocking(uint64_t self)
{
	uint64_t set = 1 << (SIGNAL_USER1 - 1), pending = 0;

	runs = 0;
	CALL(CALL_RT_SIGPROCMASK, SET_BLOCK, &set, 0, MASK_BYTES);
	CALL(CALL_KILL, self, SIGNAL_USER1);
	CALL(CALL_KILL, self, SIGNAL_USER1);
	CALL(CALL_RT_SIGPENDING, &pending, MASK_BYTES);
	check("a blocked signal waits", !runs && pending == set);
	CALL(CALL_RT_SIGPROCMASK, SET_UNBLOCK, &set, 0, MASK_BYTES);
	check("and comes once", runs == 1);
}

static void try_stack(uint64_t self)
{
	const uint64_t at = (uint64_t)map_memory(STACK_BYTES, PROTECT_RW);
	const uint64_t stack[3] = { at, 0, STACK_BYTES };

	check("sigaltstack", !CALL(CALL_SIGALTSTACK, stack, 0));
	handle(SIGNAL_USER1, change_everything, FLAG_ONSTACK);
	CALL(CALL_KILL, self, SIGNAL_USER1);
	check("a handler on another stack", seen_sp > at && seen_sp < at + STACK_BYTES);
	handle(SIGNAL_USER1, change_everything, 0);
	CALL(CALL_KILL, self, SIGNAL_USER1);
	check("and on its own", seen_sp < at || seen_sp > at + STACK_BYTES);
}

/* rt_sigreturn with memory that is no frame. */
static void end_by_frame(void)
{
	static uint64_t nothing[600] __attribute__((aligned(16)));

	__asm__ volatile("mov sp, %0\n\tmov x8, #139\n\tsvc #0" ::"r"(nothing) : "x8", "memory");
	__builtin_unreachable();
}

/* A frame that says that the program runs at EL1. */
static void claim_el1(int number, const char *info, char *context)
{
	(void)number, (void)info;
	*(uint64_t *)(context + 176 + 8 + 8 * 31 + 16) |= 5;
}

static void end_at_el1(uint64_t self)
{
	handle(SIGNAL_USER1, claim_el1, FLAG_INFO);
	CALL(CALL_KILL, self, SIGNAL_USER1);
}

/* ---- those of others ---- */

static void say_signal(int number)
{
	struct line line = { .length = 0 };

	runs += number == SIGNAL_USER1;
	put_text(&line, "signal ");
	put_number(&line, (uint64_t)number);
	put_end(&line);
}

static int wait_for_user1(void)
{
	const uint64_t none = 0, user1 = 1ULL << (SIGNAL_USER1 - 1);
	struct line line = { .length = 0 };

	CALL(CALL_RT_SIGPROCMASK, SET_BLOCK, &user1, 0, MASK_BYTES);
	handle(SIGNAL_INTERRUPT, say_signal, 0);
	handle(SIGNAL_QUIT, say_signal, 0);
	handle(SIGNAL_USER1, say_signal, 0);
	handle(SIGNAL_TERMINATE, say_signal, 0);
	put_text(&line, "signals: waits");
	put_end(&line);
	while (!runs)
		CALL(CALL_RT_SIGSUSPEND, &none, MASK_BYTES);
	return 0;
}

int bare_main(const struct start *start)
{
	const uint64_t self = (uint64_t)CALL(CALL_GETPID);
	struct line line = { .length = 0 };

	if (start->argc > 1 && bare_same(start->argv[1], "frame"))
		end_by_frame();
	if (start->argc > 1 && bare_same(start->argv[1], "el1"))
		end_at_el1(self);
	if (start->argc > 1 && bare_same(start->argv[1], "wait"))
		return wait_for_user1();
	if (start->argc > 1)
		return (int)CALL(CALL_KILL, self, bare_number(start->argv[1]));
	try_registers(self);
	try_faults();
	try_blocking(self);
	try_stack(self);
	put_text(&line, "signals: ");
	put_number(&line, (uint64_t)things);
	put_text(&line, " things");
	put_end(&line);
	return wrong != 0;
}
