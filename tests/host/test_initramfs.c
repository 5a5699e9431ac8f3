// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/initramfs.c: what cpio writes is read back, and several archives are one.
 * What is wrong is test_initramfs_wrong.c's.
 *
 * Sources: lib/initramfs.c tests/host/archive.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/errno.h>
#include <lib/initramfs.h>

#include "archive.h"

static struct archive a;

static void begin(void)
{
	a.size = 0;
}

static void add(const char *name, const char *data)
{
	archive_add(&a, &(struct archive_member){ .name = name, .data = data });
}

/* ---- what cpio writes ---- */

#define TREE                                                                           \
	"mkdir bin; chmod 750 bin; printf abc > bin/one; chmod 755 bin/one; : > zero;" \
	"printf 12345 > hard-a; ln hard-a hard-b; ln hard-a hard-c; ln -s bin/one link"

static void is_file(struct initramfs *fs, const char *path, u32 mode, const char *data)
{
	struct initramfs_file file;
	int err = initramfs_find(fs, path, &file);

	if (err)
		fail_msg("%s: %d: %s", path, err, fs->why);
	assert_int_equal(file.mode, mode);
	assert_int_equal(file.bytes, strlen(data));
	assert_memory_equal(file.data, data, strlen(data));
}

static void is_refused(struct initramfs *fs, const char *path, u64 offset, const char *why)
{
	struct initramfs_file file = { .name = "untouched" };

	assert_int_equal(initramfs_find(fs, path, &file), -EINVAL);
	assert_string_equal(file.name, "untouched");
	if (!strstr(fs->why, why) || fs->why_offset != offset)
		fail_msg("%s: at %llu: %s", path, fs->why_offset, fs->why);
}

static void written_by_cpio(void **state)
{
	static const char *const formats[] = { "newc", "crc" };
	static const char *const names[] = { ".",    "bin",  "bin/one", "link",
					     "zero", "hard", "hard",    "hard" };
	struct initramfs_file file;
	struct initramfs fs;
	u8 *copy;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(formats); i++) {
		unsigned members = 0, sums = 0;

		begin();
		archive_from_cpio(&a, formats[i], TREE);
		copy = archive_tight(&a, a.size);
		initramfs_open(&fs, copy, a.size);
		is_file(&fs, "bin/one", 0100755, "abc");
		is_file(&fs, "/bin/one", 0100755, "abc");
		is_file(&fs, ".//./zero", 0100644, "");
		is_file(&fs, "hard-a", 0100644, "12345");
		is_file(&fs, "hard-b", 0100644, "12345");
		is_file(&fs, "./hard-c", 0100644, "12345");
		while (!initramfs_next(&fs, &file)) {
			bool known = false;

			for (unsigned n = 0; n < ARRAY_SIZE(names); n++)
				known |= !strncmp(file.name, names[n], strlen(names[n]));
			assert_true(known && initramfs_sum_is_right(&file));
			assert_int_equal(file.archive, 1);
			members++;
			sums += file.has_sum;
		}
		assert_int_equal(members, ARRAY_SIZE(names));
		assert_int_equal(sums, i ? 2 : 0); /* bin/one, and one of hard-a, -b, -c */
		archive_free(copy);
	}
}

static void other_types(void **state)
{
	struct initramfs_file file;
	struct initramfs fs;

	(void)state;
	begin();
	archive_from_cpio(&a, "newc", "mkdir bin; ln -s bin/one link; mkfifo pipe");
	initramfs_open(&fs, a.bytes, a.size);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(initramfs_next(&fs, &file), 0);
	assert_string_equal(file.name, "link");
	assert_int_equal(file.mode & INITRAMFS_TYPE, INITRAMFS_SYMLINK);
	assert_int_equal(file.bytes, 7);
	assert_memory_equal(file.data, "bin/one", 7);
	is_refused(&fs, "link", file.offset, "symbolic link, which is not followed: name the");
	assert_int_equal(initramfs_next(&fs, &file), 0); /* from the beginning again */
	is_refused(&fs, ".", file.offset, "a directory: name a file in it");
	is_refused(&fs, "/bin", 112, "a directory: name a file in it");
	is_refused(&fs, "pipe", 352, "neither file nor directory (mode 010644)");
	assert_int_equal(initramfs_find(&fs, "bin/one", &file), -ENOENT);
	assert_int_equal(initramfs_find(&fs, "", &file), -ENOENT);
	assert_int_equal(initramfs_find(&fs, "TRAILER!!!", &file), -ENOENT);
}

/* ---- several archives ---- */

static void later_ones_win(void **state)
{
	static const size_t multiples[] = { 4, 8, 512 };
	struct initramfs_file file;
	struct initramfs fs;
	u8 *copy;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(multiples); i++) {
		begin();
		archive_append(&a, "\0\0\0\0", 4);
		add("./same", "first");
		add("early", "1");
		archive_end(&a);
		archive_align(&a, multiples[i]);
		archive_end(&a);
		archive_align(&a, multiples[i]);
		add("/same", "second");
		add("same", "third");
		add("same/", "not that");
		archive_end(&a);
		copy = archive_tight(&a, a.size);
		initramfs_open(&fs, copy, a.size);
		is_file(&fs, "same", 0100644, "third");
		is_file(&fs, "early", 0100644, "1");
		assert_int_equal(initramfs_next(&fs, &file), 0);
		assert_int_equal(file.archive, 1);
		while (!initramfs_next(&fs, &file))
			;
		assert_int_equal(fs.archives, 3); /* the second one has only its trailer */
		assert_int_equal(initramfs_next(&fs, &file), -ENOENT);
		archive_free(copy);
	}
}

/* A name may be replaced by something else, too. */
static void types_change(void **state)
{
	struct initramfs fs;

	(void)state;
	begin();
	add("a", "file");
	archive_add(&a, &(struct archive_member){ .name = "b", .mode = 040755 });
	archive_end(&a);
	add("b", "file");
	archive_add(&a, &(struct archive_member){ .name = "a", .mode = 040755 });
	archive_end(&a);
	initramfs_open(&fs, a.bytes, a.size);
	is_file(&fs, "b", 0100644, "file");
	is_refused(&fs, "a", a.size - 2 * 124 + 12, "directory");
}

static void linked(const char *name, const char *data, u32 inode)
{
	archive_add(&a, &(struct archive_member){
				.name = name, .data = data, .inode = inode, .links = 2 });
}

/* The data may be with any of the names, and the last ones that there are count. */
static void hard_links(void **state)
{
	struct initramfs fs;
	u8 *copy;

	(void)state;
	begin();
	linked("a", "with the first", 1);
	linked("b", "", 1);
	linked("c", "", 2);
	linked("d", "with the last", 2);
	linked("e", "replaced", 3);
	linked("f", "twice", 3);
	linked("g", "", 4);
	archive_add(&a, &(struct archive_member){ .name = "h", .data = "one link", .inode = 4 });
	archive_add(&a,
		    &(struct archive_member){
			    .name = "i", .data = "g", .inode = 4, .links = 2, .mode = 0120777 });
	archive_end(&a);
	linked("g2", "", 4);
	linked("x", "another archive's", 1);
	archive_end(&a);
	copy = archive_tight(&a, a.size);
	initramfs_open(&fs, copy, a.size);
	is_file(&fs, "a", 0100644, "with the first");
	is_file(&fs, "b", 0100644, "with the first");
	is_file(&fs, "c", 0100644, "with the last");
	is_file(&fs, "d", 0100644, "with the last");
	is_file(&fs, "e", 0100644, "twice");
	is_file(&fs, "f", 0100644, "twice");
	is_file(&fs, "g", 0100644, "");
	is_file(&fs, "g2", 0100644, "");
	is_file(&fs, "x", 0100644, "another archive's");
	archive_free(copy);
}

static void sums(void **state)
{
	struct initramfs_file file;
	struct initramfs fs;

	(void)state;
	begin();
	archive_add(&a, &(struct archive_member){ .name = "good", .data = "abc", .format = '2' });
	archive_add(&a,
		    &(struct archive_member){ .name = "bad", .data = "\xff\xfe", .format = '2' });
	archive_end(&a);
	initramfs_open(&fs, a.bytes, a.size);
	is_file(&fs, "bad", 0100644, "\xff\xfe");
	a.bytes[a.size - 124 - 4] ^= 1;
	is_file(&fs, "good", 0100644, "abc");
	is_refused(&fs, "bad", 120, "don't add up to 0x1fd");
	assert_int_equal(initramfs_next(&fs, &file), 0);
	assert_true(file.has_sum && initramfs_sum_is_right(&file));
	assert_int_equal(initramfs_next(&fs, &file), 0);
	assert_true(file.has_sum && !initramfs_sum_is_right(&file));
	a.bytes[120 + 5] = '1'; /* nobody says that it has a sum */
	is_file(&fs, "bad", 0100644, "\xfe\xfe");
}

/* The longest name, and one that is padded with NULs. */
static void names(void **state)
{
	char name[INITRAMFS_NAME_BYTES_MAX];
	struct initramfs_file file;
	struct initramfs fs;

	(void)state;
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	begin();
	add(name, "long");
	add("padded..", "x");
	memset(a.bytes + a.size - 8, 0, 2); /* the dots */
	archive_end(&a);
	initramfs_open(&fs, a.bytes, a.size);
	is_file(&fs, name, 0100644, "long");
	assert_int_equal(initramfs_next(&fs, &file), 0);
	assert_int_equal(initramfs_next(&fs, &file), 0);
	is_file(&fs, "padded", 0100644, "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_by_cpio), cmocka_unit_test(other_types),
		cmocka_unit_test(later_ones_win),  cmocka_unit_test(types_change),
		cmocka_unit_test(hard_links),      cmocka_unit_test(sums),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
