// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reads an initramfs in place. <lib/initramfs.h> has the format and the contract.
 *
 * I1  offset <= bytes, and it only grows. All sums are of 64 bits and their parts of 32, but for
 *     offset and bytes, which are those of memory: none wraps around.
 * I2  A failure leaves all as it was, but for `why`, and for zeros that are passed over.
 */
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <lib/initramfs.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>

/* Sources: RFC 1952 (gzip), RFC 8878 (zstd), the .xz, LZ4 frame, bzip2 and lzop compressions. */
static const struct {
	char name[6];
	u8 magic_bytes;
	u8 magic[6];
} compressions[] = {
	{ "gzip", 2, { 0x1f, 0x8b } },
	{ "xz", 6, { 0xfd, '7', 'z', 'X', 'Z', 0x00 } },
	{ "zstd", 4, { 0x28, 0xb5, 0x2f, 0xfd } },
	{ "lz4", 4, { 0x04, 0x22, 0x4d, 0x18 } },
	{ "lz4", 4, { 0x02, 0x21, 0x4c, 0x18 } }, /* the legacy frame, which Linux takes */
	{ "bzip2", 3, { 'B', 'Z', 'h' } },
	{ "lzma", 3, { 0x5d, 0x00, 0x00 } },
	{ "lzo", 4, { 0x89, 'L', 'Z', 'O' } },
};

const char *initramfs_compression(const void *data, u64 bytes)
{
	for (unsigned i = 0; i < ARRAY_SIZE(compressions); i++)
		if (bytes >= compressions[i].magic_bytes &&
		    !memcmp(data, compressions[i].magic, compressions[i].magic_bytes))
			return compressions[i].name;
	return NULL;
}

#define MAGIC_BYTES  6u
#define DIGITS       8u
#define HEADER_BYTES (MAGIC_BYTES + FIELDS * DIGITS)
#define ALIGNMENT    4u

enum field {
	INODE,
	MODE,
	UID,
	GID,
	LINKS,
	MTIME,
	FILE_SIZE,
	DEVICE_MAJOR,
	DEVICE_MINOR,
	SPECIAL_MAJOR,
	SPECIAL_MINOR,
	NAME_SIZE,
	CHECK,
	FIELDS,
};

static int __printf(3, 4) refuse(struct initramfs *fs, u64 offset, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(fs->why, sizeof(fs->why), format, args);
	va_end(args);
	fs->why_offset = offset;
	return -EINVAL;
}

static void start_over(struct initramfs *fs)
{
	fs->offset = 0;
	fs->archives = 0;
	fs->inside = false;
}

void initramfs_open(struct initramfs *fs, const void *start, u64 bytes)
{
	*fs = (struct initramfs){ .start = start, .bytes = bytes };
}

static u64 bytes_left(const struct initramfs *fs)
{
	return fs->bytes - fs->offset;
}

/* Does what is left begin like this, as far as it goes? */
static bool begins_with(const struct initramfs *fs, const char *magic)
{
	return !memcmp(fs->start + fs->offset, magic, (size_t)MIN(bytes_left(fs), MAGIC_BYTES));
}

/* The end has been reached: may it be here? */
static int check_end(struct initramfs *fs)
{
	if (fs->inside)
		return refuse(fs, fs->bytes,
			      "the archive ends without its TRAILER!!! member: it was cut short");
	if (!fs->archives)
		return refuse(fs, 0,
			      "there is nothing but zeros; make an archive with cpio -o -H newc");
	return -ENOENT;
}

/* Something that isn't zero has been reached: is it the header of a member? */
static int check_header(struct initramfs *fs)
{
	const char *compression = initramfs_compression(fs->start + fs->offset, bytes_left(fs));

	if (compression)
		return refuse(fs, fs->offset,
			      "compressed by %s: only uncompressed cpio is read, so unpack it",
			      compression);
	if (!begins_with(fs, "070701") && !begins_with(fs, "070702"))
		return refuse(fs, fs->offset, "%s; write archives with cpio -o -H newc",
			      begins_with(fs, "070707")
				      ? "this is cpio's old format"
				      : "no header is here, which begins with 070701 or 070702");
	if (!IS_ALIGNED(fs->offset, ALIGNMENT))
		return refuse(fs, fs->offset,
			      "a header is here, but has to be at a multiple of 4 bytes: pad with "
			      "zeros");
	if (bytes_left(fs) < HEADER_BYTES)
		return refuse(fs, fs->bytes, "a header of %u bytes is cut short after %llu",
			      HEADER_BYTES, bytes_left(fs));
	return 0;
}

/* The value of a hex digit, or -1. */
static int digit_value(u8 c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int read_fields(struct initramfs *fs, u32 *field)
{
	static const char names[FIELDS][10] = { "ino",      "mode",      "uid",       "gid",
						"nlink",    "mtime",     "filesize",  "devmajor",
						"devminor", "rdevmajor", "rdevminor", "namesize",
						"check" };
	u64 at = fs->offset + MAGIC_BYTES;

	for (unsigned i = 0; i < FIELDS; i++) {
		field[i] = 0;
		for (unsigned n = 0; n < DIGITS; n++, at++) {
			int digit = digit_value(fs->start[at]);

			if (digit < 0)
				return refuse(fs, at,
					      "the header's %s has to be 8 hex digits, but byte "
					      "%#x is here",
					      names[i], fs->start[at]);
			field[i] = field[i] << 4 | (u32)digit;
		}
	}
	return 0;
}

/* The name of `name_bytes` after the header, its NUL included. */
static int check_name(struct initramfs *fs, u32 name_bytes)
{
	u64 at = fs->offset + HEADER_BYTES;
	u64 size_at = fs->offset + MAGIC_BYTES + NAME_SIZE * DIGITS;

	if (name_bytes > INITRAMFS_NAME_BYTES_MAX)
		return refuse(fs, size_at, "a namesize of %u: the most is %llu, the NUL included",
			      name_bytes, INITRAMFS_NAME_BYTES_MAX);
	if (name_bytes > fs->bytes - at)
		return refuse(fs, fs->bytes, "a name of %u bytes is cut short after %llu",
			      name_bytes, fs->bytes - at);
	if (!name_bytes || fs->start[at + name_bytes - 1] != '\0')
		return refuse(fs, at + name_bytes - !!name_bytes,
			      "a name of namesize %u doesn't end in NUL, which has to be its last "
			      "byte",
			      name_bytes);
	if (!fs->start[at])
		return refuse(fs, at, "a member has an empty name");
	return 0;
}

/* The member at fs->offset, whose header check_header has seen. Moves past it. */
static int read_member(struct initramfs *fs, struct initramfs_file *file)
{
	u32 field[FIELDS];
	u64 name_at = fs->offset + HEADER_BYTES, data_at;
	int err = read_fields(fs, field);

	if (!err)
		err = check_name(fs, field[NAME_SIZE]);
	if (err)
		return err;
	/* Behind the last member, the padding may be missing. */
	data_at = MIN(ALIGN_UP(name_at + field[NAME_SIZE], ALIGNMENT), fs->bytes);
	if (field[FILE_SIZE] > fs->bytes - data_at)
		return refuse(fs, fs->bytes, "data of %u bytes are cut short after %llu",
			      field[FILE_SIZE], fs->bytes - data_at);
	*file = (struct initramfs_file){
		.name = (const char *)fs->start + name_at,
		.data = fs->start + data_at,
		.bytes = field[FILE_SIZE],
		.offset = fs->offset,
		.mode = field[MODE],
		.links = field[LINKS],
		.inode = field[INODE],
		.device_major = field[DEVICE_MAJOR],
		.device_minor = field[DEVICE_MINOR],
		.sum = field[CHECK],
		.has_sum = begins_with(fs, "070702") && field[FILE_SIZE] &&
			   (field[MODE] & INITRAMFS_TYPE) == INITRAMFS_REGULAR,
	};
	fs->offset = MIN(ALIGN_UP(data_at + field[FILE_SIZE], ALIGNMENT), fs->bytes);
	return 0;
}

int initramfs_next(struct initramfs *fs, struct initramfs_file *file)
{
	int err;

	do {
		while (bytes_left(fs) && !fs->start[fs->offset])
			fs->offset++;
		err = bytes_left(fs) ? check_header(fs) : check_end(fs);
		if (!err)
			err = read_member(fs, file);
		if (err)
			return err;
		fs->archives += !fs->inside;
		fs->inside = strcmp(file->name, "TRAILER!!!") != 0;
	} while (!fs->inside);
	file->archive = fs->archives;
	return 0;
}

bool initramfs_sum_is_right(const struct initramfs_file *file)
{
	const u8 *data = file->data;
	u32 sum = 0;

	for (u64 i = 0; file->has_sum && i < file->bytes; i++)
		sum += data[i];
	return !file->has_sum || sum == file->sum;
}

/* A path without what doesn't count at its beginning. */
static const char *plain_path(const char *path)
{
	while (path[0] == '/' || (path[0] == '.' && path[1] == '/'))
		path++;
	return path;
}

/* The last member of this name, of any type. */
static int find_last(struct initramfs *fs, const char *path, struct initramfs_file *file)
{
	struct initramfs_file member;
	bool found = false;
	int err;

	start_over(fs);
	while (!(err = initramfs_next(fs, &member))) {
		if (strcmp(plain_path(member.name), path) != 0)
			continue;
		*file = member;
		found = true;
	}
	return err == -ENOENT && found ? 0 : err;
}

static bool same_file(const struct initramfs_file *a, const struct initramfs_file *b)
{
	return a->archive == b->archive && a->inode == b->inode &&
	       a->device_major == b->device_major && a->device_minor == b->device_minor;
}

/* What the last member with data of this file has, under whichever name. */
static int take_shared_data(struct initramfs *fs, struct initramfs_file *file)
{
	struct initramfs_file member;
	int err;

	start_over(fs);
	while (!(err = initramfs_next(fs, &member))) {
		if (!member.bytes || member.links < 2 || !same_file(&member, file) ||
		    (member.mode & INITRAMFS_TYPE) != INITRAMFS_REGULAR)
			continue;
		file->data = member.data;
		file->bytes = member.bytes;
		file->sum = member.sum;
		file->has_sum = member.has_sum;
	}
	return err == -ENOENT ? 0 : err;
}

/* Refuse what has no data of its own. */
static int check_type(struct initramfs *fs, const struct initramfs_file *file)
{
	switch (file->mode & INITRAMFS_TYPE) {
	case INITRAMFS_REGULAR:
		return 0;
	case INITRAMFS_SYMLINK:
		return refuse(fs, file->offset,
			      "it is a symbolic link, which is not followed: name the file that it "
			      "points to");
	case INITRAMFS_DIRECTORY:
		return refuse(fs, file->offset, "it is a directory: name a file in it");
	default:
		return refuse(fs, file->offset, "it is neither file nor directory (mode %#o)",
			      file->mode);
	}
}

int initramfs_find(struct initramfs *fs, const char *path, struct initramfs_file *file)
{
	struct initramfs_file found;
	int err = find_last(fs, plain_path(path), &found);

	if (!err)
		err = check_type(fs, &found);
	if (!err && found.links > 1)
		err = take_shared_data(fs, &found);
	if (!err && !initramfs_sum_is_right(&found))
		err = refuse(fs, found.offset,
			     "the data don't add up to %#x, as the header says: they are damaged",
			     found.sum);
	if (!err)
		*file = found;
	start_over(fs);
	return err;
}
