// SPDX-License-Identifier: BSD-2-Clause
/*
 * Leaving by kexec: what happens in which order, what is noticed before anything is lost; a crash.
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
#include <stdlib.h>
#include <string.h>

#include "kexec_loading.h"

#include <kernel/errno.h>
#include <kernel/fault_inject.h>
#include <kernel/kexec_show.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_node.h>

#include "tree.h"

static void leaves(void **state)
{
	const struct kexec_image *image;

	(void)state;
	begin();
	assert_int_equal(world_exec(0), -ENOENT);
	assert_said("kexec: nothing is loaded; `kexec load IMAGE` does that");
	image = load(&in_place);
	assert_int_equal(world_exec(0), WORLD_LEFT);
	assert_string_equal(world.events, "flush quiet settle leave ");
	assert_int_equal(world.entry, image->entry.val);
	assert_int_equal(world.devicetree, image->segment[KEXEC_DEVICETREE].base.val);
	assert_false(world.counting || world.counted_all);
	assert_int_equal(world_exec(KEXEC_COUNT), WORLD_LEFT);
	assert_true(world.counting && world.counted_all);
	rules_finish();
}

static void copies(void **state)
{
	const struct kexec_image *image;
	const struct kexec_segment *kernel;

	(void)state;
	begin();
	fake_contig.largest = 2 * MiB;
	image = load(&copied);
	kernel = &image->segment[KEXEC_KERNEL];
	assert_int_equal(kernel->count, 2);
	kexec_show();
	assert_said("copied there from 2 pieces");
	assert_said("in place");
	assert_int_equal(world_exec(0), WORLD_LEFT);
	assert_string_equal(world.events, "flush quiet move copy copy clean clean settle leave ");
	assert_int_equal(world.entry, WORLD_IMAGE);
	for (u32 i = kernel->first; i < kernel->first + kernel->count; i++) {
		const struct kexec_extent *extent = &image->extent[i];

		assert_memory_equal(world_at(extent->to.val), world_at(extent->from.val),
				    extent->bytes);
		assert_true(world_is_clean(extent->to.val, extent->bytes));
	}
	/* Something goes wrong on the way. */
	world.spoil = true;
	world_hush();
	assert_int_equal(world_exec(0), WORLD_ENDED);
	assert_string_equal(world.events, "flush quiet move copy copy fail ");
	assert_said("kexec: kernel at 0x40200000: its SHA-256 isn't what was loaded: stopped");
	rules_finish();
}

/* A bit of what it would leave by: no segment, but used after the point of no return. */
static void flips_exit(const struct kexec_image *image)
{
	for (u32 i = 0; i < image->segment[KEXEC_EXIT].count; i++) {
		u8 *at = world_at(image->exit[i].from.val);

		*at ^= 1;
		world_hush();
		assert_int_equal(image->crash ? world_crash() : world_exec(KEXEC_VERIFY),
				 image->crash ? 0 : -EIO);
		assert_null(strstr(world.events, "quiet"));
		assert_said("tables");
		*at ^= 1;
	}
}

/* Bits of each extent: the first, the last, one in the middle. */
static void flips(const struct kexec_request *request, const char *const names[])
{
	const struct kexec_image *image;

	begin();
	fake_contig.largest = request->crash ? 0 : 2 * MiB;
	image = load(request);
	for (u32 i = 0; i < image->extents * 3; i++) {
		const struct kexec_extent *extent = &image->extent[i / 3];
		u64 bytes = extent->bytes;
		u8 *at = world_at(extent->from.val) + (i % 3 == 0   ? 0
						       : i % 3 == 1 ? bytes - 1
								    : host_random_below(bytes));

		*at ^= (u8)(1u << i % 8);
		world_hush();
		assert_int_equal(request->crash ? world_crash() : world_exec(KEXEC_VERIFY),
				 request->crash ? 0 : -EIO);
		assert_null(strstr(world.events, "quiet"));
		assert_said("its SHA-256 isn't what was loaded: ");
		assert_said(request->crash ? "the crash kernel is not started" : "refused");
		for (unsigned role = 0; role < KEXEC_EXIT; role++)
			if (image->segment[role].count && i / 3 >= image->segment[role].first &&
			    i / 3 < image->segment[role].first + image->segment[role].count)
				assert_said(names[role]);
		*at ^= (u8)(1u << i % 8);
	}
	flips_exit(image);
	assert_int_equal(request->crash ? world_crash() : world_exec(0), WORLD_LEFT);
	rules_finish();
}

static void refuses_what_changed(void **state)
{
	static const char *const names[] = { "kexec: kernel at 0x", "kexec: initrd at 0x",
					     "kexec: devicetree at 0x",
					     "kexec: core header at 0x" };
	const struct fault_rule once = { .mode = FAULT_NTH, .n = 1 };
	const struct fault_rule twice = { .mode = FAULT_NTH, .n = 2 };

	(void)state;
	flips(&in_place, names);
	flips(&copied, names);
	flips(&crash, names);
	/* As the guest's tests do it: where it lies, and where it arrived. */
	begin();
	load(&copied);
	fault_inject_set(FAULT_KEXEC, &once);
	assert_int_equal(world_exec(0), -EIO);
	fault_inject_off();
	load(&copied);
	fault_inject_set(FAULT_KEXEC, &twice);
	assert_int_equal(world_exec(0), WORLD_ENDED);
	fault_inject_off();
	rules_finish();
}

static void another_cpu(void **state)
{
	(void)state;
	begin();
	load(&in_place);
	world.other_on = true;
	assert_int_equal(world_exec(0), -EBUSY);
	assert_string_equal(world.events, "");
	assert_said("kexec: CPU 0x101 is on: only with all others off can the next kernel start");
	world.other_on = false;
	assert_int_equal(world_exec(0), WORLD_LEFT);
	rules_finish();
}

/* ---- a crash ---- */

static bool is_inside(u64 base, u64 bytes)
{
	return base >= WORLD_CRASH && base + bytes <= WORLD_CRASH + WORLD_CRASH_BYTES;
}

static void is_told(const struct kexec_image *image)
{
	const struct kexec_segment *tree = &image->segment[KEXEC_DEVICETREE];
	const struct kexec_segment *header = &image->segment[KEXEC_CORE_HEADER];
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_fault fault;
	struct devicetree_range range;
	struct devicetree dt;

	assert_int_equal(devicetree_open(&dt, world_at(tree->base.val), tree->bytes, &fault), 0);
	assert_int_equal(devicetree_chosen_elfcorehdr(&dt, &range), 0);
	assert_int_equal(range.base.val, header->base.val);
	/* The notes, too, or the next kernel would use their memory. */
	assert_int_equal(range.base.val + range.bytes, image->notes.base.val + image->notes.bytes);
	assert_true(devicetree_chosen_next_usable(&dt, &cursor, &range));
	assert_int_equal(range.base.val, WORLD_CRASH);
	assert_int_equal(range.bytes, WORLD_CRASH_BYTES);
	assert_false(devicetree_chosen_next_usable(&dt, &cursor, &range));
	assert_memory_equal(world_at(header->base.val),
			    "\x7f"
			    "ELF",
			    4);
}

static void crashes(void **state)
{
	const struct kexec_image *image;
	const u8 *notes;

	(void)state;
	begin();
	assert_int_equal(world_crash(), 0); /* without one, nothing happens */
	assert_string_equal(world.events, "");
	load(&in_place);
	image = load(&crash);
	assert_true(kexec_loaded(false)->loaded);
	assert_int_equal(image->held_count, 0);
	for (u32 i = 0; i < image->extents; i++)
		assert_true(is_inside(image->extent[i].to.val, image->extent[i].bytes));
	assert_true(is_inside(image->notes.base.val, image->notes.bytes));
	assert_true(is_inside(image->room.base.val, image->room.bytes));
	is_told(image);
	notes = world_at(image->notes.base.val);
	assert_non_null(memmem(notes, image->notes.bytes, "VMCOREINFO", 11));
	assert_null(memmem(notes, image->notes.bytes, "CORE", 5));
	/* Ordinary starting is not affected, and the other way round. */
	assert_int_equal(world_crash(), WORLD_LEFT);
	assert_string_equal(world.events, "clean flush quiet drop leave ");
	assert_int_equal(world.entry, image->entry.val);
	assert_int_equal(world.devicetree, image->segment[KEXEC_DEVICETREE].base.val);
	assert_true(world_is_clean(image->notes.base.val, image->notes.bytes));
	assert_non_null(memmem(notes, image->notes.bytes, "CORE", 5));
	assert_non_null(memmem(notes, image->notes.bytes, "\x44\x23\x01\0\x80\x80\xff\xff", 8));
	kexec_unload(true);
	assert_true(kexec_loaded(false)->loaded && !kexec_loaded(true)->loaded);
	rules_finish();
}

static void damaged_notes(void **state)
{
	const struct kexec_image *image;

	(void)state;
	begin();
	image = load(&crash);
	memset(world_at(image->notes.base.val), 0xff, image->notes.bytes);
	assert_int_equal(world_crash(), WORLD_LEFT);
	assert_said("won't know this CPU's registers: the notes are damaged");
	rules_finish();
}

/* No memory to load a crash kernel; and a smaller reservation, where all of it ends. */
static void crash_refused(void **state)
{
	unsigned failed = 0;

	(void)state;
	begin();
	world.kmalloc_fail = 1;
	assert_int_equal(kexec_load(&crash), -ENOMEM);
	rules_check_books(NULL, NULL);
	assert_said("kexec: this kernel's devicetree: no memory to read it");
	for (u64 bytes = 1900 * KiB; bytes <= 2400 * KiB; bytes += 4 * KiB) {
		world.crash.bytes = bytes;
		world.cleaned_count = 0;
		failed += kexec_load(&crash) != 0;
		if (!kexec_loaded(true)->loaded)
			continue;
		rules_check(kexec_loaded(true));
		kexec_unload(true);
	}
	assert_true(failed > 10 && failed < 120);
	assert_said("kexec: no memory for the core header");
	assert_said("kexec: no memory for the notes of this kernel's registers");
	assert_said("kexec: no memory for the devicetree");
	assert_said("kexec: no memory for the translation tables, ");
	/* The first one stays as long as the second is refused for what it is. */
	world.crash.bytes = WORLD_CRASH_BYTES;
	load(&crash);
	assert_int_equal(
		kexec_load(&(struct kexec_request){ .image = "none", .args = "", .crash = true }),
		-ENOENT);
	assert_true(kexec_loaded(true)->loaded);
	assert_int_equal(
		kexec_load(&(struct kexec_request){ .image = "low", .args = "", .crash = true }),
		-EINVAL);
	rules_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(leaves),
		HOST_AT_EACH_PAGE_SHIFT(copies),
		HOST_AT_EACH_PAGE_SHIFT(refuses_what_changed),
		HOST_AT_EACH_PAGE_SHIFT(another_cpu),
		HOST_AT_EACH_PAGE_SHIFT(crashes),
		HOST_AT_EACH_PAGE_SHIFT(damaged_notes),
		HOST_AT_EACH_PAGE_SHIFT(crash_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
