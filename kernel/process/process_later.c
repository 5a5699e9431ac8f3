// SPDX-License-Identifier: BSD-2-Clause
/* What isn't there yet of <kernel/process.h> and <mm/space.h>: whoever defines it replaces this. */
#include <kernel/errno.h>
#include <kernel/process.h>
#include <lib/panic.h>

#define LATER __attribute__((weak))

LATER void process_exit(int code)
{
	panic("process_exit: %d, and no process", code);
}

LATER void process_die(unsigned signal)
{
	panic("process_die: signal %u, and no process", signal);
}

LATER void process_reason(struct process *process, const char *format, ...)
{
	(void)process, (void)format;
}

LATER int space_move(struct space *space, u64 at, u64 bytes, u64 new_bytes, unsigned flags,
		     u64 new_at, u64 *result)
{
	(void)space, (void)bytes, (void)new_bytes, (void)flags, (void)new_at;
	*result = at;
	return -ENOSYS;
}
