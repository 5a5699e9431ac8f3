/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The initial ramdisk that the loader handed over, for whoever names files in it: the reader's
 * answers (<lib/initramfs.h>) as lines on the console.
 *
 * Context: after mm_init.
 */
#ifndef KERNEL_INITRD_H
#define KERNEL_INITRD_H

#include <kernel/compiler.h>
#include <lib/initramfs.h>

/* Begin to read it. -ENOENT, and a line says so: there is none. */
int initrd_open(struct initramfs *fs) __must_check;

/* Say what is wrong with it, after -EINVAL from the reader, which is returned. */
int initrd_print_fault(const struct initramfs *fs);

/*
 * initrd_find - the regular file of this name; see initramfs_find.
 *
 * Returns 0, or -ENOENT or -EINVAL, and a line that begins with `who` or "initrd" says why.
 */
int initrd_find(const char *who, const char *name, struct initramfs_file *file) __must_check;

#endif
