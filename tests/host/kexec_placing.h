/* SPDX-License-Identifier: BSD-2-Clause */
/* Around each test of kernel/kexec/kexec_place.c: one image, which nobody else has. */
#ifndef KEXEC_PLACING_H
#define KEXEC_PLACING_H

#include "kexec_world.h"

#include <cmocka.h>

#include "../../kernel/kexec/inside.h"

static struct kexec_image image;

static void begin(void)
{
	world_begin(NULL);
	assert_int_equal(kexec_place_begin(&image, false), 0);
}

static void finish(void)
{
	kexec_place_undo(&image);
	assert_int_equal(fake_contig_count(), 0);
	assert_int_equal(image.held_count, 0);
	world_end();
}

static int place(u64 bytes, u64 offset, enum kexec_where where, u64 dest)
{
	return kexec_place_kernel(&image, bytes, offset, where, paddr(dest));
}

static u64 base_of(enum kexec_role role)
{
	return image.segment[role].base.val;
}

#endif
