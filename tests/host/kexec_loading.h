/* SPDX-License-Identifier: BSD-2-Clause */
/* Around tests of what is loaded: an initrd with two kernels, and three ways to load one. */
#ifndef KEXEC_LOADING_H
#define KEXEC_LOADING_H

#include "kexec_world.h"

#include <cmocka.h>

#include "../../kernel/kexec/inside.h"

static void begin(void)
{
	world_begin(NULL);
	world_image("kernel", 300000, 1500123, 0x80000, WORLD_ANYWHERE);
	world_image("low", 2 * MiB + 5, 2 * MiB + 7777, 0, 0);
	world_file("initrd", "some bytes, and a few more", 26);
	world_initrd(WORLD_INITRD);
}

static const struct kexec_request in_place = { .image = "kernel", .initrd = "initrd", .args = "" };
static const struct kexec_request copied = { .image = "low", .initrd = "initrd", .args = "" };
static const struct kexec_request crash = {
	.image = "kernel", .initrd = "initrd", .args = "x=y", .crash = true
};

static const struct kexec_image *load(const struct kexec_request *request)
{
	assert_int_equal(kexec_load(request), 0);
	rules_check(kexec_loaded(request->crash));
	rules_check_books(kexec_loaded(false), kexec_loaded(true));
	world_hush();
	return kexec_loaded(request->crash);
}

#endif
