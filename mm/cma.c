// SPDX-License-Identifier: BSD-2-Clause
/* CMA's regions. The contract is in the header. */
#include <kernel/compiler.h>
#include <kernel/printk.h>
#include <lib/format.h>
#include <lib/string.h>
#include <mm/cma.h>
#include <mm/memblock.h>

static struct cma_region regions[CMA_REGIONS_MOST];
static u32 region_count;

const struct cma_region *cma_region(u32 index)
{
	return index < region_count ? &regions[index] : NULL;
}

/* There is no room for another one. */
static void __init give_up(const struct devicetree_reservation *reservation, paddr_t base)
{
	int error = memblock_free(base, reservation->range.bytes);

	printk("cma: %s at %#llx is one region too many, %u are known: %s\n",
	       reservation->range.name, base.val, region_count,
	       error ? "it stays reserved, for nobody" : "it is ordinary memory");
}

static bool __init have_default(void)
{
	for (u32 i = 0; i < region_count; i++) {
		if (regions[i].is_default)
			return true;
	}
	return false;
}

void __init cma_placed(void *context, const struct devicetree_reservation *reservation,
		       paddr_t base)
{
	struct cma_region *region = &regions[region_count];
	char size[FORMAT_BYTES_SIZE];

	(void)context;
	if (reservation->no_map || !reservation->reusable || !reservation->shared_dma_pool)
		return;
	if (region_count == CMA_REGIONS_MOST) {
		give_up(reservation, base);
		return;
	}
	*region = (struct cma_region){
		.base = base,
		.bytes = reservation->range.bytes,
		.is_default = reservation->cma_default && !have_default(),
	};
	strscpy(region->name, reservation->range.name, sizeof(region->name));
	region_count++;
	printk("cma: %s: %s at %#llx%s\n", reservation->range.name,
	       format_bytes(size, sizeof(size), region->bytes), base.val,
	       region->is_default ? ", default" : "");
}
