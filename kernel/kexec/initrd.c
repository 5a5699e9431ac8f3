// SPDX-License-Identifier: BSD-2-Clause
/* Files of the initial ramdisk, with words for what can be wrong: see <kernel/initrd.h>. */
#include <kernel/errno.h>
#include <kernel/initrd.h>
#include <lib/printk.h>
#include <mm/boot_memory.h>

int initrd_open(struct initramfs *fs)
{
	u64 bytes;
	const void *start = boot_memory_initrd(&bytes);

	if (!start) {
		printk("initrd: there is none; the boot loader has to hand one over (QEMU: "
		       "-initrd)\n");
		return -ENOENT;
	}
	initramfs_open(fs, start, bytes);
	return 0;
}

int initrd_print_fault(const struct initramfs *fs)
{
	printk("initrd: at byte %llu of %llu: %s\n", fs->why_offset, fs->bytes, fs->why);
	return -EINVAL;
}

int initrd_find(const char *who, const char *name, struct initramfs_file *file)
{
	struct initramfs fs;
	int err = initrd_open(&fs);

	if (err)
		return err;
	err = initramfs_find(&fs, name, file);
	if (err == -ENOENT)
		printk("%s: %.128s: no such file in the initrd; `files` lists what there is\n", who,
		       name);
	return err && err != -ENOENT ? initrd_print_fault(&fs) : err;
}
