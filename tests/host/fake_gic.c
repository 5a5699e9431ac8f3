// SPDX-License-Identifier: BSD-2-Clause
/* Registers of interrupts: see fake_gic.h. */
#include "fake_gic.h"

#include <kernel/compiler.h>

/* By the architecture: groups; enabled, pending, active, each set and cleared; triggers. */
#define GROUPS   0x080
#define SETS     0x100
#define TRIGGERS 0xc00
#define BITS     0x80

static u32 *bits_of(struct fake_lines *lines, u64 offset, bool *clears)
{
	u32 *const kinds[] = { lines->enabled, lines->pending, lines->active };
	u64 kind = (offset - SETS) / (2 * BITS), word = offset % BITS / sizeof(u32);

	if (offset < SETS || kind >= ARRAY_SIZE(kinds) || word >= FAKE_GIC_LINES / 32)
		return NULL;
	*clears = (offset - SETS) % (2 * BITS) >= BITS;
	return kinds[kind] + word;
}

bool fake_lines_read(const struct fake_lines *lines, u64 offset, u32 *value)
{
	struct fake_lines copy = *lines;
	bool clears;
	const u32 *bits = bits_of(&copy, offset, &clears);

	if (bits)
		*value = *bits;
	else if (offset >= GROUPS && offset < GROUPS + sizeof(lines->group))
		*value = lines->group[(offset - GROUPS) / sizeof(u32)];
	else if (offset >= TRIGGERS && offset < TRIGGERS + sizeof(lines->trigger))
		*value = lines->trigger[(offset - TRIGGERS) / sizeof(u32)];
	else
		return false;
	return true;
}

bool fake_lines_write(struct fake_lines *lines, u64 offset, u32 value)
{
	bool clears;
	u32 *bits = bits_of(lines, offset, &clears);

	if (bits)
		*bits = clears ? *bits & ~value : *bits | value;
	else if (offset >= GROUPS && offset < GROUPS + sizeof(lines->group))
		lines->group[(offset - GROUPS) / sizeof(u32)] = value;
	else if (offset >= TRIGGERS && offset < TRIGGERS + sizeof(lines->trigger))
		lines->trigger[(offset - TRIGGERS) / sizeof(u32)] = value;
	else
		return false;
	return true;
}

bool fake_lines_has(const u32 *bits, u32 number)
{
	return bits[number / 32] >> number % 32 & 1;
}

bool fake_lines_quiet(const struct fake_lines *lines, u32 first, u32 end)
{
	u32 some = 0;

	for (u32 word = first / 32; word < end / 32; word++)
		some |= lines->enabled[word] | lines->pending[word] | lines->active[word];
	return !some;
}
