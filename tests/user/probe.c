/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accesses that may fault. The handler returns in place of probe, whose callers see what happened.
 * It returns to no kernel, so rt_sigreturn is not needed; it doesn't block its signal
 * (SA_NODEFER), so neither is rt_sigprocmask.
 *
 * Neighbours: probe.h.
 */
#include "probe.h"

enum { FLAGS_SIGINFO = 4, FLAGS_NODEFER = 0x40000000, MASK_BYTES = 8 };

struct action {
	void (*handler)(int, const int *, void *);
	uint64_t flags;
	void *restorer;
	uint64_t mask;
};

/*
 * Neither probe nor on_fault changes a register that a function has to keep, so frame, link and
 * stack are all that has to be put back. What is jumped to may be anywhere, and has to fault at
 * once.
 */
__asm__(".local	probe_back\n"
	".comm	probe_back, 24, 8\n"
	".globl	probe\n"
	"probe:\n"
	"	adrp	x4, probe_back\n"
	"	add	x4, x4, :lo12:probe_back\n"
	"	mov	x5, sp\n"
	"	stp	x29, x30, [x4]\n"
	"	str	x5, [x4, #16]\n"
	"	mov	w6, #5\n"
	"	cmp	w1, #1\n"
	"	b.eq	1f\n"
	"	b.hi	2f\n"
	"	ldrb	w6, [x0]\n"
	"	strb	w6, [x2]\n"
	"	mov	w0, #0\n"
	"	ret\n"
	"1:	strb	w6, [x0]\n"
	"	mov	w0, #0\n"
	"	ret\n"
	"2:	br	x0\n"
	"on_fault:\n"
	"	ldr	w2, [x1, #8]\n"
	"	orr	w0, w0, w2, lsl #8\n"
	"	adrp	x4, probe_back\n"
	"	add	x4, x4, :lo12:probe_back\n"
	"	ldp	x29, x30, [x4]\n"
	"	ldr	x5, [x4, #16]\n"
	"	mov	sp, x5\n"
	"	ret\n");

void on_fault(int number, const int *info, void *context);

int probe_init(void)
{
	const struct action action = { .handler = on_fault,
				       .flags = FLAGS_SIGINFO | FLAGS_NODEFER };
	const int signals[] = { SIGNAL_SEGV, SIGNAL_BUS, SIGNAL_ILL };

	for (int i = 0; i < 3; i++)
		if (call_failed(CALL(CALL_RT_SIGACTION, signals[i], &action, 0, MASK_BYTES)))
			return 0;
	return 1;
}
