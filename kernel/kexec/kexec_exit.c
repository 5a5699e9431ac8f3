// SPDX-License-Identifier: BSD-2-Clause
/*
 * What leaving takes, made when a kernel is loaded: tables, and if something is copied this
 * kernel's own copy. See <arch/kexec.h> for what they are, <kernel/kexec.h> for when they are
 * needed.
 *
 * They are used past the point of no return, so they are sealed and hashed as segments are: a
 * stray write to them faults, or is found while it can still be reported.
 */
#include <arch/page.h>
#include <kernel/errno.h>
#include <kernel/kexec.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/addr.h>

#include "inside.h"

/* The image that tables are for: the walker, which asks for them, doesn't know. */
static struct kexec_image *leaving;

static void add_extent(struct kexec_image *image, paddr_t base, u64 bytes)
{
	struct kexec_segment *segment = &image->segment[KEXEC_EXIT];

	image->exit[segment->count++] = (struct kexec_extent){ base, base, bytes };
	segment->base = image->exit[0].from;
}

static int add_piece(struct kexec_image *image, u64 align)
{
	u64 bytes = MAX(KEXEC_TABLES_BYTES, page_size());
	paddr_t base;

	if (image->segment[KEXEC_EXIT].count == KEXEC_TABLES_MOST) {
		printk("kexec: no memory for translation tables: they take more than %u pieces\n",
		       KEXEC_TABLES_MOST);
		return -ENOMEM;
	}
	if (kexec_place_memory(image, "translation tables", bytes, MAX(bytes, align), &base))
		return -ENOMEM;
	add_extent(image, base, bytes);
	image->table_left = (struct contig_range){ base, bytes };
	return 0;
}

/* A table of the trampoline or the copy's map: a power of two, aligned to itself. */
static int place_table(struct pgtable *pt, u64 bytes, paddr_t *table)
{
	struct contig_range *left = &leaving->table_left;
	u64 skip = -left->base.val & (bytes - 1);

	(void)pt;
	if (left->bytes < skip + bytes) {
		if (add_piece(leaving, bytes))
			return -ENOMEM;
		skip = 0;
	}
	*table = paddr_add(left->base, skip);
	left->base.val += skip + bytes;
	left->bytes -= skip + bytes;
	leaving->table_bytes += bytes;
	return 0;
}

int kexec_place_exit(struct kexec_image *image)
{
	paddr_t copy = paddr(0), base;
	int err;

	if (image->copies) {
		err = kexec_place_memory(image, "copy of this kernel, which copies the next one",
					 arch_kexec_image_bytes(), ARCH_KEXEC_IMAGE_ALIGN, &copy);
		if (err)
			return err;
	}
	leaving = image;
	err = arch_kexec_prepare(&image->arch, copy, place_table);
	if (!err && image->copies) {
		u64 bytes = arch_kexec_constants(&image->arch, &base);

		add_extent(image, base, bytes);
	}
	return err;
}

int kexec_exit_prepare_seal(struct kexec_image *image)
{
	leaving = image;
	return arch_kexec_prepare_seal(&image->arch);
}
