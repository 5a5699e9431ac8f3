// SPDX-License-Identifier: BSD-2-Clause
/*
 * What lies in the rest of the image's last pages: which rest, at each page size, and the
 * devicetree's move there, or why it stays.
 *
 * Sources: mm/page/boot_data.c mm/page/boot_devicetree.c mm/boot/memblock.c mm/boot/region_list.c
 * Sources: lib/format.c lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_memory.c tests/host/tree.c tests/host/fake_image.S
 * Libs: -lfdt
 */
#include "host.h"
#include "memblock_lists.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arch/boot.h>
#include <arch/layout.h>
#include <arch/page.h>
#include <kernel/errno.h>
#include <mm/addr.h>
#include <mm/boot_data.h>
#include <mm/boot_devicetree.h>

#include "tree.h"

#define RAM       0x40000000ULL
#define RAM_BYTES (16 * MiB)
#define IMAGE     (RAM + 4 * MiB)
#define TREE      (RAM + 8 * MiB + 0x123000)

unsigned long long host_linear_base, host_frame_table_base;
struct boot_info boot_info;

static u8 *ram;
static u64 bss_end, stack_top; /* physical */

/* How far the data of earlier tests reaches: only a boot begins anew. */
static u64 room(u64 place, const u8 *symbol)
{
	u64 end = page_align_up(place);

	return end - MIN(place + boot_data_bytes(symbol), end);
}

static void begin(void)
{
	memblock_init();
	if (!ram)
		ram = malloc(RAM_BYTES);
	memset(ram, 0xa5, RAM_BYTES);
	host_linear_base = (u64)(uintptr_t)ram - RAM;
	boot_info = (struct boot_info){ .image_pa = IMAGE };
	bss_end = IMAGE + (u64)(_ebss - _text);
	stack_top = IMAGE + (u64)(_stack_top - _text);
	assert_int_equal(memblock_add(paddr(RAM), RAM_BYTES), 0);
	assert_int_equal(memblock_reserve(paddr(IMAGE), (u64)(_end - _text), MEMBLOCK_IMAGE), 0);
}

static enum memblock_owner owner_at(u64 pa)
{
	struct region region;

	return memblock_first_reserved(paddr(pa), 1, &region) ? (enum memblock_owner)region.owner
							      : MEMBLOCK_OWNER_NONE;
}

/*
 * The place that is left with least, as long as one has room; never a page that isn't the image's
 * whatever it holds.
 */
static void fills_what_is_left(void **state)
{
	unsigned pieces = 0;

	(void)state;
	begin();
	/* The stack is whole pages but at 64K. */
	assert_int_equal(room(stack_top, _stack_top) > 0, host_page_shift == 16);
	assert_true(room(bss_end, _ebss) > 1000);
	for (unsigned fails = 0; fails < 200;) {
		u64 rooms[] = { room(bss_end, _ebss), room(stack_top, _stack_top) };
		u64 bytes = 1 + host_random_below(host_random_below(2) ? 500 : 5000);
		bool first = rooms[0] >= bytes && (rooms[0] <= rooms[1] || rooms[1] < bytes);
		const u8 *symbol = first ? _ebss : _stack_top;
		u64 at = IMAGE + (u64)(symbol - _text) + boot_data_bytes(symbol);
		paddr_t pa;

		if (MAX(rooms[0], rooms[1]) < bytes) {
			assert_int_equal(boot_data_alloc(bytes, 1, MEMBLOCK_BOOT, &pa), -ENOSPC);
			fails++;
			continue;
		}
		assert_int_equal(boot_data_alloc(bytes, 1, MEMBLOCK_BOOT, &pa), 0);
		assert_int_equal(pa.val, at);
		assert_int_equal(owner_at(at), MEMBLOCK_BOOT);
		assert_int_equal(owner_at(at + bytes - 1), MEMBLOCK_BOOT);
		assert_int_equal(owner_at(at + bytes), MEMBLOCK_IMAGE);
		pieces++;
	}
	assert_true(pieces > 1);
	assert_null(memblock_check());
	assert_int_equal(memblock_lists_free_bytes(), RAM_BYTES - (u64)(_end - _text));
}

static void is_aligned(void **state)
{
	paddr_t pa;

	(void)state;
	begin();
	for (unsigned align = 1; align <= 64; align *= 4) {
		assert_int_equal(boot_data_alloc(1, align, MEMBLOCK_BOOT, &pa), 0);
		assert_true(IS_ALIGNED(pa.val, align));
	}
}

#define NODES(more)                                                        \
	"/ { #address-cells = <1>; #size-cells = <1>; model = \"moves\"; " \
	"memory@40000000 { device_type = \"memory\"; reg = <0x40000000 "   \
	"0x1000000>; }; " more " };"

/* Hand a tree over, and let it move. Whether it did; the tree is whole either way. */
static bool moves(const char *source, bool linear)
{
	struct devicetree dt;
	void *tree = tree_open(&dt, tree_from_text(source));
	u64 bytes = devicetree_used_bytes(&dt);
	bool moved;

	begin();
	boot_info.fdt_pa = TREE;
	boot_info.fdt_bytes = devicetree_total_bytes(&dt);
	memcpy(ram + (TREE - RAM), tree, bytes);
	if (linear)
		dt.fdt = ram + (TREE - RAM);
	assert_int_equal(memblock_reserve(paddr(TREE), bytes, MEMBLOCK_DEVICETREE), 0);
	boot_devicetree_move(&dt);
	moved = dt.fdt != tree && dt.fdt != ram + (TREE - RAM);
	assert_memory_equal(dt.fdt, tree, bytes);
	assert_int_equal(owner_at(TREE), moved ? MEMBLOCK_OWNER_NONE : MEMBLOCK_DEVICETREE);
	assert_int_equal(memblock_reserved_bytes(MEMBLOCK_DEVICETREE), bytes);
	assert_int_equal(memblock_lists_free_bytes(),
			 RAM_BYTES - (u64)(_end - _text) - (moved ? 0 : bytes));
	if (moved) {
		u64 pa = linear_to_paddr(vaddr_of(dt.fdt)).val;

		assert_true(pa >= bss_end && IS_ALIGNED(pa, 8));
		assert_int_equal(owner_at(pa), MEMBLOCK_DEVICETREE);
		assert_string_equal(devicetree_model(&dt), "moves");
	}
	assert_null(memblock_check());
	free(tree);
	return moved;
}

static void tree_moves(void **state)
{
	(void)state;
	assert_true(moves(NODES(""), true));
}

static void tree_stays(void **state)
{
	(void)state;
	/* Not in the linear map; listed by itself; in a node's memory; in no memory node. */
	assert_false(moves(NODES(""), false));
	assert_false(moves("/memreserve/ 0x40923000 0x40; " NODES(""), true));
	assert_false(moves(NODES("reserved-memory { #address-cells = <1>; #size-cells = <1>; "
				 "ranges; a@1 { reg = <0x40923010 0x10>; }; };"),
			   true));
	assert_false(moves("/ { #address-cells = <1>; #size-cells = <1>; memory@0 { device_type = "
			   "\"memory\"; reg = <0x40000000 0x923020>; }; };",
			   true));
}

int main(void)
{
	/* Nothing gives such room back, so the test that leaves none comes last. */
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(tree_stays),
		HOST_AT_EACH_PAGE_SHIFT(tree_moves),
		HOST_AT_EACH_PAGE_SHIFT(is_aligned),
		HOST_AT_EACH_PAGE_SHIFT(fills_what_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
