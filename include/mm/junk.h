/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What memory is filled with in debug builds, so that reading it stands out: bytes that are no
 * small number, no pointer of either half, and tell apart what was freed from what is fresh.
 */
#ifndef MM_JUNK_H
#define MM_JUNK_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <lib/string.h>

#define JUNK_FRESH    0xa5 /* allocated, and never written since */
#define JUNK_FREED    0x6b
#define JUNK_RED_ZONE 0xbd /* between objects, not to be written at all */

/* In a build that isn't for debugging it does nothing. */
static inline void junk_fill(void *area, u64 bytes, u8 junk)
{
	if (GRANULE_DEBUG)
		memset(area, junk, bytes);
}

/* The first byte in the area that isn't `junk`, or NULL. */
static inline const u8 *junk_broken(const void *area, u64 bytes, u8 junk)
{
	const u8 *p = area;

	for (u64 i = 0; i < bytes; i++)
		if (p[i] != junk)
			return &p[i];
	return NULL;
}

#endif
