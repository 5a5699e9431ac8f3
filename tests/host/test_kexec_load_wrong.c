// SPDX-License-Identifier: BSD-2-Clause
/*
 * Loading for kexec, refused: the error, the line that says why, and that nothing changed.
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
#include <stdlib.h>
#include <string.h>

#include "kexec_world.h"

#include <cmocka.h>

#include <arch/boot.h>
#include <kernel/errno.h>

#include "../../kernel/kexec/inside.h"
#include "tree.h"

#define TEXT "no tree, and no kernel, of any kind that was ever seen anywhere."

static const char long_line[2500] = { [0 ... 2498] = 'x' };

static void begin(void)
{
	static u8 large[2 * MiB + 1];
	void *tree = tree_from_text("/ { m { device_type = \"memory\"; reg = <0 0 1>; }; };");
	void *bare = tree_from_text("/ { memory@0 { reg = <0 0 1>; }; m { device_type = "
				    "\"memory\"; reg = <0 0 0>; }; };");

	world_begin(NULL);
	world_image("kernel", 4096, 5000, 0, WORLD_ANYWHERE);
	world_image("low", 4096, 5000, 0, 0);
	world_image("16k", 4096, 4096, 0, WORLD_ANYWHERE | 2 << 1);
	world_image("odd", 4096, 4096, 9, WORLD_ANYWHERE);
	world_image("huge", 4096, GiB, 0, WORLD_ANYWHERE);
	world_image("hugelow", 4096, GiB, 0, 0);
	world_image("short", 4096, 4095, 0, WORLD_ANYWHERE);
	world_file("empty", "", 0);
	world_file("text", TEXT, 64);
	world_file("tree", tree, tree_bytes(tree));
	world_file("bare", bare, tree_bytes(bare));
	world_file("cut", tree, tree_bytes(tree) - 1);
	world_file("large", large, sizeof(large));
	world_file("nul", "a\0b", 3);
	world_file("long", long_line, sizeof(long_line) - 1);
	world_file("\x01name", "", 0);
	world_initrd(WORLD_INITRD);
	free(bare);
	free(tree);
}

static void finish(void)
{
	kexec_unload(false);
	rules_check_books(NULL, NULL);
	world_end();
}

static const struct {
	struct kexec_request request;
	int err;
	const char *text;
} refused[] = {
	{ { .image = "none", .args = "" }, -ENOENT, "kexec: none: no such file in the initrd" },
	{ { .image = "\x02", .args = "" }, -ENOENT, "kexec: \\x02: no such file" },
	{ { .image = "empty", .args = "" }, -EINVAL, "kexec: empty: " },
	{ { .image = "text", .args = "" }, -EINVAL, "kexec: text: " },
	{ { .image = "tree", .args = "" }, -EINVAL, "it is a devicetree" },
	{ { .image = "\x01name", .args = "" }, -EINVAL, "kexec: \\x01name: " },
	{ { .image = "short", .args = "" }, -EINVAL, "by its image_size 4095 are all" },
	{ { .image = "16k", .args = "" }, -EOPNOTSUPP, "kexec: 16k: " },
	{ { .image = "odd", .args = "" },
	  -EINVAL,
	  "kexec: the kernel's text_offset 0x9 isn't a multiple of 64" },
	{ { .image = "huge", .args = "" }, -ENOMEM, "kexec: no memory for the kernel, 1 GiB" },
	{ { .image = "hugelow", .args = "" }, -ENOMEM, "kexec: no multiple of 2 MiB in RAM" },
	{ { .image = "kernel", .args = "", .initrd = "none" }, -ENOENT, "kexec: none: no such" },
	{ { .image = "kernel", .args = "", .initrd = "empty" },
	  -EINVAL,
	  "kexec: empty: an initrd of no bytes; leave --initrd= out for none" },
	{ { .image = "kernel", .args = "", .dtb = "none" }, -ENOENT, "kexec: none: no such" },
	{ { .image = "kernel", .args = "", .dtb = "empty" }, -EINVAL, "kexec: empty: " },
	{ { .image = "kernel", .args = "", .dtb = "text" }, -EINVAL, "kexec: text: " },
	{ { .image = "kernel", .args = "", .dtb = "cut" }, -EINVAL, "kexec: cut: " },
	{ { .image = "kernel", .args = "", .dtb = "bare" },
	  -EINVAL,
	  "kexec: bare: a devicetree without memory: it needs an enabled node of device_type" },
	{ { .image = "kernel", .args = "", .dtb = "large" },
	  -EINVAL,
	  "kexec: large: a devicetree of more than 2 MiB, the most that the boot protocol" },
	{ { .image = "kernel", .args_file = "none" }, -ENOENT, "kexec: none: no such file" },
	{ { .image = "kernel", .args_file = "nul" }, -EINVAL, "kexec: this kernel's devicetree: " },
	{ { .image = "kernel", .args_file = "nul", .dtb = "tree" }, -EINVAL, "kexec: tree: " },
	{ { .image = "kernel", .args_file = "large" }, -EINVAL, "kexec: this kernel's" },
	{ { .image = "kernel", .args = "", .forced = true, .dest = { 1 } },
	  -EINVAL,
	  "kexec: --dest=0x1: not a multiple of 2 MiB" },
	{ { .image = "kernel", .args = "", .forced = true, .dest = { 0 } },
	  -EINVAL,
	  "kexec: 0 to 0x2000: not all of that is RAM" },
	{ { .image = "kernel", .args = "", .forced = true, .dest = { WORLD_CRASH } },
	  -EINVAL,
	  "kexec: 0x4e000000 to 0x4e002000: 0x4e000000, 0x1000000 bytes, is reserved (" },
	{ { .image = "low", .args = "", .crash = true }, -EINVAL, "is no crash kernel" },
};

/* Alone, and with another one loaded, which stays. */
static void refuses(void **state)
{
	static const struct kexec_request good = { .image = "kernel", .args = "" };

	(void)state;
	for (unsigned i = 0; i < 2 * ARRAY_SIZE(refused); i++) {
		const char *text = refused[i / 2].text;

		begin();
		if (i % 2)
			assert_int_equal(kexec_load(&good), 0);
		world_hush();
		assert_int_equal(kexec_load(&refused[i / 2].request), refused[i / 2].err);
		assert_said(text);
		/* One line, which ends. */
		assert_ptr_equal(strchr(world.said, '\n'), world.said + strlen(world.said) - 1);
		assert_string_equal(world.events, "");
		rules_check_books(kexec_loaded(false), NULL);
		assert_int_equal(kexec_loaded(false)->loaded, i % 2);
		assert_int_equal(world_exec(0), i % 2 ? WORLD_LEFT : -ENOENT);
		finish();
	}
}

static void no_initrd(void **state)
{
	const struct kexec_request request = { .image = "kernel",
					       .args = "",
					       .reuse_initrd = true };

	(void)state;
	world_begin(NULL);
	assert_int_equal(kexec_load(&request), -ENOENT);
	assert_said("initrd: there is none; the boot loader has to hand one over");
	/* One that is broken. */
	world_file("kernel", TEXT, 64);
	world_initrd(WORLD_INITRD);
	*world_at(WORLD_INITRD) = 'x';
	assert_int_equal(kexec_load(&request), -EINVAL);
	assert_said("initrd: at byte 0 of ");
	finish();
}

static void no_reservation(void **state)
{
	const struct kexec_request request = { .image = "kernel", .args = "", .crash = true };

	(void)state;
	begin();
	world.crash.bytes = 0;
	assert_int_equal(kexec_load(&request), -ENOENT);
	assert_said("kexec: no memory is set aside for a crash kernel; boot with crashkernel=SIZE");
	finish();
}

/* Not refused: Linux would take the first 2047 characters. */
static void long_arguments(void **state)
{
	(void)state;
	begin();
	assert_int_equal(
		kexec_load(&(struct kexec_request){ .image = "kernel", .args_file = "long" }), 0);
	assert_said("kexec: a command line of 2499 characters; Linux cuts it after 2047");
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(refuses),
		HOST_AT_EACH_PAGE_SHIFT(no_initrd),
		HOST_AT_EACH_PAGE_SHIFT(no_reservation),
		HOST_AT_EACH_PAGE_SHIFT(long_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
