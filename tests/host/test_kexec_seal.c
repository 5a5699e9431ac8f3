// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is loaded is sealed: what of it, when it isn't, and who hashes again then.
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

#include "kexec_loading.h"

#include <kernel/errno.h>
#include <mm/memblock.h>

/* The first byte of the kernel changes: who notices? */
static int exec_changed(const struct kexec_image *image, unsigned how)
{
	u8 *at = world_at(image->extent[0].from.val);
	int err;

	*at ^= 1;
	err = world_exec(how);
	*at ^= 1;
	return err;
}

/* What nobody can write to is hashed again only on demand; anything else always. */
static void sealed(void **state)
{
	const struct kexec_image *image;
	const char *const hashing = "if all of it is still what was loaded";

	(void)state;
	begin();
	image = load(&in_place);
	assert_true(image->sealed && world.sealed_count);
	assert_int_equal(exec_changed(image, 0), WORLD_LEFT);
	assert_false(world_said(hashing));
	assert_int_equal(exec_changed(image, KEXEC_VERIFY), -EIO);
	assert_said(hashing);
	load(&copied);
	assert_true(!image->sealed && !world.sealed_count);
	assert_int_equal(exec_changed(image, 0), -EIO);
	/* Another CPU was on, even if it isn't any more. */
	world.other_on = true;
	load(&in_place);
	assert_true(!image->sealed && !world.sealed_count);
	world.other_on = false;
	assert_int_equal(exec_changed(image, 0), -EIO);
	assert_int_equal(world_exec(0), WORLD_LEFT);
	load(&in_place);
	kexec_unload(false);
	assert_int_equal(world.sealed_count, 0);
	assert_false(load(&crash)->sealed || world.sealed_count);
	rules_finish();
}

/* Without memory for the tables it is loaded all the same, and nothing stays sealed. */
static void sealed_in_part(void **state)
{
	const struct kexec_image *image = kexec_loaded(false);
	unsigned fail = 0;

	(void)state;
	begin();
	do {
		world.seal_fail = ++fail;
		load(&in_place);
		assert_int_equal(image->sealed, world.seal_fail != 0);
		assert_int_equal(exec_changed(image, 0), image->sealed ? WORLD_LEFT : -EIO);
	} while (!world.seal_fail);
	assert_true(fail > 3);
	world.seal_fail = 0;
	rules_finish();
}

/* An initrd that stays shares its first and last page with nobody, or isn't sealed. */
static void sealed_where_it_lies(void **state)
{
	const struct kexec_request stays = { .image = "kernel", .args = "", .reuse_initrd = true };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		u64 at = i == 1 ? WORLD_INITRD - 1 : WORLD_INITRD;

		begin();
		if (i == 2)
			at += world.initrd_bytes;
		if (i)
			assert_int_equal(memblock_reserve(paddr(at), 1, MEMBLOCK_FIRMWARE), 0);
		load(&stays);
		assert_true(kexec_loaded(false)->initrd_stays);
		assert_int_equal(kexec_loaded(false)->sealed, i == 0);
		rules_finish();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(sealed),
		HOST_AT_EACH_PAGE_SHIFT(sealed_in_part),
		HOST_AT_EACH_PAGE_SHIFT(sealed_where_it_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
