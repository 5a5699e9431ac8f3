/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256's compression by the CPU's instructions for it, for lib/sha256.c alone. */
#ifndef ARCH_SHA256_H
#define ARCH_SHA256_H

#include <kernel/types.h>

#ifdef GRANULE_HOST

static inline bool arch_sha256_present(void)
{
	return false;
}

/* Never called: see above. */
static inline void arch_sha256_blocks(u32 state[8], const void *data, u64 count,
				      const u32 constants[64])
{
	(void)state, (void)data, (void)count, (void)constants;
}

#else

/* Does the CPU that runs have SHA256H and the like? One read of an ID register. */
bool arch_sha256_present(void);

/*
 * arch_sha256_blocks - compress `count` blocks of 64 bytes, which may be 0, at any address.
 *
 * Only where arch_sha256_present() says so. `state` is 8 words, aligned as such; the data is
 * aligned in no way. `constants`: those of FIPS 180-4, 4.2.2.
 *
 * Writes v0-v7 and v16-v31, which a call may clobber, and saves none: between kernel_fp_begin() and
 * kernel_fp_end() (<arch/fp.h>).
 */
void arch_sha256_blocks(u32 state[8], const void *data, u64 count, const u32 constants[64]);

#endif

#endif
