/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices for host tests: ranges of addresses, and what an access does there. They are mapped at
 * their own addresses, and one outside of all of them fails the test.
 */
#ifndef FAKE_MMIO_H
#define FAKE_MMIO_H

#include <kernel/types.h>

struct fake_mmio {
	u64 base, bytes;
	u32 (*read)(u64 offset);
	void (*write)(u64 offset, u32 value);
	void (*write_byte)(u64 offset, u8 value); /* NULL: it has no such register */
};

/* The devices of this test, one without bytes after the last. */
extern const struct fake_mmio fake_mmio[];

#endif
