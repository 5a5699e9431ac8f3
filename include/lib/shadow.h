/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shadow memory, of a kernel that `make SAN=1` builds: a byte for each 8 bytes of memory says which
 * of them may be used. 0 is all, 1 to 7 the first so many, anything else none, and why.
 *
 * The shadow of an address is at (address >> 3) + SHADOW_OFFSET, in a part of the address space of
 * its own (<arch/layout.h>). Only two ranges of addresses are checked, those that were handed to
 * shadow_begin: the image, and the linear map. In all others every access is fine. There may still
 * have to be a shadow: what keeps a stack writes to it without asking.
 *
 * Page size does not enter.
 */
#ifndef LIB_SHADOW_H
#define LIB_SHADOW_H

#include <kernel/types.h>

#define SHADOW_SCALE_SHIFT 3
#define SHADOW_GRAIN       (1ULL << SHADOW_SCALE_SHIFT) /* bytes that share a byte of shadow */

/* Why memory can't be used. The compiler writes those of stacks and scopes itself. */
enum shadow {
	SHADOW_STACK_LEFT = 0xf1,
	SHADOW_STACK_MIDDLE = 0xf2,
	SHADOW_STACK_RIGHT = 0xf3,
	SHADOW_STACK_SCOPE = 0xf8,
	SHADOW_GLOBAL = 0xf9,
	SHADOW_HEAP_AROUND =
		0xfa, /* no part of an object: between two, or more than was asked for */
	SHADOW_HEAP_FREED = 0xfb,
	SHADOW_PAGE_FREED = 0xff,
};

static inline u8 *shadow_of(u64 address)
{
	return (u8 *)(uintptr_t)((address >> SHADOW_SCALE_SHIFT) + SHADOW_OFFSET);
}

/* The two ranges that are checked. Each has a shadow, which says what is so. */
enum shadow_range { SHADOW_IMAGE, SHADOW_LINEAR, SHADOW_RANGES };
void shadow_begin(enum shadow_range range, u64 base, u64 end);

/* What lies around global variables can't be used, once the image is checked. */
void shadow_begin_globals(void);

/* Nothing is checked any more: kexec begins to write over memory. */
void shadow_end(void);

/*
 * Of [at, at + bytes), which begins on a multiple of SHADOW_GRAIN: none may be used, or all. What
 * follows up to the next such multiple is poisoned along, and may not be used in both cases.
 * Nothing happens where nothing is checked.
 */
void shadow_poison(const void *at, u64 bytes, enum shadow why);
void shadow_allow(const void *at, u64 bytes);

/* Of a block, the first `bytes` may be used, and the rest up to `room` is around them. */
void shadow_allow_part(const void *at, u64 bytes, u64 room);

/* Panic if not all of the range may be used. For code that the compiler doesn't check. */
void shadow_check(const void *at, u64 bytes, bool write);

#endif
