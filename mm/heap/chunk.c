// SPDX-License-Identifier: BSD-2-Clause
/*
 * Chunks: see include/mm/chunk.h, which has the invariants.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/junk.h>

#include "inside.h"

#define UNIT_SHIFT     12
#define UNITS          16
#define STATE_BITS     3U
#define STATE_MASK     7ULL
#define STATES_OF_ONES 0x249249249249ULL /* bit 0 of each of 16 states */

enum {
	STATE_FREE,
	STATE_PLAIN, /* to STATE_PLAIN + CHUNK_SIZES - 1 */
	STATE_SLAB_SMALL = STATE_PLAIN + CHUNK_SIZES,
	STATE_SLAB_LARGE,
};

BUILD_ASSERT(STATE_SLAB_LARGE == STATE_MASK);
BUILD_ASSERT(CHUNK_BYTES_MIN == 1ULL << UNIT_SHIFT);
BUILD_ASSERT(CHUNK_BYTES_MAX == CHUNK_BYTES_MIN << (CHUNK_SIZES - 1));
BUILD_ASSERT(UNITS *CHUNK_BYTES_MIN == PAGE_SIZE_MAX && CHUNK_BYTES_MIN == PAGE_SIZE_MIN);

struct chunks chunks;

static unsigned size_of(u64 bytes)
{
	unsigned size = 0;

	while (chunk_size_bytes(size) < bytes)
		size++;
	return size;
}

/* The size of a page, as chunks are counted. */
static unsigned size_of_page(void)
{
	return (unsigned)page_shift() - UNIT_SHIFT;
}

static unsigned state_size(unsigned state)
{
	static const u8 sizes[] = { 0, 0, 1, 2, 3, 4, 0, 2 };

	return sizes[state];
}

static unsigned state_shift(paddr_t pa)
{
	return (unsigned)(pa.val >> UNIT_SHIFT) % UNITS * STATE_BITS;
}

static unsigned state_at(paddr_t pa)
{
	return (unsigned)(frame_own(chunk_frame(pa)) >> state_shift(pa) & STATE_MASK);
}

/* Bit 0 of the states of the units of a piece that isn't larger than its page. */
static u64 state_ones(paddr_t pa, unsigned size)
{
	unsigned bits = STATE_BITS << size;

	return (STATES_OF_ONES & ((1ULL << bits) - 1)) << state_shift(pa);
}

static void set_states(paddr_t pa, unsigned size, unsigned state)
{
	struct frame *f = chunk_frame(pa);
	u64 ones = state_ones(pa, size);

	frame_set_own(f, (frame_own(f) & ~(ones * STATE_MASK)) | ones * state);
}

bool chunk_is_free(paddr_t pa, unsigned size)
{
	return !(frame_own(chunk_frame(pa)) & state_ones(pa, size) * STATE_MASK);
}

static void *pointer(paddr_t pa)
{
	return vaddr_ptr(paddr_to_linear(pa));
}

static void push(paddr_t pa, unsigned size)
{
	struct chunk_piece *piece = pointer(pa);

	piece->next = chunks.free[size];
	piece->link = &chunks.free[size];
	if (piece->next)
		piece->next->link = &piece->next;
	chunks.free[size] = piece;
	chunks.usage.free_bytes += chunk_size_bytes(size);
}

static void take_out(struct chunk_piece *piece, unsigned size)
{
	*piece->link = piece->next;
	if (piece->next)
		piece->next->link = piece->link;
	chunks.usage.free_bytes -= chunk_size_bytes(size);
}

static void count_used(u64 bytes)
{
	chunks.usage.used_bytes += bytes;
	chunks.usage.peak_bytes = MAX(chunks.usage.peak_bytes, chunks.usage.used_bytes);
}

/* Cut a piece that is on no list down to `want`; the upper halves become free pieces. */
static void cut(paddr_t pa, unsigned size, unsigned want)
{
	while (size > want) {
		size--;
		push(paddr_add(pa, chunk_size_bytes(size)), size);
	}
}

/* The smallest free piece that is large enough, off its list. */
static bool take_piece(unsigned want, paddr_t *pa)
{
	for (unsigned size = want; size < size_of_page(); size++) {
		struct chunk_piece *piece = chunks.free[size];

		if (!piece)
			continue;
		*pa = linear_to_paddr(vaddr_of(piece));
		take_out(piece, size);
		cut(*pa, size, want);
		return true;
	}
	return false;
}

/* A chunk that is smaller than a page. */
static int alloc_cut(unsigned size, unsigned state, unsigned flags, paddr_t *pa)
{
	spin_lock(&chunks.lock);
	if (!take_piece(size, pa)) {
		int err;

		spin_unlock(&chunks.lock);
		err = pages_alloc(0, flags & ~(unsigned)PAGES_ZERO, pa);
		if (err)
			return err;
		frame_set_kind(frame_of(*pa), FRAME_CHUNKS);
		spin_lock(&chunks.lock);
		cut(*pa, size_of_page(), size);
	}
	set_states(*pa, size, state);
	count_used(chunk_size_bytes(size));
	spin_unlock(&chunks.lock);
	if (flags & PAGES_ZERO)
		memset(pointer(*pa), 0, chunk_size_bytes(size));
	return 0;
}

/* A chunk of whole pages. Of the words behind the head, kind and states get a meaning. */
static int alloc_pages(unsigned size, unsigned state, unsigned flags, paddr_t *pa)
{
	int err = pages_alloc(size - size_of_page(), flags, pa);

	if (err)
		return err;
	spin_lock(&chunks.lock);
	for (u64 at = 0; at < chunk_size_bytes(size); at += page_size()) {
		paddr_t page = paddr(pa->val + at);

		frame_set_kind(frame_of(page), FRAME_CHUNKS);
		set_states(page, size_of_page(), state);
	}
	count_used(chunk_size_bytes(size));
	spin_unlock(&chunks.lock);
	return 0;
}

static int alloc(unsigned size, unsigned state, unsigned flags, paddr_t *pa)
{
	ASSERT(!(flags & PAGES_MOVABLE));
	if (size < size_of_page())
		return alloc_cut(size, state, flags, pa);
	return alloc_pages(size, state, flags, pa);
}

int chunk_alloc(u64 bytes, unsigned flags, paddr_t *pa)
{
	unsigned size;

	if (bytes == 0 || bytes > CHUNK_BYTES_MAX)
		return -EINVAL;
	size = size_of(bytes);
	return alloc(size, STATE_PLAIN + size, flags, pa);
}

int chunk_alloc_slab(u64 bytes, unsigned flags, paddr_t *pa)
{
	bool small = bytes == CHUNK_SLAB_SMALL;

	ASSERT(small || bytes == CHUNK_SLAB_LARGE);
	return alloc(size_of(bytes), small ? STATE_SLAB_SMALL : STATE_SLAB_LARGE, flags, pa);
}

static void free_page_block(paddr_t pa, unsigned order)
{
	frame_set_kind(frame_of(pa), FRAME_ALLOCATED);
	pages_free(pa, order);
}

/*
 * Merge the piece with its buddies; what comes to a page goes back. Releases the lock.
 *
 * Words of pages with chunks are this file's, and change under its lock (<mm/frame.h>).
 */
static void free_cut(paddr_t pa, unsigned size)
{
	set_states(pa, size, STATE_FREE);
	for (; size < size_of_page(); size++) {
		paddr_t buddy = paddr(pa.val ^ chunk_size_bytes(size));

		if (!chunk_is_free(buddy, size))
			break;
		take_out(pointer(buddy), size);
		pa = paddr(pa.val & ~chunk_size_bytes(size));
	}
	if (size < size_of_page()) {
		push(pa, size);
		spin_unlock(&chunks.lock);
		return;
	}
	spin_unlock(&chunks.lock);
	free_page_block(pa, 0);
}

/* A chunk of whole pages. Releases the lock. */
static void free_pages(paddr_t pa, unsigned size)
{
	/* No word may go on telling of a chunk. */
	for (u64 at = page_size(); at < chunk_size_bytes(size); at += page_size())
		frame_of(paddr_add(pa, at))->word = FRAME_RESERVED;
	spin_unlock(&chunks.lock);
	free_page_block(pa, size - size_of_page());
}

static void free_chunk(const char *function, paddr_t pa, bool slab)
{
	struct chunk found;

	spin_lock(&chunks.lock);
	if (!chunk_find(pa, &found))
		panic("%s: %#llx is in no chunk: it is free, or never was one", function, pa.val);
	if (!paddr_equal(found.base, pa))
		panic("%s: %#llx isn't where its chunk begins, that is %#llx", function, pa.val,
		      found.base.val);
	if (found.slab != slab)
		panic("%s: the chunk at %#llx is %s", function, pa.val,
		      slab ? "not a slab" : "a slab");
	junk_fill(pointer(pa), found.bytes, JUNK_FREED);
	chunks.usage.used_bytes -= found.bytes;
	if (found.bytes < page_size())
		free_cut(pa, size_of(found.bytes));
	else
		free_pages(pa, size_of(found.bytes));
}

void chunk_free(paddr_t pa)
{
	free_chunk(__func__, pa, false);
}

void chunk_free_slab(paddr_t pa)
{
	free_chunk(__func__, pa, true);
}

bool chunk_find(paddr_t pa, struct chunk *chunk)
{
	unsigned state;

	if (frame_kind(chunk_frame(pa)) != FRAME_CHUNKS)
		return false;
	state = state_at(pa);
	if (state == STATE_FREE)
		return false;
	chunk->bytes = chunk_size_bytes(state_size(state));
	chunk->base = paddr(ALIGN_DOWN(pa.val, chunk->bytes));
	chunk->slab = state >= STATE_SLAB_SMALL;
	return true;
}

void chunk_usage(struct chunk_usage *usage)
{
	spin_lock(&chunks.lock);
	*usage = chunks.usage;
	spin_unlock(&chunks.lock);
}
