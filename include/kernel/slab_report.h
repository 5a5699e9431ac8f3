/* SPDX-License-Identifier: BSD-2-Clause */
/* What slab caches take and waste. */
#ifndef KERNEL_SLAB_REPORT_H
#define KERNEL_SLAB_REPORT_H

#include <kernel/compiler.h>
#include <kernel/types.h>

struct slab_cache;

struct slab_usage {
	u64 slabs;
	u64 slab_bytes;  /* what they take */
	u64 live;        /* objects */
	u64 live_bytes;  /* what was asked for, for them */
	u64 waste_bytes; /* the rest: free objects, red zones, headers, what doesn't fit */
};

/* What a cache takes; NULL: what all caches take. */
void slab_usage(struct slab_cache *cache, struct slab_usage *usage);

/* A line for each cache that has slabs, and one for all. */
void slab_report(int (*print)(const char *fmt, ...) __printf(1, 2));

#endif
