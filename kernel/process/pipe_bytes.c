// SPDX-License-Identifier: BSD-2-Clause
/* The content of a pipe: see pipe_bytes.h. */
#include <arch/user.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <kernel/sched.h>
#include <mm/kmalloc.h>

#include "pipe_bytes.h"

struct pipe_piece {
	struct pipe_piece *next;
	u16 begin, end, room; /* of data */
	u8 data[];
};

#define PIECE_HEAD offsetof(struct pipe_piece, data)

/* Sizes with their head: the more there is already, the larger is the next piece. */
static u64 piece_bytes(const struct pipe_bytes *content, u64 bytes)
{
	u64 wanted = MAX(bytes, content->bytes / 4) + PIECE_HEAD;

	if (wanted <= 256)
		return 256;
	return wanted <= 1 * KiB ? 1 * KiB : 4 * KiB;
}

static struct pipe_piece *add_piece(struct pipe_bytes *content, u64 bytes)
{
	u64 all = piece_bytes(content, bytes);
	struct pipe_piece *piece = kmalloc(all, 0);

	if (!piece)
		return NULL;
	piece->next = NULL;
	piece->begin = piece->end = 0;
	piece->room = (u16)(all - PIECE_HEAD);
	if (content->last)
		content->last->next = piece;
	else
		content->first = piece;
	content->last = piece;
	return piece;
}

static void free_from(struct pipe_piece *piece)
{
	while (piece) {
		struct pipe_piece *next = piece->next;

		kfree(piece);
		piece = next;
	}
}

/* As it was when `last`, with its `end`, was the last piece. */
static void cut(struct pipe_bytes *content, struct pipe_piece *last, u16 end)
{
	if (last) {
		free_from(last->next);
		last->next = NULL;
		last->end = end;
	} else {
		free_from(content->first);
		content->first = NULL;
	}
	content->last = last;
}

s64 pipe_bytes_take(struct pipe_bytes *content, u64 from, u64 bytes)
{
	struct pipe_piece *last = content->last, *piece = last;
	u16 end = last ? last->end : 0;
	u64 left = bytes;
	s64 err = 0;

	while (left && !err) {
		u64 some;

		if (!piece || piece->end == piece->room) {
			piece = add_piece(content, left);
			if (!piece) {
				err = -ENOMEM;
				break;
			}
		}
		some = MIN(left, (u64)piece->room - piece->end);
		if (user_copy_in(piece->data + piece->end, from, some))
			err = -EFAULT;
		piece->end += (u16)some;
		from += some;
		left -= some;
	}
	if (unlikely(err))
		cut(content, last, end);
	else
		content->bytes += bytes;
	return err;
}

bool pipe_bytes_give(const struct pipe_bytes *content, u64 to, u64 bytes)
{
	for (const struct pipe_piece *piece = content->first; bytes; piece = piece->next) {
		u64 some = MIN(bytes, (u64)piece->end - piece->begin);

		if (user_copy_out(to, piece->data + piece->begin, some))
			return false;
		to += some;
		bytes -= some;
	}
	return true;
}

void pipe_bytes_drop(struct pipe_bytes *content, u64 bytes)
{
	content->bytes -= bytes;
	while (bytes) {
		struct pipe_piece *piece = content->first;
		u64 some = MIN(bytes, (u64)piece->end - piece->begin);

		piece->begin += (u16)some;
		bytes -= some;
		if (piece->begin < piece->end)
			break;
		if (piece == content->last) {
			piece->begin = piece->end = 0;
		} else {
			content->first = piece->next;
			kfree(piece);
		}
	}
}

void pipe_bytes_free(struct pipe_bytes *content)
{
	free_from(content->first);
}
