/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contiguous ranges of ordinary memory, of any size and anywhere, for users that need them at an
 * address of a certain kind: kexec's segments.
 *
 * All of ordinary memory is searched, run by run (I4 of <mm/frame.h>), for the lowest place that is
 * free, and if there is none, for the lowest that can be emptied by moving pages
 * (mm/move/contig.c). CMA regions and reserved memory are never part of it.
 *
 * Time is in proportion to the blocks of all memory, plus the bytes that move.
 *
 * Page size enters by rounding only: policy, limits and results are bytes. Locking: as contig_take,
 * and the buddy allocator's lock for the blocks of 1 GiB at a time. Context: after mm_init.
 */
#ifndef MM_CONTIG_ALLOC_H
#define MM_CONTIG_ALLOC_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/contig.h>

struct contig_range {
	paddr_t base;
	u64 bytes;
};

/* What is wanted. Zero is the default of each field but `bytes`. */
struct contig_request {
	u64 bytes;   /* rounded up to pages */
	u64 align;   /* a power of two; less than a page is a page */
	paddr_t min; /* within [min, max); max 0 is no limit */
	paddr_t max;
	const struct contig_range *avoid; /* no page of the result touches one; in any order */
	unsigned avoid_count;
};

/*
 * contig_alloc - take the lowest range that nothing has to be moved for, else the lowest that can
 * be emptied.
 *
 * The range becomes FRAME_CLAIMED blocks; its content is junk. Returns 0 and where it begins;
 * -EINVAL for 0 bytes or an alignment that is no power of two; -ENOMEM when there is no place,
 * and then result->why says why and result->largest_bytes is the longest range of that alignment
 * and within these limits that could be; -EAGAIN when fault injection said so. On an error nothing
 * is taken, though pages that moved stay where they are now. result->moved_bytes is the sum over
 * all tries.
 */
int contig_alloc(const struct contig_request *request, struct contig_result *result,
		 paddr_t *pa) __must_check;

/*
 * contig_alloc_at - take [base, base + bytes), exactly: whole pages.
 *
 * Doesn't wait for pins. Returns 0; -EINVAL for what isn't whole pages, or none; -EBUSY when
 * something in it can't move or isn't the allocator's, with the first such page in result->where;
 * -ENOMEM, -EAGAIN as contig_take.
 */
int contig_alloc_at(paddr_t base, u64 bytes, struct contig_result *result) __must_check;

/* Give back what one of them gave, with the bytes that were asked for; anything else is a panic. */
void contig_free(paddr_t base, u64 bytes);

#endif
