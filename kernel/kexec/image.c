// SPDX-License-Identifier: BSD-2-Clause
/* The header of an arm64 Image. <kernel/image.h> has the format and the contract. */
#include <kernel/errno.h>
#include <kernel/image.h>
#include <lib/initramfs.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>

#define TEXT_OFFSET_AT 8
#define IMAGE_SIZE_AT  16
#define FLAGS_AT       24
#define MAGIC_AT       56
#define PE_AT          60
#define OWN_AT         64 /* in this kernel's: "Granule", and the bytes of the file */

#define FLAG_BIG_ENDIAN      (1u << 0)
#define FLAGS_GRANULE(flags) ((unsigned)((flags) >> 1) & 3)
#define FLAG_ANYWHERE        (1u << 3)

/* What is taken for an Image now and then. The first one that fits counts. */
static const struct {
	u8 at;
	u8 magic_bytes;
	char magic[5];
	const char *why;
} others[] = {
	{ 0, 4,
	  "\x7f"
	  "ELF",
	  "it is an ELF file, such as Linux' vmlinux; take the Image made of it (objcopy -O "
	  "binary)" },
	{ 4, 4, "zimg", "it is an EFI program with a compressed kernel in it; unpack that Image" },
	{ 0, 2, "MZ", "it is an EFI program, but no Image: it has no \"ARM\\x64\" at byte 56" },
	{ 0, 4, "\x27\x05\x19\x56", "it is wrapped for U-Boot (uImage); take the Image itself" },
	{ 0, 4, "\xd0\x0d\xfe\xed", "it is a devicetree, or U-Boot's FIT; take the Image itself" },
};

static int __printf(2, 3) refuse(struct image *image, const char *format, ...)
{
	va_list args;

	memset(image, 0, sizeof(*image));
	va_start(args, format);
	vsnprintf(image->why, sizeof(image->why), format, args);
	va_end(args);
	return -EINVAL;
}

static u64 little_endian(const u8 *at, unsigned bytes)
{
	u64 value = 0;

	while (bytes--)
		value = value << 8 | at[bytes];
	return value;
}

/* It has no magic where an Image has it: say what it is instead. */
static int refuse_other(struct image *image, const u8 *file, u64 bytes)
{
	const char *compression = initramfs_compression(file, bytes);

	if (compression)
		return refuse(image, "it is compressed by %s; unpack it before", compression);
	for (unsigned i = 0; i < ARRAY_SIZE(others); i++)
		if (bytes >= others[i].at + (u64)others[i].magic_bytes &&
		    !memcmp(file + others[i].at, others[i].magic, others[i].magic_bytes))
			return refuse(image, "%s", others[i].why);
	if (bytes < IMAGE_HEADER_BYTES)
		return refuse(image, "it has %llu bytes, and an Image begins with a header of %d",
			      bytes, IMAGE_HEADER_BYTES);
	return refuse(image, "it is no arm64 Image, which has \"ARM\\x64\" at byte %d", MAGIC_AT);
}

static bool is_own(const u8 *file, u64 bytes)
{
	return bytes >= OWN_AT + 16 && !memcmp(file + OWN_AT, "Granule", 8);
}

/*
 * The bytes that the file has at least, by what it says itself; 0: it doesn't say. Linux' Image is
 * an EFI program as well, and each of its sections has a place in the file. What would tell it but
 * isn't there tells, too.
 */
static u64 least_bytes(const u8 *file, u64 bytes)
{
	u64 pe = little_endian(file + PE_AT, 4), section, end;
	unsigned sections;

	if (is_own(file, bytes))
		return little_endian(file + OWN_AT + 8, 8);
	if (memcmp(file, "MZ", 2) != 0)
		return 0;
	if (pe > bytes - 24)
		return pe + 24;
	if (memcmp(file + pe, "PE\0", 4) != 0)
		return 0;
	sections = (unsigned)little_endian(file + pe + 6, 2);
	section = pe + 24 + little_endian(file + pe + 20, 2);
	end = section + 40ULL * sections;
	if (end > bytes)
		return end;
	for (; sections--; section += 40)
		end = MAX(end, little_endian(file + section + 16, 4) +
				       little_endian(file + section + 20, 4));
	return end;
}

static int check(struct image *image, u64 flags, u64 least)
{
	if (image->file_bytes < least)
		return refuse(image,
			      "it is cut short: the file has %llu bytes, and by what it says of "
			      "itself %llu",
			      image->file_bytes, least);
	if (!image->image_bytes)
		return refuse(image,
			      "its image_size is 0, as before Linux 3.17: how much memory it "
			      "needs isn't known; take a later kernel");
	if (flags & FLAG_BIG_ENDIAN)
		return refuse(image,
			      "it is a big-endian kernel (flags %#llx, bit 0); take a "
			      "little-endian one",
			      flags);
	if (image->file_bytes > image->image_bytes)
		return refuse(image,
			      "the file has %llu bytes, but by its image_size %llu are all: "
			      "one of them is wrong",
			      image->file_bytes, image->image_bytes);
	if (image->image_bytes > IMAGE_EXTENT_BYTES_MAX ||
	    image->text_offset > IMAGE_EXTENT_BYTES_MAX - image->image_bytes)
		return refuse(image,
			      "its image_size %#llx at text_offset %#llx is more than 48 bits "
			      "of address reach",
			      image->image_bytes, image->text_offset);
	return 0;
}

int image_parse(const void *data, u64 bytes, struct image *image)
{
	static const u8 shifts[] = { 0, 12, 14, 16 };
	const u8 *file = data;
	u64 flags;

	if (bytes < IMAGE_HEADER_BYTES || memcmp(file + MAGIC_AT, "ARM\x64", 4) != 0)
		return refuse_other(image, file, bytes);
	flags = little_endian(file + FLAGS_AT, 8);
	*image = (struct image){
		.file_bytes = bytes,
		.image_bytes = little_endian(file + IMAGE_SIZE_AT, 8),
		.text_offset = little_endian(file + TEXT_OFFSET_AT, 8),
		.granule = granule_by_shift(shifts[FLAGS_GRANULE(flags)]),
		.anywhere = flags & FLAG_ANYWHERE,
		.is_granule = is_own(file, bytes),
	};
	return check(image, flags, least_bytes(file, bytes));
}

int image_check_cpu(struct image *image, u64 id_aa64mmfr0)
{
	char has[GRANULE_LIST_BYTES];

	if (!image->granule || granule_supported(image->granule, id_aa64mmfr0))
		return 0;
	granule_list_supported(id_aa64mmfr0, has);
	snprintf(image->why, sizeof(image->why),
		 "it is built for %s pages, and this CPU has %s; take one that is built for these",
		 image->granule->name, has);
	return -EOPNOTSUPP;
}
