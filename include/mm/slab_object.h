/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside a slab: for the files of mm/heap, and for tools that show slabs. Everybody else wants
 * mm/slab.h.
 *
 *   base                                                               base + slab_bytes
 *   | object | object | object | ...                          | rest | header |
 *     stride   stride
 *
 * The first word of a free object is the link to the next free one. In a debug build a gap
 * follows each object, and one comes before the first:
 *
 *   | gap | object | red zone, 8 bytes | link | state | red zone, 8 bytes or more | object | ...
 *
 * so the link isn't in the object, and each byte of a free object is junk.
 */
#ifndef MM_SLAB_OBJECT_H
#define MM_SLAB_OBJECT_H

#include <arch/cpu.h>
#include <arch/spinlock.h>
#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/slab.h>

/* What a header's cookie is besides its address: less for kmalloc, whose slabs tell by that. */
#define SLAB_COOKIE         0xc3c3c3c3c3c3c3c3
#define SLAB_COOKIE_KMALLOC 0ULL

/* Every cache there is. */
struct slab_caches {
	struct spinlock lock;
	struct slab_cache *first;
};

extern struct slab_caches slab_caches;

/* The cookie comes first, so that what overflows the last object breaks it. */
struct slab {
	u64 cookie;
	struct slab_cache *cache;
	void *free;         /* objects, linked. Atomic where a CPU owns the slab, */
	struct cpu *owner;  /* which is this one; NULL: none. Atomic */
	void *returned;     /* objects of an owned slab that other CPUs freed, linked. Atomic */
	u32 live;           /* the returned ones among them. Atomic */
	u32 returned_count; /* under the lock */
	struct slab *next;
	struct slab **link; /* what points here */
};

/* Behind an object, in a debug build. */
struct slab_gap {
	u64 red;
	void *free; /* the next free object */
	u64 state;
};

/*
 * A relaxed atomic access. Volatile, it is one instruction; of the compiler's own GCC makes two,
 * for a member of a struct.
 */
#ifdef GRANULE_HOST
#define SLAB_READ(from)      __atomic_load_n(&(from), __ATOMIC_RELAXED)
#define SLAB_WRITE(to, what) __atomic_store_n(&(to), what, __ATOMIC_RELAXED)
#else
#define SLAB_READ(from)      (*(volatile __typeof__(from) *)&(from))
#define SLAB_WRITE(to, what) (*(volatile __typeof__(to) *)&(to) = (what))
#endif

/*
 * Whose the slab is. Only the owner finds itself here without the lock: it alone makes itself that,
 * and it alone ends it, or an interrupt there that another CPU asks for. That one, which the slab
 * is handed to, waits meanwhile, and then ends it under the lock before it does anything else.
 */
static inline struct cpu *slab_owner(const struct slab *slab)
{
	return SLAB_READ(slab->owner);
}

static inline u32 slab_live(const struct slab *slab)
{
	return SLAB_READ(slab->live);
}

/* Is it the object that was freed last, by its owner or by another CPU? */
static inline bool slab_freed_last(const struct slab *slab, const void *object)
{
	return SLAB_READ(slab->free) == object || SLAB_READ(slab->returned) == object;
}

/* The header of the slab that an object is in; `slab_bytes` is a power of two. */
static inline struct slab *slab_header(const void *object, u64 slab_bytes)
{
	return (struct slab *)(ALIGN_DOWN((uintptr_t)object, slab_bytes) + slab_bytes -
			       sizeof(struct slab));
}

static inline u8 *slab_base(const struct slab *slab)
{
	return (u8 *)slab + sizeof(*slab) - slab->cache->slab_bytes;
}

static inline struct slab_gap *slab_gap(const struct slab_cache *cache, const void *object)
{
	return (struct slab_gap *)((uintptr_t)object + ALIGN_UP(cache->object_bytes, 8));
}

/* Where a free object's link is. */
static inline void **slab_link(const struct slab_cache *cache, void *object)
{
	if (GRANULE_DEBUG)
		return &slab_gap(cache, object)->free;
	return object;
}

/* Does an object begin at `p`, which lies in a slab of the cache? */
static inline bool slab_is_object(const struct slab_cache *cache, const void *p)
{
	u64 offset = ((uintptr_t)p & (cache->slab_bytes - 1)) - cache->first;

	return offset % cache->stride == 0 && offset / cache->stride < cache->per_slab;
}

/* slab_cache_init without its checks; `slab_bytes` 0: as suits the object. */
void slab_cache_setup(struct slab_cache *cache, const char *name, u64 bytes, u64 align,
		      u64 slab_bytes, u64 cookie);

/*
 * An object of the cache, or NULL. `flags` are for the slab that may be needed; nothing is zeroed.
 * <mm/slab_hot.h> has the shortcut.
 */
void *slab_take(struct slab_cache *cache, unsigned flags);

/* Give an object back. The caller has checked the slab's cookie. */
void slab_put(void *object, struct slab *slab);

/*
 * What a debug build checks and marks, as an object comes and goes: under the lock, or, in the
 * CPU's own slab, with interrupts masked.
 */
void slab_debug_take(const struct slab_cache *cache, void *object);
void slab_debug_put(const struct slab_cache *cache, void *object);
void slab_debug_build(const struct slab *slab);

#endif
