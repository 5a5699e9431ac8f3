/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two pointers by which tools listen to allocations, and make them fail. NULL in a kernel without
 * tools; then each costs a load and a branch.
 */
#ifndef MM_HOOKS_H
#define MM_HOOKS_H

#include <kernel/compiler.h>
#include <kernel/types.h>

enum alloc_kind {
	ALLOC_AREA,  /* `bytes` of kernel-virtual memory, as asked for */
	ALLOC_BLOCK, /* `bytes` of kmalloc's that no slab holds, as asked for */
	ALLOC_SLAB,  /* a slab that takes `bytes`; its objects can use `room` of them */
};

/*
 * Set once, at boot. Called where allocating is slow anyway, so an object of a slab costs no
 * instruction; without the allocator's locks. Must not allocate.
 */
extern void (*alloc_observer)(enum alloc_kind kind, u64 bytes, u64 room);

static inline void alloc_observe(enum alloc_kind kind, u64 bytes, u64 room)
{
	if (unlikely(alloc_observer))
		alloc_observer(kind, bytes, room);
}

enum fault_site {
	FAULT_PAGES,
	FAULT_SLAB,
	FAULT_VMAP,
	FAULT_TABLES,
	FAULT_MIGRATE,
	FAULT_KEXEC,
	FAULT_SITES,
};

/* Set while a site has a rule by which its calls fail: <kernel/fault_inject.h>. Under any lock. */
extern bool (*fault_injector)(enum fault_site site);

/* Does this call fail? An allocation that must not fail (PAGES_MUST) doesn't ask. */
static inline bool fault_inject(enum fault_site site)
{
	return unlikely(fault_injector) && fault_injector(site);
}

#endif
