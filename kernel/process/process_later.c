// SPDX-License-Identifier: BSD-2-Clause
/* What isn't there yet of <mm/space.h>: whoever defines it replaces this. */
#include <kernel/errno.h>
#include <mm/space.h>

#define LATER __attribute__((weak))

LATER int space_move(struct space *space, u64 at, u64 bytes, u64 new_bytes, unsigned flags,
		     u64 new_at, u64 *result)
{
	(void)space, (void)bytes, (void)new_bytes, (void)flags, (void)new_at;
	*result = at;
	return -ENOSYS;
}
