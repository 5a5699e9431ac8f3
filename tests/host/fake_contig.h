/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * contig_alloc for tests of who asks it: it takes free memory of the real memblock, at made-up
 * places, and keeps books.
 *
 * Only what is allocated or reserved can be touched, and fresh memory holds junk. A free that
 * matches no allocation fails the test.
 */
#ifndef FAKE_CONTIG_H
#define FAKE_CONTIG_H

#include "host.h"

#include <kernel/types.h>

enum fake_contig_policy { CONTIG_LOWEST, CONTIG_HIGHEST, CONTIG_RANDOM };

extern struct fake_contig {
	enum fake_contig_policy policy;
	u64 largest;        /* more bytes at once are not to be had; 0: they are */
	unsigned calls;     /* so far, of both that allocate */
	unsigned fail_call; /* this one of them fails; 0: none */
} fake_contig;

#define CONTIG_JUNK 0xa5

/* A machine without memory, all of which will be in the span. memblock begins anew, too. */
void fake_contig_begin(u64 start, u64 bytes);

/* Reserved memory of memblock's can be touched from here on. */
void fake_contig_ready(void);

/* Let [base, base + bytes) be accessible, allocated or not. */
void fake_contig_open(u64 base, u64 bytes);

/* Somebody else has that, from now on. */
void fake_contig_block(u64 base, u64 bytes);

/* What is allocated, others' left out; and is all of a range in one allocation? */
u64 fake_contig_bytes(void);
unsigned fake_contig_count(void);
bool fake_contig_has(u64 base, u64 bytes);

/* Does a range touch what is allocated? */
bool fake_contig_touches(u64 base, u64 bytes);

#endif
