// SPDX-License-Identifier: BSD-2-Clause
/* A CMA region that is lent, as far as one wants: what `cma fill` does. */
#include <arch/page.h>
#include <kernel/errno.h>
#include <kernel/hand.h>
#include <mm/buddy.h>
#include <mm/cma.h>
#include <mm/pages.h>
#include <mm/vmap.h>

#define PIECE_BYTES (2 * MiB)

/* Bytes of the piece, in whole pages, that lie in the region. */
static u64 bytes_in(const struct cma_region *region, const struct hand_piece *piece)
{
	u64 bytes = 0;

	for (u64 at = 0; at < piece->bytes; at += page_size())
		if (vmap_to_paddr(piece->at + at).val - region->base.val < region->bytes)
			bytes += page_size();
	return bytes;
}

static const struct cma_region *wanted;

/* One that was only in the way of getting at the region's pages. */
static bool is_strange(const struct hand_piece *piece, u64 handle)
{
	return hand_has_handle(piece, handle) && !bytes_in(wanted, piece);
}

/* Movable memory comes from regions first, whichever: until this one has lent so much. */
static int lend(struct hand_book *book, u32 handle, u64 bytes, u64 *here, u64 *elsewhere)
{
	struct hand_refusal refusal;

	while (*here < bytes && buddy_free_bytes(MIGRATE_CMA)) {
		u64 piece = MIN(bytes - *here, PIECE_BYTES), in;
		int err;

		piece = MIN(piece, buddy_free_bytes(MIGRATE_CMA));
		err = hand_add_to(book, HAND_LENT, piece, handle, &refusal);
		if (err)
			return err;
		in = bytes_in(wanted, &book->pieces[book->count - 1]);
		*here += in;
		*elsewhere += in ? piece - in : 0;
	}
	return 0;
}

int hand_fill(struct hand_book *book, const struct cma_region *region, u64 bytes, u32 *handle,
	      u64 *here, u64 *elsewhere)
{
	struct hand_book before = *book;
	struct hand_sum sum;
	int err;

	*handle = book->last + 1;
	*here = *elsewhere = 0;
	wanted = region;
	/* What is hot would be taken before a region's pages. */
	pages_set_hot(false);
	err = lend(book, *handle, page_align_up(bytes), here, elsewhere);
	if (!err && !*here)
		err = -ENOSPC;
	if (err)
		hand_undo(book, &before);
	else
		hand_drop(book, is_strange, *handle, &sum);
	pages_set_hot(true);
	return err;
}
