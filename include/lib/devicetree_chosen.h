/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the boot loader says in /chosen: the command line, where the initial ramdisk
 * lies, the seed for the random base, and what a crash kernel needs to know. The
 * console's stdout-path is read in <lib/devicetree_device.h>.
 *
 * `dt` is an open tree, see <lib/devicetree.h>, which also states the context.
 * Source: Devicetree Specification v0.4, section 3.6; the linux, names and the seed: the
 * chosen node of devicetree.org's dt-schema.
 */
#ifndef LIB_DEVICETREE_CHOSEN_H
#define LIB_DEVICETREE_CHOSEN_H

#include <lib/devicetree.h>

/*
 * /chosen/bootargs. -ENOENT without the property, or if it has no bytes; -EINVAL
 * if it isn't one string: it doesn't end in NUL, or goes on after one.
 * An empty string is a success.
 */
int devicetree_chosen_bootargs(const struct devicetree *dt, const char **args) __must_check;

/* Did the EFI stub make the tree of ACPI's tables? It left the property granule,of-acpi. */
bool devicetree_chosen_of_acpi(const struct devicetree *dt);

/*
 * The initial ramdisk: linux,initrd-start up to linux,initrd-end (exclusive), of 1
 * or 2 cells each. -ENOENT with neither property, or if it is empty; else -EINVAL,
 * and range->why says what is wrong.
 */
int devicetree_chosen_initrd(const struct devicetree *dt,
			     struct devicetree_range *range) __must_check;

/*
 * /chosen/kaslr-seed. -ENOENT if there is none, or a wiped one (0); -EINVAL if it
 * isn't 8 bytes. It is a secret: wipe it once it has been used, in the tree that `dt`
 * describes or a copy, through a pointer that may be written to.
 */
int devicetree_chosen_kaslr_seed(const struct devicetree *dt, u64 *seed) __must_check;
void devicetree_chosen_wipe_kaslr_seed(const struct devicetree *dt, void *fdt);

/*
 * The ranges of linux,usable-memory-range, in the root's cells: memory outside all of
 * them must not be used. False after the last. A range with bytes 0 and no why has
 * no size.
 */
bool devicetree_chosen_next_usable(const struct devicetree *dt, struct devicetree_cursor *cursor,
				   struct devicetree_range *range);

/*
 * linux,elfcorehdr, in the root's cells: where the kernel that crashed left its ELF core header.
 * -ENOENT without the property; else -EINVAL, and range->why says what is wrong.
 */
int devicetree_chosen_elfcorehdr(const struct devicetree *dt,
				 struct devicetree_range *range) __must_check;

#endif
