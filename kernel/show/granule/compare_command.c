// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's `granule --compare`: a workload at each page size, side by side. */
#include <kernel/columns.h>
#include <kernel/compare.h>
#include <kernel/compare_command.h>
#include <kernel/compare_record.h>
#include <kernel/errno.h>
#include <lib/format.h>
#include <lib/printk.h>
#include <lib/vsnprintf.h>
#include <mm/chunk.h>
#include <mm/memblock.h>

/*
 * Entries of a TLB, for its reach: of the first level for data and of the second, as the Cortex-A76
 * has them, which has all three granules. Source: its Technical Reference Manual, "Memory
 * Management Unit".
 */
static const unsigned tlb_entries[] = { 48, 1280 };

static struct compare at[GRANULE_COUNT];

enum part { AREAS, HEAP, MACHINE, AREAS_MADE, BLOCKS_MADE, SLABS_MADE };

static const struct {
	char label[26];
	u8 part;
	enum { BYTES, NUMBER, PERMILLE } unit;
} rows[] = {
	{ "areas: requested", AREAS, BYTES },
	{ "  held", AREAS, BYTES },
	{ "  of it waste", AREAS, BYTES },
	{ "", AREAS, PERMILLE },
	{ "  tables that map it", AREAS, BYTES },
	{ "  frame table for it", AREAS, BYTES },
	{ "  TLB entries, by page", AREAS, NUMBER },
	{ "  TLB entries, with runs", AREAS, NUMBER },
	{ "heap: requested", HEAP, BYTES },
	{ "  held", HEAP, BYTES },
	{ "  of it waste", HEAP, BYTES },
	{ "", HEAP, PERMILLE },
	{ "  frame table for it", HEAP, BYTES },
	{ "frame table for all RAM", MACHINE, BYTES },
	{ "areas made: requested", AREAS_MADE, BYTES },
	{ "  held", AREAS_MADE, BYTES },
	{ "  of it waste", AREAS_MADE, BYTES },
	{ "", AREAS_MADE, PERMILLE },
	{ "  TLB entries, by page", AREAS_MADE, NUMBER },
	{ "  TLB entries, with runs", AREAS_MADE, NUMBER },
	{ "blocks made: requested", BLOCKS_MADE, BYTES },
	{ "  held", BLOCKS_MADE, BYTES },
	{ "  of it waste", BLOCKS_MADE, BYTES },
	{ "", BLOCKS_MADE, PERMILLE },
	{ "slabs made: for objects", SLABS_MADE, BYTES },
	{ "  held", SLABS_MADE, BYTES },
	{ "  of it waste", SLABS_MADE, BYTES },
	{ "", SLABS_MADE, PERMILLE },
};

/* A column: what stands in each of the rows. */
struct figures {
	u64 row[ARRAY_SIZE(rows)];
};

static struct figures figures_of(const struct compare *c, const struct compare_record *made)
{
	const struct compare_part *areas = &c->areas, *heap = &c->heap;
	const struct compare_part *areas_made = &made->at[c - at].areas;
	const struct compare_part *blocks = &made->at[c - at].blocks, *slabs = &made->slabs;
	const struct granule *g = c->granule;

	return (struct figures){ {
		areas->requested,
		areas->held,
		areas->held - areas->requested,
		compare_waste_permille(areas),
		compare_table_bytes(c),
		compare_frame_bytes(g, areas->held),
		c->entries,
		c->run_entries,
		heap->requested,
		heap->held,
		heap->held - heap->requested,
		compare_waste_permille(heap),
		compare_frame_bytes(g, heap->held),
		compare_frame_bytes(g, memblock_memory_bytes()),
		areas_made->requested,
		areas_made->held,
		areas_made->held - areas_made->requested,
		compare_waste_permille(areas_made),
		areas_made->held >> g->shift,
		made->at[c - at].run_entries,
		blocks->requested,
		blocks->held,
		blocks->held - blocks->requested,
		compare_waste_permille(blocks),
		slabs->requested,
		slabs->held,
		slabs->held - slabs->requested,
		compare_waste_permille(slabs),
	} };
}

static void print_row(unsigned row, const struct figures *figures)
{
	struct columns c;

	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		u64 value = figures[i].row[row];

		if (rows[row].unit == BYTES)
			format_bytes(c.cell[i], sizeof(c.cell[i]), value);
		else if (rows[row].unit == NUMBER)
			snprintf(c.cell[i], sizeof(c.cell[i]), "%llu", value);
		else
			snprintf(c.cell[i], sizeof(c.cell[i]), "%llu.%llu%%", value / 10,
				 value % 10);
	}
	columns_print(rows[row].label, &c);
}

/* "192 KiB, 3 MiB": by pages, and by contiguous runs of them. */
static void print_reach(unsigned tlb)
{
	char pages[FORMAT_BYTES_SIZE], runs[FORMAT_BYTES_SIZE], label[32];
	struct columns c;

	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		u64 bytes = tlb * granule_page_bytes(&granules[i]);
		unsigned run_shift = granule_contig_shift(&granules[i], GRANULE_LAST_LEVEL);

		snprintf(c.cell[i], sizeof(c.cell[i]), "%s, %s",
			 format_bytes(pages, sizeof(pages), bytes),
			 format_bytes(runs, sizeof(runs), bytes << run_shift));
	}
	snprintf(label, sizeof(label), "reach of %u TLB entries", tlb);
	columns_print(label, &c);
}

/* Parts that there is something of; AREAS and MACHINE always. */
static unsigned parts_of(const struct compare_record *made)
{
	return 1 << AREAS | (at[0].heap.held ? 1 << HEAP : 0) | 1 << MACHINE |
	       (made->at[0].areas.count ? 1 << AREAS_MADE : 0) |
	       (made->at[0].blocks.count ? 1 << BLOCKS_MADE : 0) |
	       (made->slabs.count ? 1 << SLABS_MADE : 0);
}

static void print_all(const struct compare_record *made)
{
	struct figures figures[GRANULE_COUNT];
	unsigned parts = parts_of(made);

	for (unsigned i = 0; i < GRANULE_COUNT; i++)
		figures[i] = figures_of(&at[i], made);
	columns_print_head("");
	for (unsigned row = 0; row < ARRAY_SIZE(rows); row++)
		if (parts & 1U << rows[row].part)
			print_row(row, figures);
	for (unsigned i = 0; i < ARRAY_SIZE(tlb_entries); i++)
		print_reach(tlb_entries[i]);
	printk("areas  pages of their own, side by side, an unmapped one between two, as\n"
	       "       vmalloc has them; mapped by pages; tables are all those below the root\n"
	       "heap   kmalloc, as a new heap fills up; frame table: 8 bytes a page\n"
	       "reach  by pages, and by contiguous runs of them, where memory has these;\n"
	       "       so many entries has a Cortex-A76, in its first and second level\n");
}

static int refuse(const char *word, int err)
{
	if (err == -ERANGE)
		printk("granule: --compare: %s: more than there are addresses for areas, 16 TiB\n",
		       word);
	else
		printk("granule: --compare: %s is no allocation: write SIZE or COUNTxSIZE, as 64K "
		       "or 100x1500\n",
		       word);
	return err;
}

static int compare_list(int argc, char **argv)
{
	struct compare_item items[COMPARE_ITEMS_MOST];
	unsigned count = (unsigned)argc;
	int err = 0;

	if (count > ARRAY_SIZE(items)) {
		printk("granule: --compare: %u sizes: %zu are the most\n", count,
		       ARRAY_SIZE(items));
		return -EINVAL;
	}
	for (unsigned i = 0; i < count; i++) {
		err = compare_parse(argv[i], &items[i]);
		if (err)
			return refuse(argv[i], err);
	}
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		compare_begin(&at[i], &granules[i]);
		err = compare_add_items(&at[i], items, count);
		if (err)
			return refuse(count == 1 ? argv[0] : "all together", err);
		compare_end(&at[i]);
	}
	if (at[0].heap.count != at[0].areas.count)
		printk("compare: %llu of %llu are more than kmalloc has, and in areas only\n",
		       at[0].areas.count - at[0].heap.count, at[0].areas.count);
	return 0;
}

static int compare_live(void)
{
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		compare_begin(&at[i], &granules[i]);
		if (compare_add_live(&at[i]))
			return refuse("what is allocated", -ERANGE);
		compare_end(&at[i]);
	}
	return 0;
}

/* What the kernel's own figures cover. */
static void print_source(const struct compare_record *made)
{
	char peak[FORMAT_BYTES_SIZE];
	struct chunk_usage chunks;

	chunk_usage(&chunks);
	printk("now    image, stacks and devicetree, areas, heap: %llu in areas;\n"
	       "       %llu in the heap, chunks not counted. Of heap blocks above 3 KiB the size,\n"
	       "       not what was asked for. Not here: page tables, what else boot took, what\n"
	       "       is free again. The most that slabs and chunks held since boot: %s\n",
	       at[0].areas.count, at[0].heap.count,
	       format_bytes(peak, sizeof(peak), chunks.peak_bytes));
	printk("made   since boot, gone or not: %llu areas, %llu blocks, %llu slabs.\n"
	       "       Blocks: kmalloc above 3 KiB; below, slabs count, not their objects one\n"
	       "       by one. Not here: pages_alloc, contig_alloc, page tables, what boot took\n",
	       made->at[0].areas.count, made->at[0].blocks.count, made->slabs.count);
}

int compare_command(int argc, char **argv)
{
	struct compare_record made = { 0 };
	int err = argc ? compare_list(argc, argv) : compare_live();

	if (err)
		return err;
	if (!argc)
		compare_record_read(&made);
	print_all(&made);
	if (!argc)
		print_source(&made);
	return 0;
}
