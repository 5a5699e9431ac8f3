// SPDX-License-Identifier: BSD-2-Clause
/*
 * Assembler, in a kernel that `make SAN=1` builds: the compiler can't check it, so the range that a
 * call works on is checked before it. They take the place of functions, as in shadow_map.c.
 *
 * Pages that move are checked here and not in arch_copy_pages, which benches run where nothing else
 * is mapped.
 */
#include <arch/page.h>
#include <arch/sha256.h>
#include <arch/zero.h>
#include <lib/shadow.h>
#include <mm/addr.h>
#include <mm/migrate.h>

#include "inside.h"

/* Of SHA-256. */
#define BLOCK_BYTES 64

WRAPPED(void, arch_zero, void *at, u64 bytes)
{
	shadow_check(at, bytes, true);
	__real_arch_zero(at, bytes);
}

WRAPPED(void, arch_sha256_blocks, u32 state[8], const void *data, u64 count,
	const u32 constants[64])
{
	shadow_check(data, count * BLOCK_BYTES, false);
	__real_arch_sha256_blocks(state, data, count, constants);
}

WRAPPED(void, migrate_copy, void *context)
{
	const struct migrate_batch *batch = context;

	for (unsigned i = 0; i < batch->count; i++) {
		shadow_check(vaddr_ptr(paddr_to_linear(batch->from[i])), page_size(), false);
		shadow_check(vaddr_ptr(paddr_to_linear(batch->to[i])), page_size(), true);
	}
	__real_migrate_copy(context);
}
