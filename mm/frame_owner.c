// SPDX-License-Identifier: BSD-2-Clause
/* Who has a page; <mm/frame_owner.h> has the contract. */
#include <lib/format.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>
#include <mm/addr.h>
#include <mm/frame.h>
#include <mm/frame_owner.h>
#include <mm/memblock.h>
#include <mm/pages.h>
#include <mm/region_list.h>
#include <mm/rmap.h>
#include <mm/slab_object.h>

static const char kinds[FRAME_KINDS][20] = {
	[FRAME_RESERVED] = "reserved",  [FRAME_FREE] = "free",
	[FRAME_HOT] = "free, kept hot", [FRAME_ALLOCATED] = "allocated",
	[FRAME_CHUNKS] = "chunks",      [FRAME_TABLE] = "translation table",
	[FRAME_KMALLOC] = "kmalloc",    [FRAME_MOVABLE] = "movable",
	[FRAME_CLAIMED] = "claimed",
};

/* The head of the block that holds `pa`, walking from a head at or below it. */
static const struct frame *find_head(u64 head, u64 pa)
{
	for (;;) {
		const struct frame *f = frame_of(paddr(head));

		if (pa - head < frame_bytes(f))
			return f;
		head += frame_bytes(f);
	}
}

static void describe_chunk(char *buf, size_t size, paddr_t pa)
{
	char bytes[FORMAT_BYTES_SIZE];
	const struct slab *slab;
	struct chunk chunk;

	if (!chunk_find(pa, &chunk)) {
		strscpy(buf, "free, in a page that is cut into chunks", size);
		return;
	}
	format_bytes(bytes, sizeof(bytes), chunk.bytes);
	slab = slab_header(vaddr_ptr(paddr_to_linear(pa)), chunk.bytes);
	snprintf(buf, size, chunk.slab ? "a slab of %s of %s" : "a chunk of %s%s", bytes,
		 chunk.slab ? slab->cache->name : "");
}

static void describe(char *buf, size_t size, const struct frame *f, paddr_t pa)
{
	enum frame_kind kind = frame_kind(f);
	char bytes[FORMAT_BYTES_SIZE];

	if (kind == FRAME_CHUNKS)
		describe_chunk(buf, size, pa);
	else
		snprintf(buf, size, "%s, in a block of %s",
			 kind < FRAME_KINDS ? kinds[kind] : "junk",
			 format_bytes(bytes, sizeof(bytes), frame_bytes(f)));
}

/* The head of the block that `pa` is in, if that is memory of the allocator's; else NULL. */
static const struct frame *head_of(u64 pa, bool in_region)
{
	u64 largest = ALIGN_DOWN(pa, PAGES_BLOCK_BYTES_MAX);
	struct region run;

	pa = page_align_down(pa);
	if (frame_next_run(paddr(pa), &run) && run.base.val <= pa)
		return find_head(MAX(run.base.val, largest), pa);
	/* A region's pageblocks each begin with a head (B6 of <mm/buddy.h>). */
	return in_region ? find_head(ALIGN_DOWN(pa, PAGEBLOCK_BYTES), pa) : NULL;
}

char *frame_owner(char *buf, size_t size, paddr_t pa)
{
	struct region reserved = { .owner = MEMBLOCK_OWNER_NONE };
	bool taken = memblock_first_reserved(pa, 1, &reserved);
	const struct frame *f = head_of(pa.val, taken && reserved.owner == MEMBLOCK_CMA);

	if (f && frame_kind(f) != FRAME_RESERVED)
		describe(buf, size, f, pa);
	else if (taken)
		snprintf(buf, size, "reserved at boot, %s",
			 memblock_owner_name((enum memblock_owner)reserved.owner));
	else
		strscpy(buf, memblock_is_memory(pa) ? "reserved" : "none", size);
	return buf;
}
