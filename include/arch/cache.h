/* SPDX-License-Identifier: BSD-2-Clause */
/* Cache maintenance: the contracts stand with the code, in arch/arm64/cpu/cache.S. */
#ifndef ARCH_CACHE_H
#define ARCH_CACHE_H

#include <kernel/types.h>

/* The least DminLine (CTR_EL0) of CPUs that run; 15 until a second one does. Atomic. */
extern u8 cache_line_least;

/* Bytes of the smallest line of any data cache: what the functions below step by. */
u64 cache_line_bytes(void);

/* Drop [start, end), in whole lines, from the data caches down to memory; end exclusive. */
void cache_invalidate_poc(void *start, void *end);

/* Write what the data caches have of [start, end) to memory, where who has none finds it. */
void cache_clean_poc(const void *start, const void *end);

/* Make instructions written to [start, end) the ones that this CPU executes. */
void cache_sync_icache(void *start, void *end);

#endif
