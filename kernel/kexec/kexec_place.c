// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where the next kernel's segments go, by the boot protocol: see <kernel/kexec.h>.
 *
 *   kernel      a 2 MiB aligned base and text_offset; anywhere, or as low in RAM as can be
 *   initrd      with the kernel in a window of 32 GiB that begins at a multiple of 1 GiB
 *   devicetree  at a multiple of 8, 2 MiB at most; here it also crosses no multiple of 2 MiB
 *
 * Source: Linux, Documentation/arch/arm64/booting.rst, "Setup the device tree", "Call the kernel
 * image".
 */
#include <arch/page.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/kexec.h>
#include <lib/format.h>
#include <lib/printk.h>
#include <mm/contig_alloc.h>
#include <mm/memblock.h>
#include <mm/memblock_crashkernel.h>

#include "inside.h"

#define BASE_ALIGN   (2 * MiB)
#define WINDOW_ALIGN (1 * GiB)
#define REACH_BYTES  (32 * GiB)

/* A forced kernel's pieces are no smaller, so that the most extents there are reach far. */
#define PIECE_BYTES_LEAST (1 * MiB)

/* Of the kernel's; the other segments have an extent each. */
#define PIECES_MOST (KEXEC_EXTENTS_MOST - (KEXEC_EXIT - 1))

int kexec_place_begin(struct kexec_image *image, bool crash)
{
	struct region region = { .bytes = 0 };

	if (crash && !memblock_crashkernel(&region)) {
		printk("kexec: no memory is set aside for a crash kernel; boot with "
		       "crashkernel=SIZE\n");
		return -ENOENT;
	}
	*image = (struct kexec_image){ .crash = crash, .room = { region.base, region.bytes } };
	return 0;
}

void kexec_place_undo(struct kexec_image *image)
{
	while (image->held_count) {
		const struct contig_range *range = &image->held[--image->held_count];

		contig_free(range->base, range->bytes);
	}
	*image = (struct kexec_image){ 0 };
}

static void add_extent(struct kexec_image *image, enum kexec_role role, paddr_t to, paddr_t from,
		       u64 bytes)
{
	struct kexec_segment *segment = &image->segment[role];

	ASSERT(image->extents < KEXEC_EXTENTS_MOST);
	if (!segment->count++)
		segment->first = image->extents;
	image->extent[image->extents++] = (struct kexec_extent){ to, from, bytes };
	image->copies = image->copies || !paddr_equal(to, from);
}

static void hold(struct kexec_image *image, paddr_t base, u64 bytes)
{
	ASSERT(image->held_count < KEXEC_HELD_MOST);
	image->held[image->held_count++] = (struct contig_range){ base, page_align_up(bytes) };
}

/* From what was set aside for a crash kernel: one after the other, nothing given back. */
static int take_room(struct kexec_image *image, u64 bytes, u64 align, paddr_t *base,
		     struct contig_result *result)
{
	u64 at = ALIGN_UP(image->room.base.val, MAX(align, page_size()));
	u64 end = image->room.base.val + image->room.bytes;

	*result = (struct contig_result){ .why = "what crashkernel= set aside is too small",
					  .largest_bytes = at < end ? end - at : 0 };
	if (at > end || bytes > end - at)
		return -ENOMEM;
	*base = paddr(at);
	image->room.base = paddr(at + bytes);
	image->room.bytes = end - at - bytes;
	return 0;
}

static void say_no_memory(const struct kexec_image *image, const char *what, u64 bytes,
			  const struct contig_result *result)
{
	bool hint = !image->crash && kexec_loaded(false)->loaded;
	char size[FORMAT_BYTES_SIZE], largest[FORMAT_BYTES_SIZE];

	printk("kexec: no memory for the %s, %s in one piece: %s; the largest there is has %s%s\n",
	       what, format_bytes(size, sizeof(size), bytes), result->why,
	       format_bytes(largest, sizeof(largest), result->largest_bytes),
	       hint ? "; `kexec unload` gives back what is loaded" : "");
}

/* Bytes 0: no limit. */
static const struct contig_range anywhere;

/*
 * Memory that nothing will be copied to; it is held. Never page 0, where RAM begins there: an
 * address of 0 says that there is no copy, and to the next kernel that there is no devicetree.
 * -ENOMEM, after a line that names `what` unless that is NULL.
 */
static int take(struct kexec_image *image, const char *what, u64 bytes, u64 align,
		struct contig_range within, paddr_t *base)
{
	struct contig_request request = { .bytes = bytes,
					  .align = align,
					  .min = paddr(MAX(within.base.val, 1ULL)),
					  .max = paddr_add(within.base, within.bytes),
					  .avoid = &image->destination,
					  .avoid_count = image->destination.bytes ? 1 : 0 };
	struct contig_result result;
	int err = image->crash ? take_room(image, bytes, align, base, &result)
			       : contig_alloc(&request, &result, base);

	if (!err && !image->crash)
		hold(image, *base, bytes);
	if (err && what)
		say_no_memory(image, what, bytes, &result);
	return err ? -ENOMEM : 0;
}

int kexec_place_memory(struct kexec_image *image, const char *what, u64 bytes, u64 align,
		       paddr_t *base)
{
	return take(image, what, bytes, align, anywhere, base);
}

/* ---- the kernel ---- */

/*
 * Owners whose memory is the machine's, or set aside for the next kernel as well: Linux lends out
 * all of a CMA region of the devicetree, itself included.
 */
#define STAY_RESERVED                                                                  \
	(1U << MEMBLOCK_MEMRESERVE | 1U << MEMBLOCK_FIRMWARE | 1U << MEMBLOCK_NO_MAP | \
	 1U << MEMBLOCK_POOL | 1U << MEMBLOCK_CMA | 1U << MEMBLOCK_CRASHKERNEL)

/* May a kernel lie there: is it memory, and nobody's who outlives this kernel? Prints if not. */
static bool may_be_copied_to(u64 base, u64 bytes, bool tell)
{
	u64 end = ALIGN_UP(base + bytes, arch_kexec_page_bytes());
	struct region region;

	/* Whole pages: the map by which it would be copied has no others. */
	base = ALIGN_DOWN(base, arch_kexec_page_bytes());
	if (end < base || !memblock_covers(paddr(base), end - base)) {
		if (tell)
			printk("kexec: %#llx to %#llx: not all of that is RAM\n", base, end);
		return false;
	}
	for (u64 at = base; at < end && memblock_first_reserved(paddr(at), end - at, &region);
	     at = region_end(&region).val) {
		if (!(STAY_RESERVED >> region.owner & 1))
			continue;
		if (tell)
			printk("kexec: %#llx to %#llx: %#llx, %#llx bytes, is reserved (%s), and "
			       "stays so\n",
			       base, end, region.base.val, region.bytes,
			       memblock_owner_name(region.owner));
		return false;
	}
	return true;
}

/* The lowest base that a kernel may have; -ENOMEM, after a line: there is none. */
static int lowest_base(u64 bytes, u64 offset, paddr_t *base)
{
	u64 end = memblock_end().val;

	for (u64 at = ALIGN_UP(memblock_start().val, BASE_ALIGN); at + offset + bytes <= end;
	     at += BASE_ALIGN)
		if (may_be_copied_to(at + offset, bytes, false)) {
			*base = paddr(at);
			return 0;
		}
	printk("kexec: no multiple of 2 MiB in RAM has %#llx free bytes at %#llx from there\n",
	       bytes, offset);
	return -ENOMEM;
}

/*
 * Memory elsewhere for what will be copied: in one piece, or in pieces of a half, a quarter and so
 * on, as large as memory allows.
 */
static int take_pieces(struct kexec_image *image, paddr_t to, u64 bytes)
{
	u64 unit = MAX(page_size(), PIECE_BYTES_LEAST), piece = bytes, done = 0;

	while (done < bytes) {
		u64 now = MIN(piece, bytes - done);
		paddr_t from;

		if (image->extents == PIECES_MOST) {
			printk("kexec: memory is in too many pieces: the kernel's %#llx bytes "
			       "don't lie in %u\n",
			       bytes, PIECES_MOST);
			return -ENOMEM;
		}
		if (!take(image, piece > unit ? NULL : "kernel, before it is copied", now, 0,
			  anywhere, &from)) {
			add_extent(image, KEXEC_KERNEL, paddr_add(to, done), from, now);
			done += now;
		} else if (piece > unit) {
			piece = MAX(ALIGN_UP(MIN(piece, bytes - done) / 2, unit), unit);
		} else {
			return -ENOMEM;
		}
	}
	return 0;
}

/* At `start`: at once if it can be had, else by a copy. */
static int place_there(struct kexec_image *image, paddr_t start, u64 bytes)
{
	u64 first = page_align_down(start.val);
	u64 whole = page_align_up(start.val + bytes) - first;
	struct contig_result result;

	if (!may_be_copied_to(start.val, bytes, true))
		return -EINVAL;
	if (!contig_alloc_at(paddr(first), whole, &result)) {
		hold(image, paddr(first), whole);
		add_extent(image, KEXEC_KERNEL, start, start, bytes);
		return 0;
	}
	image->destination = (struct contig_range){ paddr(first), whole };
	return take_pieces(image, start, bytes);
}

/* Is there such a place at all? */
static int check_address(u64 offset, enum kexec_where where, paddr_t dest)
{
	if (offset % ARCH_KEXEC_COPY_ALIGN) {
		printk("kexec: the kernel's text_offset %#llx isn't a multiple of %u\n", offset,
		       ARCH_KEXEC_COPY_ALIGN);
		return -EINVAL;
	}
	if (where == KEXEC_FORCED && dest.val % BASE_ALIGN) {
		printk("kexec: --dest=%#llx: not a multiple of 2 MiB, as the boot protocol wants\n",
		       dest.val);
		return -EINVAL;
	}
	if (where == KEXEC_FORCED && offset > ~dest.val) {
		printk("kexec: --dest=%#llx: with text_offset %#llx, not all of that is RAM\n",
		       dest.val, offset);
		return -EINVAL;
	}
	return 0;
}

int kexec_place_kernel(struct kexec_image *image, u64 bytes, u64 offset, enum kexec_where where,
		       paddr_t dest)
{
	struct kexec_segment *segment = &image->segment[KEXEC_KERNEL];
	int err = check_address(offset, where, dest);

	if (err)
		return err;
	if (image->crash && where == KEXEC_LOWEST) {
		printk("kexec: a kernel that has to be as low in RAM as can be is no crash kernel: "
		       "its header has to say that it runs anywhere\n");
		return -EINVAL;
	}
	if (where == KEXEC_LOWEST)
		err = lowest_base(bytes, offset, &dest);
	else if (where == KEXEC_ANYWHERE)
		err = kexec_place_memory(image, "kernel", offset + bytes, BASE_ALIGN, &dest);
	if (err)
		return err;
	segment->base = image->entry = paddr_add(dest, offset);
	segment->bytes = bytes;
	if (where != KEXEC_ANYWHERE)
		return place_there(image, segment->base, bytes);
	add_extent(image, KEXEC_KERNEL, segment->base, segment->base, bytes);
	return 0;
}

/* ---- the others ---- */

/* The two windows that hold the kernel and reach furthest: up, and down. */
static struct contig_range window(const struct kexec_image *image, bool down)
{
	const struct kexec_segment *kernel = &image->segment[KEXEC_KERNEL];
	u64 first = ALIGN_DOWN(kernel->base.val, WINDOW_ALIGN);
	u64 end = ALIGN_UP(kernel->base.val + kernel->bytes, WINDOW_ALIGN);

	if (!down)
		return (struct contig_range){ paddr(first), REACH_BYTES };
	first = end > REACH_BYTES ? end - REACH_BYTES : 0;
	return (struct contig_range){ paddr(first), end - first };
}

int kexec_place_segment(struct kexec_image *image, enum kexec_role role, u64 bytes, u64 align)
{
	const char *name = kexec_role_name(role);
	struct kexec_segment *segment = &image->segment[role];
	int err;

	if (role != KEXEC_INITRD)
		err = take(image, name, bytes, align, anywhere, &segment->base);
	else if (take(image, NULL, bytes, align, window(image, false), &segment->base))
		err = take(image, name, bytes, align, window(image, true), &segment->base);
	else
		err = 0;
	if (err)
		return err;
	segment->bytes = bytes;
	add_extent(image, role, segment->base, segment->base, bytes);
	return 0;
}

static bool lies_in(u64 base, u64 end, struct contig_range range)
{
	return base >= range.base.val && end <= range.base.val + range.bytes;
}

bool kexec_place_initrd_stays(struct kexec_image *image, paddr_t base, u64 bytes)
{
	const struct contig_range *copied_to = &image->destination;
	u64 end = base.val + bytes;

	if (image->crash ||
	    (base.val < copied_to->base.val + copied_to->bytes && copied_to->base.val < end) ||
	    (!lies_in(base.val, end, window(image, false)) &&
	     !lies_in(base.val, end, window(image, true))))
		return false;
	image->segment[KEXEC_INITRD].base = base;
	image->segment[KEXEC_INITRD].bytes = bytes;
	image->segment[KEXEC_INITRD].file_bytes = bytes;
	image->initrd_stays = true;
	add_extent(image, KEXEC_INITRD, base, base, bytes);
	return true;
}
