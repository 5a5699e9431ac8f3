// SPDX-License-Identifier: BSD-2-Clause
/* The other stack of a task, for handlers that ask for it: sigaltstack(2). */
#include <kernel/errno.h>

#include "sigframe.h"

#define SS_ONSTACK  1u
#define SS_DISABLE  2u
#define STACK_LEAST 5120 /* MINSIGSTKSZ of arm64 */

bool signal_is_on_stack(const struct task *t, u64 sp)
{
	/* At its end it is empty; at its beginning, used up. */
	return !(t->signals.stack.flags & SS_AUTODISARM) && sp > t->signals.stack.at &&
	       sp - t->signals.stack.at <= t->signals.stack.bytes;
}

void signal_get_stack(const struct task *t, u64 sp, struct signal_stack *stack)
{
	*stack = (struct signal_stack){ .at = t->signals.stack.at,
					.bytes = t->signals.stack.bytes,
					.flags = t->signals.stack.flags & SS_AUTODISARM };
	if (!stack->bytes)
		stack->flags |= SS_DISABLE;
	else if (signal_is_on_stack(t, sp))
		stack->flags |= SS_ONSTACK;
}

int signal_set_stack(struct task *t, u64 sp, const struct signal_stack *stack)
{
	u32 mode = stack->flags & ~SS_AUTODISARM;

	if (signal_is_on_stack(t, sp))
		return -EPERM;
	if (mode > SS_DISABLE)
		return -EINVAL;
	if (mode != SS_DISABLE && stack->bytes < STACK_LEAST)
		return -ENOMEM;
	t->signals.stack.flags = stack->flags;
	t->signals.stack.at = mode == SS_DISABLE ? 0 : stack->at;
	t->signals.stack.bytes = mode == SS_DISABLE ? 0 : stack->bytes;
	return 0;
}
