// SPDX-License-Identifier: BSD-2-Clause
/*
 * kmalloc and kfree, as long as the CPU's own slab has objects, or gets them back: 30 and 31
 * instructions. The plain forms, kmalloc_any and kmalloc_free_any (kmalloc.c), do whatever the
 * shortcuts don't.
 */
#include <mm/hooks.h>
#include <mm/slab_hot.h>

#include "inside.h"

void *kmalloc(u64 bytes, unsigned flags)
{
	unsigned class;
	void *object;

	/* 0 bytes wrap around, and so are among the others. */
	if (unlikely(bytes - 1 >= KMALLOC_SLAB_BYTES_MAX || flags || GRANULE_DEBUG))
		return kmalloc_any(bytes, flags);
	if (unlikely(fault_injector))
		return kmalloc_any(bytes, flags);
	class = kmalloc_class[(bytes - 1) >> KMALLOC_STEP_SHIFT];
	object = slab_hot_take(class);
	return likely(object) ? object : slab_take(&kmalloc_caches[class], PAGES_COMPACT);
}

/* In a small slab? At an address where there may be anything of kmalloc's, or of others. */
static bool is_in_small_slab(const void *p)
{
	paddr_t pa = linear_to_paddr(vaddr_of(p));

	return p && pa.val < LINEAR_BYTES && frame_kind(chunk_frame(pa)) == FRAME_CHUNKS &&
	       chunk_state(pa) == CHUNK_STATE_SLAB_SMALL;
}

void kfree(const void *p)
{
	void **object = (void **)(uintptr_t)p;
	struct slab *slab = slab_header(object, CHUNK_SLAB_SMALL);

	if (unlikely(IS_ALIGNED((uintptr_t)p, KMALLOC_WORD_ALIGN) && !is_in_small_slab(p)) ||
	    unlikely(GRANULE_DEBUG || !kmalloc_has_cookie(slab)))
		kmalloc_free_any(p);
	else if (unlikely(!slab_hot_put(object, slab)))
		slab_put(object, slab);
}
