// SPDX-License-Identifier: BSD-2-Clause
/*
 * What of the image goes to the allocator: just the pages that nobody needs and nothing maps.
 *
 * Sources: mm/page/give_back.c mm/page/frame.c mm/page/buddy.c mm/page/buddy_check.c
 * Sources: mm/page/pageblock.c mm/page/pages.c mm/page/pages_hot.c mm/boot/memblock.c
 * Sources: mm/boot/region_list.c lib/format.c lib/string.c arch/arm64/table/granule.c
 * Sources: tests/host/fake_machine.c tests/host/fake_image.S tests/host/buddy_model.c
 * Sources: mm/page/boot_data.c mm/page/hot_text.c
 */
#include <string.h>

#include "buddy_model.h"
#include "fake_machine.h"

#include <cmocka.h>

#include <arch/boot.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <kernel/compiler.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/give_back.h>

#define RAM       0x40000000ULL
#define RAM_BYTES (16 * MiB)
#define IMAGE     (RAM + 4 * MiB)
#define IMAGE_VA  0xffff800000000000ULL

/* What each 4 KiB of the image are: the smallest page, so that every size can be told from it. */
#define PIECE  0x1000ULL
#define PIECES (MACHINE_IMAGE_BYTES / PIECE)

static bool mapped[PIECES];   /* in the image's map */
static bool protects[PIECES]; /* written to in the linear map */

static u64 offset_of(const u8 *symbol)
{
	return (u64)(symbol - _text);
}

int pgtable_unmap(struct pgtable *pt, vaddr_t va, u64 bytes)
{
	assert_ptr_equal(pt, mmu_kernel_pgtable());
	assert_true(page_is_aligned(va.val | bytes) && bytes);
	for (u64 at = va.val - IMAGE_VA; at < va.val - IMAGE_VA + bytes; at += PIECE)
		mapped[at / PIECE] = false;
	return 0;
}

int pgtable_protect(struct pgtable *pt, vaddr_t va, u64 bytes, enum map_kind kind)
{
	u64 first = linear_to_paddr(va).val - IMAGE;

	assert_ptr_equal(pt, mmu_kernel_pgtable());
	assert_int_equal(kind, MAP_DATA);
	assert_true(page_is_aligned(va.val | bytes) && bytes);
	/* Not beyond what is read-only there. */
	assert_true(first + bytes <= offset_of(_data));
	for (u64 at = first; at < first + bytes; at += PIECE)
		protects[at / PIECE] = true;
	return 0;
}

/* As the kernel's map has it: what of [first, end) is in use, to whole pages. */
static void map(const u8 *first, const u8 *end)
{
	for (u64 at = offset_of(first); at < page_align_up(offset_of(end)); at += PIECE)
		mapped[at / PIECE] = true;
}

static void begin(u64 pool_idmap, u64 pool_used)
{
	machine_poison = MACHINE_MIXED;
	machine_begin(RAM, RAM_BYTES);
	machine_add(RAM, RAM_BYTES);
	machine_image(IMAGE);
	assert_int_equal(machine_init(), 0);
	buddy_model_begin(RAM, RAM_BYTES);
	boot_info.image_va = IMAGE_VA;
	boot_info.pool_idmap = pool_idmap;
	boot_info.pool_used = pool_used;
	memset(mapped, 0, sizeof(mapped));
	memset(protects, 0, sizeof(protects));
	map(_text, _etext);
	map(_rodata, _erodata);
	map(_data, _ebss);
	map(_stack_top - STACK_BYTES, _stack_top);
}

/* Is the page at this offset free? */
static bool is_free(u64 offset)
{
	for (unsigned order = 0; order <= buddy_max_order(); order++) {
		u64 block = ALIGN_DOWN(IMAGE + offset, page_size() << order);
		const struct frame *f = frame_of(paddr(block));

		if (block >= RAM && frame_kind(f) == FRAME_FREE && frame_order(f) == order)
			return true;
	}
	return false;
}

/* Free is what neither is mapped nor a table; in the linear map all of it can be written. */
static void expect_given(void)
{
	u64 read_only = offset_of(_data), pool = offset_of(_boot_pool), given = 0, before;

	before = buddy_free_bytes(MIGRATE_UNMOVABLE) + buddy_free_bytes(MIGRATE_MOVABLE);
	for (u64 at = 0; at < MACHINE_IMAGE_BYTES; at += page_size()) {
		bool table =
			at >= pool + page_align_up(boot_info.pool_idmap) && at < pool + 0x24000;
		bool used = table;

		for (u64 piece = at; piece < at + page_size(); piece += PIECE)
			used |= mapped[piece / PIECE];
		if (is_free(at) == used)
			fail_msg("the page at %#llx is %s", at, used ? "given away" : "not given");
		if (used)
			continue;
		buddy_model_give(IMAGE + at, page_size());
		given += page_size();
		for (u64 piece = at; piece < at + page_size(); piece += PIECE)
			assert_int_equal(protects[piece / PIECE], at < read_only);
	}
	assert_true(given > 0);
	assert_int_equal(before,
			 buddy_free_bytes(MIGRATE_UNMOVABLE) + buddy_free_bytes(MIGRATE_MOVABLE));
	buddy_model_compare();
}

static u64 told; /* the sum of the figures in the lines that were printed */

static void listen(const char *text)
{
	for (const char *p = text; (p = strstr(p, " KiB")); p++) {
		u64 kib = 0, unit = 1;

		for (const char *digit = p - 1; *digit >= '0' && *digit <= '9'; digit--, unit *= 10)
			kib += (u64)(*digit - '0') * unit;
		told += kib * KiB;
	}
}

static u64 free_bytes(void)
{
	return buddy_free_bytes(MIGRATE_UNMOVABLE) + buddy_free_bytes(MIGRATE_MOVABLE);
}

static void tails(void **state)
{
	u64 before;

	(void)state;
	/* Tables of 4 KiB for the identity map, then the kernel's, which stay. */
	begin(0x4000, 0x24000);
	before = free_bytes();
	host_printk_hook = listen;
	told = 0;
	give_back_tails();
	assert_int_equal(free_bytes() - before, told);
	assert_int_equal(boot_info.pool_used, BOOT_POOL_BYTES);
	/* Text and constants, data, the stacks stay mapped. */
	assert_true(mapped[0] && mapped[offset_of(_data) / PIECE]);
	assert_true(mapped[offset_of(_stack_top) / PIECE - 1]);
	assert_false(mapped[offset_of(_boot_pool) / PIECE]);
	expect_given();
	host_printk_hook = NULL;
}

static void init(void **state)
{
	u64 before;

	(void)state;
	begin(0x4000, 0x24000);
	give_back_tails();
	before = free_bytes();
	host_printk_hook = listen;
	told = 0;
	give_back_init();
	assert_int_equal(free_bytes() - before, told);
	/* To whole pages: the kernel's own text and constants begin in the last one. */
	assert_int_equal(mapped[0], page_size() > 0x3000);
	assert_true(mapped[offset_of(_init_text_end) / PIECE]);
	assert_true(mapped[(offset_of(_init_rodata) - 1) / PIECE]);
	expect_given();
	host_printk_hook = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(tails),
		HOST_AT_EACH_PAGE_SHIFT(init),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
