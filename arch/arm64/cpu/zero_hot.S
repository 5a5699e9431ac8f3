/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filling memory with zeroes: memset's work (lib/string.c) in two instructions for 64
 * bytes in place of ten. memset is what runs with the MMU off, where DC ZVA faults;
 * tests/guest/cpu_hot.c compares the two.
 *
 * DC ZVA zeroes one block, whose size DCZID_EL0 tells: BS, bits 3:0, is log2 of its words of
 * four bytes; DZP, bit 4, forbids the instruction. Blocks of 64 bytes, which nearly every CPU
 * has, take the unrolled way: two instructions a block. Larger ones go one at a time. What is
 * not made of whole blocks, and a CPU that forbids the instruction or has blocks smaller than
 * four stores make, get pairs of zeroes.
 *
 * The block is that of the CPU at hand, whatever others have: the loops wait for nothing, so that
 * a thread that begins one ends it on the same CPU.
 *
 * No page size enters: DC ZVA is as good for 64 bytes as for a gigabyte.
 *
 * Source: Arm ARM (DDI 0487, J.a), "DC ZVA, Data Cache Zero by VA", "DCZID_EL0".
 */
#include <arch/zero.h>
#include <kernel/linkage.h>

#define DCZID_DZP  4 /* the bit's number */
#define BLOCK_64   4 /* DCZID_EL0.BS for 64 bytes */
#define PAGE_SIZE_MIN_BYTES 0x1000
#define STEP_BYTES (32 * ZERO_UNIT_BYTES)

/*
 * arch_zero(x0 at, x1 bytes)
 *
 *   x0 at      the next byte to be zeroed
 *   x1 left    bytes still to go
 *   x2         DCZID_EL0, then the block's bytes
 *   x3         scratch
 */
at	.req	x0
left	.req	x1
block	.req	x2
scratch	.req	x3

FUNC(arch_zero)
	mrs	block, dczid_el0
	and	block, block, #0x1f	/* BS and DZP */
	cmp	block, #BLOCK_64	/* and DZP clear */
	b.ne	.Lother_block
	subs	left, left, #STEP_BYTES	/* from here on, left is that much too low */
	b.lo	.Lfew_blocks

.Lsteps:
	.rept	STEP_BYTES / ZERO_UNIT_BYTES
	dc	zva, at
	add	at, at, #ZERO_UNIT_BYTES
	.endr
	subs	left, left, #STEP_BYTES
	b.hs	.Lsteps
.Lfew_blocks:
	adds	left, left, #STEP_BYTES
	b.eq	.Ldone
1:	dc	zva, at
	add	at, at, #ZERO_UNIT_BYTES
	subs	left, left, #ZERO_UNIT_BYTES
	b.ne	1b
.Ldone:
	ret

.Lother_block:
	tbnz	block, #DCZID_DZP, .Lpairs
	mov	scratch, #4
	lsl	block, scratch, block
	cmp	block, #ZERO_UNIT_BYTES
	b.lo	.Lpairs
	/* Whole blocks only: address and size both multiples of one. */
	orr	scratch, at, left
	sub	x4, block, #1
	tst	scratch, x4
	b.ne	.Lpairs
	cbz	left, .Ldone
2:	dc	zva, at
	add	at, at, block
	subs	left, left, block
	b.ne	2b
	ret

.Lpairs:
	cbz	left, .Ldone
3:	stp	xzr, xzr, [at]
	stp	xzr, xzr, [at, #16]
	stp	xzr, xzr, [at, #32]
	stp	xzr, xzr, [at, #48]
	add	at, at, #ZERO_UNIT_BYTES
	subs	left, left, #ZERO_UNIT_BYTES
	b.ne	3b
	ret
END(arch_zero)

/*
 * arch_zero_pages(x0 at, x1 bytes) - the same for whole pages of the smallest size, returning 0.
 *
 * One check, and nothing in the loop but what zeroes: the smallest page a turn, which divides
 * a page of any size.
 */
FUNC(arch_zero_pages)
	mrs	block, dczid_el0	/* its other bits are RES0 */
	sub	block, block, #BLOCK_64
	cbnz	block, .Lpages_otherwise
.Lpages:
	.rept	PAGE_SIZE_MIN_BYTES / ZERO_UNIT_BYTES
	dc	zva, at
	add	at, at, #ZERO_UNIT_BYTES
	.endr
	subs	left, left, #PAGE_SIZE_MIN_BYTES
	b.ne	.Lpages
	mov	x0, xzr
	ret
.Lpages_otherwise:
	stp	x29, x30, [sp, #-16]!
	mov	x29, sp
	bl	arch_zero
	mov	x0, xzr
	ldp	x29, x30, [sp], #16
	ret
END(arch_zero_pages)

	.unreq	at
	.unreq	left
	.unreq	block
	.unreq	scratch
