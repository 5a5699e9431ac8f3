// SPDX-License-Identifier: BSD-2-Clause
/*
 * The phases of bringing memory up, in order; input and machines that end it.
 *
 * Sources: mm/mm_init.c mm/boot/boot_memory.c mm/boot/cma_option.c
 * Sources: mm/boot/memblock_crashkernel.c lib/cmdline.c
 * Sources: lib/parse.c lib/format.c lib/string.c arch/arm64/table/granule.c tests/host/fake_image.S
 * Sources: tests/host/mm_phases.c
 */
#include "host.h"
#include "mm_phases.h"

#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arch/boot.h>
#include <arch/cpu_pen.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/trap.h>
#include <kernel/errno.h>
#include <lib/panic.h>
#include <lib/verdict.h>
#include <mm/boot_devicetree.h>
#include <mm/boot_memory.h>
#include <mm/cma.h>
#include <mm/compact.h>
#include <mm/frame.h>
#include <mm/give_back.h>
#include <mm/kmalloc.h>
#include <mm/memblock.h>
#include <mm/memblock_crashkernel.h>
#include <mm/memblock_devicetree.h>
#include <mm/memblock_room.h>
#include <mm/mm_init.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/table_pages.h>
#include <mm/vmap.h>

/* ---- no CPU of a spin table ---- */

bool cpu_pen_is_needed(const struct devicetree *dt, paddr_t *base)
{
	(void)dt, (void)base;
	return false;
}

bool cpu_pen_find(paddr_t base)
{
	(void)base;
	return false;
}

void cpu_pen_make(const struct devicetree *dt, paddr_t base)
{
	(void)dt, (void)base;
	fail();
}

int memblock_add(paddr_t base, u64 bytes)
{
	(void)base, (void)bytes;
	fail();
	return 0;
}

int memblock_alloc(u64 bytes, u64 align, enum memblock_owner owner, paddr_t *base)
{
	(void)bytes, (void)align, (void)owner, (void)base;
	fail();
	return 0;
}

static char printed[4096];

static void listen(const char *text)
{
	size_t used = strlen(printed);

	snprintf(printed + used, sizeof(printed) - used, "%s", text);
}

static void begin(const char *failing)
{
	mm_phases_fails = failing;
	mm_phases[0] = printed[0] = '\0';
	mm_phases_given = (struct region){ .bytes = 0 };
	mm_phases_reserved = (struct region){ .bytes = 0 };
	host_linear_base = 0x1000000;
	boot_info = (struct boot_info){ .image_pa = 0x40200000,
					.fdt_pa = 0x48000000,
					.fdt_bytes = 0x100000,
					.id_aa64mmfr0 = 0x101125 }; /* 48 bits, all granules */
	host_printk_hook = listen;
}

static void is_told(const char *text)
{
	if (!strstr(printed, text))
		fail_msg("not told: %s; but: %s", text, printed);
}

#define ALL "fill map tree move frames pages kmalloc tables vmap cma tails report line "

static void in_order(void **state)
{
	static const char *const largest[] = { "1 GiB", "32 MiB", "512 MiB" };
	char line[128];

	(void)state;
	begin(NULL);
	mm_init("");
	assert_string_equal(mm_phases, ALL);
	assert_ptr_equal(boot_devicetree.fdt, &mm_phases_moved);
	is_told("regions here\nmemory: 512 MiB of RAM, frame table 64 KiB\n");
	snprintf(line, sizeof(line),
		 "RAM at 0x1000000 + its address, by up to %s; tables take "
		 "4321 bytes\n",
		 largest[(host_page_shift - 12) / 2]);
	is_told(line);
	assert_null(strstr(printed, "initrd"));
	/* What is handed on. The same at each page size: the largest is what places suit. */
	assert_int_equal(mm_phases_setup.image_base.val, 0x40200000);
	assert_int_equal(mm_phases_setup.image_bytes, _end - _text);
	assert_int_equal(mm_phases_setup.devicetree_base.val, 0x48000000);
	assert_int_equal(mm_phases_setup.devicetree_bytes, 0x1d56);
	assert_int_equal(mm_phases_setup.memory_limit, 0);
	assert_int_equal(mm_phases_setup.address_end, LINEAR_BYTES);
	assert_int_equal(mm_phases_setup.cma.kind, CMA_OPTION_NONE);
	assert_int_equal(mm_phases_setup.crash.kind, CRASH_OPTION_NONE);
	assert_ptr_equal(mm_phases_setup.placed, cma_placed);
}

static void options(void **state)
{
	(void)state;
	begin(NULL);
	boot_info.id_aa64mmfr0 = 0x1122; /* 40 bits */
	mm_init("quiet mem=1G mem=64M other=mem cma=16M cma=32M@1G-2G crashkernel=8M@1G");
	assert_int_equal(mm_phases_setup.memory_limit, 64 * MiB);
	assert_int_equal(mm_phases_setup.address_end, 1ULL << 40);
	assert_int_equal(mm_phases_setup.cma.kind, CMA_OPTION_RANGE);
	assert_true(mm_phases_setup.cma.bytes == 32 * MiB && mm_phases_setup.cma.base.val == GiB);
	assert_int_equal(mm_phases_setup.cma.limit.val, 2 * GiB);
	assert_int_equal(mm_phases_setup.crash.kind, CRASH_OPTION_FIXED);
	assert_int_equal(mm_phases_setup.crash.base.val, GiB);
	assert_string_equal(mm_phases, ALL);
}

/* It is where it was, unless a page at one of its ends isn't mapped. */
static void initrd(void **state)
{
	const u64 two_pages = 2ULL << host_page_shift;
	static const struct {
		u64 base;
		s64 end; /* from that of the two pages that are mapped */
		bool good;
	} cases[] = { { 0x100123, -77, true },
		      { 0x100000, 0, true },
		      { 0x100001, 1, false },
		      { 0xfffff, -1, false } };
	char line[80];
	u64 bytes = 1;

	(void)state;
	begin(NULL);
	mm_init("");
	assert_null(boot_memory_initrd(&bytes));
	assert_int_equal(bytes, 0);
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		begin(NULL);
		mm_phases_given.base = paddr(cases[i].base);
		mm_phases_given.bytes = 0x100000 + two_pages + (u64)cases[i].end - cases[i].base;
		mm_init("");
		snprintf(line, sizeof(line), "initrd: %llu bytes at %#llx\n", mm_phases_given.bytes,
			 mm_phases_given.base.val);
		is_told(line);
		if (cases[i].good) {
			assert_ptr_equal(boot_memory_initrd(&bytes),
					 (void *)(uintptr_t)(cases[i].base + 0x1000000));
			assert_int_equal(bytes, mm_phases_given.bytes);
			assert_null(strstr(printed, "no initrd"));
		} else {
			assert_null(boot_memory_initrd(&bytes));
			assert_int_equal(bytes, 0);
			is_told("isn't mapped: no initrd");
		}
		assert_string_equal(mm_phases, ALL);
	}
}

/* It is the region that was mm_phases_reserved for it, whoever else has one. */
static void crashkernel(void **state)
{
	struct region region;

	(void)state;
	begin(NULL);
	mm_init("");
	assert_false(memblock_crashkernel(&region));
	assert_int_equal(region.bytes, 0);
	mm_phases_reserved =
		(struct region){ .base = { 0x4c00000 }, .bytes = 6 * MiB, .owner = MEMBLOCK_CMA };
	mm_init("");
	assert_false(memblock_crashkernel(&region));
	assert_null(strstr(printed, "crashkernel"));
	mm_phases_reserved.owner = MEMBLOCK_CRASHKERNEL;
	mm_init("");
	assert_true(memblock_crashkernel(&region));
	assert_true(region.base.val == 0x4c00000 && region.bytes == 6 * MiB);
	is_told("crashkernel: 6 MiB at 0x4c00000\n");
}

/* Nothing is done once a phase has failed, and it is told in words. */
static void ends(const char *cmdline, const char *failing, const char *done, const char *text)
{
	begin(failing);
	assert_true(HOST_ASSERTS(mm_init(cmdline)));
	assert_string_equal(host_last_failure(), "verdict 3");
	assert_string_equal(mm_phases, done);
	is_told(text);
}

/* Room for long lists: found, mapped, lent, and mapped again after the move. */
static void room(void **state)
{
	static const char *const failing[] = { "find", "idmap" };
	static const char *const done[] = { "find memory ", "find idmap memory " };

	(void)state;
	begin(NULL);
	assert_int_equal(boot_memory_find(), 512 * MiB);
	assert_string_equal(mm_phases, "memory ");
	mm_phases_room_bytes = 3 * PAGE_SIZE_MAX;
	/* without it, it may still do */
	for (unsigned i = 0; i < ARRAY_SIZE(failing); i++) {
		begin(failing[i]);
		assert_int_equal(boot_memory_find(), 512 * MiB);
		assert_string_equal(mm_phases, done[i]);
	}
	begin("memory");
	assert_true(HOST_ASSERTS(boot_memory_find()));
	is_told("names more ranges of memory than 128, and no 196608 bytes in one piece are free");
	begin(NULL);
	assert_int_equal(boot_memory_find(), 512 * MiB);
	assert_string_equal(mm_phases, "find idmap lend memory ");
	ends("", "early", "early ", "too few first tables for a map of 196608 bytes of lists");
	begin(NULL);
	mm_init("");
	assert_string_equal(mm_phases, "early mm_phases_moved " ALL);
	assert_true(mm_phases_setup.lists_base.val == 0x50000000 &&
		    mm_phases_setup.lists_bytes == mm_phases_room_bytes);
}

static void failures(void **state)
{
	(void)state;
	assert_int_equal(VERDICT_USAGE, 3);
	ends("mem=many", NULL, "", "mem=many: not a size; write a number of bytes");
	ends("mem=0", NULL, "", "mem=0: not a size");
	ends("mem=", NULL, "", "mem=: not a size");
	ends("mem", NULL, "", "mem=: not a size");
	ends("cma=12Q", NULL, "", "cma=12Q: something follows that doesn't belong there; write");
	ends("cma", NULL, "", "cma=: it doesn't begin with a size");
	ends("crashkernel=64M,low", NULL, "", "crashkernel=64M,low: there is no ,high and no ,low");
	ends("cma=16M crashkernel", NULL, "", "crashkernel=: it doesn't begin with a size");
	ends("", "fill", "fill ", "memory: the devicetree has no memory that this kernel can use");
	mm_phases_fill_error = -ENOMEM;
	ends("", "fill", "fill ", "memory: the devicetree names more ranges of memory than 128");
	mm_phases_fill_error = -ENODEV;
	ends("", "map", "fill map ", "too little free memory for the tables that map it");
	ends("", "frames", "fill map tree move frames ",
	     "too little free memory for the frame table");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(in_order), HOST_AT_EACH_PAGE_SHIFT(options),
		HOST_AT_EACH_PAGE_SHIFT(initrd),   HOST_AT_EACH_PAGE_SHIFT(crashkernel),
		HOST_AT_EACH_PAGE_SHIFT(failures), cmocka_unit_test(room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
