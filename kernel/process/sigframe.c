// SPDX-License-Identifier: BSD-2-Clause
/*
 * Frames of signal handlers: see sigframe.h.
 *
 * FP registers of the program stay in the CPU while the kernel runs, whose C uses none. So they are
 * saved to the frame itself, and loaded from there.
 */
#include <arch/fp.h>
#include <arch/user.h>
#include <kernel/task.h>
#include <lib/string.h>

#include "sigframe.h"

/* PSTATE as SPSR_EL1 has it. Source: Arm ARM (DDI 0487, J.a), "SPSR_EL1". */
#define PSTATE_FLAGS  (0xfULL << 28) /* N, Z, C, V */
#define PSTATE_TCO    (1ULL << 25)
#define PSTATE_DIT    (1ULL << 24)
#define PSTATE_STEP   (1ULL << 21)
#define PSTATE_SSBS   (1ULL << 12)
#define PSTATE_BTYPE  (3ULL << 10)
#define PSTATE_MASKS  (0xfULL << 6) /* D, A, I, F */
#define PSTATE_MODE   0x1fULL       /* 0: EL0, 64 bits */
#define PSTATE_OF_EL0 (PSTATE_FLAGS | PSTATE_DIT | PSTATE_SSBS | PSTATE_BTYPE)

#define SA_SIGINFO  4u
#define SA_RESTORER 0x04000000u

/* The registers of a frame, as they are saved and loaded: v, and what comes after it only then. */
static struct fp_state *fp_in(struct sigframe *frame)
{
	return (struct fp_state *)(void *)frame->fp.v;
}
BUILD_ASSERT(offsetof(struct sigframe, fp.v) % __alignof__(struct fp_state) == 0);
BUILD_ASSERT(offsetof(struct sigframe, fp.v) + sizeof(struct fp_state) <= sizeof(struct sigframe));

static void fill_fp(struct sigframe *frame)
{
	struct fp_state *fp = fp_in(frame);

	arch_fp_save(fp);
	frame->fp.head = (struct sigframe_head){ SIGFRAME_FP_MAGIC, sizeof(frame->fp) };
	frame->fp.fpsr = (u32)fp->fpsr;
	frame->fp.fpcr = (u32)fp->fpcr;
	memset(&frame->rest, 0, sizeof(frame->rest));
	frame->pad_end = 0;
}

static void fill(struct task *t, const struct sigframe_info *info, u64 mask, bool fault,
		 struct sigframe *frame)
{
	const struct regs *regs = t->regs;

	frame->info = *info;
	frame->flags = frame->link = frame->pad = frame->fault_address = 0;
	memset(frame->unused, 0, sizeof(frame->unused));
	frame->stack = (struct signal_stack){ .at = t->signals.stack.at,
					      .flags = t->signals.stack.flags,
					      .bytes = t->signals.stack.bytes };
	frame->mask = mask;
	memcpy(frame->x, regs->x, sizeof(frame->x));
	frame->sp = regs->sp;
	frame->pc = regs->pc;
	frame->pstate = regs->pstate;
	fill_fp(frame);
	if (!fault)
		return;
	frame->fault_address = info->address;
	frame->rest.fault.esr.head =
		(struct sigframe_head){ SIGFRAME_ESR_MAGIC, sizeof(struct sigframe_esr) };
	frame->rest.fault.esr.esr = regs->esr;
}

/* What the handler begins with. */
static void enter(struct task *t, const struct sigframe_info *info,
		  const struct signal_action *action, u64 record, u64 at)
{
	struct regs *regs = t->regs;

	regs->x[0] = (u64)info->signal;
	if (action->flags & SA_SIGINFO) {
		regs->x[1] = at;
		regs->x[2] = at + SIGFRAME_CONTEXT;
	}
	regs->x[29] = record;
	regs->x[30] =
		action->flags & SA_RESTORER ? action->restorer : t->process->signals.return_address;
	regs->sp = at;
	regs->pc = action->handler;
	regs->pstate &= ~(PSTATE_TCO | PSTATE_STEP | PSTATE_BTYPE);
}

bool sigframe_write(struct task *t, const struct sigframe_info *info,
		    const struct signal_action *action, u64 top, u64 mask, bool fault)
{
	u64 record_at = ALIGN_DOWN(top - sizeof(struct sigframe_record), STACK_ALIGN);
	u64 at = record_at - SIGFRAME_BYTES,
	    skip = action->flags & SA_SIGINFO ? 0 : SIGFRAME_CONTEXT;
	struct sigframe_record record = { t->regs->x[29], t->regs->x[30] };
	struct sigframe frame;

	fill(t, info, mask, fault, &frame);
	/* Without SA_SIGINFO the handler doesn't get `info`, and Linux doesn't write it. */
	if (user_copy_out(at + skip, (const char *)&frame + skip, sizeof(frame) - skip) ||
	    user_copy_out(record_at, &record, sizeof(record)))
		return false;
	enter(t, info, action, record_at, at);
	return true;
}

/* ---- back ---- */

/*
 * The records at `at`: they begin at multiples of 16 and end with one of zeroes, inside of
 * SIGFRAME_RECORDS_BYTES; FP registers are there once, and nothing that this kernel doesn't write.
 */
static bool read_records(u64 at, struct sigframe_fp *fp)
{
	bool has_fp = false;
	u64 offset = 0;

	while (offset <= SIGFRAME_RECORDS_BYTES - sizeof(struct sigframe_head)) {
		struct sigframe_head head;

		if (!IS_ALIGNED(offset, STACK_ALIGN) ||
		    user_copy_in(&head, at + offset, sizeof(head)))
			return false;
		if (!head.magic)
			return !head.bytes && has_fp;
		if (head.bytes < sizeof(head) || head.bytes > SIGFRAME_RECORDS_BYTES - offset)
			return false;
		if (head.magic == SIGFRAME_FP_MAGIC) {
			if (has_fp || head.bytes != sizeof(*fp) ||
			    user_copy_in(fp, at + offset, sizeof(*fp)))
				return false;
			has_fp = true;
		} else if (head.magic != SIGFRAME_ESR_MAGIC) {
			return false;
		}
		offset += head.bytes;
	}
	return false;
}

/*
 * EL0 with 64 bits and nothing masked: with any other mode or mask the kernel's return would give
 * the program more than it had. Other bits are dropped, as in Linux those that are reserved.
 */
static bool is_of_el0(u64 pstate)
{
	return !(pstate & (PSTATE_MODE | PSTATE_MASKS));
}

bool sigframe_read(struct task *t, u64 *mask, struct signal_stack *stack)
{
	struct regs *regs = t->regs;
	u64 at = regs->sp;
	struct sigframe frame;

	if (!IS_ALIGNED(at, STACK_ALIGN) ||
	    user_copy_in(&frame.flags, at + SIGFRAME_CONTEXT,
			 SIGFRAME_RECORDS - SIGFRAME_CONTEXT) ||
	    !read_records(at + SIGFRAME_RECORDS, &frame.fp) || !is_of_el0(frame.pstate))
		return false;
	*mask = frame.mask;
	*stack = frame.stack;
	memcpy(regs->x, frame.x, sizeof(regs->x));
	regs->sp = frame.sp;
	regs->pc = frame.pc;
	regs->pstate = frame.pstate & PSTATE_OF_EL0;
	fp_in(&frame)->fpsr = frame.fp.fpsr;
	fp_in(&frame)->fpcr = frame.fp.fpcr;
	arch_fp_load(fp_in(&frame));
	return true;
}
