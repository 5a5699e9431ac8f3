// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel/kexec/image.c: what an Image's header says, and everything that is no Image.
 *
 * Sources: kernel/kexec/image.c lib/initramfs.c arch/arm64/table/granule.c lib/string.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/errno.h>
#include <kernel/image.h>

#define ALL      0x101122ULL /* cortex-a76: 4k,16k,64k */
#define NO_16K   0x1124ULL   /* cortex-a72: 4k,64k */
#define ONLY_16K 0xff100000ULL

#define FILE_BYTES 100

/* A file of FILE_BYTES, at an odd address in memory that ends with it. */
static u8 *make(u64 text_offset, u64 image_size, u64 flags)
{
	u8 *file = (u8 *)malloc(FILE_BYTES + 1) + 1;

	memset(file, 0xa5, FILE_BYTES);
	for (unsigned i = 0; i < 8; i++) {
		file[8 + i] = (u8)(text_offset >> 8 * i);
		file[16 + i] = (u8)(image_size >> 8 * i);
		file[24 + i] = (u8)(flags >> 8 * i);
	}
	memcpy(file + 56, "\x41\x52\x4d\x64\0\0\0", 8); /* 0x644d5241, no PE header */
	return file;
}

/* Parses as much of the file, and frees it. */
static int parse(u8 *file, u64 bytes, struct image *image)
{
	int err;

	memset(image, 0x5a, sizeof(*image));
	err = image_parse(file, bytes, image);
	free(file - 1);
	return err;
}

static void accepted(void **state)
{
	static const struct {
		u64 text_offset;
		u64 image_size;
		u64 flags;
		unsigned shift;
		bool anywhere;
	} cases[] = {
		{ 0, FILE_BYTES, 0x8, 0, true },
		{ 0x80000, 0x123456789a, 0x2, 12, false },
		{ 0x1e00000, 0x100000, 0xc, 14, true },
		{ 0, 1ULL << 48, 0x6, 16, false },
		{ (1ULL << 48) - 0x1000, 0x1000, 0xfffffffffffffff0, 0, false },
	};
	struct image image;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		u8 *file = make(cases[i].text_offset, cases[i].image_size, cases[i].flags);

		assert_int_equal(parse(file, FILE_BYTES, &image), 0);
		assert_int_equal(image.file_bytes, FILE_BYTES);
		assert_true(image.text_offset == cases[i].text_offset);
		assert_true(image.image_bytes == cases[i].image_size);
		assert_ptr_equal(image.granule, granule_by_shift(cases[i].shift));
		assert_int_equal(image.anywhere, cases[i].anywhere);
		assert_string_equal(image.why, "");
	}
	/* The header alone is enough. */
	assert_int_equal(parse(make(0, 64, 0), IMAGE_HEADER_BYTES, &image), 0);
}

static void is_refused(u8 *file, u64 bytes, const char *why)
{
	const struct image zero = { 0 };
	struct image image;

	assert_int_equal(parse(file, bytes, &image), -EINVAL);
	if (!strstr(image.why, why))
		fail_msg("not %s, but: %s", why, image.why);
	assert_true(strlen(image.why) < sizeof(image.why) - 1);
	assert_memory_equal(&image, &zero, offsetof(struct image, why));
}

static void refused(void **state)
{
	(void)state;
	is_refused(make(0x80000, 0, 0), FILE_BYTES, "image_size is 0, as before Linux 3.17");
	is_refused(make(0, 0x1000, 0x9), FILE_BYTES, "big-endian kernel (flags 0x9, bit 0)");
	is_refused(make(0, FILE_BYTES - 1, 0), FILE_BYTES,
		   "the file has 100 bytes, but by its image_size 99 are all");
	is_refused(make(0, (1ULL << 48) + 1, 0), FILE_BYTES,
		   "image_size 0x1000000000001 at text_offset 0 is more than 48 bits");
	is_refused(make(1ULL << 48, FILE_BYTES, 0), FILE_BYTES, "more than 48 bits");
	is_refused(make(~0ULL, ~0ULL, 0), FILE_BYTES, "more than 48 bits");
	/* Of an odd size each part of the header is gone once. */
	for (u64 bytes = 0; bytes < IMAGE_HEADER_BYTES; bytes++)
		is_refused(make(0, 0x1000, 0), bytes, "and an Image begins with a header of 64");
}

/* A file of 2000 bytes that an EFI program's sections say the length of: 1500. */
static u8 *make_efi(void)
{
	static const u8 sections[2][40] = {
		{ [16] = 0x00, 0x02, 0, 0, [20] = 0x00, 0x01, 0, 0 }, /* 512 at 256 */
		{ [16] = 0xdc, 0x02, 0, 0, [20] = 0x00, 0x03, 0, 0 }, /* 732 at 768 */
	};
	u8 *file = (u8 *)calloc(1, 2001) + 1, *small = make(0, 4000, 8);

	memcpy(file, small, FILE_BYTES);
	free(small - 1);
	memcpy(file, "MZ", 2);
	file[60] = 80;
	memcpy(file + 80, "PE\0\0", 4);
	file[86] = 2; /* sections */
	file[87] = 0;
	file[100] = 8; /* bytes of the optional header */
	file[101] = 0;
	memcpy(file + 80 + 24 + 8, sections, sizeof(sections));
	return file;
}

static void cut_short(void **state)
{
	struct image image;
	u8 *file;

	(void)state;
	for (u64 bytes = IMAGE_HEADER_BYTES; bytes < 1500; bytes++) {
		/* to the byte, for AddressSanitizer */
		u8 *whole = make_efi();

		file = (u8 *)malloc(bytes + 1) + 1;
		memcpy(file, whole, bytes);
		free(whole - 1);
		is_refused(file, bytes, "it is cut short: the file has");
	}
	is_refused(make_efi(), 1499, "1499 bytes, and by what it says of itself 1500");
	assert_int_equal(parse(make_efi(), 1500, &image), 0);
	assert_int_equal(parse(make_efi(), 2000, &image), 0);
	/* It says nothing: no EFI program. */
	file = make_efi();
	file[0] = 'N';
	assert_int_equal(parse(file, 200, &image), 0);
	file = make_efi();
	file[81] = 'F';
	assert_int_equal(parse(file, 200, &image), 0);
	/* This kernel. */
	for (u64 bytes = IMAGE_HEADER_BYTES; bytes <= FILE_BYTES; bytes++) {
		file = make(0, 4000, 8);
		memcpy(file + 64, "Granule\0\x5a\0\0\0\0\0\0\0", 16); /* 90 */
		if (bytes >= 80 && bytes < 90)
			is_refused(file, bytes, "by what it says of itself 90");
		else
			assert_int_equal(parse(file, bytes, &image), 0);
	}
}

static void other_files(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *why;
	} cases[] = {
		{ "\x1f\x8b", 2, "compressed by gzip; unpack it before" },
		{ "\x28\xb5\x2f\xfd", 4, "compressed by zstd" },
		{ "\x7f"
		  "ELF",
		  4, "an ELF file" },
		{ "MZ\0\0zimg", 8, "an EFI program with a compressed kernel in it" },
		{ "MZ", 2, "an EFI program, but no Image" },
		{ "\x27\x05\x19\x56", 4, "wrapped for U-Boot" },
		{ "\xd0\x0d\xfe\xed", 4, "a devicetree" },
		{ "#!/bin/sh", 9, "no arm64 Image, which has \"ARM\\x64\" at byte 56" },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct image image;
		u8 *file = make(0, 0x1000, 0);

		/* An Image all the same: its code may be anything. */
		memcpy(file, cases[i].bytes, MIN(cases[i].size, 8u));
		assert_int_equal(parse(file, FILE_BYTES, &image), 0);

		file = make(0, 0x1000, 0);
		memcpy(file, cases[i].bytes, cases[i].size);
		file[56] ^= 1;
		is_refused(file, FILE_BYTES, cases[i].why);
	}
	/* Short ones are told, too. */
	for (unsigned i = 0; i < ARRAY_SIZE(cases) - 1; i++) {
		u8 *file = (u8 *)malloc(cases[i].size + 1) + 1;

		memcpy(file, cases[i].bytes, cases[i].size);
		is_refused(file, cases[i].size, cases[i].why);
	}
}

static void cpus(void **state)
{
	struct image image;

	(void)state;
	for (unsigned pages = 0; pages < 4; pages++) {
		assert_int_equal(parse(make(0, 0x1000, pages << 1), FILE_BYTES, &image), 0);
		assert_int_equal(image_check_cpu(&image, ALL), 0);
		assert_int_equal(image_check_cpu(&image, NO_16K), pages == 2 ? -EOPNOTSUPP : 0);
		if (pages == 2)
			assert_string_equal(image.why,
					    "it is built for 16k pages, and this CPU has 4k,64k; "
					    "take one that is built for these");
		assert_int_equal(image_check_cpu(&image, ONLY_16K), pages % 2 ? -EOPNOTSUPP : 0);
		assert_int_equal(image.file_bytes, FILE_BYTES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted),  cmocka_unit_test(refused),
		cmocka_unit_test(cut_short), cmocka_unit_test(other_files),
		cmocka_unit_test(cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
