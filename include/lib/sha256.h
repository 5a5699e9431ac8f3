/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-256: what kexec compares segments by.
 *
 * Data comes in pieces of any length at any address: no access is misaligned. Nothing is
 * allocated and there is no state but the caller's. Neighbour: <arch/sha256.h>, the same
 * compression by the CPU's own instructions, which is taken where the CPU has them. Its contract
 * then binds the caller, too: not from an exception handler. No page size enters here.
 *
 * Source: NIST FIPS 180-4, "Secure Hash Standard".
 */
#ifndef LIB_SHA256_H
#define LIB_SHA256_H

#include <kernel/types.h>

#define SHA256_BYTES       32
#define SHA256_BLOCK_BYTES 64
#define SHA256_ROUNDS      64

/* Between init and final, a copy of it goes on from where the original was. */
struct sha256 {
	u32 state[8];
	u64 bytes;                          /* that were put in so far */
	u32 buffer[SHA256_BLOCK_BYTES / 4]; /* the last bytes % SHA256_BLOCK_BYTES of them */
	void (*blocks)(u32 state[8], const void *data, u64 count);
};

/* Begin. The second takes plain C whatever the CPU has: for tests and figures. */
void sha256_init(struct sha256 *hash);
void sha256_init_plain(struct sha256 *hash);

/* Put `bytes` more in. All pieces together are less than 2^61 bytes, as the standard has it. */
void sha256_update(struct sha256 *hash, const void *data, u64 bytes);

/* The digest of all pieces. `hash` is used up: init comes next. */
void sha256_final(struct sha256 *hash, u8 digest[SHA256_BYTES]);

/* All of that for one piece. */
void sha256_once(const void *data, u64 bytes, u8 digest[SHA256_BYTES]);

/* Compress `count` blocks, which may be 0, at any address: in C that runs on any CPU. */
void sha256_blocks(u32 state[8], const void *data, u64 count);

/* K of the standard, a word a round; lib/sha256.c derives it. */
extern const u32 sha256_constants[SHA256_ROUNDS];

#endif
