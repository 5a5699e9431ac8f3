// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory for the first translation tables: a piece behind the image, handed out from the bottom up.
 *
 * It is used with the MMU off, in the boot stage and after the move, so what is used is counted in
 * bytes, and addresses are physical. Nothing is given back one by one: the rest is, as a whole.
 */
#include <arch/boot.h>
#include <arch/layout.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>

int __init boot_pool_alloc(u64 bytes, paddr_t *table)
{
	/* The pool is aligned to the largest page, so an aligned offset is an aligned address. */
	u64 offset = ALIGN_UP(boot_info.pool_used, bytes);

	if (offset + bytes > BOOT_POOL_BYTES)
		return -ENOMEM;
	boot_info.pool_used = offset + bytes;
	*table = paddr(boot_info.image_pa + (u64)(_boot_pool - _text) + offset);
	return 0;
}
