// SPDX-License-Identifier: BSD-2-Clause
/* Names for parts of the address space; <arch/va_region.h> has the contract. */
#include <arch/boot.h>
#include <arch/layout.h>
#include <arch/va_region.h>
#include <kernel/compiler.h>

const char *va_region_name(u64 va, u64 *last)
{
	/* Where each begins; ascending, up to where the next one does. */
	const u64 image = boot_info.image_va;
	const struct {
		const char *name;
		u64 base;
	} regions[] = {
		{ "lower half", 0 },
		{ "linear map", LINEAR_BASE },
		{ "frame table", FRAME_TABLE_BASE },
		{ "image windows", IMAGE_LINK_BASE },
		{ "image, text", image },
		{ "image, constants", image + image_offset(_rodata) },
		{ "image, data", image + image_offset(_data) },
		{ "image, stacks", image + image_offset(_stacks) },
		{ "image, first tables", image + image_offset(_boot_pool) },
		{ "devices", image + WINDOW_DEVICES },
		{ "devicetree", image + WINDOW_DEVICETREE },
		{ "image windows", image + WINDOW_BYTES },
		{ "vmap areas", VMAP_BASE },
		{ "never used", VMAP_BASE + VMAP_BYTES },
	};
	unsigned i = ARRAY_SIZE(regions) - 1;

	*last = ~0ULL;
	for (; va < regions[i].base; i--)
		*last = regions[i].base - 1;
	return regions[i].name;
}
