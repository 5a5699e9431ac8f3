// SPDX-License-Identifier: BSD-2-Clause
/*
 * The phases of bringing memory up, in order; input and machines that end it.
 *
 * Sources: mm/mm_init.c mm/cma_option.c mm/crash_option.c
 * Sources: kernel/cmdline.c lib/parse.c lib/format.c lib/string.c
 * Sources: arch/arm64/granule.c tests/host/fake_image.S
 */
#include "host.h"

#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arch/boot.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <kernel/errno.h>
#include <kernel/main.h>
#include <kernel/panic.h>
#include <kernel/verdict.h>
#include <mm/boot_data.h>
#include <mm/cma.h>
#include <mm/frame.h>
#include <mm/give_back.h>
#include <mm/kmalloc.h>
#include <mm/memblock.h>
#include <mm/memblock_devicetree.h>
#include <mm/mm_init.h>
#include <mm/mm_report.h>
#include <mm/pages.h>
#include <mm/table_pages.h>
#include <mm/vmap.h>

unsigned long long host_linear_base, host_frame_table_base;
struct boot_info boot_info;
struct devicetree main_devicetree;

/* ---- the phases, which say that they were called ---- */

static char phases[256], printed[4096];
static const char *fails; /* the phase that does */
static struct memblock_setup setup;
static struct memblock_initrd given;
static struct pgtable space;
static const int moved;

static int phase(const char *name)
{
	size_t used = strlen(phases);

	snprintf(phases + used, sizeof(phases) - used, "%s ", name);
	return fails && !strcmp(fails, name) ? -ENOMEM : 0;
}

u32 devicetree_used_bytes(const struct devicetree *dt)
{
	assert_ptr_equal(dt, &main_devicetree);
	return 0x1d56;
}

int memblock_devicetree_fill(const struct devicetree *dt, const struct memblock_setup *s,
			     struct memblock_initrd *initrd)
{
	assert_ptr_equal(dt, &main_devicetree);
	setup = *s;
	*initrd = given;
	return phase("fill");
}

/* What is reserved, in one region; bytes 0: nothing is. */
static struct region reserved;

bool memblock_next_reserved(paddr_t *from, struct region *region)
{
	*region = reserved;
	if (from->val || !reserved.bytes)
		return false;
	*from = paddr(region_end(&reserved));
	return true;
}

void cma_placed(void *context, const struct devicetree_reservation *reservation, paddr_t base)
{
	fail_msg("nothing was placed: %p %p %llx", context, (const void *)reservation, base.val);
}

int mmu_map_linear(void)
{
	return phase("map");
}

static void *(*resize_map)(paddr_t base, u64 bytes);

void memblock_allow_resize(void *(*map)(paddr_t base, u64 bytes))
{
	resize_map = map;
	phase("resize");
}

const void *mmu_move_devicetree(void)
{
	phase("tree");
	return &moved;
}

void boot_data_move_devicetree(struct devicetree *dt)
{
	phase("move");
	assert_ptr_equal(dt, &main_devicetree);
	assert_ptr_equal(dt->fdt, &moved);
}

int frame_init(void)
{
	return phase("frames");
}

void pages_init(void)
{
	phase("pages");
}

void kmalloc_init(void)
{
	phase("kmalloc");
}

void table_pages_serve(struct pgtable *pt)
{
	assert_ptr_equal(pt, &space);
	phase("tables");
}

void vmap_init(void)
{
	phase("vmap");
}

void cma_init(void)
{
	phase("cma");
}

void give_back_tails(void)
{
	phase("tails");
}

void memblock_report(int (*print)(const char *fmt, ...))
{
	print("regions here\n");
	phase("report");
}

void mm_report_line(void)
{
	phase("line");
}

/* Mapped in the linear map are two pages from physical address 1 MiB on. */
bool pgtable_lookup(const struct pgtable *pt, vaddr_t va, paddr_t *pa)
{
	u64 at = va.val - host_linear_base - 1 * MiB;

	assert_ptr_equal(pt, &space);
	*pa = paddr(at + 1 * MiB);
	return at < 2ULL << host_page_shift;
}

struct pgtable *mmu_kernel_pgtable(void)
{
	space.granule = granule_by_shift(host_page_shift);
	space.table_bytes = 4321;
	return &space;
}

u64 memblock_memory_bytes(void)
{
	return 512 * MiB;
}

u64 frame_table_bytes(void)
{
	return 64 * KiB;
}

void verdict_end(enum verdict verdict)
{
	panic("verdict %d", verdict);
}

/* ---- */

static void listen(const char *text)
{
	size_t used = strlen(printed);

	snprintf(printed + used, sizeof(printed) - used, "%s", text);
}

static void begin(const char *failing)
{
	fails = failing;
	phases[0] = printed[0] = '\0';
	given = (struct memblock_initrd){ .bytes = 0 };
	reserved = (struct region){ .bytes = 0 };
	host_linear_base = 0x1000000;
	boot_info = (struct boot_info){ .image_pa = 0x40200000,
					.fdt_pa = 0x48000000,
					.id_aa64mmfr0 = 0x101125 }; /* 48 bits, all granules */
	host_printk_hook = listen;
}

static void is_told(const char *text)
{
	if (!strstr(printed, text))
		fail_msg("not told: %s; but: %s", text, printed);
}

#define ALL "fill map resize tree move frames pages kmalloc tables vmap cma tails report line "

static void in_order(void **state)
{
	static const char *const largest[] = { "1 GiB", "32 MiB", "512 MiB" };
	char line[128];

	(void)state;
	begin(NULL);
	mm_init("");
	assert_string_equal(phases, ALL);
	assert_ptr_equal(main_devicetree.fdt, &moved);
	/* Lists may grow where the linear map has all of the new one. */
	assert_ptr_equal(resize_map(paddr(0x100123), 99), (void *)0x1100123);
	assert_ptr_equal(resize_map(paddr(0x100000), 2ULL << host_page_shift), (void *)0x1100000);
	assert_null(resize_map(paddr(0x100001), 2ULL << host_page_shift));
	assert_null(resize_map(paddr(0xfffff), 2));
	is_told("regions here\nmemory: 512 MiB of RAM, frame table 64 KiB\n");
	snprintf(line, sizeof(line),
		 "RAM at 0x1000000 + its address, by up to %s; tables take "
		 "4321 bytes\n",
		 largest[(host_page_shift - 12) / 2]);
	is_told(line);
	assert_null(strstr(printed, "initrd"));
	/* What is handed on. The same at each page size: the largest is what places suit. */
	assert_int_equal(setup.image_base.val, 0x40200000);
	assert_int_equal(setup.image_bytes, _end - _text);
	assert_int_equal(setup.devicetree_base.val, 0x48000000);
	assert_int_equal(setup.devicetree_bytes, 0x1d56);
	assert_int_equal(setup.memory_limit, 0);
	assert_int_equal(setup.address_end, LINEAR_BYTES);
	assert_int_equal(setup.granularity, PAGE_SIZE_MAX);
	assert_int_equal(setup.cma_align, 2 * MiB);
	assert_int_equal(setup.cma.kind, CMA_OPTION_NONE);
	assert_int_equal(setup.crash.kind, CRASH_OPTION_NONE);
	assert_ptr_equal(setup.placed, cma_placed);
}

static void options(void **state)
{
	(void)state;
	begin(NULL);
	boot_info.id_aa64mmfr0 = 0x1122; /* 40 bits */
	mm_init("quiet mem=1G mem=64M other=mem cma=16M cma=32M@1G-2G crashkernel=8M@1G");
	assert_int_equal(setup.memory_limit, 64 * MiB);
	assert_int_equal(setup.address_end, 1ULL << 40);
	assert_int_equal(setup.cma.kind, CMA_OPTION_RANGE);
	assert_true(setup.cma.bytes == 32 * MiB && setup.cma.base.val == GiB);
	assert_int_equal(setup.cma.limit.val, 2 * GiB);
	assert_int_equal(setup.crash.kind, CRASH_OPTION_FIXED);
	assert_int_equal(setup.crash.base.val, GiB);
	assert_string_equal(phases, ALL);
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
	assert_null(mm_init_initrd(&bytes));
	assert_int_equal(bytes, 0);
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		begin(NULL);
		given.base = paddr(cases[i].base);
		given.bytes = 0x100000 + two_pages + (u64)cases[i].end - cases[i].base;
		mm_init("");
		snprintf(line, sizeof(line), "initrd: %llu bytes at %#llx\n", given.bytes,
			 given.base.val);
		is_told(line);
		if (cases[i].good) {
			assert_ptr_equal(mm_init_initrd(&bytes),
					 (void *)(uintptr_t)(cases[i].base + 0x1000000));
			assert_int_equal(bytes, given.bytes);
			assert_null(strstr(printed, "no initrd"));
		} else {
			assert_null(mm_init_initrd(&bytes));
			assert_int_equal(bytes, 0);
			is_told("isn't mapped: no initrd");
		}
		assert_string_equal(phases, ALL);
	}
}

/* It is the region that was reserved for it, whoever else has one. */
static void crashkernel(void **state)
{
	struct region region;

	(void)state;
	begin(NULL);
	mm_init("");
	assert_false(mm_init_crashkernel(&region));
	assert_int_equal(region.bytes, 0);
	reserved =
		(struct region){ .base = { 0x4c00000 }, .bytes = 6 * MiB, .owner = MEMBLOCK_CMA };
	mm_init("");
	assert_false(mm_init_crashkernel(&region));
	assert_null(strstr(printed, "crashkernel"));
	reserved.owner = MEMBLOCK_CRASHKERNEL;
	mm_init("");
	assert_true(mm_init_crashkernel(&region));
	assert_true(region.base.val == 0x4c00000 && region.bytes == 6 * MiB);
	is_told("crashkernel: 6 MiB at 0x4c00000\n");
}

/* Nothing is done once a phase has failed, and it is told in words. */
static void ends(const char *cmdline, const char *failing, const char *done, const char *text)
{
	begin(failing);
	assert_true(HOST_ASSERTS(mm_init(cmdline)));
	assert_string_equal(host_last_failure(), "verdict 3");
	assert_string_equal(phases, done);
	is_told(text);
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
	ends("", "map", "fill map ", "too little free memory for the tables that map it");
	ends("", "frames", "fill map resize tree move frames ",
	     "too little free memory for the frame table");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(in_order), HOST_AT_EACH_PAGE_SHIFT(options),
		HOST_AT_EACH_PAGE_SHIFT(initrd),   HOST_AT_EACH_PAGE_SHIFT(crashkernel),
		HOST_AT_EACH_PAGE_SHIFT(failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
