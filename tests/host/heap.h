/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests of the heap have in common: fresh pages below it, and all of them free at the end. */
#ifndef HEAP_H
#define HEAP_H

#include "host.h"

#include <string.h>

#include <mm/slab.h>

/* The statement panics, and says so in a text that has `text` in it. */
#define PANICS(statement, text)                              \
	do {                                                 \
		assert_true(HOST_ASSERTS(statement));        \
		if (!strstr(host_last_failure(), text))      \
			fail_msg("%s", host_last_failure()); \
	} while (0)

/* Start with all memory free, no caches but kmalloc's, and no faults injected. */
void heap_start(void);

/* No invariant is broken, nothing is live, and with what is kept given back all memory is free. */
void heap_finish(void);

/* The cache has no live object: all its slabs go back, and no walk of caches meets it again. */
void heap_forget(struct slab_cache *cache);

/* Both around `body`: in a build as usual, and in one for debugging. */
void heap_in_both_builds(void (*body)(void));

#endif
