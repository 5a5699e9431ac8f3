// SPDX-License-Identifier: BSD-2-Clause
/* The map of pageblocks, and the prompt's `blocks`. */
#include <arch/page.h>
#include <kernel/blocks.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <lib/format.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>

#define LINE_BLOCKS 64
#define LINE_BYTES  (LINE_BLOCKS * PAGEBLOCK_BYTES) /* 128 MiB */
#define NO_RAM      '_'

/* What the characters mean, in the order in which they are explained. */
static const struct {
	char c;
	char meaning[41];
} legend[] = {
	{ '.', "free" },
	{ ',', "free, but for what was reserved at boot" },
	{ ':', "free, in a CMA region" },
	{ 'm', "movable, partly free" },
	{ 'M', "movable, full" },
	{ 'u', "unmovable, partly free" },
	{ 'U', "unmovable, full" },
	{ 'c', "in a CMA region, partly lent" },
	{ 'C', "in a CMA region, lent" },
	{ '#', "claimed, all or in part" },
	{ 'i', "isolated: being emptied" },
	{ 'K', "the kernel's image, or a part of it" },
	{ 'R', "reserved at boot" },
	{ 'X', "never mapped" },
	{ NO_RAM, "no RAM" },
};

const char *blocks_type_name(enum migratetype type)
{
	static const char names[MIGRATE_TYPES + 1][12] = { "unmovable", "movable", "cma",
							   "isolated", "reserved" };

	return names[MIN(type, MIGRATE_TYPES)];
}

/* ---- one by one ---- */

void blocks_begin(struct blocks_walk *walk, paddr_t from)
{
	owner_begin(&walk->owners, paddr(ALIGN_DOWN(from.val, PAGEBLOCK_BYTES)), true);
	walk->rest.bytes = 0;
}

static void add(struct block *block, const struct owner_range *range, u64 bytes)
{
	enum owner owner = (enum owner)range->owner;

	block->ram += bytes;
	if (range->type < MIGRATE_TYPES) {
		block->type = range->type;
		*(owner <= OWNER_FREE_CMA ? &block->free : &block->used) += bytes;
		block->claimed += owner == OWNER_CLAIMED ? bytes : 0;
	} else if (owner >= OWNER_TEXT && owner < OWNER_ROUNDING) {
		block->image += bytes;
	} else if (owner == owner_reserved(MEMBLOCK_NO_MAP)) {
		block->no_map += bytes;
	}
}

bool blocks_next(struct blocks_walk *walk, struct block *block)
{
	struct owner_range *range = &walk->rest;
	u64 end;

	if (!range->bytes && !owner_next(&walk->owners, range))
		return false;
	*block = (struct block){ .base = paddr(ALIGN_DOWN(range->base.val, PAGEBLOCK_BYTES)),
				 .type = MIGRATE_TYPES };
	end = block->base.val + PAGEBLOCK_BYTES;
	do {
		u64 bytes = MIN(range->bytes, end - range->base.val);

		add(block, range, bytes);
		range->base.val += bytes;
		range->bytes -= bytes;
	} while ((range->bytes || owner_next(&walk->owners, range)) && range->base.val < end);
	return true;
}

char blocks_char(const struct block *block)
{
	static const char free[] = ",.:", part[] = "umc", full[] = "UMC";

	if (block->image)
		return 'K';
	if (block->no_map == block->ram)
		return 'X';
	if (block->type == MIGRATE_TYPES)
		return 'R';
	if (block->type == MIGRATE_ISOLATE)
		return 'i';
	if (block->claimed)
		return '#';
	if (!block->used)
		return free[block->type];
	return block->free ? part[block->type] : full[block->type];
}

/* ---- lines ---- */

struct map {
	u64 base;    /* of the line that is being made */
	u64 printed; /* lines up to here were */
	u64 same;    /* lines from there on that are as the last one */
	u32 count[ARRAY_SIZE(legend)];
	char line[LINE_BLOCKS + 1];
	char last[LINE_BLOCKS + 1];
};

static unsigned legend_of(char c)
{
	unsigned i = 0;

	while (legend[i].c != c)
		i++;
	return i;
}

static void print_line(struct map *map)
{
	printk("%#13llx %s\n", map->printed, map->last);
	map->printed += LINE_BYTES;
}

static bool is_uniform(const char *line)
{
	return !memcmp(line, line + 1, LINE_BLOCKS - 1);
}

/* Say that lines were like the last one; a single one takes no more room itself. */
static void print_same(struct map *map)
{
	if (map->same == 1) {
		print_line(map);
	} else if (map->same) {
		if (is_uniform(map->last))
			printk("%13s %llu more lines of %c\n", "...", map->same, map->last[0]);
		else
			printk("%13s %llu more such lines\n", "...", map->same);
		map->printed += map->same * LINE_BYTES;
	}
	map->same = 0;
}

/* The line is complete: print it, or count it. */
static void end_line(struct map *map)
{
	char size[FORMAT_BYTES_SIZE];
	u64 behind = map->printed + map->same * LINE_BYTES;

	for (unsigned i = 0; i < LINE_BLOCKS; i++)
		map->count[legend_of(map->line[i])]++;
	if (map->base == behind && !strcmp(map->line, map->last)) {
		map->same++;
		return;
	}
	print_same(map);
	if (map->printed && map->base != behind)
		printk("%13s no RAM: %s\n", "...",
		       format_bytes(size, sizeof(size), map->base - behind));
	memcpy(map->last, map->line, sizeof(map->last));
	map->printed = map->base;
	print_line(map);
}

static void begin_line(struct map *map, u64 base)
{
	map->base = base;
	memset(map->line, NO_RAM, LINE_BLOCKS);
}

static void print_legend(const u32 *count)
{
	for (unsigned i = 0; i < ARRAY_SIZE(legend); i++)
		if (count[i])
			printk("%13c %8u  %s\n", legend[i].c, count[i], legend[i].meaning);
}

static void print_map(void)
{
	struct blocks_walk walk;
	struct block block;
	struct map map = { .base = ~0ULL };

	printk("%13s is 2 MiB, a line 128 MiB\n", "a character");
	blocks_begin(&walk, paddr(0));
	while (blocks_next(&walk, &block)) {
		u64 base = ALIGN_DOWN(block.base.val, LINE_BYTES);

		if (base != map.base) {
			if (map.base != ~0ULL)
				end_line(&map);
			begin_line(&map, base);
		}
		map.line[(block.base.val - base) / PAGEBLOCK_BYTES] = blocks_char(&block);
	}
	end_line(&map);
	print_same(&map);
	print_legend(map.count);
}

/* ---- one of them ---- */

static void print_owners(u64 base)
{
	struct {
		u64 bytes;
		u64 largest;
		u32 ranges;
	} of[OWNERS] = { 0 };
	char size[FORMAT_BYTES_SIZE], largest[FORMAT_BYTES_SIZE];
	struct owner_walk walk;
	struct owner_range range;
	u64 end = base + PAGEBLOCK_BYTES;

	owner_begin(&walk, paddr(base), false);
	while (owner_next(&walk, &range) && range.base.val < end) {
		u64 bytes = MIN(range.bytes, end - range.base.val);

		of[range.owner].bytes += bytes;
		of[range.owner].largest = MAX(of[range.owner].largest, bytes);
		of[range.owner].ranges++;
	}
	for (unsigned i = 0; i < OWNERS; i++)
		if (of[i].ranges)
			printk("%-18s %9s in %u range%s, the largest %s\n",
			       owner_name((enum owner)i),
			       format_bytes(size, sizeof(size), of[i].bytes), of[i].ranges,
			       of[i].ranges == 1 ? "" : "s",
			       format_bytes(largest, sizeof(largest), of[i].largest));
}

static int print_block(u64 address)
{
	u64 base = ALIGN_DOWN(address, PAGEBLOCK_BYTES);
	struct blocks_walk walk;
	struct block block;

	blocks_begin(&walk, paddr(base));
	if (!blocks_next(&walk, &block) || block.base.val != base) {
		printk("blocks: no RAM in the pageblock of %#llx; `blocks` shows where it is\n",
		       address);
		return -EINVAL;
	}
	printk("%#llx to %#llx: %s; %s\n", base, base + PAGEBLOCK_BYTES,
	       blocks_type_name((enum migratetype)block.type),
	       legend[legend_of(blocks_char(&block))].meaning);
	print_owners(base);
	return 0;
}

COMMAND(blocks, "[ADDRESS]", "memory as characters, one for each 2 MiB pageblock")
{
	u64 address = 0;

	if (argc > 2 || (argc == 2 && parse_size(argv[1], strlen(argv[1]), NULL, &address))) {
		printk("blocks: %s: not one address: write blocks, or blocks 0x40000000\n",
		       argv[argc - 1]);
		return -EINVAL;
	}
	if (argc == 2)
		return print_block(address);
	print_map();
	return 0;
}
