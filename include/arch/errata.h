/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors of CPUs that touch what this kernel does: TLB maintenance, caches, speculation, timers. */
#ifndef ARCH_ERRATA_H
#define ARCH_ERRATA_H

#include <kernel/types.h>

struct erratum {
	u8 implementer;
	u16 part;
	u8 first, last; /* revisions: variant << 4 | revision, both inclusive */
	bool mended;    /* code is made so that it can't matter, on all CPUs */
	char number[24];
	const char *what;
};

/*
 * The errata of a CPU, by its MIDR_EL1, one a call: start with *cursor = 0. NULL after the last.
 * Pure; any context.
 */
const struct erratum *errata_next(u64 midr, u32 *cursor);

#endif
