/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers of devices, 32 bits and 8 bits wide. They are mapped as Device-nGnRE memory: a CPU's
 * accesses to one device arrive in their order, and none is left out, joined or repeated. What
 * orders them with memory or with another device is the caller's barrier.
 *
 * Source: Arm ARM (DDI 0487, J.a), "Device memory".
 */
#ifndef ARCH_MMIO_H
#define ARCH_MMIO_H

#include <kernel/types.h>

typedef volatile u8 mmio_t;

#ifdef GRANULE_HOST

/* Of devices that a test plays. */
u32 mmio_read(const mmio_t *base, u64 offset);
void mmio_write(mmio_t *base, u64 offset, u32 value);
void mmio_write_byte(mmio_t *base, u64 offset, u8 value);

#else

static inline u32 mmio_read(const mmio_t *base, u64 offset)
{
	return *(const volatile u32 *)(const volatile void *)(base + offset);
}

static inline void mmio_write(mmio_t *base, u64 offset, u32 value)
{
	*(volatile u32 *)(volatile void *)(base + offset) = value;
}

static inline void mmio_write_byte(mmio_t *base, u64 offset, u8 value)
{
	base[offset] = value;
}

#endif

#endif
