/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory held by hand: pieces of each kind that there is to allocate, for the prompt's `alloc`,
 * `free`, `cma fill` and `stress`.
 *
 * A piece is signed: a word every HAND_STRIDE_BYTES, or fewer in a large piece, says which piece
 * it is and where in it. Whoever writes to memory that isn't his, or loses a page as it moves, is
 * seen when the piece goes back.
 *
 * A book is the pieces that somebody holds, in the order in which they were taken. Each has a
 * handle, which ascends; pieces that were taken as one share it. A handle isn't used again, so one
 * that was given back stays unknown. The book itself takes memory of kmalloc's, as little as its
 * pieces need, and none when it is empty.
 *
 * Page size enters in what is taken for what was asked. Locking: the prompt is one; tests in the
 * guest run before it. Context: after mm_init.
 */
#ifndef KERNEL_HAND_H
#define KERNEL_HAND_H

#include <kernel/compiler.h>
#include <kernel/types.h>

enum hand_kind {
	HAND_PAGES,   /* pages_alloc, and what is in the way may move: a power of two of pages */
	HAND_KMALLOC, /* kmalloc */
	HAND_VMALLOC, /* vmalloc */
	HAND_MOVABLE, /* movable_alloc */
	HAND_CONTIG,  /* contig_alloc */
	HAND_LENT,    /* movable_alloc for `cma fill` */
	HAND_KINDS,
};

#define HAND_STRIDE_BYTES 64
#define HAND_SIGNS_MOST   4000 /* words in a piece, but for movable ones: one a page */

/* Movable memory has an entry of its own for each page: more would take minutes with small ones. */
#define HAND_MOVABLE_BYTES_MAX (4 * GiB)

struct hand_piece {
	u8 *at;
	u64 bytes; /* as asked for */
	u32 handle;
	u8 kind; /* enum hand_kind */
};

const char *hand_kind_name(enum hand_kind kind);

/* The most that a piece of this kind can have, however much memory is free. */
u64 hand_bytes_max(enum hand_kind kind);

/* What a piece takes: `bytes` and what is lost to rounding. Slabs' headers are nobody's. */
u64 hand_taken_bytes(const struct hand_piece *piece);

/* Where it begins. Of movable memory: where it happens to be now. */
paddr_t hand_paddr(const struct hand_piece *piece);

/* Why there is no memory, as it was just then. */
struct hand_refusal {
	const char *why;   /* half a sentence, or NULL where there is no more to be said */
	u64 largest_bytes; /* the largest free block; the longest run that HAND_CONTIG can have */
	u64 free_bytes;
};

/*
 * hand_take - allocate and sign the piece, whose bytes (1 to hand_bytes_max), handle and kind are
 * set.
 *
 * Returns 0; -ENOMEM, with the reason in *refusal; -EAGAIN when fault injection said so.
 */
int hand_take(struct hand_piece *piece, struct hand_refusal *refusal) __must_check;

#define HAND_WHOLE (~0ULL)

/* Is its content what was signed? HAND_WHOLE, or the offset of the first byte that isn't. */
u64 hand_verify(const struct hand_piece *piece);

/* Give it back, whatever is in it. */
void hand_give(const struct hand_piece *piece);

struct hand_book {
	struct hand_piece *pieces;
	u64 count;
	u64 room;
	u32 last; /* the handle that was given out last */
};

/* What `alloc`, `cma fill` and `free` share. */
extern struct hand_book hand_book;

/*
 * hand_add - take `count` pieces of a kind into the book, with a handle each.
 *
 * Returns 0, or hand_take's errors; then all that it took is given back, and *done says how many
 * there had been.
 */
int hand_add(struct hand_book *book, enum hand_kind kind, u64 bytes, u64 count, u64 *done,
	     struct hand_refusal *refusal) __must_check;

/* One more piece, whose handle is that of the last one or the one after it. */
int hand_add_to(struct hand_book *book, enum hand_kind kind, u64 bytes, u32 handle,
		struct hand_refusal *refusal) __must_check;

/* Give back all that was taken since the book was as in `before`, and what its list grew by. */
void hand_undo(struct hand_book *book, const struct hand_book *before);

/* What was given back; `harmed`: pieces whose content was not what was signed. */
struct hand_sum {
	u64 pieces;
	u64 bytes;
	u64 harmed;
};

/*
 * hand_drop - give back all pieces that `is_it` says yes to, with what it wants to know.
 *
 * Each is verified; a line says where one was harmed.
 */
void hand_drop(struct hand_book *book, bool (*is_it)(const struct hand_piece *piece, u64 argument),
	       u64 argument, struct hand_sum *sum);

/* For it: pieces with this handle; all of them. */
bool hand_has_handle(const struct hand_piece *piece, u64 handle);
bool hand_is_any(const struct hand_piece *piece, u64 unused);

/*
 * hand_fill - lend up to `bytes` of what is free of a region to movable pieces with one handle.
 *
 * The pieces lie in the region, whole or, at its ends, in part: *here is how much of them does,
 * *elsewhere how much doesn't. Returns 0 and the handle; -ENOSPC when nothing in it is free;
 * hand_take's errors, and then nothing is lent.
 */
struct cma_region;
int hand_fill(struct hand_book *book, const struct cma_region *region, u64 bytes, u32 *handle,
	      u64 *here, u64 *elsewhere) __must_check;

#endif
