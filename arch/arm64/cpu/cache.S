/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cache maintenance by virtual address.
 *
 * A line's size comes from CTR_EL0: 4 << DminLine (bits 19:16) bytes. None of these instructions
 * knows a page size.
 *
 * An operation by address is broadcast, and takes from each CPU's caches the line that holds the
 * address. Where that line is smaller than this CPU's, steps of this CPU's would pass over every
 * second one. So steps are of the smallest line of any CPU that runs: cache_line_least has the
 * least DminLine, and 15, which is no limit, while the boot CPU is the only one. It is in .data, so
 * that it may be read with the MMU off, as the loader left it: that is what boot does.
 *
 * Where a clean would do, by DC CVAC or CVAU, lines are cleaned and invalidated: the first would
 * lose data on early Cortex-A53 (errata 819472, 824069, 826319, 827319), and there is little to
 * reload.
 *
 * Source: Arm ARM (DDI 0487, J.a), "Cache maintenance instructions", "Instruction cache
 * maintenance", "Concurrent modification and execution of instructions".
 */
#include <kernel/linkage.h>

	.data
	.globl cache_line_least
	.hidden cache_line_least
	.type cache_line_least, %object
cache_line_least:
	.byte	15
	.size cache_line_least, . - cache_line_least

	.text

/* x2 = bytes of the smallest line of a data cache, x3 is scratch. */
.macro dcache_line_bytes
	mrs	x3, ctr_el0
	adrp	x2, cache_line_least
	ldrb	w2, [x2, :lo12:cache_line_least]
	ubfx	x3, x3, #16, #4
	cmp	x2, x3
	csel	x3, x2, x3, lo
	mov	x2, #4
	lsl	x2, x2, x3
.endm

/* cache_line_bytes() - what the functions below step by, in x0. Clobbers x0, x2 and x3. */
FUNC(cache_line_bytes)
	dcache_line_bytes
	mov	x0, x2
	ret
END(cache_line_bytes)

/*
 * cache_invalidate_poc(x0 start, x1 end) - drop the lines of [start, end) down to memory.
 *
 * For memory that was written with the MMU off: the writes went past the caches, which may
 * hold older lines of it that would hide them once the MMU is on. Lines that the ends share
 * with other data go as well: that has to be clean in memory, as what lies before _bss is by the
 * boot protocol. Clobbers x0 to x3. Runs with the MMU off or on.
 */
FUNC(cache_invalidate_poc)
	dsb	sy		/* earlier Device stores are not ordered with what follows */
	dcache_line_bytes
	sub	x3, x2, #1
	bic	x0, x0, x3
1:	dc	ivac, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	1b
	dsb	sy		/* done for every observer, walkers with caches off included */
	ret
END(cache_invalidate_poc)

/*
 * cache_clean_poc(x0 start, x1 end) - memory has what was written to [start, end).
 *
 * For who reads it with caches off, such as the next kernel's first instructions. Lines
 * go. Clobbers x0 to x3.
 */
FUNC(cache_clean_poc)
	dcache_line_bytes
	sub	x3, x2, #1
	bic	x0, x0, x3
1:	dc	civac, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	1b
	dsb	sy		/* done for every observer, not for CPUs of the domain alone */
	ret
END(cache_clean_poc)

/*
 * cache_sync_icache(x0 start, x1 end) - instructions written to [start, end) are what is
 * executed from here on, by this CPU.
 *
 * Clean the data side to the point of unification, then drop the whole instruction cache: the
 * caller runs the same bytes at another address soon, and an instruction cache may hold
 * them by either. Clobbers x0 to x3.
 */
FUNC(cache_sync_icache)
	dcache_line_bytes
	sub	x3, x2, #1
	bic	x0, x0, x3
1:	dc	civac, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	1b
	dsb	ish		/* the cleaned lines are there before the invalidation starts */
	ic	iallu
	dsb	nsh		/* and the invalidation is over ... */
	isb			/* ... before anything more is fetched */
	ret
END(cache_sync_icache)
