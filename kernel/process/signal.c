// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is done about signals: see <kernel/signal.h>.
 *
 * A call that waited to read or write begins again after a signal, as Linux has it (SA_RESTART).
 * Those that sleep or wait for several files end with EINTR there, too, when a handler runs.
 */
#include <kernel/errno.h>
#include <lib/string.h>

#include "sigframe.h"

#define SA_RESTART   0x10000000u
#define SA_NODEFER   0x40000000u
#define SA_RESETHAND 0x80000000u
#define SA_ONSTACK   0x08000000u
#define SA_KNOWN     0xdc000807u /* those, SIGINFO, RESTART, RESTORER, NOCLD*, EXPOSE_TAGBITS */

#define SS_ONSTACK    1u
#define SS_DISABLE    2u
#define SS_AUTODISARM 0x80000000u
#define STACK_LEAST   5120 /* MINSIGSTKSZ of arm64 */

#define BY_KERNEL 0x80 /* SI_KERNEL */

/* Of the fault of an instruction: taken first. */
#define SYNCHRONOUS                                                                  \
	(signal_bit(SIGNAL_SEGV) | signal_bit(SIGNAL_BUS) | signal_bit(SIGNAL_ILL) | \
	 signal_bit(SIGNAL_TRAP) | signal_bit(SIGNAL_FPE) | signal_bit(SIGNAL_SYS))

/* What the default action doesn't end the process for. */
#define IGNORED                                                                       \
	(signal_bit(SIGNAL_CHLD) | signal_bit(SIGNAL_CONT) | signal_bit(SIGNAL_URG) | \
	 signal_bit(SIGNAL_WINCH))
#define STOPPING                                                                       \
	(signal_bit(SIGNAL_STOP) | signal_bit(SIGNAL_TSTP) | signal_bit(SIGNAL_TTIN) | \
	 signal_bit(SIGNAL_TTOU))

static const char names[][10] = {
	"SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",  "SIGFPE",
	"SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT",
	"SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",  "SIGXCPU",
	"SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS",
};

const char *signal_name(unsigned signal)
{
	return signal - 1 < ARRAY_SIZE(names) ? names[signal - 1] : "a real-time signal";
}

int signal_map_return(struct process *p)
{
	static const u32 code[] = { 0xd2801168 /* mov x8, #139 */, 0xd4000001 /* svc #0 */ };
	static const struct space_source source = { .data = code,
						    .bytes = sizeof(code),
						    .name = "[vdso]" };
	struct space_request request = { .bytes = space_page_bytes(p->space),
					 .prot = SPACE_READ | SPACE_EXEC,
					 .source = &source };

	return space_map(p->space, &request, &p->signals.return_address);
}

static bool is_ignored(const struct process *p, unsigned signal)
{
	u64 handler = p->signals.action[signal - 1].handler;

	return handler == SIGNAL_IGNORE ||
	       (handler == SIGNAL_DEFAULT && signal_bit(signal) & IGNORED);
}

bool signal_is_pending(const struct process *p)
{
	return __atomic_load_n(&p->killed, __ATOMIC_RELAXED) ||
	       p->signals.pending & ~p->signals.mask;
}

/* On its way back to the program, this thread calls signal_return_work: no other CPU need know. */
static void look(struct process *p)
{
	if (signal_is_pending(p))
		this_cpu()->attention = true;
}

void signal_set_mask(struct process *p, u64 mask)
{
	p->signals.mask = mask & ~SIGNAL_UNBLOCKABLE;
	look(p);
}

void signal_set_action(struct process *p, unsigned signal, const struct signal_action *action)
{
	struct signal_action *kept = &p->signals.action[signal - 1];

	*kept = *action;
	kept->flags &= SA_KNOWN;
	kept->mask &= ~SIGNAL_UNBLOCKABLE;
	/* One that is ignored from here on isn't pending any more, be it blocked. */
	if (is_ignored(p, signal))
		p->signals.pending &= ~signal_bit(signal);
}

void signal_send(struct process *p, unsigned signal, int code)
{
	u64 bit = signal_bit(signal);

	if (is_ignored(p, signal) && !(p->signals.mask & bit))
		return;
	/* As on Linux, one that is pending already stays as it was sent first. */
	if (p->signals.pending & bit)
		return;
	p->signals.pending |= bit;
	p->signals.by_tkill &= ~bit;
	if (code == SIGNAL_BY_TKILL)
		p->signals.by_tkill |= bit;
	look(p);
}

/* ---- calls that begin again ---- */

#define CALL_BYTES 4 /* of the instruction */

s64 signal_interrupt_call(struct process *p)
{
	p->signals.first_argument = p->regs->x[0];
	p->signals.restarts = true;
	this_cpu()->attention = true;
	return -EINTR;
}

static void end_call(struct process *p, bool again)
{
	if (p->signals.restarts && again) {
		p->regs->x[0] = p->signals.first_argument;
		p->regs->pc -= CALL_BYTES;
	}
	p->signals.restarts = false;
}

/* ---- another mask while a call waits ---- */

void signal_begin_wait(struct process *p, u64 mask)
{
	p->signals.kept_mask = p->signals.mask;
	p->signals.waits = true;
	signal_set_mask(p, mask);
}

void signal_end_wait(struct process *p, bool handle)
{
	if (handle && signal_is_pending(p)) {
		look(p);
		return; /* run_handler or signal_return_work ends it */
	}
	p->signals.waits = false;
	signal_set_mask(p, p->signals.kept_mask);
}

/* What is blocked when a handler returns. */
static u64 take_mask(struct process *p)
{
	u64 mask = p->signals.waits ? p->signals.kept_mask : p->signals.mask;

	p->signals.waits = false;
	return mask;
}

/* ---- the other stack ---- */

static bool is_on_stack(const struct process *p, u64 sp)
{
	/* At its end it is empty; at its beginning, used up. */
	return !(p->signals.stack.flags & SS_AUTODISARM) && sp > p->signals.stack.at &&
	       sp - p->signals.stack.at <= p->signals.stack.bytes;
}

void signal_get_stack(const struct process *p, u64 sp, struct signal_stack *stack)
{
	*stack = (struct signal_stack){ .at = p->signals.stack.at,
					.bytes = p->signals.stack.bytes,
					.flags = p->signals.stack.flags & SS_AUTODISARM };
	if (!stack->bytes)
		stack->flags |= SS_DISABLE;
	else if (is_on_stack(p, sp))
		stack->flags |= SS_ONSTACK;
}

int signal_set_stack(struct process *p, u64 sp, const struct signal_stack *stack)
{
	u32 mode = stack->flags & ~SS_AUTODISARM;

	if (is_on_stack(p, sp))
		return -EPERM;
	if (mode > SS_DISABLE)
		return -EINVAL;
	if (mode != SS_DISABLE && stack->bytes < STACK_LEAST)
		return -ENOMEM;
	p->signals.stack.flags = stack->flags;
	p->signals.stack.at = mode == SS_DISABLE ? 0 : stack->at;
	p->signals.stack.bytes = mode == SS_DISABLE ? 0 : stack->bytes;
	return 0;
}

/* ---- handlers ---- */

/* Where a handler's frame ends. */
static u64 stack_top(const struct process *p, const struct signal_action *action)
{
	if (action->flags & SA_ONSTACK && p->signals.stack.bytes && !is_on_stack(p, p->regs->sp))
		return p->signals.stack.at + p->signals.stack.bytes;
	return p->regs->sp;
}

/* False: there is no room for its frame. */
static bool run_handler(struct process *p, const struct sigframe_info *info, bool fault)
{
	unsigned signal = (unsigned)info->signal;
	struct signal_action action = p->signals.action[signal - 1];
	u64 mask = p->signals.mask;

	if (action.flags & SA_RESETHAND)
		p->signals.action[signal - 1].handler = SIGNAL_DEFAULT;
	end_call(p, action.flags & SA_RESTART);
	if (!sigframe_write(p, info, &action, stack_top(p, &action), take_mask(p), fault))
		return false;
	if (p->signals.stack.flags & SS_AUTODISARM)
		memset(&p->signals.stack, 0, sizeof(p->signals.stack));
	if (!(action.flags & SA_NODEFER))
		mask |= signal_bit(signal);
	signal_set_mask(p, mask | action.mask);
	return true;
}

/* A signal that the program can't put off: its handler, unless that isn't to run now; or death. */
static void force(struct process *p, const struct sigframe_info *info, bool fault)
{
	unsigned signal = (unsigned)info->signal;
	struct sigframe_info no_room = { .signal = SIGNAL_SEGV, .code = BY_KERNEL };

	if (p->signals.mask & signal_bit(signal) ||
	    p->signals.action[signal - 1].handler <= SIGNAL_IGNORE)
		process_die(signal);
	if (run_handler(p, info, fault))
		return;
	if (signal == SIGNAL_SEGV)
		process_die(signal);
	force(p, &no_room, false);
}

void signal_deliver(struct process *p, unsigned signal, int code, u64 address)
{
	struct sigframe_info info = { .signal = (s32)signal, .code = code, .address = address };

	force(p, &info, true);
}

/* One that was sent. True: regs go on in its handler. */
static bool take(struct process *p, unsigned signal)
{
	u64 bit = signal_bit(signal);
	struct sigframe_info info = { .signal = (s32)signal,
				      .code = p->signals.by_tkill & bit ? SIGNAL_BY_TKILL
									: SIGNAL_BY_USER,
				      .address = p->pid };
	struct sigframe_info no_room = { .signal = SIGNAL_SEGV, .code = BY_KERNEL };

	p->signals.pending &= ~bit;
	if (is_ignored(p, signal))
		return false;
	if (p->signals.action[signal - 1].handler != SIGNAL_DEFAULT) {
		if (!run_handler(p, &info, false))
			force(p, &no_room, false);
		return true;
	}
	if (!(bit & STOPPING))
		process_die(signal);
	process_reason(p, "it stopped itself by %s, and goes on: nobody could continue it",
		       signal_name(signal));
	return false;
}

bool signal_return_work(struct regs *regs)
{
	struct process *p = this_process();
	bool handled = false;
	u64 ready;

	(void)regs; /* p->regs */
	while ((ready = p->signals.pending & ~p->signals.mask)) {
		u64 first = ready & signal_bit(SIGNAL_KILL) ?: ready & SYNCHRONOUS ?: ready;

		handled |= take(p, (unsigned)__builtin_ctzll(first) + 1);
	}
	end_call(p, true);
	if (p->signals.waits)
		signal_end_wait(p, false);
	return handled;
}

void signal_return(struct process *p)
{
	u64 at = p->regs->sp, mask;
	struct signal_stack stack;

	if (!sigframe_read(p, &mask, &stack)) {
		signal_deliver(p, SIGNAL_SEGV,
			       !space_is_mapped(p->space, at & ~(space_page_bytes(p->space) - 1), 1)
				       ? SIGNAL_SEGV_ACCERR
				       : SIGNAL_SEGV_MAPERR,
			       at);
		return;
	}
	signal_set_mask(p, mask);
	(void)signal_set_stack(p, p->regs->sp, &stack); /* a bad one changes nothing */
}
