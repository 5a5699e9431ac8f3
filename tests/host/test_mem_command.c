// SPDX-License-Identifier: BSD-2-Clause
/*
 * The prompt's `mem` and `blocks`: what they print of which machine, and what they refuse.
 *
 * Sources: kernel/show/memory/mem_command.c kernel/show/memory/blocks.c arch/arm64/table/granule.c
 * Sources: kernel/show/memory/owner.c tests/host/fake_machine.c tests/host/fake_image.S lib/parse.c
 * Sources: mm/boot/region_list.c kernel/prompt/json.c mm/page/pageblock.c mm/page/boot_data.c
 * Sources: mm/boot/memblock.c mm/page/frame.c mm/page/buddy.c mm/page/buddy_check.c mm/page/pages.c
 * Sources: mm/page/pages_hot.c lib/format.c lib/string.c mm/page/hot_text.c
 */
#include <stdio.h>
#include <string.h>

#include "fake_machine.h"

#include <cmocka.h>

#include <arch/granule.h>
#include <arch/page.h>
#include <kernel/blocks.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <kernel/mm_check.h>
#include <kernel/monitor.h>
#include <mm/buddy.h>
#include <mm/pages.h>

#define RAM 0x40000000ULL

extern const struct monitor_command command_entry_mem, command_entry_blocks;

static char printed[1 << 20];
static size_t printed_bytes;
static int check_result;

int mm_check(void)
{
	return check_result;
}

static void listen(const char *text)
{
	size_t bytes = strlen(text);

	assert_true(printed_bytes + bytes < sizeof(printed));
	memcpy(printed + printed_bytes, text, bytes + 1);
	printed_bytes += bytes;
}

/* What a command line gives, by words. */
static void run(const struct monitor_command *command, int err, const char *line)
{
	char words[128], *argv[MONITOR_ARGS_MOST + 1] = { 0 };
	int argc = 0;

	snprintf(words, sizeof(words), "%s", line);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	printed[printed_bytes = 0] = '\0';
	host_printk_hook = listen;
	assert_int_equal(command->run(argc, argv), err);
	host_printk_hook = NULL;
}

static void is_told(const char *text)
{
	if (!strstr(printed, text))
		fail_msg("not told: %s; but: %s", text, printed);
}

static unsigned lines(void)
{
	unsigned count = 0;

	for (const char *p = printed; (p = strchr(p, '\n')); p++)
		count++;
	return count;
}

/* All of it RAM, the image somewhere. */
static void begin(u64 bytes, u64 ram_bytes, u64 image)
{
	machine_poison = MACHINE_MIXED;
	machine_begin(RAM, bytes);
	machine_add(RAM, ram_bytes);
	machine_image(RAM + image);
}

/* 576 MiB, a hole, 64 MiB more; of everything that boot knows something. */
static void machine(void)
{
	begin(1024 * MiB, 576 * MiB, 2 * MiB);
	machine_add(RAM + 768 * MiB, 64 * MiB);
	machine_reserve(RAM + 128 * MiB, 16 * MiB, MEMBLOCK_CMA);
	machine_reserve(RAM + 384 * MiB, 4 * MiB, MEMBLOCK_CRASHKERNEL);
	machine_no_map(RAM + 390 * MiB, 2 * MiB);
	machine_reserve(RAM + 400 * MiB, 12345, MEMBLOCK_DEVICETREE);
	assert_int_equal(machine_init(), 0);
}

/* ---- blocks ---- */

static void characters(void **state)
{
	static const struct {
		struct block block;
		char c;
	} rows[] = {
		{ { .ram = 9, .free = 9, .type = MIGRATE_MOVABLE }, '.' },
		{ { .ram = 9, .free = 4, .type = MIGRATE_UNMOVABLE }, ',' },
		{ { .ram = 9, .free = 9, .type = MIGRATE_CMA }, ':' },
		{ { .ram = 9, .free = 9, .type = MIGRATE_ISOLATE }, 'i' },
		{ { .ram = 9, .free = 1, .used = 8, .type = MIGRATE_MOVABLE }, 'm' },
		{ { .ram = 9, .used = 9, .type = MIGRATE_MOVABLE }, 'M' },
		{ { .ram = 9, .free = 1, .used = 1, .type = MIGRATE_UNMOVABLE }, 'u' },
		{ { .ram = 9, .used = 1, .type = MIGRATE_UNMOVABLE }, 'U' },
		{ { .ram = 9, .free = 1, .used = 8, .type = MIGRATE_CMA }, 'c' },
		{ { .ram = 9, .used = 9, .type = MIGRATE_CMA }, 'C' },
		{ { .ram = 9, .used = 9, .claimed = 1, .type = MIGRATE_CMA }, '#' },
		{ { .ram = 9, .used = 9, .claimed = 1, .type = MIGRATE_ISOLATE }, 'i' },
		{ { .ram = 9, .free = 3, .image = 6, .type = MIGRATE_UNMOVABLE }, 'K' },
		{ { .ram = 9, .type = MIGRATE_TYPES }, 'R' },
		{ { .ram = 9, .no_map = 8, .type = MIGRATE_TYPES }, 'R' },
		{ { .ram = 9, .no_map = 9, .type = MIGRATE_TYPES }, 'X' },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(blocks_char(&rows[i].block), rows[i].c);
}

#define FREE_64   "................................................................"
#define HALF_FREE "................................"
#define HOLE_32   "________________________________"
#define CMA_64    "::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::::"

static void map_of_blocks(void **state)
{
	(void)state;
	machine();
	run(&command_entry_blocks, 0, "blocks");
	assert_string_equal(
		printed,
		"  a character is 2 MiB, a line 128 MiB\n"
		"   0x40000000 .K..............................................................\n"
		"   0x48000000 ::::::::........................................................\n"
		"   0x50000000 " FREE_64 "\n"
		"   0x58000000 RR.X....,.......................................................\n"
		"   0x60000000 " HALF_FREE HOLE_32 "\n"
		"          ... no RAM: 128 MiB\n"
		"   0x70000000 ...............................," HOLE_32 "\n"
		"            .      306  free\n"
		"            ,        2  free, but for what was reserved at boot\n"
		"            :        8  free, in a CMA region\n"
		"            K        1  the kernel's image, or a part of it\n"
		"            R        2  reserved at boot\n"
		"            X        1  never mapped\n"
		"            _       64  no RAM\n");
}

/* One line that is like the last one is a line; more are counted, up to a hole. */
static void same_lines(void **state)
{
	(void)state;
	begin(2560 * MiB, 2048 * MiB, 0);
	machine_add(RAM + 2304 * MiB, 256 * MiB);
	machine_reserve(RAM + 384 * MiB, 512 * MiB, MEMBLOCK_CMA);
	for (unsigned i = 0; i < 3; i++)
		machine_reserve(RAM + (1024 + i * 128) * MiB, 2 * MiB, MEMBLOCK_FIRMWARE);
	assert_int_equal(machine_init(), 0);
	run(&command_entry_blocks, 0, "blocks");
	is_told("   0x48000000 " FREE_64 "\n"
		"   0x50000000 " FREE_64 "\n"
		"   0x58000000 " CMA_64 "\n"
		"          ... 3 more lines of :\n"
		"   0x78000000 " FREE_64 "\n"
		"   0x80000000 R...............................................................\n"
		"          ... 2 more such lines\n"
		"   0x98000000 " FREE_64 "\n"
		"          ... 4 more lines of .\n"
		"          ... no RAM: 256 MiB\n"
		"   0xd0000000 " FREE_64 "\n"
		"   0xd8000000 ");
}

static void one_block(void **state)
{
	char line[128];
	paddr_t pa;

	(void)state;
	machine();
	run(&command_entry_blocks, 0, "blocks 0x48000001");
	assert_string_equal(printed,
			    "0x48000000 to 0x48200000: cma; free, in a CMA region\n"
			    "free cma               2 MiB in 1 range, the largest 2 MiB\n");
	assert_int_equal(pages_alloc(21 - host_page_shift - 1, PAGES_MOVABLE, &pa), 0);
	frame_set_kind(frame_of(pa), FRAME_MOVABLE);
	snprintf(line, sizeof(line), "blocks %#llx", pa.val);
	run(&command_entry_blocks, 0, line);
	is_told(": cma; in a CMA region, partly lent\n"
		"free cma               1 MiB in 1 range, the largest 1 MiB\n"
		"movable pages          1 MiB in 1 range, the largest 1 MiB\n");
	run(&command_entry_blocks, 0, "blocks 0x58600000");
	assert_string_equal(printed,
			    "0x58600000 to 0x58800000: reserved; never mapped\n"
			    "no-map                 2 MiB in 1 range, the largest 2 MiB\n");
	run(&command_entry_blocks, 0, "blocks 0x59000000");
	is_told(": unmovable; free, but for what was reserved at boot\n");
	is_told("devicetree           12345 B in 1 range, the largest 12345 B\n");
}

static void blocks_refuses(void **state)
{
	(void)state;
	machine();
	run(&command_entry_blocks, -EINVAL, "blocks 0");
	assert_string_equal(printed,
			    "blocks: no RAM in the pageblock of 0; `blocks` shows where it is\n");
	run(&command_entry_blocks, -EINVAL, "blocks 0x40000000 everything");
	assert_string_equal(printed, "blocks: everything: not one address: write blocks, or "
				     "blocks 0x40000000\n");
	run(&command_entry_blocks, -EINVAL, "blocks 99999999999999999999");
	assert_int_equal(lines(), 1);
}

/* ---- mem ---- */

static void report(void **state)
{
	unsigned before = machine_reports;

	(void)state;
	run(&command_entry_mem, 0, "mem");
	check_result = -EFAULT;
	run(&command_entry_mem, -EFAULT, "mem");
	check_result = 0;
	assert_int_equal(machine_reports, before + 2);
}

static void order_and_type(void **state)
{
	paddr_t pa;

	(void)state;
	begin(64 * MiB, 64 * MiB, 62 * MiB);
	machine_reserve(RAM + 60 * MiB, 2 * MiB, MEMBLOCK_FIRMWARE);
	machine_reserve(RAM + 32 * MiB, 8 * MiB, MEMBLOCK_CMA);
	assert_int_equal(machine_init(), 0);
	assert_true(buddy_take(MIGRATE_MOVABLE, MIGRATE_MOVABLE, 25 - host_page_shift, &pa));
	run(&command_entry_mem, 0, "mem order");
	is_told("    block unmovable   movable       cma  isolated       bytes  smaller\n");
	is_told("\n    2 MiB         0         ");
	is_told("; largest block 8 MiB; fragmentation: ");
	run(&command_entry_mem, 0, "mem type");
	is_told("type       pageblocks         bytes          free\n"
		"unmovable           ");
	is_told("cma                 4         8 MiB         8 MiB\n");
	is_told("reserved            1         2 MiB           0 B\n");
	assert_int_equal(lines(), 5);
}

/* What is in blocks too small is of no use: none of it, and a quarter. */
static void fragmentation(void **state)
{
	unsigned order = 20 - host_page_shift;
	paddr_t pa, whole[16];
	unsigned n = 0;

	(void)state;
	begin(32 * MiB, 32 * MiB, 0);
	assert_int_equal(machine_init(), 0);
	for (unsigned type = 0; type <= MIGRATE_MOVABLE; type++)
		for (unsigned at = order + 2; at-- > 0;)
			while (buddy_take(type, type, at, &pa))
				if (at == order + 1 && n < 16)
					whole[n++] = pa;
	/* Three of 2 MiB, apart, and of two a half. */
	assert_true(n >= 8);
	for (unsigned i = 0; i < 5; i++) {
		buddy_cut_allocated(whole[i], 1 * MiB);
		buddy_put(whole[i], order);
		if (i < 3)
			buddy_put(paddr(whole[i].val + 1 * MiB), order);
	}
	run(&command_entry_mem, 0, "mem order");
	is_told("free: 8 MiB, and 0 B hot; largest block ");
	is_told("; fragmentation: 25.0% is in blocks smaller than 2 MiB\n");
	is_told("\n    1 MiB         0         2         0         0       2 MiB     0.0%\n");
}

static void owners(void **state)
{
	(void)state;
	machine();
	run(&command_entry_mem, 0, "mem owner");
	is_told("free cma                  16 MiB     2.5%\n");
	is_told("kernel text              128 KiB     0.0%\n");
	is_told("no-map                     2 MiB     0.3%\n");
	is_told("crashkernel                4 MiB     0.6%\n");
	is_told("sum                      640 MiB   100.0%\n");
}

static void map_of_ranges(void **state)
{
	(void)state;
	machine();
	run(&command_entry_mem, 0, "mem map");
	is_told("   0x40000000 to    0x40200000         2 MiB  free\n"
		"   0x40200000 to    0x40220000       128 KiB  kernel text\n");
	is_told("   0x48000000 to    0x49000000        16 MiB  free cma\n");
	is_told("   0x64000000 to    0x70000000       192 MiB  (no RAM)\n");
	run(&command_entry_mem, 0, "mem map 1M");
	/* The parts of the image in one line; what is alone keeps its name. */
	is_told("   0x40200000 to    0x402e0000       896 KiB  5 ranges, 0 B free\n"
		"   0x402e0000 to    0x48000000    128128 KiB  free\n");
	is_told("   0x58600000 to    0x58800000         2 MiB  no-map\n");
	run(&command_entry_mem, 0, "mem map 1G");
	assert_int_equal(lines(), 3);
}

/* However memory looks, what is printed unasked is a page or two. */
static void bounded(void **state)
{
	paddr_t pa;

	(void)state;
	begin(64 * MiB, 64 * MiB, 0);
	assert_int_equal(machine_init(), 0);
	while (!pages_alloc(0, 0, &pa))
		frame_set_kind(frame_of(pa),
			       (pa.val >> host_page_shift) % 3 ? FRAME_TABLE : FRAME_CHUNKS);
	run(&command_entry_mem, 0, "mem map");
	assert_true(lines() <= 65);
	is_told("mem: ranges below ");
	run(&command_entry_mem, 0, "mem map 0");
	assert_true(lines() > 600);
	run(&command_entry_mem, 0, "mem --json");
	assert_true(lines() > 600);
}

static void json(void **state)
{
	char line[256];

	(void)state;
	machine();
	run(&command_entry_mem, 0, "mem --json");
	snprintf(line, sizeof(line),
		 "{\n\"granule\": \"%s\",\n\"page_bytes\": %llu,\n\"total_bytes\": 671088640,\n"
		 "\"free_bytes\": %llu,\n\"reserved_bytes\": ",
		 granule_by_shift(host_page_shift)->name, page_size(), pages_free_bytes());
	is_told(line);
	is_told("\"owners\": [\n{\"owner\": \"free\", \"bytes\": ");
	is_told("{\"owner\": \"free cma\", \"bytes\": 16777216},\n");
	is_told("{\"type\": \"cma\", \"block_bytes\": 2097152, \"blocks\": 8}\n],\n"
		"\"ranges\": [\n"
		"{\"base\": \"0x40000000\", \"bytes\": 2097152, \"owner\": \"free\"},\n"
		"{\"base\": \"0x40200000\", \"bytes\": 131072, \"owner\": \"kernel text\"},\n");
	assert_string_equal(printed + printed_bytes - 5, "\n]\n}\n");
}

static void mem_refuses(void **state)
{
	static const char *const rows[] = { "mem nonsense",   "mem ord",      "mem order type",
					    "mem owner 1",    "mem --json x", "mem map 1M 2M",
					    "mem map 1x",     "mem map -1",   "mem map order",
					    "mem --jsonjson", "mem -json" };

	(void)state;
	machine();
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		run(&command_entry_mem, -EINVAL, rows[i]);
		assert_int_equal(lines(), 1);
	}
	run(&command_entry_mem, -EINVAL, rows[0]);
	assert_string_equal(printed, "mem: nonsense: write mem, or mem with order, type, owner, "
				     "map, map SIZE or --json\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters),
		HOST_AT_EACH_PAGE_SHIFT(map_of_blocks),
		HOST_AT_EACH_PAGE_SHIFT(same_lines),
		HOST_AT_EACH_PAGE_SHIFT(one_block),
		HOST_AT_EACH_PAGE_SHIFT(blocks_refuses),
		HOST_AT_EACH_PAGE_SHIFT(report),
		HOST_AT_EACH_PAGE_SHIFT(order_and_type),
		HOST_AT_EACH_PAGE_SHIFT(fragmentation),
		HOST_AT_EACH_PAGE_SHIFT(owners),
		HOST_AT_EACH_PAGE_SHIFT(map_of_ranges),
		HOST_AT_EACH_PAGE_SHIFT(bounded),
		HOST_AT_EACH_PAGE_SHIFT(json),
		HOST_AT_EACH_PAGE_SHIFT(mem_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
