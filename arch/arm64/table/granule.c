// SPDX-License-Identifier: BSD-2-Clause
/*
 * The granule table: what cannot be derived, one row per granule.
 *
 * Used by the boot code with the MMU off, before relocation: nothing here is a
 * pointer, and no page-size site may stand in this file.
 */
#include <arch/granule.h>
#include <lib/string.h>

const struct granule granules[GRANULE_COUNT] = {
	{
		.name = "4k",
		.shift = 12,
		.tg0 = 0,
		.tg1 = 2,
		.id_lsb = 28, /* TGran4, signed: 0 and 1 (with 52 bits) are yes */
		.id_min = 0,
		.id_max = 7,
		.first_block_level = 1, /* 1 GiB and 2 MiB */
		.contig_page_shift = 4,
		.contig_block_shift = 4,
	},
	{
		.name = "16k",
		.shift = 14,
		.tg0 = 2,
		.tg1 = 1,
		.id_lsb = 20, /* TGran16, unsigned: 1 and 2 (with 52 bits) are yes */
		.id_min = 1,
		.id_max = 15,
		.first_block_level = 2, /* 32 MiB */
		.contig_page_shift = 7,
		.contig_block_shift = 5,
	},
	{
		.name = "64k",
		.shift = 16,
		.tg0 = 1,
		.tg1 = 3,
		.id_lsb = 24, /* TGran64, signed: 0 is yes */
		.id_min = 0,
		.id_max = 7,
		.first_block_level = 2, /* 512 MiB */
		.contig_page_shift = 5,
		.contig_block_shift = 5,
	},
};

bool granule_supported(const struct granule *g, u64 id_aa64mmfr0)
{
	unsigned field = (id_aa64mmfr0 >> g->id_lsb) & 0xf;

	return field >= g->id_min && field <= g->id_max;
}

const struct granule *granule_by_shift(unsigned shift)
{
	for (unsigned i = 0; i < GRANULE_COUNT; i++)
		if (granules[i].shift == shift)
			return &granules[i];
	return NULL;
}

const struct granule *granule_by_tg(unsigned tg, bool upper)
{
	for (unsigned i = 0; i < GRANULE_COUNT; i++)
		if ((upper ? granules[i].tg1 : granules[i].tg0) == tg)
			return &granules[i];
	return NULL;
}

const struct granule *granule_smallest(u64 id_aa64mmfr0)
{
	for (unsigned i = 0; i < GRANULE_COUNT; i++)
		if (granule_supported(&granules[i], id_aa64mmfr0))
			return &granules[i];
	return NULL;
}

void granule_list_supported(u64 id_aa64mmfr0, char list[GRANULE_LIST_BYTES])
{
	size_t used = 0;

	strscpy(list, "none", GRANULE_LIST_BYTES);
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		if (!granule_supported(&granules[i], id_aa64mmfr0))
			continue;
		if (used)
			list[used++] = ',';
		strscpy(list + used, granules[i].name, GRANULE_LIST_BYTES - used);
		used += strlen(granules[i].name);
	}
}
