// SPDX-License-Identifier: BSD-2-Clause
/* What holds of a placed kernel, worked out without kexec's own code: <kexec_world.h>. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kexec_world.h"

#include <cmocka.h>

#include <arch/page.h>
#include <mm/memblock.h>

static bool overlap(u64 a, u64 a_bytes, u64 b, u64 b_bytes)
{
	return MAX(a, b) < MIN(a + a_bytes, b + b_bytes);
}

static bool is_in_crash(u64 base, u64 bytes)
{
	return world.crash.base.val <= base &&
	       base + bytes <= world.crash.base.val + world.crash.bytes;
}

static bool is_held(const struct kexec_image *image, u64 base, u64 bytes)
{
	for (u32 i = 0; i < image->held_count; i++)
		if (image->held[i].base.val <= base &&
		    base + bytes <= image->held[i].base.val + image->held[i].bytes)
			return true;
	return false;
}

static bool is_initrd_of_ours(u64 base, u64 bytes)
{
	return bytes && base == world.initrd_at && bytes == world.initrd_bytes;
}

/* K1, and each extent belongs to one segment. */
static void check_segments(const struct kexec_image *image)
{
	u32 sum = 0;

	for (unsigned role = 0; role < KEXEC_EXIT; role++) {
		const struct kexec_segment *segment = &image->segment[role];
		u64 next = segment->base.val;

		sum += segment->count;
		assert_int_equal(segment->count == 0, segment->bytes == 0);
		assert_true(segment->first + segment->count <= image->extents);
		for (u32 i = segment->first; i < segment->first + segment->count; i++) {
			assert_int_equal(image->extent[i].to.val, next);
			assert_true(image->extent[i].bytes);
			next += image->extent[i].bytes;
		}
		assert_int_equal(next, segment->base.val + segment->bytes);
		for (unsigned other = 0; other < role; other++)
			assert_false(overlap(segment->base.val, segment->bytes,
					     image->segment[other].base.val,
					     image->segment[other].bytes));
	}
	assert_int_equal(sum, image->extents);
	assert_true(image->extents <= KEXEC_EXTENTS_MOST && image->held_count <= KEXEC_HELD_MOST);
}

/* What the kernel may be copied to: memory, in pages that can be mapped, and nobody's who stays. */
static void check_destination(u64 base, u64 bytes)
{
	struct region region;

	u64 first = ALIGN_DOWN(base, PAGE_SIZE_MIN);

	assert_true(memblock_covers(paddr(first), ALIGN_UP(base + bytes, PAGE_SIZE_MIN) - first));
	for (paddr_t from = paddr(0); memblock_next_reserved(&from, &region);) {
		if (!overlap(base, bytes, region.base.val, region.bytes))
			continue;
		assert_true(region.owner != MEMBLOCK_FIRMWARE && region.owner != MEMBLOCK_NO_MAP &&
			    region.owner != MEMBLOCK_MEMRESERVE && region.owner != MEMBLOCK_POOL &&
			    region.owner != MEMBLOCK_CRASHKERNEL);
	}
}

/* K2 and K3. */
static void check_extents(const struct kexec_image *image)
{
	bool copies = false;

	for (u32 i = 0; i < image->extents; i++) {
		const struct kexec_extent *extent = &image->extent[i];
		u64 to = extent->to.val, from = extent->from.val;

		if (image->crash)
			assert_true(is_in_crash(from, extent->bytes));
		else
			assert_true(is_held(image, from, extent->bytes) ||
				    is_initrd_of_ours(from, extent->bytes));
		for (u32 j = 0; j < i; j++)
			assert_false(overlap(from, extent->bytes, image->extent[j].from.val,
					     image->extent[j].bytes));
		if (to == from)
			continue;
		copies = true;
		assert_false(image->crash);
		check_destination(to, extent->bytes);
		for (u32 j = 0; j < image->held_count; j++)
			assert_false(overlap(to, extent->bytes, image->held[j].base.val,
					     image->held[j].bytes));
		for (u32 j = 0; j < image->extents; j++)
			assert_false(overlap(to, extent->bytes, image->extent[j].from.val,
					     image->extent[j].bytes));
	}
	assert_int_equal(image->copies, copies);
}

/* booting.rst: a 1 GiB aligned window of 32 GiB that has both. */
static void check_window(const struct kexec_image *image)
{
	const struct kexec_segment *kernel = &image->segment[KEXEC_KERNEL];
	const struct kexec_segment *initrd = &image->segment[KEXEC_INITRD];
	u64 low = MIN(kernel->base.val, initrd->base.val);
	u64 end = MAX(kernel->base.val + kernel->bytes, initrd->base.val + initrd->bytes);

	if (initrd->bytes)
		assert_true((low & ~(GiB - 1)) + 32 * GiB >= end);
}

static void check_tree(const struct kexec_segment *tree)
{
	if (!tree->bytes)
		return;
	assert_int_equal(tree->base.val % 8, 0);
	assert_true(tree->bytes <= 2 * MiB);
	assert_int_equal(tree->base.val / (2 * MiB),
			 (tree->base.val + tree->bytes - 1) / (2 * MiB));
}

void rules_check(const struct kexec_image *image)
{
	check_segments(image);
	check_extents(image);
	rules_check_seal(image);
	check_window(image);
	check_tree(&image->segment[KEXEC_DEVICETREE]);
	assert_int_equal(image->entry.val, image->segment[KEXEC_KERNEL].base.val);
}

void rules_check_books(const struct kexec_image *one, const struct kexec_image *other)
{
	const struct kexec_image *images[] = { one, other };
	u64 bytes = 0;
	u32 count = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(images); i++) {
		if (!images[i])
			continue;
		for (u32 j = 0; j < images[i]->held_count; j++) {
			assert_true(fake_contig_has(images[i]->held[j].base.val,
						    images[i]->held[j].bytes));
			bytes += images[i]->held[j].bytes;
		}
		count += images[i]->held_count;
	}
	assert_int_equal(fake_contig_count(), count);
	assert_int_equal(fake_contig_bytes(), bytes);
	assert_int_equal(world.kmallocs, 0);
}

void rules_sha256(const struct kexec_image *image, enum kexec_role role, char hex[65])
{
	const struct kexec_segment *segment = &image->segment[role];
	FILE *pipe, *file;
	char command[128], name[] = "/tmp/kexec_rules.XXXXXX";
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	for (u32 i = segment->first; i < segment->first + segment->count; i++)
		fwrite(world_at(image->extent[i].from.val), 1, image->extent[i].bytes, file);
	fclose(file);
	snprintf(command, sizeof(command), "sha256sum <%s", name);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_int_equal(fread(hex, 1, 64, pipe), 64);
	hex[64] = '\0';
	pclose(pipe);
	remove(name);
}

void rules_finish(void)
{
	kexec_unload(false);
	kexec_unload(true);
	rules_check_books(NULL, NULL);
	world_end();
}

/* ---- what the world remembers ---- */

bool world_said(const char *text)
{
	return strstr(world.said, text);
}

bool world_is_clean(u64 base, u64 bytes)
{
	for (unsigned i = 0; i < world.cleaned_count; i++)
		if (world.cleaned[i].base.val <= base &&
		    base + bytes <= world.cleaned[i].base.val + world.cleaned[i].bytes)
			return true;
	return false;
}
