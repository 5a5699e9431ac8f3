/* SPDX-License-Identifier: BSD-2-Clause */
/* CMA regions for people: what they have, who uses them, what claims cost. Any time. */
#ifndef KERNEL_CMA_REPORT_H
#define KERNEL_CMA_REPORT_H

#include <kernel/compiler.h>
#include <mm/cma.h>

/* A region as it is now, in bytes: claimed + lent + free is all of it. */
struct cma_usage {
	u64 claimed;
	u64 lent;
	u64 free;
	u64 largest; /* run that isn't claimed: what cma_alloc could have */
};

void cma_read_usage(struct cma_region *region, struct cma_usage *usage);

/* Two lines for each region: how much of it each use has; claims, failures, cost. */
void cma_report(int (*print)(const char *fmt, ...) __printf(1, 2));

/*
 * The region as characters, at most 512 of them, each for a power of two of bytes: claimed, lent,
 * free, pinned, and mixtures. The first line has the unit and the legend.
 */
void cma_map(const struct cma_region *region, int (*print)(const char *fmt, ...) __printf(1, 2));

#endif
