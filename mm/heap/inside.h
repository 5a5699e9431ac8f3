/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this folder share of their insides. */
#ifndef MM_HEAP_INSIDE_H
#define MM_HEAP_INSIDE_H

#include <arch/page.h>
#include <arch/spinlock.h>
#include <mm/addr.h>
#include <mm/chunk.h>
#include <mm/kmalloc.h>
#include <mm/slab_object.h>

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

/* A chunk's state, as its page's frame word has it: <mm/chunk.h>. Of one that is a slab: */
#define CHUNK_UNIT_SHIFT       12
#define CHUNK_UNITS            16
#define CHUNK_STATE_BITS       3U
#define CHUNK_STATE_MASK       7ULL
#define CHUNK_STATE_SLAB_SMALL 6

static inline unsigned chunk_state_shift(paddr_t pa)
{
	return (unsigned)(pa.val >> CHUNK_UNIT_SHIFT) % CHUNK_UNITS * CHUNK_STATE_BITS;
}

static inline unsigned chunk_state(paddr_t pa)
{
	return (unsigned)(frame_own(chunk_frame(pa)) >> chunk_state_shift(pa) & CHUNK_STATE_MASK);
}

/* Are the units free of a piece that isn't larger than its page? */
bool chunk_is_free(paddr_t pa, unsigned size);

/*
 * slab_disown     a slab that a CPU owned, and has let go of, becomes nobody's. Returns it if it is
 *                 empty, and to be given back; else NULL. Under its cache's lock
 * slab_give_back  to the chunks. Without the lock. NULL is nothing
 */
struct slab *slab_disown(struct slab *slab) __must_check;
void slab_list_remove(struct slab *slab);
void slab_give_back(struct slab *slab);

/*
 * kmalloc's caches, and which one serves so many bytes, by (bytes - 1) >> KMALLOC_STEP_SHIFT. A
 * cache's place here is its index.
 */
#define KMALLOC_CLASSES    27
#define KMALLOC_STEP_SHIFT 4
extern struct slab_cache kmalloc_caches[KMALLOC_CLASSES];
extern u8 kmalloc_class[KMALLOC_SLAB_BYTES_MAX >> KMALLOC_STEP_SHIFT];

/* Objects at other addresses are in slabs of CHUNK_SLAB_SMALL. */
#define KMALLOC_WORD_ALIGN 512

static inline bool kmalloc_has_cookie(const struct slab *slab)
{
	return slab->cookie == ((uintptr_t)slab ^ SLAB_COOKIE_KMALLOC);
}

/* kmalloc and kfree, whatever they are called with: kmalloc_hot.c has the shortcuts. */
void *kmalloc_any(u64 bytes, unsigned flags);
void kmalloc_free_any(const void *p);

#endif
