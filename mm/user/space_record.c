// SPDX-License-Identifier: BSD-2-Clause
/*
 * Records of user pages, which their frames name: 16 bytes each, so 0.4% of the memory that
 * programs have touched at 4K, 0.1% at 16K and 0.02% at 64K.
 *
 * They lie in chunks of 4 KiB, 256 in each, which a directory lists: a record's index is its
 * chunk's number and its own. Chunks with free records are on a list; one that is empty goes back
 * unless it is the only one there, and that goes with the last space. Everything here is had when
 * the first page is touched.
 *
 * Locking: rmap_lock. Chunks and a larger directory are allocated without it.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/chunk.h>
#include <mm/kmalloc.h>
#include <mm/rmap.h>

#include "inside.h"

#define CHUNK_SHIFT   8
#define CHUNK_RECORDS (1U << CHUNK_SHIFT)
#define NONE          (~0U)

BUILD_ASSERT(CHUNK_RECORDS * sizeof(struct space_record) == CHUNK_BYTES_MIN);

struct record_chunk {
	struct space_record *records; /* NULL: none, and `next` is another one such */
	u32 next;                     /* on the list of those with free records */
	u32 previous;
	u16 free; /* the first free one; each names the next in its second word */
	u16 used;
};

static struct {
	struct record_chunk *chunks;
	u32 count;   /* of the directory's entries; no entry beyond it was ever used */
	u32 room;    /* of the directory */
	u32 partial; /* the list */
	u32 unused;  /* entries without a chunk */
	u64 used;    /* records */
} records = { .partial = NONE, .unused = NONE };

/* ---- the list of chunks with free records ---- */

static void link(u32 number)
{
	struct record_chunk *chunk = &records.chunks[number];

	chunk->previous = NONE;
	chunk->next = records.partial;
	if (chunk->next != NONE)
		records.chunks[chunk->next].previous = number;
	records.partial = number;
}

static void unlink(u32 number)
{
	const struct record_chunk *chunk = &records.chunks[number];

	if (chunk->previous != NONE)
		records.chunks[chunk->previous].next = chunk->next;
	else
		records.partial = chunk->next;
	if (chunk->next != NONE)
		records.chunks[chunk->next].previous = chunk->previous;
}

/* ---- records ---- */

struct space_record *space_record_at(u64 index)
{
	return &records.chunks[index >> CHUNK_SHIFT].records[index % CHUNK_RECORDS];
}

void space_record_move(u64 index, u64 page)
{
	struct space_record *record = space_record_at(index);

	record->page_references += page - space_record_page(record);
}

bool space_record_is(u64 index)
{
	return index >> CHUNK_SHIFT < records.count &&
	       records.chunks[index >> CHUNK_SHIFT].records && space_record_at(index)->object;
}

bool space_record_take(struct user_object *object, u64 page, u64 *index)
{
	u32 number = records.partial;
	struct record_chunk *chunk;
	struct space_record *record;

	if (number == NONE)
		return false;
	chunk = &records.chunks[number];
	record = &chunk->records[chunk->free];
	*index = (u64)number << CHUNK_SHIFT | chunk->free;
	chunk->free = (u16)record->page_references;
	if (++chunk->used == CHUNK_RECORDS)
		unlink(number);
	record->object = object;
	record->page_references = page | 1ULL << SPACE_RECORD_PAGE_BITS;
	object->records++;
	records.used++;
	return true;
}

/* The entry has no chunk any more, which is chained from *spent on. */
static void give_up(u32 number, void **spent)
{
	struct record_chunk *chunk = &records.chunks[number];

	unlink(number);
	*(void **)(void *)chunk->records = *spent;
	*spent = chunk->records;
	chunk->records = NULL;
	chunk->next = records.unused;
	records.unused = number;
}

void space_record_put(u64 index, void **spent)
{
	u32 number = (u32)(index >> CHUNK_SHIFT);
	struct record_chunk *chunk = &records.chunks[number];
	struct space_record *record = &chunk->records[index % CHUNK_RECORDS];

	record->object->records--;
	record->object = NULL;
	record->page_references = chunk->free;
	chunk->free = (u16)(index % CHUNK_RECORDS);
	records.used--;
	if (chunk->used-- == CHUNK_RECORDS)
		link(number);
	if (unlikely(!chunk->used) && (chunk->next != NONE || chunk->previous != NONE))
		give_up(number, spent);
}

/* ---- chunks, without the lock ---- */

/* Room for twice as many. Meanwhile somebody else may have made it. */
static int grow_directory(u32 room)
{
	u32 larger = MAX(2 * room, 16U);
	struct record_chunk *chunks = kmalloc(larger * sizeof(*chunks), PAGES_COMPACT);
	struct record_chunk *old = chunks;

	if (!chunks)
		return -ENOMEM;
	rmap_lock();
	if (records.room == room) {
		old = records.chunks;
		if (old)
			memcpy(chunks, old, records.count * sizeof(*chunks));
		records.chunks = chunks;
		records.room = larger;
	}
	rmap_unlock();
	kfree(old);
	return 0;
}

/* An entry for the chunk, if there is room: all of it is free then. */
static bool add_chunk(struct space_record *chunk_records)
{
	u32 number = records.unused;

	if (number != NONE)
		records.unused = records.chunks[number].next;
	else if (records.count < records.room)
		number = records.count++;
	else
		return false;
	records.chunks[number] = (struct record_chunk){ .records = chunk_records };
	link(number);
	return true;
}

int space_record_grow(void)
{
	struct space_record *chunk;
	bool added = false;
	paddr_t pa;
	u32 room;
	int err = chunk_alloc(CHUNK_BYTES_MIN, PAGES_COMPACT, &pa);

	if (err)
		return err;
	chunk = vaddr_ptr(paddr_to_linear(pa));
	for (unsigned i = 0; i < CHUNK_RECORDS; i++)
		chunk[i] = (struct space_record){ .page_references = i + 1 };
	while (!added && !err) {
		rmap_lock();
		added = add_chunk(chunk);
		room = records.room;
		rmap_unlock();
		if (!added)
			err = grow_directory(room);
	}
	if (err)
		chunk_free(pa);
	return err;
}

void space_record_free(void *spent)
{
	while (spent) {
		void *next = *(void **)spent;

		chunk_free(linear_to_paddr(vaddr_of(spent)));
		spent = next;
	}
}

void space_record_trim(void)
{
	struct record_chunk *chunks = NULL;
	void *spent = NULL;

	rmap_lock();
	if (!records.used) {
		while (records.partial != NONE)
			give_up(records.partial, &spent);
		chunks = records.chunks;
		records.chunks = NULL;
		records.count = records.room = 0;
		records.unused = NONE;
	}
	rmap_unlock();
	space_record_free(spent);
	kfree(chunks);
}
