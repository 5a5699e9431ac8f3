// SPDX-License-Identifier: BSD-2-Clause
/* The walk of what <mm/chunk.h> says always holds. */
#include "inside.h"

static const char *check_piece(const struct chunk_piece *piece, unsigned size)
{
	paddr_t pa = linear_to_paddr(vaddr_of(piece));

	if (!IS_ALIGNED(pa.val, chunk_size_bytes(size)))
		return "a free piece isn't aligned to its size";
	if (frame_kind(chunk_frame(pa)) != FRAME_CHUNKS)
		return "a free piece lies in a page that isn't cut";
	if (!chunk_is_free(pa, size))
		return "a free piece has a unit in use";
	if (chunk_is_free(paddr(pa.val ^ chunk_size_bytes(size)), size))
		return "two buddies are free and apart";
	return NULL;
}

static const char *check_list(unsigned size, u64 *bytes, paddr_t *where)
{
	struct chunk_piece **link = &chunks.free[size];

	for (; *link; link = &(*link)->next) {
		const char *broken = check_piece(*link, size);

		*where = linear_to_paddr(vaddr_of(*link));
		if (broken)
			return broken;
		if ((*link)->link != link)
			return "a free piece's links contradict each other";
		*bytes += chunk_size_bytes(size);
	}
	return NULL;
}

const char *chunk_check(paddr_t *where)
{
	const char *broken = NULL;
	u64 bytes = 0;

	spin_lock(&chunks.lock);
	for (unsigned size = 0; !broken && size < CHUNK_SIZES; size++)
		broken = check_list(size, &bytes, where);
	if (!broken && bytes != chunks.usage.free_bytes)
		broken = "the free pieces' bytes don't add up";
	spin_unlock(&chunks.lock);
	return broken;
}
