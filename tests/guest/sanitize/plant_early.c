// SPDX-License-Identifier: BSD-2-Clause
/*
 * Undefined behaviour before the MMU is on and the image relocated, if `plant=shift` or
 * `plant=alignment` is on the command line.
 *
 * Nothing of the product asks for it: the linker lets this file's function take the place of
 * idmap_build (--wrap). It looks for the words anywhere in the devicetree, which is no more than
 * bytes yet. Built with -mstrict-align, as all that runs so early.
 */
#include <arch/boot.h>
#include <kernel/compiler.h>
#include <lib/string.h>

#define DEVICETREE_BYTES_MAX (2 * MiB)

void __real_idmap_build(u64 loader_x0, u64 entry_el);
void __wrap_idmap_build(u64 loader_x0, u64 entry_el);

static volatile unsigned one = 1;
static volatile unsigned result;
static u64 words[2];

static bool __init has(const char *tree, u64 bytes, const char *text)
{
	size_t length = strlen(text);

	for (u64 at = 0; at + length <= bytes; at++)
		if (!memcmp(tree + at, text, length))
			return true;
	return false;
}

void __init __wrap_idmap_build(u64 loader_x0, u64 entry_el)
{
	const u32 *header = (const u32 *)(uintptr_t)loader_x0;
	u64 bytes = header ? MIN(__builtin_bswap32(header[1]), DEVICETREE_BYTES_MAX) : 0;

	if (has((const char *)header, bytes, "plant=shift"))
		result = one << (one + 31);
	if (has((const char *)header, bytes, "plant=alignment"))
		result = *(const u32 *)(const void *)((u8 *)words + one);
	__real_idmap_build(loader_x0, entry_el);
}
