/* SPDX-License-Identifier: BSD-2-Clause */
/* Archives for host tests of the initramfs: made by hand, or by the cpio of the host. */
#ifndef ARCHIVE_H
#define ARCHIVE_H

#include <stddef.h>

#include <kernel/types.h>

struct archive {
	u8 bytes[1 << 16];
	size_t size;
};

/* Zero is the default: a regular file of one link. `data` is a string, or has `size` bytes. */
struct archive_member {
	const char *name;
	const char *data;
	size_t size;
	u32 mode;
	u32 inode;
	u32 links;
	char format; /* '1' or '2': newc, crc with a sum */
};

/* Append: any bytes, zeros up to a multiple, a member, the trailer. */
void archive_append(struct archive *a, const void *data, size_t size);
void archive_align(struct archive *a, size_t multiple);
void archive_add(struct archive *a, const struct archive_member *member);
void archive_end(struct archive *a);

/* `cpio -o -H FORMAT` of what the shell commands leave in an empty directory. Appends. */
void archive_from_cpio(struct archive *a, const char *format, const char *commands);

/*
 * A copy of the first `size` bytes at an odd address, in memory that ends with it. archive_free
 * takes it back.
 */
u8 *archive_tight(const struct archive *a, size_t size);
void archive_free(u8 *copy);

#endif
