// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/initramfs.c: what is wrong is told, with its place, and nothing of it is trusted.
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

#define HEADER_BYTES 110

static struct archive a;

static void begin(void)
{
	a.size = 0;
}

static void add(const char *name, const char *data)
{
	archive_add(&a, &(struct archive_member){ .name = name, .data = data });
}

/* Everything up to the first error, which stays. */
static void reads_to(u64 offset, const char *why)
{
	u8 *copy = archive_tight(&a, a.size);
	struct initramfs_file file;
	struct initramfs fs;

	initramfs_open(&fs, copy, a.size);
	while (!initramfs_next(&fs, &file))
		;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(initramfs_next(&fs, &file), -EINVAL);
		if (!strstr(fs.why, why) || fs.why_offset != offset)
			fail_msg("not %s at %llu, but at %llu: %s", why, offset, fs.why_offset,
				 fs.why);
		assert_true(strlen(fs.why) < sizeof(fs.why) - 1);
	}
	/* A file before the error isn't trusted either. */
	assert_int_equal(initramfs_find(&fs, "good", &file), -EINVAL);
	assert_non_null(strstr(fs.why, why));
	archive_free(copy);
}

/* 120 bytes of a good member, then the text. */
static void good_then(const void *data, size_t size)
{
	begin();
	add("good", "abc");
	archive_append(&a, data, size);
}

static void not_cpio(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *why;
	} cases[] = {
		{ "\x1f\x8b\x08\0", 4, "compressed by gzip: only uncompressed cpio is read" },
		{ "\xfd"
		  "7zXZ\0",
		  6, "compressed by xz" },
		{ "\x28\xb5\x2f\xfd", 4, "compressed by zstd" },
		{ "\x04\x22\x4d\x18", 4, "compressed by lz4" },
		{ "\x02\x21\x4c\x18", 4, "compressed by lz4" },
		{ "BZh91AY", 7, "compressed by bzip2" },
		{ "\x5d\0\0\0", 4, "compressed by lzma" },
		{ "\x89LZO\0", 5, "compressed by lzo" },
		{ "\x1f", 1, "no header is here, which begins with 070701 or 070702" },
		{ "070707", 6, "this is cpio's old format; write archives with cpio -o -H newc" },
		{ "070703", 6, "no header is here" },
		{ "hsqs", 4, "no header is here" },
		{ "0", 1, "a header of 110 bytes is cut short after 1" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		bool cut = strstr(cases[i].why, "cut short") != NULL;

		begin();
		archive_append(&a, cases[i].bytes, cases[i].size);
		reads_to(cut ? cases[i].size : 0, cases[i].why);
		good_then(cases[i].bytes, cases[i].size);
		reads_to(cut ? a.size : 120, cases[i].why);
		/* Behind an archive, at an odd place as well. */
		begin();
		add("good", "abc");
		archive_end(&a);
		archive_append(&a, "\0", 1);
		archive_append(&a, cases[i].bytes, cases[i].size);
		reads_to(245, cut ? "multiple of 4" : cases[i].why);
	}
	begin();
	archive_append(&a, "\0\0\0", 3);
	reads_to(0, "nothing but zeros");
	begin();
	reads_to(0, "nothing but zeros");
}

/* A good archive in which `text` replaces what is at `offset` of its second member's header. */
static void patched(size_t offset, const char *text, u64 where, const char *why)
{
	good_then("", 0);
	add("name", "data");
	archive_end(&a);
	memcpy(a.bytes + 120 + offset, text, strlen(text));
	reads_to(where, why);
}

static void bad_headers(void **state)
{
	static const char names[][10] = { "ino",      "mode",      "uid",       "gid",
					  "nlink",    "mtime",     "filesize",  "devmajor",
					  "devminor", "rdevmajor", "rdevminor", "namesize",
					  "check" };
	char why[80];

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		for (unsigned n = 0; n < 8; n++) {
			static const char others[] = { '/', ':', '@', 'G', '`', 'g', ' ', '\x80' };
			char text[] = { others[n], '\0' };

			snprintf(why, sizeof(why),
				 "the header's %s has to be 8 hex digits, but byte "
				 "%#x is",
				 names[i], (u8)others[n]);
			patched(6 + 8 * i + n, text, 126 + 8 * i + n, why);
		}
	patched(94, "00000000", 230,
		"namesize 0 doesn't end in NUL, which has to be its last byte");
	patched(94, "00000004", 233, "a name of namesize 4 doesn't end in NUL");
	patched(94, "00001001", 214, "a namesize of 4097: the most is 4096");
	patched(94, "ffffffff", 214, "a namesize of 4294967295");
	patched(94, "00001000", 364, "a name of 4096 bytes is cut short after 134");
	patched(54, "000000ff", 364, "data of 255 bytes are cut short after 128");
	patched(54, "ffffffff", 364, "data of 4294967295 bytes are cut short after 128");
	patched(0, "070700", 120, "no header is here");
	good_then("\0", 1);
	add("name", "");
	reads_to(121, "a header is here, but has to be at a multiple of 4 bytes: pad");
}

static void empty_name(void **state)
{
	(void)state;
	good_then("", 0);
	add("", "data");
	archive_end(&a);
	reads_to(230, "an empty name");
}

/* Cut anywhere, it is never taken for whole; only the padding after the trailer may go. */
static void cut_short(void **state)
{
	struct initramfs_file file;
	size_t whole, content;

	(void)state;
	begin();
	add("good", "abc");
	archive_add(&a, &(struct archive_member){ .name = "a", .inode = 7, .links = 2 });
	archive_add(&a, &(struct archive_member){
				.name = "b", .data = "data", .inode = 7, .links = 2 });
	content = a.size + HEADER_BYTES + sizeof("TRAILER!!!");
	archive_end(&a);
	whole = a.size;
	for (size_t size = 0; size <= whole; size++) {
		u8 *copy = archive_tight(&a, size);
		struct initramfs fs;
		int err = size < content ? -EINVAL : 0;

		initramfs_open(&fs, copy, size);
		assert_int_equal(initramfs_find(&fs, "a", &file), err);
		assert_true(fs.why_offset <= size);
		if (err && size % 4 == 0 && size >= 120)
			assert_int_equal(fs.why_offset, size);
		archive_free(copy);
	}
	a.size = 120;
	reads_to(120, "the archive ends without its TRAILER!!! member: it was cut short");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_cpio),
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(empty_name),
		cmocka_unit_test(cut_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
