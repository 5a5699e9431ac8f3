/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A space as a list of mappings: no tables, no pages. For tests of those who map.
 *
 * What a byte reads as follows from the mapping's source, and from what was cleared since then.
 */
#ifndef FAKE_SPACE_H
#define FAKE_SPACE_H

#include <mm/space.h>

#define FAKE_SPACE_MAPPINGS 512

struct fake_mapping {
	u64 base, end;
	unsigned prot, flags;
	const struct space_source *source; /* NULL: anonymous */
	u64 offset;
};

struct fake_space {
	struct space space;
	struct fake_mapping mappings[FAKE_SPACE_MAPPINGS]; /* ascending */
	unsigned count;
	struct fake_mapping cleared[FAKE_SPACE_MAPPINGS]; /* of files: base and end only */
	unsigned cleared_count;
	u64 heap;
	unsigned calls;   /* of functions that can fail */
	unsigned fail_at; /* the call that fails; 0: none */
};

/* The one that fake_space_zero() clears: the last that began. */
void fake_space_begin(struct fake_space *fake, unsigned page_shift);

/* The mapping that `at` lies in, or NULL. */
const struct fake_mapping *fake_space_find(const struct fake_space *fake, u64 at);

/* What is at `at`: 0 to 255, or -1 where nothing can be read, be it beyond a file's end. */
int fake_space_byte(const struct fake_space *fake, u64 at);

/* As user_zero(): fails where nothing is mapped, not to be written, or beyond the file's end. */
u64 fake_space_zero(u64 to, u64 bytes);

/* "400000-410000 r-x 0\n410000-420000 rw- anonymous\n" */
void fake_space_text(const struct fake_space *fake, char *text, size_t bytes);

#endif
