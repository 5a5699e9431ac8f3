/* SPDX-License-Identifier: BSD-2-Clause */
/* A naive model of a user space: an array of pages, in a window of addresses. */
#ifndef SPACE_MODEL_H
#define SPACE_MODEL_H

#include "space_world.h"

#define PAGES 96 /* of the window */

/* What a page of the window is. */
struct page {
	bool mapped;
	bool own; /* it was copied, or made */
	u8 prot;
	u8 byte[2]; /* at its beginning and its end */
	const struct space_source *source;
	u64 offset;
};

extern struct page model[PAGES];
extern struct space_source sources[3];
extern u64 p; /* P */

/* Nothing is mapped, and P is this. */
void model_begin(u64 page_bytes);

/* The address of a page. */
u64 at(u64 page);

/* Nobody has touched it. */
void fresh(struct page *m);

/* What comes of an access. */
enum space_verdict expected(const struct page *m, enum space_access access);

/* The highest free run of the window; PAGES: there is none. */
u64 highest_run(u64 pages);
bool any_mapped(u64 first, u64 pages);

void clear(u64 first, u64 pages);

/* Are they one mapping? */
bool goes_on(const struct page *a, const struct page *b);

/* What comes of mremap, and the model is so already. *to: where it is then. */
int expect_move(u64 first, u64 pages, u64 new, unsigned flags, u64 *to);

#endif
