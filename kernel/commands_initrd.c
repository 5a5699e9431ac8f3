// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's commands about what the loader brought along: `files` and `image`. */
#include <arch/boot.h>
#include <kernel/errno.h>
#include <kernel/image.h>
#include <kernel/initramfs.h>
#include <kernel/monitor.h>
#include <kernel/printk.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>
#include <mm/mm_init.h>

/* So much of a text that comes from outside is shown: two of them fit into PRINTK_BYTES. */
#define SHOWN_BYTES 128

/* The text, of `len`, in printable characters: others as \xNN, and a cut as dots. */
static const char *printable(char *buf, const char *text, u64 len)
{
	size_t at = 0;

	for (u64 i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		/* Room for one more and the dots. */
		if (at + sizeof("\\xNN...") > SHOWN_BYTES) {
			snprintf(buf + at, SHOWN_BYTES - at, "...");
			return buf;
		}
		at += (size_t)scnprintf(buf + at, SHOWN_BYTES - at,
					c >= ' ' && c < 0x7f && c != '\\' ? "%c" : "\\x%02x", c);
	}
	buf[at] = '\0';
	return buf;
}

static int open_initrd(struct initramfs *fs)
{
	u64 bytes;
	const void *start = mm_init_initrd(&bytes);

	if (!start) {
		printk("initrd: there is none; the boot loader has to hand one over (QEMU: "
		       "-initrd)\n");
		return -ENOENT;
	}
	initramfs_open(fs, start, bytes);
	return 0;
}

static int print_fault(const struct initramfs *fs)
{
	printk("initrd: at byte %llu of %llu: %s\n", fs->why_offset, fs->bytes, fs->why);
	return -EINVAL;
}

/* One line for a member: 100755      123456 bin/tool */
static void print_member(const struct initramfs_file *file)
{
	char name[SHOWN_BYTES], target[SHOWN_BYTES];
	bool link = (file->mode & INITRAMFS_TYPE) == INITRAMFS_SYMLINK;

	printk("%06o %11llu %s%s%s\n", file->mode, file->bytes,
	       printable(name, file->name, strlen(file->name)), link ? " -> " : "",
	       link ? printable(target, file->data, file->bytes) : "");
}

COMMAND(files, "", "what is in the initrd: mode, bytes, name")
{
	struct initramfs_file file;
	struct initramfs fs;
	u64 members = 0, bytes = 0, damaged = 0;
	int err = open_initrd(&fs);

	(void)argc, (void)argv;
	if (err)
		return err;
	while (!(err = initramfs_next(&fs, &file))) {
		print_member(&file);
		members++;
		bytes += file.bytes;
		if (initramfs_sum_is_right(&file))
			continue;
		printk("initrd: at byte %llu of %llu: the data of this one don't add up to %#x\n",
		       file.offset, fs.bytes, file.sum);
		damaged++;
	}
	if (err != -ENOENT)
		return print_fault(&fs);
	printk("initrd: %llu member%s with %llu bytes of data, in %u archive%s of %llu bytes\n",
	       members, members == 1 ? "" : "s", bytes, fs.archives, fs.archives == 1 ? "" : "s",
	       fs.bytes);
	return damaged ? -EINVAL : 0;
}

static void print_image(const char *name, const struct image *image)
{
	printk("image: %s: an Image of %llu bytes, which needs %llu bytes at %#llx from a 2 MiB "
	       "aligned base %s; page size %s\n",
	       name, image->file_bytes, image->image_bytes, image->text_offset,
	       image->anywhere ? "anywhere" : "as low in RAM as can be",
	       image->granule ? image->granule->name : "unspecified");
}

COMMAND(image, "NAME", "the header of an arm64 Image in the initrd")
{
	char name[SHOWN_BYTES];
	struct initramfs_file file;
	struct image image;
	struct initramfs fs;
	int err;

	if (argc != 2) {
		printk("image: write image NAME; `files` lists the names\n");
		return -EINVAL;
	}
	printable(name, argv[1], strlen(argv[1]));
	err = open_initrd(&fs);
	if (err)
		return err;
	err = initramfs_find(&fs, argv[1], &file);
	if (err == -ENOENT)
		printk("image: %s: no such file in the initrd; `files` lists what there is\n",
		       name);
	if (err)
		return err == -ENOENT ? err : print_fault(&fs);
	err = image_parse(file.data, file.bytes, &image);
	if (!err) {
		print_image(name, &image);
		err = image_check_cpu(&image, boot_info.id_aa64mmfr0);
	}
	if (err)
		printk("image: %s: %s\n", name, image.why);
	return err;
}
