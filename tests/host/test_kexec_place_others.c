// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where kexec puts what the next kernel needs: the initrd's windows, translation tables, and all of
 * it in a crash kernel's room. After each, K1 to K3, and all memory is given back.
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

/* ---- the initrd ---- */

static void begin_large(void)
{
	world_begin_empty(GiB, 80 * GiB);
	assert_int_equal(memblock_add(paddr(GiB), 80 * GiB), 0);
	assert_int_equal(kexec_place_begin(&image, false), 0);
}

static void windows(void **state)
{
	static const u64 kernels[] = { GiB, 20 * GiB + 2 * MiB, 50 * GiB - 2 * MiB, 80 * GiB };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(kernels) * 3; i++) {
		u64 kernel = kernels[i / 3], low = kernel & ~(GiB - 1);

		begin_large();
		fake_contig.policy = i % 3;
		assert_int_equal(place(3 * MiB, 0, KEXEC_FORCED, kernel), 0);
		assert_int_equal(kexec_place_segment(&image, KEXEC_INITRD, 100 * MiB, 0), 0);
		rules_check(&image);
		assert_true(base_of(KEXEC_INITRD) >= low);
		if (i % 3 == CONTIG_HIGHEST)
			assert_int_equal(base_of(KEXEC_INITRD),
					 MIN(low + 32 * GiB, 81 * GiB) - page_align_up(100 * MiB));
		finish();
	}
}

static void windows_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		begin_large();
		fake_contig.policy = CONTIG_LOWEST;
		/* It ends in the 51st GiB, so the window down begins at 19 GiB. */
		assert_int_equal(place(4 * MiB, 0, KEXEC_FORCED, 50 * GiB - 2 * MiB), 0);
		fake_contig_block(49 * GiB, 32 * GiB);
		fake_contig_block(20 * GiB, 29 * GiB);
		assert_int_equal(kexec_place_segment(&image, KEXEC_INITRD, GiB + i, 0),
				 i ? -ENOMEM : 0);
		if (i)
			assert_said("kexec: no memory for the initrd, 1073741825 B in one piece");
		else
			assert_int_equal(base_of(KEXEC_INITRD), 19 * GiB);
		finish();
	}
}

static bool stays(u64 kernel, u64 initrd, u64 bytes)
{
	bool yes;

	begin_large();
	world.initrd_at = initrd;
	world.initrd_bytes = bytes;
	assert_int_equal(memblock_reserve(paddr(initrd), bytes, MEMBLOCK_INITRD), 0);
	assert_int_equal(place(3 * MiB, 0, KEXEC_FORCED, kernel), 0);
	yes = kexec_place_initrd_stays(&image, paddr(initrd), bytes);
	assert_int_equal(image.segment[KEXEC_INITRD].bytes, yes ? bytes : 0);
	rules_check(&image);
	rules_check_books(&image, NULL);
	finish();
	return yes;
}

static void initrd_stays(void **state)
{
	(void)state;
	assert_true(stays(20 * GiB, 22 * GiB + 1, 12345));
	assert_true(stays(20 * GiB, 52 * GiB - 12345, 12345));
	assert_false(stays(20 * GiB, 52 * GiB - 12345, 12346));
	assert_false(stays(20 * GiB, 60 * GiB, 12346));
	/* Down, where the kernel ends in the GiB after. */
	assert_true(stays(40 * GiB - 2 * MiB, 9 * GiB, 12345));
	assert_false(stays(40 * GiB - 2 * MiB, 9 * GiB - 1, 12345));
	/* Under the kernel, or beside it. */
	assert_false(stays(20 * GiB, 20 * GiB + 2 * MiB, 12345));
	assert_true(stays(20 * GiB, 20 * GiB + 3 * MiB, 12345));
	world_begin(NULL);
	assert_int_equal(kexec_place_begin(&image, true), 0);
	assert_int_equal(place(MiB, 0, KEXEC_ANYWHERE, 0), 0);
	assert_false(kexec_place_initrd_stays(&image, paddr(WORLD_CRASH + 8 * MiB), 4096));
	finish();
}

/* ---- what leaving takes ---- */

static void tables(void **state)
{
	(void)state;
	/* The fake asks for 64 bytes in between, and looks at the alignment. */
	for (u64 bytes = 64; bytes <= page_size(); bytes *= 2) {
		begin();
		world.tables = 9;
		world.table_bytes = bytes;
		fake_contig.policy = CONTIG_RANDOM;
		assert_int_equal(kexec_place_exit(&image), 0);
		assert_int_equal(image.table_bytes, 5 * bytes + 4 * 64);
		rules_check_books(&image, NULL);
		finish();
	}
	begin();
	world.tables = 1000;
	world.table_bytes = 64 * KiB;
	assert_int_equal(kexec_place_exit(&image), -ENOMEM);
	assert_said("kexec: no memory for translation tables");
	rules_check_books(&image, NULL);
	finish();
}

/* All of it, in pieces. */
static int place_all(bool crash)
{
	int err = kexec_place_begin(&image, crash);
	paddr_t room;

	if (!err)
		err = place(5 * MiB, 0x10000, crash ? KEXEC_ANYWHERE : KEXEC_FORCED, WORLD_IMAGE);
	if (!err)
		err = kexec_place_segment(&image, KEXEC_INITRD, 100001, 0);
	if (!err && crash)
		err = kexec_place_memory(&image, "room", 5000, 0, &room);
	if (!err)
		err = kexec_place_segment(&image, KEXEC_DEVICETREE, 9000, 16384);
	return err ? err : kexec_place_exit(&image);
}

static void fails_at_each_step(void **state)
{
	unsigned fail = 0, failed = 0, calls;
	int err;

	(void)state;
	do {
		begin();
		fake_contig.policy = CONTIG_RANDOM;
		fake_contig.largest = 2 * MiB;
		fake_contig.fail_call = ++fail;
		err = place_all(false);
		calls = fake_contig.calls;
		failed += err != 0;
		assert_true(!err || err == -ENOMEM);
		rules_check_books(&image, NULL);
		if (!err)
			rules_check(&image);
		finish();
	} while (calls >= fail);
	assert_int_equal(err, 0);
	/* The initrd, the devicetree, the copy, tables. */
	assert_true(failed >= 3);
}

static void crash_room(void **state)
{
	unsigned failed = 0, fitted = 0;

	(void)state;
	for (u64 bytes = 0x10000; bytes <= 6 * MiB; bytes += 0x4000) {
		world_begin(NULL);
		world.crash.bytes = bytes;
		if (place_all(true)) {
			failed++;
			assert_true(world_said("what crashkernel= set aside is too small") ||
				    world_said("no memory for translation tables"));
		} else {
			fitted++;
			rules_check(&image);
			assert_true(image.room.base.val <= WORLD_CRASH + bytes);
		}
		assert_int_equal(fake_contig.calls, 0);
		finish();
	}
	assert_true(failed > 5 && fitted > 5);
	world_begin(NULL);
	assert_int_equal(kexec_place_begin(&image, true), 0);
	assert_int_equal(place(MiB, 0, KEXEC_LOWEST, 0), -EINVAL);
	assert_said("kexec: a kernel that has to be as low in RAM as can be is no crash kernel");
	world.crash.bytes = 0;
	assert_int_equal(kexec_place_begin(&image, true), -ENOENT);
	assert_said("kexec: no memory is set aside for a crash kernel; boot with crashkernel=SIZE");
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(windows),
		HOST_AT_EACH_PAGE_SHIFT(windows_down),
		HOST_AT_EACH_PAGE_SHIFT(initrd_stays),
		HOST_AT_EACH_PAGE_SHIFT(tables),
		HOST_AT_EACH_PAGE_SHIFT(fails_at_each_step),
		HOST_AT_EACH_PAGE_SHIFT(crash_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
