// SPDX-License-Identifier: BSD-2-Clause
/*
 * The prompt's `granule`: this CPU, what was chosen and why, and all three granules side by side,
 * derived as the walker derives them.
 */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/cpu_id.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <kernel/columns.h>
#include <kernel/compare_command.h>
#include <kernel/errno.h>
#include <kernel/json.h>
#include <kernel/monitor.h>
#include <kernel/pagesize.h>
#include <kernel/report.h>
#include <lib/format.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>

/* What a cell says: of a granule, and of a level where that is meant. */
typedef void cell_fn(char *cell, const struct granule *g, unsigned level);

static void print_row(const char *label, cell_fn *fn, unsigned level)
{
	struct columns c;

	for (unsigned i = 0; i < GRANULE_COUNT; i++)
		fn(c.cell[i], &granules[i], level);
	columns_print(label, &c);
}

static bool is_supported(const struct granule *g)
{
	return cpu_id_all_have(g);
}

static bool has_level(const struct granule *g, unsigned level)
{
	return level >= granule_root_level(g, VA_BITS);
}

static bool has_leaf(const struct granule *g, unsigned level)
{
	return has_level(g, level) && granule_leaf_allowed(g, level);
}

static u64 leaf_bytes(const struct granule *g, unsigned level)
{
	return 1ULL << granule_level_shift(g, level);
}

static u64 run_bytes(const struct granule *g, unsigned level)
{
	return leaf_bytes(g, level) << granule_contig_shift(g, level);
}

static u64 table_bytes(const struct granule *g)
{
	return 1ULL << (granule_index_bits(g) + PTE_BYTES_SHIFT);
}

static unsigned root_entries(const struct granule *g)
{
	return 1U << granule_table_bits(g, granule_root_level(g, VA_BITS), VA_BITS);
}

static void cell_supported(char *cell, const struct granule *g, unsigned level)
{
	(void)level;
	strscpy(cell, is_supported(g) ? "yes" : "absent", COLUMNS_CELL_BYTES);
}

static void cell_page(char *cell, const struct granule *g, unsigned level)
{
	(void)level;
	format_bytes(cell, COLUMNS_CELL_BYTES, granule_page_bytes(g));
}

static void cell_index_bits(char *cell, const struct granule *g, unsigned level)
{
	(void)level;
	snprintf(cell, COLUMNS_CELL_BYTES, "%u", granule_index_bits(g));
}

static void cell_levels(char *cell, const struct granule *g, unsigned level)
{
	(void)level;
	snprintf(cell, COLUMNS_CELL_BYTES, "%u (%u to %u)", granule_levels(g, VA_BITS),
		 granule_root_level(g, VA_BITS), GRANULE_LAST_LEVEL);
}

static void cell_root(char *cell, const struct granule *g, unsigned level)
{
	(void)level;
	snprintf(cell, COLUMNS_CELL_BYTES, "%u", root_entries(g));
}

static void cell_table(char *cell, const struct granule *g, unsigned level)
{
	(void)level;
	format_bytes(cell, COLUMNS_CELL_BYTES, table_bytes(g));
}

static void cell_covers(char *cell, const struct granule *g, unsigned level)
{
	strscpy(cell, "-", COLUMNS_CELL_BYTES);
	if (has_level(g, level))
		format_bytes(cell, COLUMNS_CELL_BYTES, leaf_bytes(g, level));
}

static void cell_run(char *cell, const struct granule *g, unsigned level)
{
	strscpy(cell, has_level(g, level) ? "no leaf" : "-", COLUMNS_CELL_BYTES);
	if (has_leaf(g, level))
		format_bytes(cell, COLUMNS_CELL_BYTES, run_bytes(g, level));
}

static int print_geometry(void)
{
	columns_print_head("");
	print_row("this CPU has it", cell_supported, 0);
	print_row("a page", cell_page, 0);
	print_row("index bits a level", cell_index_bits, 0);
	print_row("levels for 48 bits", cell_levels, 0);
	print_row("entries in the root", cell_root, 0);
	print_row("a full table", cell_table, 0);
	for (unsigned level = 0; level <= GRANULE_LAST_LEVEL; level++) {
		char label[32];

		snprintf(label, sizeof(label), "an entry of level %u covers", level);
		print_row(label, cell_covers, level);
		print_row("  contiguous runs of leaves", cell_run, level);
	}
	return 0;
}

/* Why this one: the choice is made once more, from the same input. */
static void print_choice(void)
{
	u64 id = boot_info.id_aa64mmfr0;
	struct pagesize_choice choice;

	pagesize_choose(boot_cmdline(), id, boot_info.ram_bytes, &choice);
	report_cpu();
	printk("ID_AA64MMFR0_EL1: %#llx: PARange %llu", id, id & 0xf);
	for (unsigned i = 0; i < GRANULE_COUNT; i++)
		printk(", TGran%u %#llx", 1U << (granules[i].shift - 10),
		       id >> granules[i].id_lsb & 0xf);
	printk("\n");
	report_pagesize();
	printk("pagesize: %s: %s\n", granule_by_shift(boot_info.page_shift)->name, choice.why);
}

static void write_leaves(struct json *j, const struct granule *g)
{
	json_array(j, "leaves");
	for (unsigned level = 0; level <= GRANULE_LAST_LEVEL; level++) {
		if (!has_leaf(g, level))
			continue;
		json_object(j, NULL);
		json_number(j, "level", level);
		json_number(j, "bytes", leaf_bytes(g, level));
		json_number(j, "contiguous_bytes", run_bytes(g, level));
		json_close(j);
	}
	json_close(j);
}

static int write_json(void)
{
	struct json j;

	json_begin(&j, printk);
	json_text(&j, "chosen", granule_by_shift(boot_info.page_shift)->name);
	json_array(&j, "supported");
	for (unsigned i = 0; i < GRANULE_COUNT; i++)
		if (is_supported(&granules[i]))
			json_text(&j, NULL, granules[i].name);
	json_close(&j);
	json_array(&j, "granules");
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		const struct granule *g = &granules[i];

		json_object(&j, NULL);
		json_text(&j, "name", g->name);
		json_number(&j, "page_bytes", granule_page_bytes(g));
		json_number(&j, "levels", granule_levels(g, VA_BITS));
		json_number(&j, "root_level", granule_root_level(g, VA_BITS));
		json_number(&j, "root_entries", root_entries(g));
		json_number(&j, "table_bytes", table_bytes(g));
		write_leaves(&j, g);
		json_close(&j);
	}
	json_close(&j);
	json_end(&j);
	return 0;
}

COMMAND(granule, "[--json | --compare [SIZE...]]",
	"this CPU's page sizes, and what each would cost")
{
	if (argc > 1 && !strcmp(argv[1], "--compare"))
		return compare_command(argc - 2, argv + 2);
	if (argc > 1 && strcmp(argv[1], "--json")) {
		printk("granule: %s: write granule, granule --json or granule --compare "
		       "[SIZE...]\n",
		       argv[1]);
		return -EINVAL;
	}
	if (argc > 2) {
		printk("granule: %s: --json takes no words\n", argv[2]);
		return -EINVAL;
	}
	if (argc == 2)
		return write_json();
	print_choice();
	return print_geometry();
}
