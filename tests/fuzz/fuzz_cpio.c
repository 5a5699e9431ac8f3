// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any bytes as an initramfs, at an odd address in memory of exactly their size. Every name and
 * all data lie within it and in order, an end is an error or the end, and what is found by name is
 * what the last such member says.
 *
 * Sources: lib/initramfs.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kernel/errno.h>
#include <lib/initramfs.h>

#include "fuzz.h"

#define HEADER_BYTES 110
#define NAMES_MOST   32

/* So that nothing that is read is thrown away unread. */
static volatile u64 sum;

static u64 offset_in(const struct initramfs *fs, const void *at)
{
	REQUIRE((const u8 *)at >= fs->start && (const u8 *)at <= fs->start + fs->bytes);
	return (u64)((const u8 *)at - fs->start);
}

static void check_file(const struct initramfs *fs, const struct initramfs_file *file)
{
	u64 name_at = offset_in(fs, file->name), data_at = offset_in(fs, file->data);

	REQUIRE(file->offset % 4 == 0 && name_at == file->offset + HEADER_BYTES);
	REQUIRE(!memcmp(fs->start + file->offset, "07070", 5));
	REQUIRE(strlen(file->name) && strlen(file->name) < INITRAMFS_NAME_BYTES_MAX);
	REQUIRE(strcmp(file->name, "TRAILER!!!") != 0);
	REQUIRE(data_at > name_at + strlen(file->name));
	REQUIRE(data_at % 4 == 0 || data_at == fs->bytes);
	REQUIRE(file->bytes <= fs->bytes - data_at);
	REQUIRE(file->archive > 0 && file->archive == fs->archives);
	REQUIRE(fs->offset >= data_at + file->bytes && fs->offset <= fs->bytes);
	for (u64 i = 0; i < file->bytes; i++)
		sum += fs->start[data_at + i];
	sum += initramfs_sum_is_right(file);
}

static void check_fault(struct initramfs *fs)
{
	struct initramfs_file file;
	u64 offset = fs->why_offset;

	REQUIRE(offset <= fs->bytes);
	REQUIRE(fs->why[0] && strlen(fs->why) < sizeof(fs->why) - 1);
	REQUIRE(initramfs_next(fs, &file) == -EINVAL && fs->why_offset == offset);
}

/* `broken`: the whole can't be read. */
static void check_find(struct initramfs *fs, const char *name, const struct initramfs_file *last,
		       bool broken)
{
	struct initramfs_file file = { .bytes = 1 };
	int err = initramfs_find(fs, name, &file);

	REQUIRE(err ? !file.name : file.name != NULL);
	REQUIRE(!broken || err == -EINVAL);
	REQUIRE(fs->offset == 0 && fs->why_offset <= fs->bytes);
	if (err) {
		REQUIRE(err == -EINVAL && fs->why[0]);
		return;
	}
	REQUIRE((file.mode & INITRAMFS_TYPE) == INITRAMFS_REGULAR);
	REQUIRE(file.offset >= last->offset);
	REQUIRE(offset_in(fs, file.data) + file.bytes <= fs->bytes);
	REQUIRE(initramfs_sum_is_right(&file));
	REQUIRE(file.links > 1 || file.offset != last->offset || file.data == last->data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct initramfs_file files[NAMES_MOST], file;
	u8 *memory = malloc(size + 1), *copy = memory + 1;
	unsigned names = 0;
	struct initramfs fs;
	u64 previous = 0;
	int err;

	REQUIRE(memory);
	if (size)
		memcpy(copy, data, size);
	initramfs_open(&fs, copy, size);
	while (!(err = initramfs_next(&fs, &file))) {
		check_file(&fs, &file);
		REQUIRE(file.offset >= previous);
		previous = fs.offset;
		if (names < NAMES_MOST)
			files[names++] = file;
	}
	REQUIRE(err == -EINVAL || (err == -ENOENT && fs.offset == fs.bytes && !fs.inside));
	if (err == -EINVAL)
		check_fault(&fs);
	for (unsigned i = 0; i < names; i++)
		check_find(&fs, files[i].name, &files[i], err == -EINVAL);
	REQUIRE(!size || !memcmp(copy, data, size));
	free(memory);
	return 0;
}
