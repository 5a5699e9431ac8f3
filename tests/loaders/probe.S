/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A next kernel that does nothing but check how it was entered: scripts/mk-loaders makes an Image
 * of it, which QEMU can start as well.
 *
 * What Linux' Documentation/arch/arm64/booting.rst promises a kernel is checked, as far as it
 * can be seen from inside, and that the memory after the file, up to image_size, is zero: that
 * much a loader which puts the file anywhere in used memory owes those that take it for their
 * bss. All that is wrong is told, a line each, by semihosting, for which no console is needed;
 * the last line is the verdict. Where nobody answers semihosting it stops without a word.
 *
 * The first things read are event counters 0 and 1 of the PMU, which nobody has touched since
 * whoever started this one: with -icount and the event INST_RETIRED they tell what the way here
 * took, from where each began to count.
 *
 * Runs at any address, in Device memory, without a stack. Registers, from probe_entry on:
 *
 *   x19       return address of what calls something itself
 *   x20-x23   x0 to x3 as they were handed over
 *   x24       the exception level
 *   x25       DAIF
 *   x26       instructions by counter 0, or 0 where there is no PMU
 *   x16       and by counter 1, or 0 where there is but one
 *   x27       the address of the Image
 *   x28       the end of `line`, while it is written
 *   w18       how much was wrong
 *   x0-x9     scratch
 */
dtb		.req x20
level		.req x24
flags		.req x25
instructions	.req x26
span		.req x16
base		.req x27
line_end	.req x28
wrong		.req w18

#define SYS_WRITE0        0x04
#define SYS_EXIT_EXTENDED 0x20
#define EXIT_REASON       0x20026 /* ADP_Stopped_ApplicationExit */
#define DAIF_ALL          0x3c0
#define SCTLR_WRONG       (1 << 0 | 1 << 2 | 1 << 25) /* M, C and EE */
#define DTB_MAGIC         0xedfe0dd0 /* as it is read by a little-endian CPU */
#define TWO_MIB           0x200000

	.text

/* The Image header. What needs another one (no "anywhere", a larger bss) changes it afterwards. */
probe_head:
	b	probe_entry		/* code0 */
	.long	0			/* code1 */
	.quad	0			/* text_offset */
	.quad	probe_end - probe_head + 0x100000 + 12347 /* image_size: a bss of an odd size */
	.quad	1 << 3			/* flags: any page size, anywhere in memory */
	.quad	0
	.quad	0
	.quad	0
	.ascii	"ARM\x64"
	.long	0			/* no PE header */

/* Text to a register, in place. */
.macro load_text reg, text:vararg
	adr	\reg, 771f
	b	772f
771:	.asciz	\text
	.balign	4
772:
.endm

/* Append a text to the line, a number to it, or end it and print it. */
.macro put text:vararg
	load_text x0, \text
	bl	put_text
.endm

.macro put_hex value
	mov	x0, \value
	mov	x1, #16
	bl	put_number
.endm

.macro put_decimal value
	mov	x0, \value
	mov	x1, #10
	bl	put_number
.endm

/* Say what is wrong, unless the condition holds. */
.macro expect condition, text:vararg
	b.\condition 773f
	put	\text
	bl	put_complaint
773:
.endm

probe_entry:
	mrs	x9, id_aa64dfr0_el1
	ubfx	x9, x9, #8, #4		/* PMUVer: 0 is none, 15 another kind */
	mov	instructions, xzr
	mov	span, xzr
	cbz	x9, 1f
	cmp	x9, #15
	b.eq	1f
	mrs	instructions, pmevcntr0_el0
	mrs	x9, pmcr_el0
	ubfx	x9, x9, #11, #5		/* N: how many there are */
	cmp	x9, #2
	b.lo	1f
	mrs	span, pmevcntr1_el0
1:	mov	dtb, x0
	mov	x21, x1
	mov	x22, x2
	mov	x23, x3
	mrs	flags, daif
	mrs	level, CurrentEL
	ubfx	level, level, #2, #2
	adr	base, probe_head
	mov	wrong, wzr
	bl	put_begin

	adr	x0, vectors
	cmp	level, #2
	b.eq	2f
	msr	vbar_el1, x0
	mrs	x9, sctlr_el1
	b	3f
2:	msr	vbar_el2, x0
	mrs	x9, sctlr_el2
3:	isb
	ldr	w1, =SCTLR_WRONG
	tst	x9, x1
	expect	eq, "MMU, D-cache or big-endian data is on"

	put	"el="
	put_decimal level
	put	" base=0x"
	put_hex	base
	put	" dtb=0x"
	put_hex	dtb
	put	" daif=0x"
	put_hex	flags
	put	" instructions="
	put_decimal instructions
	put	" since_exec="
	put_decimal span
	bl	put_end

	cmp	flags, #DAIF_ALL
	expect	eq, "not all of DAIF is masked"
	mrs	x9, isr_el1
	tst	x9, #(1 << 8)
	expect	eq, "an SError is pending"
	cmp	x21, #0
	expect	eq, "x1 is not 0"
	cmp	x22, #0
	expect	eq, "x2 is not 0"
	cmp	x23, #0
	expect	eq, "x3 is not 0"
	bl	check_place
	bl	check_devicetree
	bl	check_bss

	cbnz	wrong, 4f
	load_text x1, "verdict: pass\n"
	b	5f
4:	load_text x1, "verdict: fail\n"
5:	mov	w0, #SYS_WRITE0
	bl	semihosting
	adr	x1, exit_block
	cmp	wrong, #0
	cset	x2, ne
	str	x2, [x1, #8]
	mov	w0, #SYS_EXIT_EXTENDED
	bl	semihosting
stop:	wfi
	b	stop

/* At text_offset from a multiple of 2 MiB? */
check_place:
	mov	x19, x30
	ldr	x0, [base, #8]
	sub	x0, base, x0
	tst	x0, #(TWO_MIB - 1)
	expect	eq, "it is not at text_offset from a multiple of 2 MiB"
	br	x19

/* Aligned to 8 bytes, of at most 2 MiB, and is it one? */
check_devicetree:
	mov	x19, x30
	tst	dtb, #7
	expect	eq, "the devicetree is not aligned to 8 bytes"
	and	x0, dtb, #~7		/* in Device memory nothing else can be read */
	ldr	w1, =DTB_MAGIC
	ldr	w2, [x0]
	ldr	w3, [x0, #4]
	rev	w3, w3
	cmp	w1, w2
	csel	w3, w3, wzr, eq		/* its size counts if it is one */
	expect	eq, "x0 does not point to a devicetree"
	cmp	w3, #TWO_MIB
	expect	ls, "the devicetree has more than 2 MiB"
	br	x19

/* Is all from the end of the file to that of image_size zero? Only the first that isn't is told. */
check_bss:
	mov	x19, x30
	adr	x0, probe_end
	ldr	x1, [base, #16]
	add	x1, base, x1
	and	x2, x1, #~7
1:	cmp	x0, x2
	b.hs	2f
	ldr	x3, [x0], #8
	cbz	x3, 1b
	sub	x0, x0, #8
	b	4f
2:	cmp	x0, x1
	b.hs	5f
	ldrb	w3, [x0], #1
	cbz	w3, 2b
	sub	x0, x0, #1
4:	mov	x2, x0
	mov	x4, x3
	put	"the bss is not zero: at 0x"
	put_hex	x2
	put	" it is 0x"
	put_hex	x4
	bl	put_complaint
5:	br	x19

/* What was told of so far is wrong: count it, and end the line. */
put_complaint:
	add	wrong, wrong, #1
	b	put_end

/* The line's end, its printing, and the beginning of the next one. Uses x0, x1, x7, x8. */
put_end:
	mov	x8, x30
	mov	w0, #'\n'
	strh	w0, [line_end]		/* with a NUL after */
	adr	x1, line
	mov	w0, #SYS_WRITE0
	bl	semihosting
	mov	x30, x8
put_begin:
	adr	line_end, line
	load_text x0, "probe: "
	/* fallthrough */

/* put_text(x0 a text). Uses x1. */
put_text:
	ldrb	w1, [x0], #1
	cbz	w1, 1f
	strb	w1, [line_end], #1
	b	put_text
1:	ret

/* put_number(x0 the number, x1 its base). Uses x5, x6, x7 and `digits`. */
put_number:
	adr	x5, digits_end
1:	udiv	x6, x0, x1
	msub	x7, x6, x1, x0
	cmp	x7, #10
	add	x0, x7, #'0'
	add	x7, x7, #('a' - 10)
	csel	x7, x7, x0, hs
	strb	w7, [x5, #-1]!
	mov	x0, x6
	cbnz	x0, 1b
	adr	x7, digits_end
2:	ldrb	w6, [x5], #1
	strb	w6, [line_end], #1
	cmp	x5, x7
	b.lo	2b
	ret

/* semihosting(w0 operation, x1 parameter): only x0 changes. */
semihosting:
	hlt	#0xf000
	ret

/* An exception is told, but for that of a semihosting call that nobody answered. */
exception:
	cmp	level, #2
	b.eq	1f
	mrs	x2, esr_el1
	mrs	x3, elr_el1
	mrs	x4, far_el1
	b	2f
1:	mrs	x2, esr_el2
	mrs	x3, elr_el2
	mrs	x4, far_el2
2:	adr	x0, semihosting
	cmp	x0, x3
	b.eq	stop
	bl	put_begin
	put	"exception: ESR 0x"
	put_hex	x2
	put	" ELR 0x"
	put_hex	x3
	put	" FAR 0x"
	put_hex	x4
	bl	put_end
	load_text x1, "verdict: fail\n"
	mov	w0, #SYS_WRITE0
	bl	semihosting
	adr	x1, exit_block
	mov	x2, #1
	str	x2, [x1, #8]
	mov	w0, #SYS_EXIT_EXTENDED
	bl	semihosting
	b	stop

	.ltorg

	.balign	8
exit_block:
	.quad	EXIT_REASON
	.quad	0
	.skip	24
digits_end:
line:
	.skip	256

	/* As VBAR wants it: text_offset is a multiple of that, and so is the Image's address. */
	.balign	2048
vectors:
	.rept	16
	b	exception
	.balign	128
	.endr
probe_end:
