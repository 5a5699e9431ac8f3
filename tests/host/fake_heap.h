/* SPDX-License-Identifier: BSD-2-Clause */
/* The allocators that kernel/show/memory/hand.c asks, made of the C library's, with a count. */
#ifndef FAKE_HEAP_H
#define FAKE_HEAP_H

#include <kernel/hand.h>

extern u64 heap_live;            /* pieces of any kind */
extern u64 heap_list_bytes;      /* what krealloc gave */
extern u64 heap_asked;           /* allocations, the list's included */
extern u64 heap_fail_at;         /* the allocation that fails; 0: none does */
extern enum hand_kind heap_kind; /* of the last one */

#endif
