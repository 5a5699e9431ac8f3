/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies by unprivileged accesses: <arch/user.h> has the contracts, but for the two checks that
 * user_copy.c makes first. What faults and can't be mended goes on where `fixup` says: a step of 64
 * bytes as single bytes, up to the one that can't be reached.
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

FUNC(user_read)
	subs	left, left, #STEP
	b.lo	2f
1:	ldtr	x3, [from]
	ldtr	x4, [from, #8]
	ldtr	x5, [from, #16]
	ldtr	x6, [from, #24]
	ldtr	x7, [from, #32]
	ldtr	x8, [from, #40]
	ldtr	x9, [from, #48]
	ldtr	x10, [from, #56]
	add	from, from, #STEP
	stp	x3, x4, [to]
	stp	x5, x6, [to, #16]
	stp	x7, x8, [to, #32]
	stp	x9, x10, [to, #48]
	add	to, to, #STEP
	subs	left, left, #STEP
	b.hs	1b
2:	adds	left, left, #STEP
	b.eq	4f
3:	ldtrb	w3, [from]
	add	from, from, #1
	strb	w3, [to], #1
	subs	left, left, #1
	b.ne	3b
4:	mov	x0, left
	ret
END(user_read)
	fixup	1b, 2b, 2b
	fixup	3b, 4b, 4b

FUNC(user_write)
	subs	left, left, #STEP
	b.lo	2f
1:	ldp	x3, x4, [from]
	ldp	x5, x6, [from, #16]
	ldp	x7, x8, [from, #32]
	ldp	x9, x10, [from, #48]
	sttr	x3, [to]
	sttr	x4, [to, #8]
	sttr	x5, [to, #16]
	sttr	x6, [to, #24]
	sttr	x7, [to, #32]
	sttr	x8, [to, #40]
	sttr	x9, [to, #48]
	sttr	x10, [to, #56]
	add	to, to, #STEP
	add	from, from, #STEP
	subs	left, left, #STEP
	b.hs	1b
2:	adds	left, left, #STEP
	b.eq	4f
3:	ldrb	w3, [from]
	sttrb	w3, [to]
	add	from, from, #1
	add	to, to, #1
	subs	left, left, #1
	b.ne	3b
4:	mov	x0, left
	ret
END(user_write)
	fixup	1b, 2b, 2b
	fixup	3b, 4b, 4b

/* user_clear(x0 to, x2 left) */
FUNC(user_clear)
	subs	left, left, #STEP
	b.lo	2f
1:	sttr	xzr, [to]
	sttr	xzr, [to, #8]
	sttr	xzr, [to, #16]
	sttr	xzr, [to, #24]
	sttr	xzr, [to, #32]
	sttr	xzr, [to, #40]
	sttr	xzr, [to, #48]
	sttr	xzr, [to, #56]
	add	to, to, #STEP
	subs	left, left, #STEP
	b.hs	1b
2:	adds	left, left, #STEP
	b.eq	4f
3:	sttrb	wzr, [to]
	add	to, to, #1
	subs	left, left, #1
	b.ne	3b
4:	mov	x0, left
	ret
END(user_clear)
	fixup	1b, 2b, 2b
	fixup	3b, 4b, 4b

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
