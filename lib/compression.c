// SPDX-License-Identifier: BSD-2-Clause
/* Compressed data, told by how it begins. The contract is in the header. */
#include <kernel/compiler.h>
#include <lib/compression.h>
#include <lib/string.h>

/* Sources: RFC 1952 (gzip), RFC 8878 (zstd), the .xz, LZ4 frame, bzip2 and lzop formats. */
static const struct {
	char name[6];
	u8 magic_bytes;
	u8 magic[6];
} formats[] = {
	{ "gzip", 2, { 0x1f, 0x8b } },
	{ "xz", 6, { 0xfd, '7', 'z', 'X', 'Z', 0x00 } },
	{ "zstd", 4, { 0x28, 0xb5, 0x2f, 0xfd } },
	{ "lz4", 4, { 0x04, 0x22, 0x4d, 0x18 } },
	{ "lz4", 4, { 0x02, 0x21, 0x4c, 0x18 } }, /* the legacy frame, which Linux takes */
	{ "bzip2", 3, { 'B', 'Z', 'h' } },
	{ "lzma", 3, { 0x5d, 0x00, 0x00 } },
	{ "lzo", 4, { 0x89, 'L', 'Z', 'O' } },
};

const char *compression_name(const void *data, u64 bytes)
{
	for (unsigned i = 0; i < ARRAY_SIZE(formats); i++)
		if (bytes >= formats[i].magic_bytes &&
		    !memcmp(data, formats[i].magic, formats[i].magic_bytes))
			return formats[i].name;
	return NULL;
}
