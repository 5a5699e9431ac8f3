// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's commands about what the loader brought along: `files` and `image`. */
#include <arch/boot.h>
#include <kernel/completion.h>
#include <kernel/errno.h>
#include <kernel/image.h>
#include <kernel/initrd.h>
#include <kernel/monitor.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/boot_memory.h>

/* One line for a member: 100755      123456 bin/tool */
static void print_member(const struct initramfs_file *file)
{
	bool link = (file->mode & INITRAMFS_TYPE) == INITRAMFS_SYMLINK;

	printk("%06o %11llu %s%s%.*s\n", file->mode, file->bytes, file->name, link ? " -> " : "",
	       link ? (int)MIN(file->bytes, (u64)PRINTK_BYTES) : 0, (const char *)file->data);
}

COMMAND(files, "", "what is in the initrd: mode, bytes, name")
{
	struct initramfs_file file;
	struct initramfs fs;
	u64 members = 0, bytes = 0, damaged = 0;
	int err = initrd_open(&fs);

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
		return initrd_print_fault(&fs);
	printk("initrd: %llu member%s with %llu bytes of data, in %u archive%s of %llu bytes\n",
	       members, members == 1 ? "" : "s", bytes, fs.archives, fs.archives == 1 ? "" : "s",
	       fs.bytes);
	return damaged ? -EINVAL : 0;
}

static void print_image(const char *name, const struct image *image)
{
	printk("image: %.128s: an Image of %llu bytes, which needs %llu bytes at %#llx from a "
	       "2 MiB aligned base %s; page size %s\n",
	       name, image->file_bytes, image->image_bytes, image->text_offset,
	       image->anywhere ? "anywhere" : "as low in RAM as can be",
	       image->granule ? image->granule->name : "unspecified");
}

/* Names of files, as `image` and `kexec` want them. */
COMPLETER(FILE)
{
	struct initramfs_file file;
	struct initramfs fs;
	u64 bytes;
	const void *start = boot_memory_initrd(&bytes);

	if (!start)
		return;
	initramfs_open(&fs, start, bytes);
	while (!initramfs_next(&fs, &file))
		if ((file.mode & INITRAMFS_TYPE) == INITRAMFS_REGULAR)
			completion_offer(c, file.name);
}

COMMAND(image, "FILE", "the header of an arm64 Image in the initrd")
{
	struct initramfs_file file;
	struct image image;
	int err;

	if (argc != 2) {
		printk("image: write image NAME; `files` lists the names\n");
		return -EINVAL;
	}
	err = initrd_find("image", argv[1], &file);
	if (err)
		return err;
	err = image_parse(file.data, file.bytes, &image);
	if (!err) {
		print_image(argv[1], &image);
		err = image_check_cpu(&image, boot_info.id_aa64mmfr0);
	}
	if (err)
		printk("image: %.128s: %s\n", argv[1], image.why);
	return err;
}
