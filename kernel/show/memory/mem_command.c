// SPDX-License-Identifier: BSD-2-Clause
/*
 * The prompt's `mem`: where memory went, as a report, by order, by type, by owner, as a map of
 * ranges, and all of it for programs.
 */
#include <arch/mmu.h>
#include <arch/page.h>
#include <kernel/blocks.h>
#include <kernel/errno.h>
#include <kernel/json.h>
#include <kernel/mm_check.h>
#include <kernel/mm_report.h>
#include <kernel/monitor.h>
#include <kernel/owner.h>
#include <lib/format.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/buddy.h>
#include <mm/pages.h>

/* More lines than a person reads: small ranges are added up then. */
#define MAP_LINES_MOST 64
#define MAP_FOLD_LEAST (8 * KiB) /* the first size to try */

/* Tenths of a percent, rounded. RAM has less than 2^52 bytes. */
static u64 per_mille(u64 part, u64 all)
{
	return all ? (part * 1000 + all / 2) / all : 0;
}

/* What the free lists hold at one moment. */
struct free_lists {
	u64 bytes; /* without hot blocks */
	u64 largest;
	u32 count[MIGRATE_TYPES][BUDDY_ORDERS];
};

static void read_lists(struct free_lists *lists)
{
	*lists = (struct free_lists){ 0 };
	buddy_lock();
	for (unsigned order = 0; order <= buddy_max_order(); order++) {
		for (unsigned type = 0; type < MIGRATE_TYPES; type++) {
			u32 count = buddy_count((enum migratetype)type, order);

			lists->count[type][order] = count;
			lists->bytes += count * (page_size() << order);
			if (count)
				lists->largest = page_size() << order;
		}
	}
	buddy_unlock();
}

/* ---- for programs ---- */

static void json_owners(struct json *j, const u64 *bytes)
{
	json_array(j, "owners");
	for (unsigned owner = 0; owner < OWNERS; owner++) {
		if (!bytes[owner])
			continue;
		json_object(j, NULL);
		json_text(j, "owner", owner_name((enum owner)owner));
		json_number(j, "bytes", bytes[owner]);
		json_close(j);
	}
	json_close(j);
}

static void json_free(struct json *j, const struct free_lists *lists)
{
	json_array(j, "free");
	for (unsigned type = 0; type < MIGRATE_TYPES; type++) {
		for (unsigned order = 0; order <= buddy_max_order(); order++) {
			if (!lists->count[type][order])
				continue;
			json_object(j, NULL);
			json_text(j, "type", blocks_type_name((enum migratetype)type));
			json_number(j, "block_bytes", page_size() << order);
			json_number(j, "blocks", lists->count[type][order]);
			json_close(j);
		}
	}
	json_close(j);
}

static void json_ranges(struct json *j)
{
	struct owner_walk walk;
	struct owner_range range;

	json_array(j, "ranges");
	owner_begin(&walk, paddr(0), false);
	while (owner_next(&walk, &range)) {
		json_object(j, NULL);
		json_address(j, "base", range.base.val);
		json_number(j, "bytes", range.bytes);
		json_text(j, "owner", owner_name((enum owner)range.owner));
		json_close(j);
	}
	json_close(j);
}

static int print_json(void)
{
	u64 bytes[OWNERS], total = owner_sums(bytes), reserved = 0;
	struct free_lists lists;
	struct json j;

	for (unsigned owner = OWNER_TEXT; owner < OWNERS; owner++)
		reserved += bytes[owner];
	read_lists(&lists);
	json_begin(&j, printk);
	json_text(&j, "granule", mmu_kernel_pgtable()->granule->name);
	json_number(&j, "page_bytes", page_size());
	json_number(&j, "total_bytes", total);
	json_number(&j, "free_bytes", bytes[OWNER_FREE] + bytes[OWNER_FREE_CMA]);
	json_number(&j, "reserved_bytes", reserved);
	json_number(&j, "largest_free_bytes", lists.largest);
	json_owners(&j, bytes);
	json_free(&j, &lists);
	json_ranges(&j);
	json_end(&j);
	return 0;
}

/* ---- by order ---- */

static u64 order_bytes(const struct free_lists *lists, unsigned order)
{
	u64 blocks = 0;

	for (unsigned type = 0; type < MIGRATE_TYPES; type++)
		blocks += lists->count[type][order];
	return blocks * (page_size() << order);
}

static void print_order(const struct free_lists *lists, unsigned order, u64 below)
{
	u64 useless = per_mille(below, lists->bytes);
	char size[FORMAT_BYTES_SIZE];

	printk("%9s", format_bytes(size, sizeof(size), page_size() << order));
	for (unsigned type = 0; type < MIGRATE_TYPES; type++)
		printk(" %9u", lists->count[type][order]);
	printk(" %11s %5llu.%llu%%\n", format_bytes(size, sizeof(size), order_bytes(lists, order)),
	       useless / 10, useless % 10);
}

/* The last column: what of the free memory is of no use to whoever wants a block of that size. */
static int by_order(void)
{
	char size[FORMAT_BYTES_SIZE], hot[FORMAT_BYTES_SIZE];
	struct free_lists lists;
	u64 below = 0, small = 0;

	read_lists(&lists);
	printk("%9s", "block");
	for (unsigned type = 0; type < MIGRATE_TYPES; type++)
		printk(" %9s", blocks_type_name((enum migratetype)type));
	printk(" %11s %8s\n", "bytes", "smaller");
	for (unsigned order = 0; order <= buddy_max_order(); order++) {
		if (order_bytes(&lists, order))
			print_order(&lists, order, below);
		if (order == buddy_pageblock_order())
			small = per_mille(below, lists.bytes);
		below += order_bytes(&lists, order);
	}
	printk("free: %s, and %s hot; largest block ",
	       format_bytes(size, sizeof(size), lists.bytes),
	       format_bytes(hot, sizeof(hot), pages_free_bytes() - lists.bytes));
	printk("%s; fragmentation: %llu.%llu%% is in blocks smaller than 2 MiB\n",
	       format_bytes(size, sizeof(size), lists.largest), small / 10, small % 10);
	return 0;
}

/* ---- by type ---- */

static int by_type(void)
{
	struct {
		u64 blocks;
		u64 bytes;
		u64 free;
	} of[MIGRATE_TYPES + 1] = { 0 };
	char size[FORMAT_BYTES_SIZE], free[FORMAT_BYTES_SIZE];
	struct blocks_walk walk;
	struct block block;

	blocks_begin(&walk, paddr(0));
	while (blocks_next(&walk, &block)) {
		of[block.type].blocks++;
		of[block.type].bytes += block.ram;
		of[block.type].free += block.free;
	}
	printk("%-10s %10s %13s %13s\n", "type", "pageblocks", "bytes", "free");
	for (unsigned type = 0; type <= MIGRATE_TYPES; type++)
		if (of[type].blocks)
			printk("%-10s %10llu %13s %13s\n", blocks_type_name((enum migratetype)type),
			       of[type].blocks, format_bytes(size, sizeof(size), of[type].bytes),
			       format_bytes(free, sizeof(free), of[type].free));
	return 0;
}

/* ---- by owner ---- */

static void print_owner(const char *name, u64 bytes, u64 total)
{
	char size[FORMAT_BYTES_SIZE];
	u64 share = per_mille(bytes, total);

	printk("%-18s %13s %5llu.%llu%%\n", name, format_bytes(size, sizeof(size), bytes),
	       share / 10, share % 10);
}

static int by_owner(void)
{
	u64 bytes[OWNERS], total = owner_sums(bytes), ram = memblock_memory_bytes();

	for (unsigned owner = 0; owner < OWNERS; owner++)
		if (bytes[owner])
			print_owner(owner_name((enum owner)owner), bytes[owner], total);
	print_owner("sum", total, ram);
	if (total == ram)
		return 0;
	printk("mem: that is not RAM's %llu bytes\n", ram);
	return -EFAULT;
}

/* ---- the map ---- */

struct map {
	u64 fold; /* smaller ranges that are neighbours are told in one line */
	bool print;
	u64 lines;
	u64 end;                  /* of what was told, or is in `first` */
	struct owner_range first; /* of the small ones; bytes: of all of them */
	u64 small;
	u64 free; /* of them */
};

static void print_range(struct map *map, const struct owner_range *range, const char *what)
{
	char size[FORMAT_BYTES_SIZE];

	map->lines++;
	if (map->print)
		printk("%#13llx to %#13llx %13s  %s", range->base.val,
		       range->base.val + range->bytes,
		       format_bytes(size, sizeof(size), range->bytes), what);
}

/* Tell of the small ranges that were kept; of a single one, whose it is. */
static void end_small(struct map *map)
{
	char free[FORMAT_BYTES_SIZE];
	u64 small = map->small;

	map->small = 0;
	if (!small)
		return;
	if (small == 1) {
		print_range(map, &map->first, owner_name((enum owner)map->first.owner));
	} else {
		print_range(map, &map->first, "");
		if (map->print)
			printk("%llu ranges, %s free", small,
			       format_bytes(free, sizeof(free), map->free));
	}
	if (map->print)
		printk("\n");
}

static void tell(struct map *map, const struct owner_range *range)
{
	bool small = range->bytes < map->fold;
	struct owner_range hole = { .base = paddr(map->end) };

	hole.bytes = range->base.val - map->end;
	if (!small || hole.bytes)
		end_small(map);
	if (hole.bytes && map->end) {
		print_range(map, &hole, "(no RAM)");
		if (map->print)
			printk("\n");
	}
	map->end = range->base.val + range->bytes;
	if (!small) {
		print_range(map, range, owner_name((enum owner)range->owner));
		if (map->print)
			printk("\n");
		return;
	}
	if (!map->small++) {
		map->first = *range;
		map->first.bytes = 0;
		map->free = 0;
	}
	map->first.bytes += range->bytes;
	map->free += range->owner <= OWNER_FREE_CMA ? range->bytes : 0;
}

/* Returns how many lines it took, or would; in the second case it stops when they are too many. */
static u64 print_map(u64 fold, bool print)
{
	struct map map = { .fold = fold, .print = print };
	struct owner_walk walk;
	struct owner_range range;

	owner_begin(&walk, paddr(0), false);
	while ((print || map.lines <= MAP_LINES_MOST) && owner_next(&walk, &range))
		tell(&map, &range);
	end_small(&map);
	return map.lines;
}

static int map(const char *word)
{
	char size[FORMAT_BYTES_SIZE];
	u64 fold = 0;

	if (word && parse_size(word, strlen(word), NULL, &fold)) {
		printk("mem: %s: not a size: write mem map, or mem map 64K\n", word);
		return -EINVAL;
	}
	if (!word) {
		while (fold <= PAGES_BLOCK_BYTES_MAX && print_map(fold, false) > MAP_LINES_MOST)
			fold = fold ? 2 * fold : MAP_FOLD_LEAST;
		if (fold)
			printk("mem: ranges below %s are added up; mem map 0 lists them all\n",
			       format_bytes(size, sizeof(size), fold));
	}
	print_map(fold, true);
	return 0;
}

/* ---- the command ---- */

static int report(void)
{
	mm_report();
	return mm_check();
}

COMMAND(mem, "[order | type | owner | map [SIZE] | --json]", "where memory went")
{
	static const struct {
		char word[8];
		int (*run)(void);
	} words[] = { { "order", by_order },
		      { "type", by_type },
		      { "owner", by_owner },
		      { "--json", print_json } };

	if (argc == 1)
		return report();
	if (!strcmp(argv[1], "map") && argc <= 3)
		return map(argc == 3 ? argv[2] : NULL);
	for (unsigned i = 0; argc == 2 && i < ARRAY_SIZE(words); i++)
		if (!strcmp(argv[1], words[i].word))
			return words[i].run();
	printk("mem: %s: write mem, or mem with order, type, owner, map, map SIZE or --json\n",
	       argv[argc - 1]);
	return -EINVAL;
}
