/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads an initramfs in place: files are handed out as pointers into it.
 *
 * It is one cpio archive or several, one after the other, with any number of zero bytes before,
 * between and after them and their members. A member is a header of 110 characters (the magic
 * 070701 or 070702, then 13 numbers of eight hex digits), the name with a NUL, and the data.
 * Header and data each begin at a multiple of 4 bytes from the start of the initramfs. A member
 * named TRAILER!!! ends an archive. It has to be there, though Linux does without: an initramfs
 * that was cut short between two members can't be told otherwise.
 *
 * As with Linux, what comes later replaces what came before under the same name. Members with the
 * same inode and device in one archive, and more than one link, are one file: its data are those
 * of the last of them that has any. (Where a later archive replaces such a file, Linux changes
 * all of its names, this reader the one.)
 *
 * An initramfs is input, and may be hostile. Nothing outside [start, start + bytes) is read,
 * whatever stands in it; no access is wider than a byte, so it may lie at any address.
 *
 * Allocates, prints and changes nothing, keeps no state but the caller's. Context: any.
 * No page size enters here.
 * Sources: Linux, Documentation/driver-api/early-userspace/buffer-format.rst; GNU cpio's manual,
 * formats newc and crc.
 */
#ifndef LIB_INITRAMFS_H
#define LIB_INITRAMFS_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/* The longest name, its NUL included: Linux' PATH_MAX. */
#define INITRAMFS_NAME_BYTES_MAX (4 * KiB)
#define INITRAMFS_WHY_BYTES      128

/* `mode`: what a member is. The bits below are permissions. */
#define INITRAMFS_TYPE      0170000u
#define INITRAMFS_REGULAR   0100000u
#define INITRAMFS_DIRECTORY 0040000u
#define INITRAMFS_SYMLINK   0120000u

/* An initramfs, and how far it has been read. */
struct initramfs {
	const u8 *start;
	u64 bytes;
	u64 offset;   /* in bytes from `start`: where the next member is looked for */
	u32 archives; /* begun so far */
	bool inside;  /* the last of them has not ended */
	/* After -EINVAL: where, in bytes from `start`; what is wrong there, and what is right. */
	u64 why_offset; /* 0 to `bytes` */
	char why[INITRAMFS_WHY_BYTES];
};

struct initramfs_file {
	const char *name; /* as it stands there, a leading "./" included; ends in NUL */
	const void *data; /* of a symbolic link: what it points to, without a NUL */
	u64 bytes;        /* of data, below 4 GiB */
	u64 offset;       /* of the header, from the start of the initramfs */
	u32 mode;         /* type and permissions, as Linux has them */
	u32 links;        /* names of this file; with more than one, data may be with another */
	u32 archive;      /* the number of its archive, from 1 */
	u32 inode;
	u32 device_major;
	u32 device_minor;
	u32 sum;      /* what the bytes of data add up to, modulo 2^32 ... */
	bool has_sum; /* ... if this is set: in a regular file of format 070702 */
};

/* Begin with the `bytes` at `start`, which stay as they are while `fs` is used. Reads nothing. */
void initramfs_open(struct initramfs *fs, const void *start, u64 bytes);

/*
 * initramfs_next - the next member, of any type, trailers left out.
 *
 * Its data are not held against its sum. -ENOENT after the last one. -EINVAL: something is wrong,
 * as fs->why and fs->why_offset say; the next call says the same. `file` is valid after 0 only.
 */
int initramfs_next(struct initramfs *fs, struct initramfs_file *file) __must_check;

/*
 * initramfs_find - the regular file of this name, with its data, wherever they stand.
 *
 * "/" and "./" at the beginning of `path` and of names don't count; else names are the same byte by
 * byte. All of the initramfs is read, and the last member of the name counts. Ends an iteration:
 * initramfs_next begins anew. `file` is written on success only.
 *
 * -ENOENT: no member has the name. -EINVAL, with fs->why and fs->why_offset: the initramfs is
 * broken anywhere, or the member is no regular file (symbolic links are not followed, neither
 * that one nor one in the path), or its data are not what its sum says.
 */
int initramfs_find(struct initramfs *fs, const char *path,
		   struct initramfs_file *file) __must_check;

/* Are the data what their sum says? True where there is none. Reads all of the data. */
bool initramfs_sum_is_right(const struct initramfs_file *file);

/*
 * What compressed data is, such as "gzip", by how the `bytes` at `data` (any alignment) begin; NULL
 * if it is none of the formats that boot loaders and Linux know. Nothing here unpacks: it is for
 * saying what a file is that should have been something else.
 */
const char *initramfs_compression(const void *data, u64 bytes);

#endif
