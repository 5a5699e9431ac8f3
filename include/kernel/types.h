/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Basic types, and the address types that refuse to be mixed.
 *
 * A physical address, a virtual address, a page frame number and a descriptor
 * are each a struct, so that passing one for another does not compile. Making
 * one from a number (`paddr(x)`) and taking the number out (`pa.val`) are
 * visible at the spot; conversions between the types live in <mm/addr.h>.
 *
 * The arithmetic that addresses allow has names. Physical addresses have all of it, since nearly
 * all is theirs; of virtual ones only the sum is needed, vaddr_add.
 *
 *   paddr_add(a, n), paddr_sub(a, n)     n bytes higher, lower
 *   paddr_diff(end, base)                how many bytes from base to end, end >= base
 *   paddr_down(a, align)                 rounded to a multiple of align, a power of two
 *   paddr_up(a, align)
 *   paddr_is_aligned(a, align)
 *   paddr_less(a, b), paddr_equal(a, b)  a < b, a == b
 *   paddr_min(a, b), paddr_max(a, b)
 *
 * Nothing here looks for overflow: an address that came as input is checked where it comes in.
 */
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef int32_t s32;
/* `long long` on every compiler and host, so that %llx prints it everywhere. */
typedef unsigned long long u64;
typedef long long s64;

typedef struct {
	u64 val;
} paddr_t;

static inline paddr_t paddr(u64 val)
{
	return (paddr_t){ val };
}

static inline paddr_t paddr_add(paddr_t a, u64 bytes)
{
	return paddr(a.val + bytes);
}

static inline paddr_t paddr_sub(paddr_t a, u64 bytes)
{
	return paddr(a.val - bytes);
}

static inline u64 paddr_diff(paddr_t end, paddr_t base)
{
	return end.val - base.val;
}

static inline paddr_t paddr_down(paddr_t a, u64 align)
{
	return paddr(a.val & ~(align - 1));
}

static inline paddr_t paddr_up(paddr_t a, u64 align)
{
	return paddr((a.val + align - 1) & ~(align - 1));
}

static inline bool paddr_is_aligned(paddr_t a, u64 align)
{
	return (a.val & (align - 1)) == 0;
}

static inline bool paddr_less(paddr_t a, paddr_t b)
{
	return a.val < b.val;
}

static inline bool paddr_equal(paddr_t a, paddr_t b)
{
	return a.val == b.val;
}

static inline paddr_t paddr_min(paddr_t a, paddr_t b)
{
	return a.val < b.val ? a : b;
}

static inline paddr_t paddr_max(paddr_t a, paddr_t b)
{
	return a.val > b.val ? a : b;
}

typedef struct {
	u64 val;
} vaddr_t;

static inline vaddr_t vaddr(u64 val)
{
	return (vaddr_t){ val };
}

static inline vaddr_t vaddr_add(vaddr_t a, u64 bytes)
{
	return vaddr(a.val + bytes);
}

typedef struct {
	u64 val;
} pfn_t;

static inline pfn_t pfn(u64 val)
{
	return (pfn_t){ val };
}

static inline vaddr_t vaddr_of(const void *p)
{
	return vaddr((uintptr_t)p);
}

static inline void *vaddr_ptr(vaddr_t va)
{
	return (void *)(uintptr_t)va.val;
}

#endif
