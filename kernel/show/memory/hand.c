// SPDX-License-Identifier: BSD-2-Clause
/* Pieces of memory, signed, and the book of them: <kernel/hand.h> has the contract. */
#include <arch/page.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/hand.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/contig_alloc.h>
#include <mm/kmalloc.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/vmap.h>

struct hand_book hand_book;

const char *hand_kind_name(enum hand_kind kind)
{
	static const char names[HAND_KINDS][8] = { "pages",   "kmalloc", "vmalloc",
						   "movable", "contig",  "lent" };

	return names[kind];
}

u64 hand_bytes_max(enum hand_kind kind)
{
	if (kind == HAND_PAGES || kind == HAND_KMALLOC)
		return PAGES_BLOCK_BYTES_MAX;
	return kind == HAND_MOVABLE || kind == HAND_LENT ? HAND_MOVABLE_BYTES_MAX : VMAP_BYTES;
}

u64 hand_taken_bytes(const struct hand_piece *piece)
{
	if (piece->kind == HAND_PAGES)
		return page_size() << pages_order(piece->bytes);
	if (piece->kind == HAND_KMALLOC)
		return kmalloc_usable_bytes(piece->at);
	return page_align_up(piece->bytes);
}

paddr_t hand_paddr(const struct hand_piece *piece)
{
	if (piece->kind == HAND_PAGES || piece->kind == HAND_KMALLOC || piece->kind == HAND_CONTIG)
		return linear_to_paddr(vaddr_of(piece->at));
	return vmap_to_paddr(piece->at);
}

/* ---- what is in them ---- */

/* From one signed word to the next: so that each page that may move by itself has one. */
static u64 stride_of(const struct hand_piece *piece)
{
	bool moves = piece->kind == HAND_MOVABLE || piece->kind == HAND_LENT;
	u64 stride = HAND_STRIDE_BYTES;

	while (piece->bytes / stride > HAND_SIGNS_MOST && (!moves || stride < PAGE_SIZE_MIN))
		stride *= 2;
	return stride;
}

/* The word at an offset: that no other piece has at any, nor this one at another. */
static u64 sign_at(const struct hand_piece *piece, u64 offset)
{
	return (vaddr_of(piece->at).val + offset) * 0x9e3779b97f4a7c15 ^ (u64)piece->handle << 32;
}

/* The word there; NULL for less than one, where the piece ends. All but that one are whole. */
static u64 *whole_word(const struct hand_piece *piece, u64 offset)
{
	return piece->bytes - offset < sizeof(u64) ? NULL : (void *)(piece->at + offset);
}

static void sign(const struct hand_piece *piece)
{
	for (u64 at = 0, stride = stride_of(piece); at < piece->bytes; at += stride) {
		u64 word = sign_at(piece, at), *to = whole_word(piece, at);

		if (to)
			*to = word;
		else
			memcpy(piece->at + at, &word, (size_t)(piece->bytes - at));
	}
}

u64 hand_verify(const struct hand_piece *piece)
{
	for (u64 at = 0, stride = stride_of(piece); at < piece->bytes; at += stride) {
		u64 word = sign_at(piece, at);
		const u64 *is = whole_word(piece, at);

		if (is ? *is != word : memcmp(piece->at + at, &word, (size_t)(piece->bytes - at)))
			return at;
	}
	return HAND_WHOLE;
}

/* ---- pieces ---- */

static int take_pages(struct hand_piece *piece)
{
	paddr_t block;
	int err = pages_alloc(pages_order(piece->bytes), PAGES_COMPACT, &block);

	if (!err)
		piece->at = vaddr_ptr(paddr_to_linear(block));
	return err;
}

/* Hot blocks merge first. */
static void refuse(struct hand_refusal *refusal, const char *why)
{
	int order;

	pages_drain();
	buddy_lock();
	order = MAX(buddy_largest(MIGRATE_UNMOVABLE), buddy_largest(MIGRATE_MOVABLE));
	buddy_unlock();
	*refusal = (struct hand_refusal){
		.why = why,
		.largest_bytes = order < 0 ? 0 : page_size() << order,
		.free_bytes = pages_free_bytes(),
	};
}

static int take_contig(struct hand_piece *piece, struct hand_refusal *refusal)
{
	struct contig_request request = { .bytes = piece->bytes };
	struct contig_result result;
	paddr_t base;
	int err = contig_alloc(&request, &result, &base);

	if (err) {
		refuse(refusal, result.why);
		refusal->largest_bytes = result.largest_bytes;
	} else {
		piece->at = vaddr_ptr(paddr_to_linear(base));
	}
	return err;
}

static void *take_mapped(const struct hand_piece *piece)
{
	if (piece->kind == HAND_KMALLOC)
		return kmalloc(piece->bytes, 0);
	if (piece->kind == HAND_VMALLOC)
		return vmalloc(piece->bytes, 0);
	return movable_alloc(piece->bytes, 0);
}

int hand_take(struct hand_piece *piece, struct hand_refusal *refusal)
{
	int err = 0;

	ASSERT(piece->bytes && piece->bytes <= hand_bytes_max(piece->kind));
	if (piece->kind == HAND_CONTIG) {
		err = take_contig(piece, refusal);
	} else if (piece->kind == HAND_PAGES) {
		err = take_pages(piece);
	} else {
		piece->at = take_mapped(piece);
		err = piece->at ? 0 : -ENOMEM;
	}
	if (!err)
		sign(piece);
	else if (piece->kind != HAND_CONTIG)
		refuse(refusal, NULL);
	return err;
}

void hand_give(const struct hand_piece *piece)
{
	switch (piece->kind) {
	case HAND_PAGES:
		pages_free(linear_to_paddr(vaddr_of(piece->at)), pages_order(piece->bytes));
		break;
	case HAND_KMALLOC:
		kfree(piece->at);
		break;
	case HAND_VMALLOC:
		vfree(piece->at);
		break;
	case HAND_CONTIG:
		contig_free(linear_to_paddr(vaddr_of(piece->at)), piece->bytes);
		break;
	default:
		movable_free(piece->at);
	}
}

/* ---- the book ---- */

/* Room for `room` pieces, which those that there are need at least. */
static int resize(struct hand_book *book, u64 room)
{
	struct hand_piece *pieces = NULL;

	if (room) {
		pieces = krealloc(book->pieces, room * sizeof(*pieces), 0);
		if (!pieces)
			return -ENOMEM;
	} else {
		kfree(book->pieces);
	}
	book->pieces = pieces;
	book->room = room;
	return 0;
}

static int make_room(struct hand_book *book, u64 more)
{
	u64 room = MAX(book->room, 16ULL);

	while (room < book->count + more)
		room *= 2;
	return room == book->room ? 0 : resize(book, room);
}

/* Not before a quarter is used, or a piece that comes and goes would take the book with it. */
static void give_room(struct hand_book *book)
{
	u64 room = book->count ? book->room : 0;

	while (room > 16 && book->count <= room / 4)
		room /= 2;
	/* Where a smaller one can't be had, the large one stays. */
	if (room != book->room)
		(void)!resize(book, room);
}

int hand_add_to(struct hand_book *book, enum hand_kind kind, u64 bytes, u32 handle,
		struct hand_refusal *refusal)
{
	struct hand_piece *piece;
	int err;

	ASSERT(handle == book->last || handle == book->last + 1);
	err = make_room(book, 1);
	if (err) {
		refuse(refusal, "the list of what is held can't grow");
		return err;
	}
	piece = &book->pieces[book->count];
	*piece = (struct hand_piece){ .bytes = bytes, .handle = handle, .kind = (u8)kind };
	err = hand_take(piece, refusal);
	if (err) {
		give_room(book);
		return err;
	}
	book->last = handle;
	book->count++;
	return 0;
}

static bool is_above(const struct hand_piece *piece, u64 handle)
{
	return piece->handle > handle;
}

void hand_undo(struct hand_book *book, const struct hand_book *before)
{
	struct hand_sum sum;

	hand_drop(book, is_above, before->last, &sum);
	book->last = before->last;
	if (book->room > before->room)
		(void)!resize(book, before->room);
}

int hand_add(struct hand_book *book, enum hand_kind kind, u64 bytes, u64 count, u64 *done,
	     struct hand_refusal *refusal)
{
	struct hand_book before = *book;
	int err = 0;

	for (*done = 0; *done < count && !err; *done += !err)
		err = hand_add_to(book, kind, bytes, book->last + 1, refusal);
	if (err)
		hand_undo(book, &before);
	return err;
}

bool hand_has_handle(const struct hand_piece *piece, u64 handle)
{
	return piece->handle == handle;
}

bool hand_is_any(const struct hand_piece *piece, u64 unused)
{
	(void)piece, (void)unused;
	return true;
}

void hand_drop(struct hand_book *book, bool (*is_it)(const struct hand_piece *piece, u64 argument),
	       u64 argument, struct hand_sum *sum)
{
	u64 kept = 0;

	*sum = (struct hand_sum){ 0 };
	for (u64 i = 0; i < book->count; i++) {
		struct hand_piece piece = book->pieces[i];
		u64 offset;

		if (!is_it(&piece, argument)) {
			book->pieces[kept++] = piece;
			continue;
		}
		offset = hand_verify(&piece);
		if (offset != HAND_WHOLE)
			printk("hand: %u: byte %llu of the %s at %#llx is not what was written\n",
			       piece.handle, offset, hand_kind_name(piece.kind),
			       vaddr_of(piece.at).val);
		sum->pieces++;
		sum->bytes += piece.bytes;
		sum->harmed += offset != HAND_WHOLE;
		hand_give(&piece);
	}
	book->count = kept;
	give_room(book);
}
