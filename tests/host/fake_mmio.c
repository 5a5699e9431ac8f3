// SPDX-License-Identifier: BSD-2-Clause
/* Accesses to devices that a test plays: see fake_mmio.h. */
#include "fake_mmio.h"

#include <arch/mmio.h>
#include <arch/mmu.h>
#include <kernel/assert.h>
#include <lib/panic.h>

static const struct fake_mmio *find(u64 at, u64 bytes)
{
	const struct fake_mmio *device = fake_mmio;

	while (device->bytes && (at < device->base || at + bytes > device->base + device->bytes))
		device++;
	if (!device->bytes)
		panic("%#llx, %llu bytes: no device has that", at, bytes);
	return device;
}

const char *mmu_map_device(paddr_t pa, u64 bytes, vaddr_t *at)
{
	find(pa.val, bytes);
	*at = vaddr(pa.val);
	return NULL;
}

u32 mmio_read(const mmio_t *base, u64 offset)
{
	u64 at = (u64)(uintptr_t)base + offset;
	const struct fake_mmio *device = find(at, sizeof(u32));

	return device->read(at - device->base);
}

void mmio_write(mmio_t *base, u64 offset, u32 value)
{
	u64 at = (u64)(uintptr_t)base + offset;
	const struct fake_mmio *device = find(at, sizeof(u32));

	device->write(at - device->base, value);
}

void mmio_write_byte(mmio_t *base, u64 offset, u8 value)
{
	u64 at = (u64)(uintptr_t)base + offset;
	const struct fake_mmio *device = find(at, sizeof(u8));

	ASSERT(device->write_byte);
	device->write_byte(at - device->base, value);
}
