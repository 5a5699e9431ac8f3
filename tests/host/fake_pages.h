/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stand-in for mm/page/frame.c and mm/page/pages.c, for tests of what is built on them: pages of
 * memory from the host, and a frame table for them.
 *
 * It is as unkind as the contracts in include/mm/frame.h and include/mm/pages.h allow: memory that
 * is handed out holds junk, words after a block's head do too, and memory that is free can't be
 * touched (AddressSanitizer sees to that).
 */
#ifndef FAKE_PAGES_H
#define FAKE_PAGES_H

#include <kernel/types.h>

#define FAKE_PAGES_BASE  0x40000000ULL
#define FAKE_PAGES_BYTES (4ULL << 20)

/* Start over with all memory free, at the page size of the moment. */
void fake_pages_init(void);

/* Make the memory less (or all again): fake_pages_limit(FAKE_PAGES_BYTES). */
void fake_pages_limit(u64 bytes);

#endif
