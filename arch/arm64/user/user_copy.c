// SPDX-License-Identifier: BSD-2-Clause
/*
 * What every copy begins and ends with: addresses that no program has are refused before they are
 * used, and without PAN the program's memory is mapped for the length of the copy alone.
 *
 * An address of the upper half would be refused by the unprivileged access itself. But how long
 * that takes may tell what is mapped there; this tells nothing.
 */
#include <arch/barrier.h>
#include <arch/user.h>
#include <kernel/errno.h>

#include "inside.h"

/*
 * May a copy begin at `at`? A branch that is mispredicted must not use it: the mask is data, not
 * prediction, after the CSDB (Arm, "Cache Speculation Side-channels", 2020, "Software
 * mitigations").
 */
static bool may_begin(u64 *at)
{
	u64 inside = (u64)((s64)(*at - USER_VA_END) >> 63); /* all ones, or 0 */

	if (*at >= USER_VA_END)
		return false;
	asm volatile("" : "+r"(inside));
	*at &= inside;
	csdb();
	return true;
}

u64 user_copy_in(void *to, u64 from, u64 bytes)
{
	if (!bytes || !may_begin(&from))
		return bytes;
	user_access_allow();
	bytes = user_read(to, from, bytes);
	user_access_forbid();
	return bytes;
}

u64 user_copy_out(u64 to, const void *from, u64 bytes)
{
	if (!bytes || !may_begin(&to))
		return bytes;
	user_access_allow();
	bytes = user_write(to, from, bytes);
	user_access_forbid();
	return bytes;
}

u64 user_zero(u64 to, u64 bytes)
{
	if (!bytes || !may_begin(&to))
		return bytes;
	user_access_allow();
	bytes = user_clear(to, 0, bytes);
	user_access_forbid();
	return bytes;
}

s64 user_copy_string(char *to, u64 from, u64 most)
{
	s64 left;

	if (!may_begin(&from))
		return -EFAULT;
	if (!most)
		return -ENAMETOOLONG;
	user_access_allow();
	left = user_read_string(to, from, most);
	user_access_forbid();
	if (left < 0)
		return left == STRING_FAULT ? -EFAULT : -ENAMETOOLONG;
	return (s64)(most - (u64)left) - 1;
}
