/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers of a bit for each interrupt, as distributors and redistributors of GICs have them: one
 * that sets bits and one that clears them, by the same offsets.
 */
#ifndef FAKE_GIC_H
#define FAKE_GIC_H

#include <kernel/types.h>

#define FAKE_GIC_LINES 96

struct fake_lines {
	u32 enabled[FAKE_GIC_LINES / 32], pending[FAKE_GIC_LINES / 32], active[FAKE_GIC_LINES / 32];
	u32 group[FAKE_GIC_LINES / 32];
	u32 trigger[FAKE_GIC_LINES / 16];
	u8 priority[FAKE_GIC_LINES];
};

/* False: none of these registers is at `offset`. */
bool fake_lines_read(const struct fake_lines *lines, u64 offset, u32 *value);
bool fake_lines_write(struct fake_lines *lines, u64 offset, u32 value);

/* Of one interrupt in one of the arrays. */
bool fake_lines_has(const u32 *bits, u32 number);

/* Is none of [first, end), multiples of 32, enabled, pending or active? */
bool fake_lines_quiet(const struct fake_lines *lines, u32 first, u32 end);

#endif
