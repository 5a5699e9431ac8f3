// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any bytes as an Image, at an odd address in memory of exactly their size: what is accepted keeps
 * the header's promises, what isn't is all zeros and a reason.
 *
 * Sources: kernel/kexec/image.c lib/initramfs.c arch/arm64/table/granule.c lib/string.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kernel/errno.h>
#include <kernel/image.h>

#include "fuzz.h"

static void check_refused(const struct image *image)
{
	static const struct image zero;

	REQUIRE(!memcmp(image, &zero, offsetof(struct image, why)));
	REQUIRE(image->why[0] && strlen(image->why) < sizeof(image->why) - 1);
}

static void check_accepted(struct image *image, const u8 *file, size_t size)
{
	u64 flags = file[24];
	u64 id;
	int err;

	REQUIRE(size >= IMAGE_HEADER_BYTES && !memcmp(file + 56, "ARM\x64", 4));
	REQUIRE(image->file_bytes == size && image->image_bytes >= size);
	REQUIRE(image->text_offset + image->image_bytes <= IMAGE_EXTENT_BYTES_MAX);
	REQUIRE(!(flags & 1) && image->anywhere == (flags >> 3 & 1));
	REQUIRE((image->granule ? (image->granule->shift - 10u) / 2 : 0) == (flags >> 1 & 3));
	REQUIRE(!image->why[0]);
	memcpy(&id, file + 32, sizeof(id)); /* reserved: any ID register */
	err = image_check_cpu(image, id);
	REQUIRE(!err == (!image->granule || granule_supported(image->granule, id)));
	REQUIRE(!err || (err == -EOPNOTSUPP && strstr(image->why, image->granule->name)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u8 *memory = malloc(size + 1), *copy = memory + 1;
	struct image image;
	int err;

	REQUIRE(memory);
	if (size)
		memcpy(copy, data, size);
	memset(&image, 0x5a, sizeof(image));
	err = image_parse(copy, size, &image);
	REQUIRE(!err || err == -EINVAL);
	if (err)
		check_refused(&image);
	else
		check_accepted(&image, copy, size);
	REQUIRE(!size || !memcmp(copy, data, size));
	free(memory);
	return 0;
}
