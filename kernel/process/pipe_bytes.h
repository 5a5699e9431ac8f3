/* SPDX-License-Identifier: BSD-2-Clause */
/* The content of a pipe: bytes, first in, first out, in pieces of memory as large as they need. */
#ifndef PROCESS_PIPE_BYTES_H
#define PROCESS_PIPE_BYTES_H

#include <kernel/types.h>

struct pipe_piece;

/* All zero is an empty one. The pipe's mutex guards it. */
struct pipe_bytes {
	struct pipe_piece *first, *last;
	u64 bytes;
};

/* Add all of it, from the program, or nothing: -EFAULT, -ENOMEM. */
s64 pipe_bytes_take(struct pipe_bytes *content, u64 from, u64 bytes);

/* Copy the first ones, which are there, to the program. False: not all could be written. */
bool pipe_bytes_give(const struct pipe_bytes *content, u64 to, u64 bytes);

/* Forget the first ones. The last piece stays for what comes next. */
void pipe_bytes_drop(struct pipe_bytes *content, u64 bytes);

void pipe_bytes_free(struct pipe_bytes *content);

#endif
