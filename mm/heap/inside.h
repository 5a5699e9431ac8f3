/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this folder share of their insides. */
#ifndef MM_HEAP_INSIDE_H
#define MM_HEAP_INSIDE_H

#include <arch/page.h>
#include <arch/spinlock.h>
#include <mm/addr.h>
#include <mm/chunk.h>

/* What a free piece begins with. */
struct chunk_piece {
	struct chunk_piece *next;
	struct chunk_piece **link; /* what points here */
};

extern struct chunks {
	struct spinlock lock;
	struct chunk_piece *free[CHUNK_SIZES];
	struct chunk_usage usage;
} chunks;

static inline u64 chunk_size_bytes(unsigned size)
{
	return CHUNK_BYTES_MIN << size;
}

static inline struct frame *chunk_frame(paddr_t pa)
{
	return frame_of(paddr(page_align_down(pa.val)));
}

/* Are the units free of a piece that isn't larger than its page? */
bool chunk_is_free(paddr_t pa, unsigned size);

#endif
