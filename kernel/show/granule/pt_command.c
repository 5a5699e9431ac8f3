// SPDX-License-Identifier: BSD-2-Clause
/*
 * The prompt's `pt`: the live translation tables, by what they map, address by address, and as the
 * tables that they are.
 *
 * What is read is the registers' half of the kernel (TTBR1). Nobody else runs, so nobody changes
 * it meanwhile.
 */
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/pgtable_geometry.h>
#include <arch/ptdump.h>
#include <arch/pte_text.h>
#include <arch/ptlist.h>
#include <arch/va_region.h>
#include <kernel/completion.h>
#include <kernel/errno.h>
#include <kernel/json.h>
#include <kernel/monitor.h>
#include <kernel/owner.h>
#include <kernel/vmap_report.h>
#include <lib/format.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <lib/symbols.h>
#include <lib/vsnprintf.h>
#include <mm/addr.h>
#include <mm/slab_object.h>
#include <mm/vmap.h>

#define AREA_LINES_MOST 64

/* ---- what is mapped ---- */

static u64 region_last(u64 va)
{
	u64 last;

	va_region_name(va, &last);
	return last;
}

struct listing {
	const char *region;
	/* Of vmap areas, of which there may be many: what waits for others like it. */
	struct ptlist_range area; /* no bytes: none yet */
	u64 alike;
	u64 lines;
	u64 left; /* that have no line */
};

/* A line for a range, below the name of the region that it is the first one of. */
static void print_range(struct listing *l, const struct ptlist_range *r, u64 alike)
{
	char total[FORMAT_BYTES_SIZE], each[FORMAT_BYTES_SIZE], pa[FORMAT_BYTES_SIZE];
	char attributes[PTE_TEXT_SIZE];
	u64 last;
	const char *name = va_region_name(r->va, &last);

	if (name != l->region)
		printk("%s:\n", name);
	l->region = name;
	if (r->pieces == 1)
		snprintf(pa, sizeof(pa), "%012llx", r->pa);
	else
		snprintf(pa, sizeof(pa), "in %llu pieces", r->pieces);
	printk("%016llx-%016llx %-12s %9s by %-7s %s", r->va, r->va + r->bytes, pa,
	       format_bytes(total, sizeof(total), r->bytes),
	       format_bytes(each, sizeof(each), r->leaf_bytes),
	       pte_text(attributes, sizeof(attributes), r->leaf));
	if (alike > 1)
		printk("; %llu like this", alike);
	printk("\n");
}

static void print_areas(struct listing *l)
{
	if (!l->area.bytes)
		return;
	if (l->lines++ < AREA_LINES_MOST)
		print_range(l, &l->area, l->alike);
	else
		l->left += l->alike;
	l->area.bytes = 0;
}

static void list_range(void *ctx, const struct ptlist_range *r)
{
	struct listing *l = ctx;
	const struct ptlist_range *a = &l->area;

	if (r->va - VMAP_BASE >= VMAP_BYTES) {
		print_areas(l);
		print_range(l, r, 1);
	} else if (r->bytes == a->bytes && r->leaf_bytes == a->leaf_bytes &&
		   !((r->leaf.val ^ a->leaf.val) & ~PTE_ADDR_MASK)) {
		l->alike++;
	} else {
		print_areas(l);
		l->area = *r;
		l->alike = 1;
	}
}

static int print_ranges(const struct pgtable *pt)
{
	char tables[FORMAT_BYTES_SIZE];
	struct listing l = { 0 };

	ptlist_ranges(pt, true, region_last, list_range, &l);
	print_areas(&l);
	if (l.left)
		printk("and %llu ranges more; pt --json has all\n", l.left);
	printk("tables: %s\n", format_bytes(tables, sizeof(tables), ptlist_table_bytes(pt)));
	return 0;
}

/* ---- the tables ---- */

/* Tables that map alike, side by side: a line for them all. */
struct tables {
	struct ptlist_table first; /* no bytes: none yet */
	unsigned alike;
	struct {
		unsigned tables;
		u64 bytes, entries, used;
	} level[GRANULE_LEVELS];
};

static void print_tables(const struct tables *t)
{
	const struct ptlist_table *f = &t->first;
	char bytes[FORMAT_BYTES_SIZE];

	if (!f->bytes)
		return;
	printk("%*slevel %u at %#llx from %016llx: %s, %u of %u entries", (int)f->level * 2, "",
	       f->level, f->pa.val, f->va, format_bytes(bytes, sizeof(bytes), f->bytes),
	       f->tables + f->leaves, f->entries);
	if (f->tables)
		printk(", %u of them tables", f->tables);
	if (t->alike > 1)
		printk("; %u like this", t->alike);
	printk("\n");
}

static void add_table(void *ctx, const struct ptlist_table *table)
{
	struct tables *t = ctx;
	const struct ptlist_table *f = &t->first;

	t->level[table->level].tables++;
	t->level[table->level].bytes += table->bytes;
	t->level[table->level].entries += table->entries;
	t->level[table->level].used += table->tables + table->leaves;
	if (f->bytes && !table->tables && !f->tables && table->level == f->level &&
	    table->leaves == f->leaves) {
		t->alike++;
		return;
	}
	print_tables(t);
	t->first = *table;
	t->alike = 1;
}

static int print_tree(const struct pgtable *pt)
{
	struct tables t = { 0 };
	char bytes[FORMAT_BYTES_SIZE];

	ptlist_tables(pt, add_table, &t);
	print_tables(&t);
	for (unsigned level = pgtable_root_level(pt); level <= GRANULE_LAST_LEVEL; level++)
		printk("tables of level %u: %u, %s, %llu of %llu entries used\n", level,
		       t.level[level].tables,
		       format_bytes(bytes, sizeof(bytes), t.level[level].bytes),
		       t.level[level].used, t.level[level].entries);
	printk("tables: %s\n", format_bytes(bytes, sizeof(bytes), ptlist_table_bytes(pt)));
	return 0;
}

/* ---- both, for programs ---- */

static void write_table(void *ctx, const struct ptlist_table *t)
{
	struct json *j = ctx;

	json_object(j, NULL);
	json_number(j, "level", t->level);
	json_address(j, "va", t->va);
	json_address(j, "pa", t->pa.val);
	json_number(j, "bytes", t->bytes);
	json_number(j, "entries", t->entries);
	json_number(j, "used", t->tables + t->leaves);
	json_number(j, "tables", t->tables);
	json_number(j, "leaves", t->leaves);
	json_close(j);
}

static void write_range(void *ctx, const struct ptlist_range *r)
{
	char permissions[PTE_TEXT_PERMISSIONS_SIZE];
	struct json *j = ctx;

	json_object(j, NULL);
	json_address(j, "va", r->va);
	json_address(j, "pa", r->pa);
	json_number(j, "bytes", r->bytes);
	json_number(j, "leaf_bytes", r->leaf_bytes);
	json_number(j, "level", r->level);
	json_text(j, "permissions", pte_text_permissions(permissions, r->leaf));
	json_text(j, "memory", pte_text_memory(r->leaf));
	json_truth(j, "contiguous", r->leaf.val & PTE_CONTIG);
	json_close(j);
}

static int write_json(const struct pgtable *pt)
{
	struct json j;

	json_begin(&j, printk);
	json_text(&j, "granule", pt->granule->name);
	json_number(&j, "page_bytes", granule_page_bytes(pt->granule));
	json_number(&j, "va_bits", pt->va_bits);
	json_number(&j, "root_level", pgtable_root_level(pt));
	json_number(&j, "table_bytes", ptlist_table_bytes(pt));
	json_array(&j, "tables");
	ptlist_tables(pt, write_table, &j);
	json_close(&j);
	json_array(&j, "ranges");
	ptlist_ranges(pt, false, region_last, write_range, &j);
	json_close(&j);
	json_end(&j);
	return 0;
}

/* ---- one address ---- */

/* Of the heap's pages: whose part of them it is. */
static void print_chunk(paddr_t pa)
{
	char bytes[FORMAT_BYTES_SIZE];
	const struct slab *slab;
	struct chunk chunk;

	if (!chunk_find(pa, &chunk)) {
		printk(", but free");
		return;
	}
	format_bytes(bytes, sizeof(bytes), chunk.bytes);
	slab = slab_header(vaddr_ptr(paddr_to_linear(pa)), chunk.bytes);
	printk(chunk.slab ? ", a slab of %s of %s" : ", a chunk of %s%s", bytes,
	       chunk.slab ? slab->cache->name : "");
}

static void print_owner(paddr_t pa)
{
	char bytes[FORMAT_BYTES_SIZE];
	struct owner_range block;

	if (!owner_at(pa, &block)) {
		printk("none");
		return;
	}
	printk("%s", owner_name((enum owner)block.owner));
	if (block.owner == OWNER_HEAP)
		print_chunk(pa);
	else if (block.owner <= OWNER_TABLES)
		printk(", in a block of %s", format_bytes(bytes, sizeof(bytes), block.bytes));
}

static void print_result(u64 va, const struct ptdump_leaf *leaf)
{
	const char *kind = leaf->level == GRANULE_LAST_LEVEL ? "page" : "block";
	u64 bytes = 1ULL << granule_level_shift(leaf->granule, leaf->level), last;
	char size[FORMAT_BYTES_SIZE], run[FORMAT_BYTES_SIZE], name[SYMBOLS_FORMAT_SIZE];

	printk("pt: %#llx is at %#llx, by a %s of %s", va, leaf->pa.val, kind,
	       format_bytes(size, sizeof(size), bytes));
	if (leaf->entry.val & PTE_CONTIG)
		printk(" in a run of %s",
		       format_bytes(run, sizeof(run),
				    bytes << granule_contig_shift(leaf->granule, leaf->level)));
	printk("\npt: %s", va_region_name(va, &last));
	if (*symbols_format(name, sizeof(name), vaddr(va)) != '?')
		printk(", %s", name);
	printk("; memory: ");
	print_owner(leaf->pa);
	printk("\n");
}

static int walk(const char *word)
{
	struct ptdump_leaf leaf;
	vaddr_t va;

	if (!symbols_find(word, &va) && parse_u64(word, strlen(word), &va.val)) {
		printk("pt: %s is no address (0xffff000040000000), function (kernel_main), "
		       "--tables or --json\n",
		       word);
		return -EINVAL;
	}
	if (ptdump_address(va, &leaf)) {
		print_result(va.val, &leaf);
		return 0;
	}
	printk("pt: %#llx is not mapped: an access faults\n", va.val);
	vmap_explain(va, printk);
	return 0;
}

/* Not all of them at once: there are more than a person wants to see. */
COMPLETER(FUNCTION)
{
	u32 entry = 0;

	for (const char *name; *c->prefix && (name = symbols_next(&entry));)
		completion_offer(c, name);
}

COMMAND(pt, "[VA | FUNCTION | --tables | --json]", "page tables: ranges, a walk, or the tables")
{
	struct pgtable pt;

	if (argc > 2) {
		printk("pt: %s: one address, --tables or --json\n", argv[2]);
		return -EINVAL;
	}
	if (!mmu_read_regime(&pt, true))
		return -EIO;
	if (argc == 1)
		return print_ranges(&pt);
	if (!strcmp(argv[1], "--tables"))
		return print_tree(&pt);
	if (!strcmp(argv[1], "--json"))
		return write_json(&pt);
	return walk(argv[1]);
}
