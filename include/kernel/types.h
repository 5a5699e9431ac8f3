/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Basic types, and the address types that refuse to be mixed.
 *
 * A physical address, a virtual address, a page frame number and a descriptor
 * are each a struct, so that passing one for another does not compile. Making
 * one from a number (`paddr(x)`) and taking the number out (`pa.val`) are
 * visible at the spot; conversions between the types live in <mm/addr.h>.
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

typedef struct {
	u64 val;
} vaddr_t;

typedef struct {
	u64 val;
} pfn_t;

static inline paddr_t paddr(u64 val)
{
	return (paddr_t){ val };
}

static inline vaddr_t vaddr(u64 val)
{
	return (vaddr_t){ val };
}

static inline vaddr_t vaddr_of(const void *p)
{
	return (vaddr_t){ (uintptr_t)p };
}

static inline void *vaddr_ptr(vaddr_t va)
{
	return (void *)(uintptr_t)va.val;
}

static inline pfn_t pfn(u64 val)
{
	return (pfn_t){ val };
}

#endif
