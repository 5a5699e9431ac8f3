/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-256 by the CPU's own instructions; <arch/sha256.h> has the contract. The plain form is
 * sha256_blocks in lib/sha256.c, which a CPU without them runs: 1.5 instructions a byte here, 26
 * there. tests/guest/sha256.c compares the two.
 *
 * Four rounds are a pair of instructions, SHA256H for one half of the state and SHA256H2 for the
 * other, which needs the first half as it was before. Four words of the schedule are SHA256SU0
 * and SHA256SU1. All 64 constants stay in registers; the state of before a block stays in memory,
 * so that v8-v15, which a call must keep, are not needed.
 *
 * Data is loaded by bytes: LD1 with elements of a byte is aligned at any address.
 *
 * No page size enters. Sources: Arm ARM (DDI 0487, J.a), "SHA256H", "SHA256H2", "SHA256SU0",
 * "SHA256SU1", "ID_AA64ISAR0_EL1"; FIPS 180-4, 6.2.2.
 */
#include <kernel/linkage.h>

	.arch armv8-a+crypto

#define ISAR0_SHA2_SHIFT 12
#define ISAR0_SHA2_BITS  4

/* arch_sha256_present() - x0: the field, then whether it is more than 0. */
FUNC(arch_sha256_present)
	mrs	x0, id_aa64isar0_el1
	ubfx	x0, x0, #ISAR0_SHA2_SHIFT, #ISAR0_SHA2_BITS
	cmp	x0, #0
	cset	w0, ne
	ret
END(arch_sha256_present)

/*
 * arch_sha256_blocks(x0 state, x1 data, x2 count, x3 constants)
 *
 *   x0 state     eight words
 *   x1 data      the next block
 *   x2 left      blocks still to go
 *   x3 constants the next of the 64
 *   v0-v3        16 words of the schedule, the oldest four in turn in each
 *   v4           a, b, c, d of the standard
 *   v5           e, f, g, h
 *   v6           words plus constants; at a block's end, v4 of before it
 *   v7           v4 of before four rounds; at a block's end, v5 of before it
 *   v16-v31      the constants
 */
state	.req	x0
data	.req	x1
left	.req	x2
constants .req	x3
abcd	.req	v4
abcd_q	.req	q4
efgh	.req	v5
efgh_q	.req	q5
sum	.req	v6
before	.req	v7
before_q .req	q7

/* Four rounds with the words of w0. */
.macro rounds constant, w0
	add	sum.4s, \w0\().4s, \constant\().4s
	mov	before.16b, abcd.16b
	sha256h	abcd_q, efgh_q, sum.4s
	sha256h2 efgh_q, before_q, sum.4s
.endm

/* The same, and w0 becomes the four words that follow those of w3. */
.macro rounds_extend constant, w0, w1, w2, w3
	rounds	\constant, \w0
	sha256su0 \w0\().4s, \w1\().4s
	sha256su1 \w0\().4s, \w2\().4s, \w3\().4s
.endm

.macro sixteen_rounds_extend k0, k1, k2, k3
	rounds_extend \k0, v0, v1, v2, v3
	rounds_extend \k1, v1, v2, v3, v0
	rounds_extend \k2, v2, v3, v0, v1
	rounds_extend \k3, v3, v0, v1, v2
.endm

FUNC(arch_sha256_blocks)
	cbz	left, 2f
	ld1	{v16.4s-v19.4s}, [constants], #64
	ld1	{v20.4s-v23.4s}, [constants], #64
	ld1	{v24.4s-v27.4s}, [constants], #64
	ld1	{v28.4s-v31.4s}, [constants]
	ld1	{v4.4s, v5.4s}, [state]
1:
	ld1	{v0.16b-v3.16b}, [data], #64
	rev32	v0.16b, v0.16b
	rev32	v1.16b, v1.16b
	rev32	v2.16b, v2.16b
	rev32	v3.16b, v3.16b
	sixteen_rounds_extend v16, v17, v18, v19
	sixteen_rounds_extend v20, v21, v22, v23
	sixteen_rounds_extend v24, v25, v26, v27
	rounds	v28, v0
	rounds	v29, v1
	rounds	v30, v2
	rounds	v31, v3
	ld1	{v6.4s, v7.4s}, [state]
	add	v4.4s, v4.4s, v6.4s
	add	v5.4s, v5.4s, v7.4s
	st1	{v4.4s, v5.4s}, [state]
	subs	left, left, #1
	b.ne	1b
2:
	ret
END(arch_sha256_blocks)

	.unreq	state
	.unreq	data
	.unreq	left
	.unreq	constants
	.unreq	abcd
	.unreq	abcd_q
	.unreq	efgh
	.unreq	efgh_q
	.unreq	sum
	.unreq	before
	.unreq	before_q
