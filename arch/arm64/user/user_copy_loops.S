/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies by unprivileged accesses: <arch/user.h> has the contracts, but for the two checks that
 * user_copy.c makes first. What faults and can't be mended goes on where `fixup` says: a step of 64
 * bytes as words, a word as single bytes, up to the one that can't be reached.
 *
 *   x0 to      where the next byte goes
 *   x1 from    where it comes from
 *   x2 left    bytes still to go: the result
 *   x3-x10     content
 *
 * Source: Arm ARM (DDI 0487, J.a), "LDTR", "STTR".
 */
#include <kernel/linkage.h>

#include "inside.h"

#define STEP 64

to	.req	x0
from	.req	x1
left	.req	x2

	.text

/* An abort in [first, end) goes on at `go`. */
.macro fixup first, end, go
	.pushsection .data.rel.ro.user_fixups, "aw"
	.balign	8
	.quad	\first, \end, \go
	.popsection
.endm

	.pushsection .data.rel.ro.user_fixups, "aw"
	.balign	8
MARK(user_fixups)
	.popsection

/* Eight accesses of eight bytes, from `at` on. */
.macro eight access, at
	\access	x3, [\at]
	\access	x4, [\at, #8]
	\access	x5, [\at, #16]
	\access	x6, [\at, #24]
	\access	x7, [\at, #32]
	\access	x8, [\at, #40]
	\access	x9, [\at, #48]
	\access	x10, [\at, #56]
.endm

/* The same of the kernel's memory. */
.macro four_pairs access, at
	\access	x3, x4, [\at]
	\access	x5, x6, [\at, #16]
	\access	x7, x8, [\at, #32]
	\access	x9, x10, [\at, #48]
.endm

/* A function: `step` for each 64 bytes, `word` for eight that are left then, `byte` for each. */
.macro in_steps step, word, byte
	subs	left, left, #STEP
	b.lo	2f
1:	\step
	subs	left, left, #STEP
	b.hs	1b
2:	adds	left, left, #STEP - 8
	b.mi	4f
3:	\word
	subs	left, left, #8
	b.hs	3b
4:	adds	left, left, #8
	b.eq	6f
5:	\byte
	subs	left, left, #1
	b.ne	5b
6:	mov	x0, left
	ret
.endm

/* Where their aborts go on. */
.macro fixups
	fixup	1b, 2b, 2b
	fixup	3b, 4b, 4b
	fixup	5b, 6b, 6b
.endm

.macro read_step
	eight	ldtr, from
	add	from, from, #STEP
	four_pairs stp, to
	add	to, to, #STEP
.endm

.macro read_word
	ldtr	x3, [from]
	add	from, from, #8
	str	x3, [to], #8
.endm

.macro read_byte
	ldtrb	w3, [from]
	add	from, from, #1
	strb	w3, [to], #1
.endm

.macro write_step
	four_pairs ldp, from
	eight	sttr, to
	add	to, to, #STEP
	add	from, from, #STEP
.endm

.macro write_word
	ldr	x3, [from]
	sttr	x3, [to]
	add	from, from, #8
	add	to, to, #8
.endm

.macro write_byte
	ldrb	w3, [from]
	sttrb	w3, [to]
	add	from, from, #1
	add	to, to, #1
.endm

.macro clear_step
	.irp	offset, 0, 8, 16, 24, 32, 40, 48, 56
	sttr	xzr, [to, #\offset]
	.endr
	add	to, to, #STEP
.endm

.macro clear_word
	sttr	xzr, [to]
	add	to, to, #8
.endm

.macro clear_byte
	sttrb	wzr, [to]
	add	to, to, #1
.endm

FUNC(user_read)
	in_steps read_step, read_word, read_byte
END(user_read)
	fixups

FUNC(user_write)
	in_steps write_step, write_word, write_byte
END(user_write)
	fixups

/* user_clear(x0 to, x2 left) */
FUNC(user_clear)
	in_steps clear_step, clear_word, clear_byte
END(user_clear)
	fixups

/*
 * user_read_string - as user_read, up to a NUL.
 *
 * Returns what is left after that; STRING_TOO_LONG: there is none; STRING_FAULT: nor could all be
 * read. x2 is not 0.
 */
FUNC(user_read_string)
1:	ldtrb	w3, [from]
	add	from, from, #1
	strb	w3, [to], #1
	sub	left, left, #1
	cbz	w3, 3f
	cbnz	left, 1b
	mov	x0, #STRING_TOO_LONG
	ret
2:	mov	x0, #STRING_FAULT
	ret
3:	mov	x0, left
	ret
END(user_read_string)
	fixup	1b, 2b, 2b

	.pushsection .data.rel.ro.user_fixups, "aw"
MARK(user_fixups_end)
	.popsection

	.unreq	to
	.unreq	from
	.unreq	left
