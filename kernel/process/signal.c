// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is done about signals: see <kernel/signal.h>.
 *
 * Who sends one sets its bit with process->lock, and interrupts a task that may take it. That task
 * looks with the lock, too: either it sees the bit, or it is interrupted after it has looked.
 */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/task.h>
#include <lib/string.h>

#include "sigframe.h"

#define SA_RESTART   0x10000000u
#define SA_NODEFER   0x40000000u
#define SA_RESETHAND 0x80000000u
#define SA_ONSTACK   0x08000000u
#define SA_KNOWN     0xdc000807u /* those, SIGINFO, RESTART, RESTORER, NOCLD*, EXPOSE_TAGBITS */

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

/* What could be taken now; without the lock, a moment ago. */
static u64 ready(const struct task *t)
{
	return (__atomic_load_n(&t->signals.pending.set, __ATOMIC_RELAXED) |
		__atomic_load_n(&t->process->signals.pending.set, __ATOMIC_RELAXED)) &
	       ~t->signals.mask;
}

bool signal_is_pending(const struct task *t)
{
	return ready(t) || __atomic_load_n(&t->process->ends, __ATOMIC_RELAXED);
}

/* ---- masks and actions ---- */

void signal_set_mask(struct task *t, u64 mask)
{
	/* Others look at it to see who may take what they send. */
	__atomic_store_n(&t->signals.mask, mask & ~SIGNAL_UNBLOCKABLE, __ATOMIC_RELAXED);
	/* On its way back it looks: no other CPU need know. */
	if (signal_is_pending(t))
		task_look(t);
}

void signal_begin_wait(struct task *t, u64 mask)
{
	t->signals.kept_mask = t->signals.mask;
	t->signals.waits = true;
	signal_set_mask(t, mask);
}

void signal_end_wait(struct task *t, bool handle)
{
	if (handle && signal_is_pending(t)) {
		task_look(t);
		return; /* run_handler or signal_return_work ends it */
	}
	t->signals.waits = false;
	signal_set_mask(t, t->signals.kept_mask);
}

/* What is blocked when a handler returns. */
static u64 take_mask(struct task *t)
{
	u64 mask = t->signals.waits ? t->signals.kept_mask : t->signals.mask;

	t->signals.waits = false;
	return mask;
}

s64 signal_interrupted(struct task *t, enum signal_restart how)
{
	t->signals.restart = (u8)how;
	t->signals.restart_x0 = t->regs->x[0];
	task_look(t);
	return -EINTR;
}

/* With the lock. */
static void forget(struct signals_pending *pending, u64 bit)
{
	__atomic_store_n(&pending->set, pending->set & ~bit, __ATOMIC_RELAXED);
	pending->by_tkill &= ~bit;
	pending->by_kernel &= ~bit;
}

void signal_set_action(struct process *p, unsigned signal, const struct signal_action *action,
		       struct signal_action *old)
{
	struct signal_action *kept = &p->signals.action[signal - 1];

	spin_lock(&p->lock);
	*old = *kept;
	if (action) {
		*kept = *action;
		kept->flags &= SA_KNOWN;
		kept->mask &= ~SIGNAL_UNBLOCKABLE;
	}
	/* One that is ignored from here on isn't pending any more, be it blocked. */
	if (action && is_ignored(p, signal)) {
		forget(&p->signals.pending, signal_bit(signal));
		for (struct task *t = p->tasks; t; t = t->next)
			forget(&t->signals.pending, signal_bit(signal));
	}
	spin_unlock(&p->lock);
}

/* ---- sending ---- */

static bool blocks(const struct task *t, u64 bit)
{
	return __atomic_load_n(&t->signals.mask, __ATOMIC_RELAXED) & bit;
}

/* Who is asked to take one that was sent to all: the first task, if it may; or NULL. */
static struct task *choose(const struct process *p, u64 bit)
{
	struct task *chosen = NULL;

	/* The list begins with the last one. */
	for (struct task *t = p->tasks; t; t = t->next)
		if (!blocks(t, bit))
			chosen = t;
	return chosen;
}

/* To one task, or NULL: to all. With the lock. */
static void send(struct process *p, struct task *t, unsigned signal, int code)
{
	struct signals_pending *pending = t ? &t->signals.pending : &p->signals.pending;
	struct task *taker = t ?: choose(p, signal_bit(signal));
	u64 bit = signal_bit(signal);

	if (is_ignored(p, signal) && taker && !blocks(taker, bit))
		return;
	/* As on Linux, one that is pending already stays as it was sent first. */
	if (pending->set & bit)
		return;
	forget(pending, bit);
	__atomic_store_n(&pending->set, pending->set | bit, __ATOMIC_RELAXED);
	if (code == SIGNAL_BY_TKILL)
		pending->by_tkill |= bit;
	if (code == SIGNAL_BY_KERNEL)
		pending->by_kernel |= bit;
	if (taker && !blocks(taker, bit))
		task_interrupt(taker);
}

void signal_send(struct process *p, unsigned signal, int code)
{
	spin_lock(&p->lock);
	send(p, NULL, signal, code);
	spin_unlock(&p->lock);
}

int signal_send_task(struct process *p, u32 number, unsigned signal, int code)
{
	struct task *t;

	spin_lock(&p->lock);
	for (t = p->tasks; t && t->number != number;)
		t = t->next;
	if (t && signal)
		send(p, t, signal, code);
	spin_unlock(&p->lock);
	return t ? 0 : -ESRCH;
}

/* ---- handlers ---- */

/* Where a handler's frame ends. */
static u64 stack_top(const struct task *t, const struct signal_action *action)
{
	if (action->flags & SA_ONSTACK && t->signals.stack.bytes &&
	    !signal_is_on_stack(t, t->regs->sp))
		return t->signals.stack.at + t->signals.stack.bytes;
	return t->regs->sp;
}

/* The call that it came to begins again, or says that it was interrupted. */
static void restart(struct task *t, bool again)
{
	if (t->signals.restart != RESTART_NEVER && again && t->regs->x[0] == (u64)-EINTR) {
		t->regs->x[0] = t->signals.restart_x0;
		t->regs->pc -= 4; /* of the SVC */
	}
	t->signals.restart = RESTART_NEVER;
}

/* False: there is no room for its frame. `action` is as it was when the signal was taken. */
static bool run_handler(struct task *t, const struct sigframe_info *info,
			const struct signal_action *action, bool fault)
{
	unsigned signal = (unsigned)info->signal;
	u64 mask = t->signals.mask;

	restart(t, t->signals.restart == RESTART_AFTER_HANDLER && action->flags & SA_RESTART);
	if (!sigframe_write(t, info, action, stack_top(t, action), take_mask(t), fault))
		return false;
	if (t->signals.stack.flags & SS_AUTODISARM)
		memset(&t->signals.stack, 0, sizeof(t->signals.stack));
	if (!(action->flags & SA_NODEFER))
		mask |= signal_bit(signal);
	signal_set_mask(t, mask | action->mask);
	return true;
}

/* What is to be done about a signal now. With the lock. */
static struct signal_action take_action(struct process *p, unsigned signal)
{
	struct signal_action *kept = &p->signals.action[signal - 1], action = *kept;

	if (action.handler > SIGNAL_IGNORE && action.flags & SA_RESETHAND)
		kept->handler = SIGNAL_DEFAULT;
	return action;
}

/* When a handler's frame has no room. */
static const struct sigframe_info no_room = { .signal = SIGNAL_SEGV, .code = SIGNAL_BY_KERNEL };

/* A signal that the program can't put off: its handler, unless that isn't to run now; or death. */
static void force(struct task *t, const struct sigframe_info *info, bool fault)
{
	unsigned signal = (unsigned)info->signal;
	struct signal_action action;

	spin_lock(&t->process->lock);
	action = take_action(t->process, signal);
	spin_unlock(&t->process->lock);
	if (t->signals.mask & signal_bit(signal) || action.handler <= SIGNAL_IGNORE)
		process_die(signal);
	if (run_handler(t, info, &action, fault))
		return;
	if (signal == SIGNAL_SEGV)
		process_die(signal);
	force(t, &no_room, false);
}

void signal_deliver(struct task *t, unsigned signal, int code, u64 address)
{
	struct sigframe_info info = { .signal = (s32)signal, .code = code, .address = address };

	force(t, &info, true);
}

/* The next one that was sent, with what is to be done about it; 0: none is ready. */
static unsigned take(struct task *t, struct sigframe_info *info, struct signal_action *action)
{
	struct process *p = t->process;
	struct signals_pending *from;
	unsigned signal = 0;
	u64 set;

	spin_lock(&p->lock);
	if ((set = ready(t))) {
		set = set & signal_bit(SIGNAL_KILL) ?: set & SYNCHRONOUS ?: set;
		set &= -set;
		signal = (unsigned)__builtin_ctzll(set) + 1;
		from = t->signals.pending.set & set ? &t->signals.pending : &p->signals.pending;
		*info = (struct sigframe_info){ .signal = (s32)signal, .address = p->pid };
		if (from->by_tkill & set)
			info->code = SIGNAL_BY_TKILL;
		else if (from->by_kernel & set)
			*info = (struct sigframe_info){ .signal = (s32)signal,
							.code = SIGNAL_BY_KERNEL };
		forget(from, set);
		*action = take_action(p, signal);
		if (is_ignored(p, signal) && action->handler <= SIGNAL_IGNORE)
			action->handler = SIGNAL_IGNORE;
	}
	spin_unlock(&p->lock);
	return signal;
}

/* True: regs go on in its handler. */
static bool act(struct task *t, const struct sigframe_info *info,
		const struct signal_action *action)
{
	unsigned signal = (unsigned)info->signal;

	if (action->handler == SIGNAL_IGNORE)
		return false;
	if (action->handler != SIGNAL_DEFAULT) {
		if (!run_handler(t, info, action, false))
			force(t, &no_room, false);
		return true;
	}
	if (!(signal_bit(signal) & STOPPING))
		process_die(signal);
	process_reason(t->process, "it stopped itself by %s, and goes on: nobody could continue it",
		       signal_name(signal));
	return false;
}

bool signal_return_work(struct regs *regs)
{
	struct task *t = this_task();
	struct signal_action action;
	struct sigframe_info info;
	bool handled = false;

	(void)regs; /* t->regs */
	while (take(t, &info, &action))
		handled |= act(t, &info, &action);
	if (handled)
		return true;
	restart(t, true);
	if (t->signals.waits)
		signal_end_wait(t, false);
	return false;
}

void signal_return(struct task *t)
{
	struct space *space = t->process->space;
	u64 at = t->regs->sp, mask;
	struct signal_stack stack;

	if (!sigframe_read(t, &mask, &stack)) {
		signal_deliver(t, SIGNAL_SEGV,
			       !space_is_mapped(space, at & ~(space_page_bytes(space) - 1), 1)
				       ? SIGNAL_SEGV_ACCERR
				       : SIGNAL_SEGV_MAPERR,
			       at);
		return;
	}
	signal_set_mask(t, mask);
	(void)signal_set_stack(t, t->regs->sp, &stack); /* a bad one changes nothing */
}
