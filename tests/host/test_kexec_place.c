// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where kexec puts the next kernel: anywhere, lowest, forced, in pieces. After each, K1 to K3, and
 * all memory is given back.
 *
 * Sources: kernel/kexec/kexec.c kernel/kexec/kexec_load.c kernel/kexec/kexec_place.c
 * Sources: kernel/kexec/kexec_exit.c kernel/kexec/kexec_seal.c kernel/kexec/kexec_crash.c
 * Sources: kernel/kexec/kexec_dt.c kernel/kexec/crash_core.c kernel/kexec/initrd.c lib/initramfs.c
 * Sources: kernel/kexec/image.c lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_chosen.c lib/devicetree/devicetree_memory.c
 * Sources: lib/devicetree/devicetree_device.c lib/cmdline.c mm/boot/memblock.c
 * Sources: mm/boot/region_list.c kernel/show/memory/fault_inject.c mm/page/hooks.c
 * Sources: arch/arm64/table/granule.c lib/sha256.c lib/format.c lib/vsnprintf.c
 * Sources: lib/string.c lib/parse.c tests/host/tree.c tests/host/fake_image.S
 * Sources: tests/host/fake_contig.c tests/host/kexec_world.c tests/host/kexec_rules.c
 * Sources: tests/host/kexec_sealing.c tests/host/fake_trap.c
 * Libs: -lfdt
 */
#include <string.h>

#include "kexec_placing.h"

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/errno.h>
#include <mm/memblock.h>

#include "../../kernel/kexec/inside.h"

/* ---- the kernel ---- */

static void anywhere(void **state)
{
	static const u64 sizes[] = { 1, 4096, 65537, 2 * MiB, 20 * MiB + 123 };
	static const u64 offsets[] = { 0, 0x80000, 0x1000, 5 * MiB };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(sizes) * ARRAY_SIZE(offsets) * 2; i++) {
		u64 bytes = sizes[i % 5], offset = offsets[i / 5 % 4];

		begin();
		fake_contig.policy = i < 20 ? CONTIG_RANDOM : CONTIG_HIGHEST;
		assert_int_equal(place(bytes, offset, KEXEC_ANYWHERE, 0), 0);
		assert_int_equal((base_of(KEXEC_KERNEL) - offset) % (2 * MiB), 0);
		assert_int_equal(image.segment[KEXEC_KERNEL].bytes, bytes);
		assert_int_equal(image.segment[KEXEC_KERNEL].count, 1);
		assert_false(image.copies);
		rules_check(&image);
		rules_check_books(&image, NULL);
		finish();
	}
}

/* Says where the lowest kernel is, and whether it is copied there. */
static void lowest_is(u64 bytes, u64 offset, u64 base, bool copied)
{
	assert_int_equal(kexec_place_begin(&image, false), 0);
	assert_int_equal(place(bytes, offset, KEXEC_LOWEST, 0), 0);
	assert_int_equal(base_of(KEXEC_KERNEL), base + offset);
	assert_int_equal(image.copies, copied);
	rules_check(&image);
	rules_check_books(&image, NULL);
	kexec_place_undo(&image);
	assert_int_equal(fake_contig_count(), 0);
}

static void lowest(void **state)
{
	(void)state;
	begin();
	/* Firmware has the first 64 KiB: after that, over the image, if text_offset says so. */
	lowest_is(MiB, 0x80000, 0x40000000, false);
	lowest_is(2 * MiB, 0x80000, 0x40000000, true);
	lowest_is(MiB, 0, 0x40200000, true);
	lowest_is(MiB, 0x8000, 0x40200000, true);
	lowest_is(20 * MiB + 77, 0x10000, 0x40000000, true);
	/* Over everything that dies with this kernel, and over nothing else. */
	for (unsigned owner = MEMBLOCK_IMAGE; owner < MEMBLOCK_OWNERS; owner++) {
		bool stays = owner == MEMBLOCK_MEMRESERVE || owner == MEMBLOCK_FIRMWARE ||
			     owner == MEMBLOCK_NO_MAP || owner == MEMBLOCK_POOL ||
			     owner == MEMBLOCK_CMA || owner == MEMBLOCK_CRASHKERNEL;

		assert_int_equal(memblock_reserve(paddr(0x40400000), 1, owner), 0);
		lowest_is(4 * MiB, 0x10000, stays ? 0x40400000 : 0x40000000, !stays);
		assert_int_equal(memblock_free(paddr(0x40400000), 1), 0);
	}
	finish();
}

static void nowhere_low(void **state)
{
	(void)state;
	begin();
	/* There is the place, up to the reservation, but no memory to be copied from. */
	assert_int_equal(place(0xe000000 - 64 * KiB, 64 * KiB, KEXEC_LOWEST, 0), -ENOMEM);
	assert_said("kexec: no memory for the kernel, before it is copied");
	kexec_place_undo(&image);
	assert_int_equal(place(0xe000000, 0x10000, KEXEC_LOWEST, 0), -ENOMEM);
	assert_said("kexec: no multiple of 2 MiB in RAM has 0xe000000 free bytes at 0x10000 from");
	assert_int_equal(place(256 * MiB, 0, KEXEC_LOWEST, 0), -ENOMEM);
	assert_int_equal(place(1ULL << 47, 1ULL << 46, KEXEC_LOWEST, 0), -ENOMEM);
	assert_int_equal(place(1ULL << 40, 0, KEXEC_ANYWHERE, 0), -ENOMEM);
	assert_said("kexec: no memory for the kernel, 1 TiB in one piece: there is none");
	finish();
}

static void refuses(u64 bytes, u64 offset, u64 dest, int err, const char *text)
{
	world_hush();
	assert_int_equal(kexec_place_begin(&image, false), 0);
	assert_int_equal(place(bytes, offset, KEXEC_FORCED, dest), err);
	assert_said(text);
	kexec_place_undo(&image);
	assert_int_equal(fake_contig_count(), 0);
}

static void forced(void **state)
{
	(void)state;
	begin();
	refuses(1, 0, 0x40300000, -EINVAL, "kexec: --dest=0x40300000: not a multiple of 2 MiB");
	refuses(1, 0, 0x40200001, -EINVAL, "not a multiple of 2 MiB");
	refuses(MiB, 0, 0x50000000, -EINVAL, "0x50000000 to 0x50100000: not all of that is RAM");
	refuses(MiB, 0, 0x3fe00000, -EINVAL, "not all of that is RAM");
	refuses(2 * MiB + 1, 0, 0x4fe00000, -EINVAL, "not all of that is RAM");
	refuses(MiB, 0, ~0ULL << 21, -EINVAL, "not all of that is RAM");
	refuses(4 * MiB, 0, ~0ULL << 21, -EINVAL, "not all of that is RAM");
	/* An end that wraps around to where there is RAM. */
	refuses(MiB, 0x41200000, ~0ULL << 21, -EINVAL, "not all of that is RAM");
	refuses(MiB, 0, 0x40000000, -EINVAL,
		"kexec: 0x40000000 to 0x40100000: 0x40000000, 0x10000 bytes, is reserved (");
	refuses(MiB, 0, 0x4e000000, -EINVAL, "is reserved (");
	refuses(MiB, 8, 0x42000000, -EINVAL, "text_offset");
	/* RAM ends within a page, and what it has of that isn't mapped. */
	assert_int_equal(memblock_remove(paddr(0x4ffff123), 0xedd), 0);
	refuses(0x1ff120, 0, 0x4fe00000, -EINVAL, "not all of that is RAM");
	/* Free, so at once. */
	assert_int_equal(place(2 * MiB - 1, 0, KEXEC_FORCED, 0x4de00000), 0);
	assert_false(image.copies);
	assert_int_equal(base_of(KEXEC_KERNEL), 0x4de00000);
	rules_check(&image);
	rules_check_books(&image, NULL);
	kexec_place_undo(&image);
	/* Not free: copied there, from elsewhere. */
	fake_contig.policy = CONTIG_LOWEST;
	fake_contig_block(0x4dd00000, 1);
	assert_int_equal(place(2 * MiB - 1, 0x1000, KEXEC_FORCED, 0x4dc00000), 0);
	assert_true(image.copies);
	assert_int_equal(image.extents, 1);
	rules_check(&image);
	rules_check_books(&image, NULL);
	finish();
}

/* Pieces of a half each: how many, when so many bytes are to be had at once. */
static void pieces_are(u64 bytes, u64 largest, u32 count)
{
	begin();
	fake_contig.policy = CONTIG_RANDOM;
	fake_contig.largest = largest;
	assert_int_equal(place(bytes, 0, KEXEC_FORCED, WORLD_IMAGE), 0);
	assert_int_equal(image.extents, count);
	assert_int_equal(kexec_place_segment(&image, KEXEC_INITRD, 54321, 0), 0);
	assert_int_equal(kexec_place_segment(&image, KEXEC_DEVICETREE, 4321, 8192), 0);
	assert_int_equal(kexec_place_exit(&image), 0);
	rules_check(&image);
	rules_check_books(&image, NULL);
	finish();
}

static void pieces(void **state)
{
	(void)state;
	pieces_are(20 * MiB + 123, 0, 1);
	pieces_are(20 * MiB + 123, 20 * MiB, 2);
	pieces_are(20 * MiB + 123, 11 * MiB - 1, 4);
	pieces_are(20 * MiB + 123, 5 * MiB + 1, 7);
	pieces_are(3 * MiB, MiB, 3);
	pieces_are(MiB + 1, MiB, 2);
	pieces_are(MiB + 1, MiB + 1, 1);
	pieces_are(29 * MiB, MiB, 29);
	pieces_are(29 * MiB - 1, MiB, 29);
}

static void too_many_pieces(void **state)
{
	(void)state;
	begin();
	fake_contig.largest = MiB;
	assert_int_equal(place(29 * MiB + 1, 0, KEXEC_FORCED, WORLD_IMAGE), -ENOMEM);
	assert_said(
		"kexec: memory is in too many pieces: the kernel's 0x1d00001 bytes don't lie in "
		"29");
	kexec_place_undo(&image);
	assert_int_equal(fake_contig_count(), 0);
	fake_contig.largest = MiB - 1;
	assert_int_equal(kexec_place_begin(&image, false), 0);
	assert_int_equal(place(MiB, 0, KEXEC_FORCED, WORLD_IMAGE), -ENOMEM);
	assert_said("no memory for the kernel, before it is copied, 1 MiB in one piece: memory is "
		    "in pieces");
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(anywhere),    HOST_AT_EACH_PAGE_SHIFT(lowest),
		HOST_AT_EACH_PAGE_SHIFT(nowhere_low), HOST_AT_EACH_PAGE_SHIFT(forced),
		HOST_AT_EACH_PAGE_SHIFT(pieces),      HOST_AT_EACH_PAGE_SHIFT(too_many_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
