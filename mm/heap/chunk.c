// SPDX-License-Identifier: BSD-2-Clause
/*
 * Chunks: see include/mm/chunk.h, which has the invariants.
 */
#include <arch/zero.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/panic.h>
#include <mm/addr.h>
#include <mm/junk.h>

#include "inside.h"

#define UNIT_SHIFT     CHUNK_UNIT_SHIFT
#define UNITS          CHUNK_UNITS
#define STATE_BITS     CHUNK_STATE_BITS
#define STATE_MASK     CHUNK_STATE_MASK
#define STATES_OF_ONES 0x249249249249ULL /* bit 0 of each of 16 states */

enum {
	STATE_FREE,
	STATE_PLAIN, /* to STATE_PLAIN + CHUNK_SIZES - 1 */
	STATE_SLAB_SMALL = CHUNK_STATE_SLAB_SMALL,
	STATE_SLAB_LARGE,
};

BUILD_ASSERT(STATE_SLAB_SMALL == STATE_PLAIN + CHUNK_SIZES && STATE_SLAB_LARGE == STATE_MASK);
BUILD_ASSERT(CHUNK_BYTES_MIN == 1ULL << UNIT_SHIFT);
BUILD_ASSERT(CHUNK_BYTES_MAX == CHUNK_BYTES_MIN << (CHUNK_SIZES - 1));
BUILD_ASSERT(UNITS *CHUNK_BYTES_MIN == PAGE_SIZE_MAX && CHUNK_BYTES_MIN == PAGE_SIZE_MIN);

LOCK_CLASS(chunks, LOCK_CHUNKS, &chunks.lock);
struct chunks chunks = { .lock = SPINLOCK(chunks) };

/* The smallest size that holds so many bytes, which aren't 0. */
static unsigned size_of(u64 bytes)
{
	u64 last_unit = (bytes - 1) >> UNIT_SHIFT;

	return last_unit ? 64 - (unsigned)__builtin_clzll(last_unit) : 0;
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

/* Bit 0 of the states of a piece's units. */
static u64 state_ones(paddr_t pa, unsigned size)
{
	unsigned bits = STATE_BITS << size;

	return (STATES_OF_ONES & ((1ULL << bits) - 1)) << chunk_state_shift(pa);
}

/* The words of all pages say the same. Behind the head, kind and states get a meaning. */
static void set_states(paddr_t pa, unsigned size, unsigned state)
{
	u64 ones = state_ones(pa, size);

	for (u64 at = 0; at < chunk_size_bytes(size); at += page_size()) {
		struct frame *f = chunk_frame(paddr_add(pa, at));

		frame_set_own(f, (frame_own(f) & ~(ones * STATE_MASK)) | ones * state);
	}
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

/* All pages of a chunk, or the one that it is cut from. */
static int alloc_pages(unsigned size, unsigned flags, paddr_t *pa)
{
	unsigned order = MAX(size, size_of_page()) - size_of_page();
	int err = pages_alloc(order, flags & ~(unsigned)PAGES_ZERO, pa);

	for (u64 at = 0; !err && at < page_size() << order; at += page_size())
		frame_set_kind(frame_of(paddr_add(*pa, at)), FRAME_CHUNKS);
	return err;
}

static int alloc(unsigned state, unsigned flags, paddr_t *pa)
{
	unsigned size = state_size(state);

	ASSERT(!(flags & PAGES_MOVABLE));
	spin_lock(&chunks.lock);
	if (!take_piece(size, pa)) {
		int err;

		spin_unlock(&chunks.lock);
		err = alloc_pages(size, flags, pa);
		if (err)
			return err;
		spin_lock(&chunks.lock);
		cut(*pa, size_of_page(), size);
	}
	set_states(*pa, size, state);
	chunks.usage.used_bytes += chunk_size_bytes(size);
	chunks.usage.peak_bytes = MAX(chunks.usage.peak_bytes, chunks.usage.used_bytes);
	spin_unlock(&chunks.lock);
	if (flags & PAGES_ZERO)
		arch_zero(pointer(*pa), chunk_size_bytes(size));
	return 0;
}

int chunk_alloc(u64 bytes, unsigned flags, paddr_t *pa)
{
	if (bytes == 0 || bytes > CHUNK_BYTES_MAX)
		return -EINVAL;
	return alloc(STATE_PLAIN + size_of(bytes), flags, pa);
}

int chunk_alloc_slab(u64 bytes, unsigned flags, paddr_t *pa)
{
	bool small = bytes == CHUNK_SLAB_SMALL;

	ASSERT(small || bytes == CHUNK_SLAB_LARGE);
	return alloc(small ? STATE_SLAB_SMALL : STATE_SLAB_LARGE, flags, pa);
}

/*
 * Merge a piece with its buddies; what comes to a page, or more, goes back. Releases the lock.
 *
 * Words of pages with chunks are this file's, and change under its lock (<mm/frame.h>).
 */
static void give_back(paddr_t pa, unsigned size)
{
	set_states(pa, size, STATE_FREE);
	for (; size < size_of_page(); size++) {
		paddr_t buddy = paddr(pa.val ^ chunk_size_bytes(size));

		if (!chunk_is_free(buddy, size)) {
			push(pa, size);
			spin_unlock(&chunks.lock);
			return;
		}
		take_out(pointer(buddy), size);
		pa = paddr_min(pa, buddy);
	}
	spin_unlock(&chunks.lock);
	frame_set_kind(frame_of(pa), FRAME_ALLOCATED);
	pages_free(pa, size - size_of_page());
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
	give_back(pa, size_of(found.bytes));
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
	state = chunk_state(pa);
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
