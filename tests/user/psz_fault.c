/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accesses that may fault: a handler jumps back and says which signal it was, and why.
 *
 * Neighbours: psz.h. The handler never returns, so rt_sigreturn is not needed; it doesn't block its
 * signal (SA_NODEFER), so neither is rt_sigprocmask.
 */
#include "psz.h"

enum { FLAGS_SIGINFO = 4, FLAGS_NODEFER = 0x40000000, MASK_BYTES = 8 };

struct action {
	void (*handler)(int, const int *, void *);
	uint64_t flags;
	void *restorer;
	uint64_t mask;
};

/*
 * probe touches a byte and returns 0. A fault in it goes to on_fault, which returns in its place:
 * the signal, and its code times 256. Neither changes a register that a function has to keep, so
 * frame, link and stack are all that has to be put back.
 */
__asm__(".local	psz_back\n"
	".comm	psz_back, 24, 8\n"
	"probe:\n"
	"	adrp	x4, psz_back\n"
	"	add	x4, x4, :lo12:psz_back\n"
	"	mov	x5, sp\n"
	"	stp	x29, x30, [x4]\n"
	"	str	x5, [x4, #16]\n"
	"	mov	w6, #5\n"
	"	cbnz	w1, 1f\n"
	"	ldrb	w6, [x0]\n"
	"	strb	w6, [x2]\n"
	"	mov	w0, #0\n"
	"	ret\n"
	"1:	strb	w6, [x0]\n"
	"	mov	w0, #0\n"
	"	ret\n"
	"on_fault:\n"
	"	ldr	w2, [x1, #8]\n"
	"	orr	w0, w0, w2, lsl #8\n"
	"	adrp	x4, psz_back\n"
	"	add	x4, x4, :lo12:psz_back\n"
	"	ldp	x29, x30, [x4]\n"
	"	ldr	x5, [x4, #16]\n"
	"	mov	sp, x5\n"
	"	ret\n");

int probe(uint64_t address, int writes, unsigned char *found);
void on_fault(int number, const int *info, void *context);

void psz_fault_init(void)
{
	const struct action action = { .handler = on_fault,
				       .flags = FLAGS_SIGINFO | FLAGS_NODEFER };
	const int signals[] = { SIGNAL_SEGV, SIGNAL_BUS };

	for (int i = 0; i < 2; i++)
		if (call_failed(CALL(CALL_RT_SIGACTION, signals[i], &action, 0, MASK_BYTES)))
			psz.no_signals = 1;
}

static void say(const char *name, uint64_t address, int writes, int with_byte)
{
	unsigned char found = 0;
	char text[] = "SIGSEGV/code0";
	int fault, number;

	if (psz.no_signals || !address) {
		psz_text(name, "-");
		return;
	}
	fault = probe(address, writes, &found);
	number = fault & 0xff;
	if (number) {
		if (number == SIGNAL_BUS)
			memcpy(text, "SIGBUS/code0", sizeof("SIGBUS/code0"));
		text[number == SIGNAL_BUS ? 11 : 12] = (char)('0' + (fault >> 8) % 10);
		psz_text(name, text);
	} else if (with_byte) {
		psz_number(name, found);
	} else {
		psz_text(name, "ok");
	}
}

void psz_read_at(const char *name, uint64_t address)
{
	say(name, address, 0, 0);
}

void psz_write_at(const char *name, uint64_t address)
{
	say(name, address, 1, 0);
}

void psz_byte_at(const char *name, uint64_t address)
{
	say(name, address, 0, 1);
}
