// SPDX-License-Identifier: BSD-2-Clause
/*
 * The prompt's `mem`: where memory went, as a report, and range by range for programs.
 */
#include <arch/mmu.h>
#include <arch/page.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <kernel/printk.h>
#include <lib/json.h>
#include <lib/string.h>
#include <mm/buddy.h>
#include <mm/mm_check.h>
#include <mm/mm_report.h>
#include <mm/owner.h>

static const char types[MIGRATE_TYPES][12] = { "unmovable", "movable", "cma", "isolated" };

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
			json_text(j, "type", types[type]);
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
		json_number(j, "base", range.base.val);
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

COMMAND(mem, "[--json]", "where memory went")
{
	if (argc == 2 && !strcmp(argv[1], "--json"))
		return print_json();
	if (argc > 1) {
		printk("mem: %s: write mem, or mem --json\n", argv[argc - 1]);
		return -EINVAL;
	}
	mm_report();
	return mm_check();
}
