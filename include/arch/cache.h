/* SPDX-License-Identifier: BSD-2-Clause */
/* Cache maintenance: the contracts stand with the code, in arch/arm64/cpu/cache.S. */
#ifndef ARCH_CACHE_H
#define ARCH_CACHE_H

/* Drop [start, end), in whole lines, from the data caches down to memory; end exclusive. */
void cache_invalidate_poc(void *start, void *end);

/* Write what the data caches have of [start, end) to memory, where who has none finds it. */
void cache_clean_poc(const void *start, const void *end);

/* Make instructions written to [start, end) the ones that this CPU executes. */
void cache_sync_icache(void *start, void *end);

#endif
