/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the stub share: one `struct efi` on the firmware's stack, filled step by step,
 * since the bss isn't there yet. Functions that return a status have said why on the firmware's
 * console.
 *
 * Context of all: under firmware, at EL1 or EL2, its MMU on, one CPU; nothing here knows a page
 * size of the kernel's, which is chosen later.
 */
#ifndef EFI_INSIDE_H
#define EFI_INSIDE_H

#include "efi.h"

#include <kernel/compiler.h>
#include <kernel/types.h>

struct efi {
	efi_handle image;
	const struct efi_system_table *system;
	struct efi_boot_services *boot;
	struct efi_loaded_image *loaded;

	char *cmdline;

	void *initrd; /* NULL: none */
	u64 initrd_bytes;

	void *fdt; /* the tree that the kernel gets */
	u64 fdt_bytes;

	struct efi_memory *map;
	u64 map_room, map_bytes, map_key, map_descriptor_bytes;
	u32 map_version;

	void *kernel; /* the Image's copy, 2 MiB aligned */
};

/* efi_console.c */

/* A line, or a part of one, in ASCII; longer than 255 characters it is cut. */
void efi_print(const struct efi *e, const char *format, ...) __printf(2, 3);

/* "efi: ", the text and a line's end; returns `status`, to be returned on. */
efi_status efi_refuse(const struct efi *e, efi_status status, const char *format, ...)
	__printf(3, 4);

/* efi_memory.c */

/* Whole EFI pages of loader data, aligned to `align`, a power of two. NULL: there is no room. */
void *efi_alloc(const struct efi *e, u64 bytes, u64 align);

/* The map as it is now, in e->map, which is made large enough for some more entries. */
efi_status efi_read_map(struct efi *e);

/* Does one entry of the map have all of it as memory, whatever it holds? `e` is a struct efi. */
bool efi_is_in_map(void *e, u64 base, u64 bytes);

/* Boot services end: nothing may be asked of them any more, and nothing said. */
efi_status efi_exit_boot_services(struct efi *e);

/*
 * The ranges of RAM that the kernel may use, ascending and merged, out of e->map, which this sorts:
 * calls `take` for each, and stops when that fails. Firmware's own stay out.
 */
int efi_usable_memory(struct efi *e, int (*take)(void *arg, u64 base, u64 bytes), void *arg);

/* efi_cmdline.c */
efi_status efi_read_cmdline(struct efi *e);

/* efi_initrd.c */
efi_status efi_read_initrd(struct efi *e);

/* efi_tree.c */

/* The tree that the kernel will get, all but memory: firmware's, with a /chosen of ours. */
efi_status efi_make_tree(struct efi *e);

/* After boot services: memory, by the map. */
void efi_finish_tree(struct efi *e);

/* entry.S */
void efi_jump(void *image, u64 bytes, void *fdt, u64 fdt_bytes) __noreturn;

/* Called by entry.S: returns only if it can't work, and after saying why. */
efi_status efi_main(efi_handle image, struct efi_system_table *system);

#endif
