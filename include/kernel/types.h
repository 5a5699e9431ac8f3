/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Basic types, and the address types that refuse to be mixed.
 *
 * A physical address, a virtual address, a page frame number and a descriptor
 * are each a struct, so that passing one for another does not compile. Making
 * one from a number (`paddr(x)`) and taking the number out (`pa.val`) are
 * visible at the spot; conversions between the types live in <mm/addr.h>.
 *
 * The arithmetic that addresses allow has names. These are paddr_t's. vaddr_t and pfn_t have the
 * same functions under their own names: having read the first family, skip the other two.
 *
 *   paddr_add(a, n), paddr_sub(a, n)     n bytes (with a pfn_t: pages) higher, lower
 *   paddr_diff(end, base)                how many bytes (pages) from base to end, end >= base
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

static inline vaddr_t vaddr_sub(vaddr_t a, u64 bytes)
{
	return vaddr(a.val - bytes);
}

static inline u64 vaddr_diff(vaddr_t end, vaddr_t base)
{
	return end.val - base.val;
}

static inline vaddr_t vaddr_down(vaddr_t a, u64 align)
{
	return vaddr(a.val & ~(align - 1));
}

static inline vaddr_t vaddr_up(vaddr_t a, u64 align)
{
	return vaddr((a.val + align - 1) & ~(align - 1));
}

static inline bool vaddr_is_aligned(vaddr_t a, u64 align)
{
	return (a.val & (align - 1)) == 0;
}

static inline bool vaddr_less(vaddr_t a, vaddr_t b)
{
	return a.val < b.val;
}

static inline bool vaddr_equal(vaddr_t a, vaddr_t b)
{
	return a.val == b.val;
}

static inline vaddr_t vaddr_min(vaddr_t a, vaddr_t b)
{
	return a.val < b.val ? a : b;
}

static inline vaddr_t vaddr_max(vaddr_t a, vaddr_t b)
{
	return a.val > b.val ? a : b;
}

typedef struct {
	u64 val;
} pfn_t;

static inline pfn_t pfn(u64 val)
{
	return (pfn_t){ val };
}

static inline pfn_t pfn_add(pfn_t a, u64 pages)
{
	return pfn(a.val + pages);
}

static inline pfn_t pfn_sub(pfn_t a, u64 pages)
{
	return pfn(a.val - pages);
}

static inline u64 pfn_diff(pfn_t end, pfn_t base)
{
	return end.val - base.val;
}

static inline pfn_t pfn_down(pfn_t a, u64 align)
{
	return pfn(a.val & ~(align - 1));
}

static inline pfn_t pfn_up(pfn_t a, u64 align)
{
	return pfn((a.val + align - 1) & ~(align - 1));
}

static inline bool pfn_is_aligned(pfn_t a, u64 align)
{
	return (a.val & (align - 1)) == 0;
}

static inline bool pfn_less(pfn_t a, pfn_t b)
{
	return a.val < b.val;
}

static inline bool pfn_equal(pfn_t a, pfn_t b)
{
	return a.val == b.val;
}

static inline pfn_t pfn_min(pfn_t a, pfn_t b)
{
	return a.val < b.val ? a : b;
}

static inline pfn_t pfn_max(pfn_t a, pfn_t b)
{
	return a.val > b.val ? a : b;
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
