// SPDX-License-Identifier: BSD-2-Clause
/*
 * Loading for kexec, from files of an initrd to memory: what lies in the segments, what the next
 * kernel reads in its devicetree, what replaces what, and that all memory comes back.
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
 * Sources: kernel/show/kexec_show.c
 * Libs: -lfdt
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kexec_world.h"

#include <cmocka.h>

#include <kernel/errno.h>
#include <kernel/kexec_show.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_node.h>
#include <mm/memblock.h>

#include "../../kernel/kexec/inside.h"
#include "tree.h"

#define KERNEL_BYTES 300000ULL
#define IMAGE_BYTES  2500123ULL
#define LINE         "console=ttyAMA0 a=b"

#define OLD_CHOSEN                                                                  \
	"bootargs = \"own line\"; rng-seed = [01d5eed1 01d5eed1 01d5eed1];"         \
	" kaslr-seed = <0x01d5eed1 0x01d5eed1>; linux,initrd-start = <0x44000123>;" \
	" linux,initrd-end = <0x44444444>;"

static u64 kernel_at, low_at; /* in the initrd */
static u8 other_initrd[70001];

/* A machine whose initrd has an Image of each kind and files that go with it. */
static void begin(const char *chosen)
{
	world_begin(chosen);
	kernel_at = world_image("kernel", KERNEL_BYTES, IMAGE_BYTES, 0x80000, WORLD_ANYWHERE);
	low_at = world_image("low", 3 * MiB + 5, 3 * MiB + 77777, 0, 0);
	host_random_bytes(other_initrd, sizeof(other_initrd));
	world_file("initrd", other_initrd, sizeof(other_initrd));
	world_file("empty", "", 0);
	world_file("args", LINE "\n\n", sizeof(LINE) + 1);
	world_file("newlines", "\n\n\n", 3);
	world_file("nul", "a\0b", 3);
	world_initrd(WORLD_INITRD);
}

/* Loads, and holds what is loaded against the rules and another SHA-256. */
static struct kexec_image *load(const struct kexec_request *request)
{
	struct kexec_image *image = kexec_loaded(request->crash);

	world_hush();
	assert_int_equal(kexec_load(request), 0);
	assert_true(image->loaded);
	assert_int_equal(image->crash, request->crash);
	rules_check(image);
	rules_check_books(kexec_loaded(false), kexec_loaded(true));
	for (unsigned role = 0; role < KEXEC_EXIT; role++) {
		char theirs[65], ours[65];

		for (unsigned i = 0; i < SHA256_BYTES; i++)
			sprintf(ours + 2 * i, "%02x", image->segment[role].digest[i]);
		if (!image->segment[role].bytes)
			continue;
		rules_sha256(image, role, theirs);
		assert_string_equal(ours, theirs);
	}
	for (u32 i = 0; i < image->extents; i++)
		assert_true(world_is_clean(image->extent[i].from.val, image->extent[i].bytes));
	return image;
}

/* The segment holds `bytes` at `data`, and zeros after. */
static void holds(const struct kexec_image *image, enum kexec_role role, const u8 *data, u64 bytes)
{
	const struct kexec_segment *segment = &image->segment[role];
	u64 at = 0;

	assert_int_equal(segment->file_bytes, bytes);
	for (u32 i = segment->first; i < segment->first + segment->count; i++) {
		const u8 *from = world_at(image->extent[i].from.val);

		for (u64 j = 0; j < image->extent[i].bytes; j++, at++)
			if (from[j] != (at < bytes ? data[at] : 0))
				fail_msg("byte %llu of %s", at, kexec_role_name(role));
	}
	assert_int_equal(at, segment->bytes);
}

static struct devicetree open_tree(const struct kexec_image *image)
{
	const struct kexec_segment *segment = &image->segment[KEXEC_DEVICETREE];
	struct devicetree_fault fault;
	struct devicetree dt;

	assert_int_equal(devicetree_open(&dt, world_at(segment->base.val), segment->bytes, &fault),
			 0);
	/* All of it is the tree. */
	assert_int_equal(devicetree_total_bytes(&dt), segment->bytes);
	assert_int_equal(segment->file_bytes, segment->bytes);
	return dt;
}

static void reads(const struct kexec_image *image, const char *line)
{
	struct devicetree dt = open_tree(image);
	const struct kexec_segment *initrd = &image->segment[KEXEC_INITRD];
	struct devicetree_range range;
	const char *args = "";

	assert_int_equal(devicetree_chosen_bootargs(&dt, &args), *line ? 0 : -ENOENT);
	assert_string_equal(args, line);
	if (!initrd->bytes) {
		assert_int_equal(devicetree_chosen_initrd(&dt, &range), -ENOENT);
		return;
	}
	assert_int_equal(devicetree_chosen_initrd(&dt, &range), 0);
	assert_int_equal(range.base.val, initrd->base.val);
	assert_int_equal(range.bytes, initrd->bytes);
}

/* ---- content ---- */

static void loads(void **state)
{
	const struct kexec_image *image;

	(void)state;
	begin(OLD_CHOSEN);
	image = load(&(struct kexec_request){ .image = "kernel", .args = "" });
	holds(image, KEXEC_KERNEL, world_at(WORLD_INITRD + kernel_at), KERNEL_BYTES);
	assert_int_equal(image->segment[KEXEC_KERNEL].bytes, IMAGE_BYTES);
	assert_int_equal(image->entry.val % (2 * MiB), 0x80000);
	reads(image, "");
	image = load(&(struct kexec_request){
		.image = "kernel", .initrd = "initrd", .args_file = "args" });
	holds(image, KEXEC_KERNEL, world_at(WORLD_INITRD + kernel_at), KERNEL_BYTES);
	holds(image, KEXEC_INITRD, other_initrd, sizeof(other_initrd));
	reads(image, LINE);
	image = load(&(struct kexec_request){
		.image = "kernel", .reuse_initrd = true, .reuse_cmdline = true });
	assert_int_equal(image->segment[KEXEC_INITRD].base.val, WORLD_INITRD);
	assert_int_equal(image->segment[KEXEC_INITRD].bytes, world.initrd_bytes);
	reads(image, "own line");
	load(&(struct kexec_request){ .image = "kernel", .args_file = "newlines" });
	reads(image, "");
	load(&(struct kexec_request){ .image = "kernel", .args_file = "empty" });
	reads(image, "");
	rules_finish();
}

static void loads_in_pieces(void **state)
{
	const struct kexec_image *image;

	(void)state;
	begin(NULL);
	fake_contig.largest = 3 * MiB;
	/* To where this kernel is, and firmware isn't. */
	image = load(&(struct kexec_request){ .image = "low", .args = LINE });
	assert_int_equal(image->entry.val, WORLD_IMAGE);
	assert_true(image->copies && image->segment[KEXEC_KERNEL].count == 2);
	holds(image, KEXEC_KERNEL, world_at(WORLD_INITRD + low_at), 3 * MiB + 5);
	/* Over the initrd: that can't stay. */
	fake_contig.largest = 0;
	image = load(&(struct kexec_request){ .image = "low",
					      .args = LINE,
					      .reuse_initrd = true,
					      .forced = true,
					      .dest = { 0x44200000 } });
	assert_int_equal(image->entry.val, 0x44200000);
	assert_true(image->segment[KEXEC_INITRD].base.val != WORLD_INITRD);
	holds(image, KEXEC_KERNEL, world_at(WORLD_INITRD + low_at), 3 * MiB + 5);
	holds(image, KEXEC_INITRD, world_at(WORLD_INITRD), world.initrd_bytes);
	reads(image, LINE);
	rules_finish();
}

/* The file's, wherever it lies: its place in the archive moves by bytes. */
static void other_trees(void **state)
{
	const struct kexec_image *image;
	struct devicetree dt;

	(void)state;
	for (u64 at = 0; at < 8; at++) {
		void *tree = tree_from_text("/ { model = \"file's\"; m { "
					    "device_type = \"memory\"; reg = <0 0 1>; }; };");

		world_begin(OLD_CHOSEN);
		world_image("kernel", 4096, 4096, 0, WORLD_ANYWHERE);
		world_file("tree", tree, tree_bytes(tree));
		world_initrd(WORLD_INITRD + at);
		image = load(
			&(struct kexec_request){ .image = "kernel", .dtb = "tree", .args = LINE });
		dt = open_tree(image);
		assert_string_equal(devicetree_model(&dt), "file's");
		reads(image, LINE);
		free(tree);
		rules_finish();
	}
	begin(OLD_CHOSEN);
	image = load(&(struct kexec_request){ .image = "kernel", .args = LINE });
	dt = open_tree(image);
	assert_string_equal(devicetree_model(&dt), "one");
	rules_finish();
}

/* ---- seeds ---- */

/* False: none. */
static bool seeds(const struct kexec_image *image, u8 copy[72])
{
	struct devicetree dt = open_tree(image);
	const void *seed;
	u32 bytes;
	u64 kaslr;

	seed = devicetree_node_property(&dt, dt.chosen, "rng-seed", &bytes);
	if (!seed) {
		assert_int_equal(devicetree_chosen_kaslr_seed(&dt, &kaslr), -ENOENT);
		return false;
	}
	assert_int_equal(bytes, 56);
	memcpy(copy, seed, bytes);
	assert_int_equal(devicetree_chosen_kaslr_seed(&dt, &kaslr), 0);
	memcpy(copy + 56, &kaslr, 8);
	return true;
}

static void fresh_seeds(void **state)
{
	const struct kexec_request request = { .image = "kernel", .args = "" };
	const struct kexec_image *image;
	u8 kept[20][72] = { 0 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(kept); i++) {
		if (i % 5 == 0)
			begin(i < 10 ? OLD_CHOSEN : NULL);
		world.has_random = i >= 5 && i < 15;
		world_hush();
		assert_int_equal(kexec_load(&request), 0);
		image = kexec_loaded(false);
		assert_int_equal(seeds(image, kept[i]), i < 15);
		for (unsigned other = 0; i < 15 && other < i; other++) {
			assert_true(memcmp(kept[i], kept[other], 56) != 0);
			assert_true(memcmp(kept[i] + 56, kept[other] + 56, 8) != 0);
		}
		assert_null(memmem(world_at(image->segment[KEXEC_DEVICETREE].base.val),
				   image->segment[KEXEC_DEVICETREE].bytes, "\x01\xd5\xee\xd1", 4));
		if (i % 5 == 4)
			rules_finish();
	}
}

/* ---- one in place of the other ---- */

static void replaces(void **state)
{
	const struct kexec_request first = { .image = "low", .initrd = "initrd", .args = "" };
	const struct kexec_request wrong = { .image = "low", .args_file = "nul" };
	static struct kexec_image before;
	struct kexec_image *image;

	(void)state;
	begin(OLD_CHOSEN);
	fake_contig.policy = CONTIG_RANDOM;
	image = load(&first);
	before = *image;
	/* Refused, as late as by the devicetree: all is as it was. */
	assert_int_equal(kexec_load(&wrong), -EINVAL);
	assert_memory_equal(image, &before, sizeof(before));
	rules_check_books(image, NULL);
	holds(image, KEXEC_KERNEL, world_at(WORLD_INITRD + low_at), 3 * MiB + 5);
	holds(image, KEXEC_INITRD, other_initrd, sizeof(other_initrd));
	assert_true(kexec_is_whole(image, false, "refused"));
	/* Replaced by the same ten times, nothing is left behind. */
	for (unsigned i = 0; i < 10; i++) {
		load(&first);
		assert_int_equal(fake_contig_count(), image->held_count);
	}
	kexec_unload(false);
	assert_int_equal(fake_contig_count(), 0);
	assert_false(image->loaded);
	kexec_unload(false);
	world_hush();
	kexec_show();
	assert_said("kexec: nothing is loaded; `kexec load IMAGE` does that");
	rules_finish();
}

/* Each allocation fails in turn, of either kind; what was loaded before stays. */
static void fails_at_each_step(void **state)
{
	const struct kexec_request first = { .image = "kernel", .args = LINE };
	const struct kexec_request second = { .image = "low", .initrd = "initrd", .args = "" };
	struct kexec_image *image = kexec_loaded(false);
	unsigned failed = 0, fail = 0;
	int err;

	(void)state;
	begin(NULL);
	fake_contig.policy = CONTIG_RANDOM;
	do {
		load(&first);
		fake_contig.calls = 0;
		fake_contig.fail_call = ++fail;
		world.kmalloc_fail = fail;
		err = kexec_load(&second);
		failed += err != 0;
		assert_true(!err || err == -ENOMEM);
		fake_contig.fail_call = world.kmalloc_fail = 0;
		rules_check_books(image, NULL);
		rules_check(image);
		if (err)
			holds(image, KEXEC_KERNEL, world_at(WORLD_INITRD + kernel_at),
			      KERNEL_BYTES);
		assert_true(kexec_is_whole(image, false, "refused"));
	} while (fake_contig.calls >= fail || err);
	assert_true(failed >= 4);
	rules_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(loads),       HOST_AT_EACH_PAGE_SHIFT(loads_in_pieces),
		HOST_AT_EACH_PAGE_SHIFT(other_trees), HOST_AT_EACH_PAGE_SHIFT(fresh_seeds),
		HOST_AT_EACH_PAGE_SHIFT(replaces),    HOST_AT_EACH_PAGE_SHIFT(fails_at_each_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
