/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A place for a listener to what is allocated. The allocators tell it where allocating is slow
 * anyway, so an object of a slab costs no instruction; without a listener it costs a load and a
 * branch.
 *
 * Set once, at boot, by the tools that keep the record; NULL in a kernel without them.
 */
#ifndef MM_ALLOC_OBSERVER_H
#define MM_ALLOC_OBSERVER_H

#include <kernel/compiler.h>
#include <kernel/types.h>

enum alloc_kind {
	ALLOC_AREA,  /* `bytes` of kernel-virtual memory, as asked for */
	ALLOC_BLOCK, /* `bytes` of kmalloc's that no slab holds, as asked for */
	ALLOC_SLAB,  /* a slab that takes `bytes`; its objects can use `room` of them */
};

/* Called without the allocator's locks. Must not allocate. */
extern void (*alloc_observer)(enum alloc_kind kind, u64 bytes, u64 room);

static inline void alloc_observe(enum alloc_kind kind, u64 bytes, u64 room)
{
	if (unlikely(alloc_observer))
		alloc_observer(kind, bytes, room);
}

#endif
