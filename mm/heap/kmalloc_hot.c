// SPDX-License-Identifier: BSD-2-Clause
/*
 * kmalloc and kfree, as long as no slab comes or goes: 37 instructions each, where the plain forms,
 * kmalloc_any and kmalloc_free_any (kmalloc.c), take 69 and 79. These do whatever the shortcuts
 * don't.
 */
#include <mm/hooks.h>
#include <mm/slab_hot.h>

#include "inside.h"

void *kmalloc(u64 bytes, unsigned flags)
{
	/* 0 bytes wrap around, and so are among the others. */
	if (unlikely(bytes - 1 >= KMALLOC_SLAB_BYTES_MAX || flags || GRANULE_DEBUG))
		return kmalloc_any(bytes, flags);
	if (unlikely(fault_injector))
		return kmalloc_any(bytes, flags);
	return slab_hot_take(kmalloc_by_size[(bytes - 1) >> KMALLOC_STEP_SHIFT], PAGES_COMPACT);
}

void kfree(const void *p)
{
	void **object = (void **)(uintptr_t)p;
	struct slab *slab = slab_header(object, CHUNK_SLAB_SMALL);

	if (unlikely(IS_ALIGNED((uintptr_t)p, KMALLOC_WORD_ALIGN) || GRANULE_DEBUG ||
		     !kmalloc_has_cookie(slab)) ||
	    !slab_hot_put(object, slab))
		kmalloc_free_any(p);
}
