// SPDX-License-Identifier: BSD-2-Clause
/*
 * Names for code addresses; <lib/symbols.h> has the contracts, and
 * scripts/mksymbols.py describes the table and makes it.
 *
 * I1  symbols_offsets ascends; an entry whose name is empty covers no function.
 * I2  Everything is reached relative to the program counter: the table and `_text`
 *     are hidden symbols, so there is no GOT entry that may not be relocated yet.
 */
#include <kernel/compiler.h>
#include <lib/string.h>
#include <lib/symbols.h>
#include <lib/vsnprintf.h>

/* NAMES_PER_INDEX in scripts/mksymbols.py. */
#define SYMBOLS_NAMES_PER_INDEX 16

#define __hidden __attribute__((visibility("hidden")))

extern const u32 symbols_count __hidden;
extern const u32 symbols_offsets[] __hidden;
extern const u32 symbols_index[] __hidden;
extern const char symbols_names[] __hidden;

/* The image's first byte, from the linker script. */
extern const char _text[] __hidden;

static const char *name_of(u32 entry)
{
	const char *name = symbols_names + symbols_index[entry / SYMBOLS_NAMES_PER_INDEX];

	for (u32 skip = entry % SYMBOLS_NAMES_PER_INDEX; skip; skip--)
		name += strlen(name) + 1;
	return name;
}

/* The number of entries at or below `offset`. */
static u32 entries_up_to(u64 offset)
{
	u32 low = 0, high = symbols_count;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (symbols_offsets[middle] <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const char *symbols_lookup(vaddr_t addr, u64 *offset)
{
	u64 from_text = addr.val - vaddr_of(_text).val; /* below _text: huge */
	u32 entries = entries_up_to(from_text);
	const char *name = "";

	/* The last entry ends the text and has no name; after a named one we do not know. */
	if (entries > 0 && entries < symbols_count)
		name = name_of(entries - 1);
	if (!*name) {
		*offset = 0;
		return "?";
	}
	*offset = from_text - symbols_offsets[entries - 1];
	return name;
}

/* The first entry from *entry on that has a name, which is `name` unless that is NULL. */
static const char *next_name(u32 *entry, const char *name)
{
	for (; *entry < symbols_count; ++*entry) {
		const char *at = name_of(*entry);

		if (*at && (!name || !strcmp(at, name)))
			return at;
	}
	return NULL;
}

bool symbols_find(const char *name, vaddr_t *addr)
{
	u32 entry = 0;

	if (!next_name(&entry, name))
		return false;
	*addr = vaddr(vaddr_of(_text).val + symbols_offsets[entry]);
	return true;
}

const char *symbols_next(u32 *entry)
{
	const char *name = next_name(entry, NULL);

	++*entry;
	return name;
}

char *symbols_format(char *buf, size_t size, vaddr_t addr)
{
	u64 offset;
	const char *name = symbols_lookup(addr, &offset);

	if (name[0] == '?')
		strscpy(buf, name, size);
	else
		snprintf(buf, size, "%s+0x%llx", name, offset);
	return buf;
}
