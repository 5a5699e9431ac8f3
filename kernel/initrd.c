// SPDX-License-Identifier: BSD-2-Clause
/* Files of the initial ramdisk, with words for what can be wrong: see <kernel/initrd.h>. */
#include <kernel/errno.h>
#include <kernel/initrd.h>
#include <kernel/printk.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>
#include <mm/mm_init.h>

const char *initrd_printable(char buf[INITRD_SHOWN_BYTES], const char *text, u64 len)
{
	size_t at = 0;

	for (u64 i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		/* Room for one more and the dots. */
		if (at + sizeof("\\xNN...") > INITRD_SHOWN_BYTES) {
			snprintf(buf + at, INITRD_SHOWN_BYTES - at, "...");
			return buf;
		}
		at += (size_t)scnprintf(buf + at, INITRD_SHOWN_BYTES - at,
					c >= ' ' && c < 0x7f && c != '\\' ? "%c" : "\\x%02x", c);
	}
	buf[at] = '\0';
	return buf;
}

int initrd_open(struct initramfs *fs)
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

int initrd_print_fault(const struct initramfs *fs)
{
	printk("initrd: at byte %llu of %llu: %s\n", fs->why_offset, fs->bytes, fs->why);
	return -EINVAL;
}

int initrd_find(const char *who, const char *name, struct initramfs_file *file)
{
	char shown[INITRD_SHOWN_BYTES];
	struct initramfs fs;
	int err = initrd_open(&fs);

	if (err)
		return err;
	err = initramfs_find(&fs, name, file);
	if (err == -ENOENT)
		printk("%s: %s: no such file in the initrd; `files` lists what there is\n", who,
		       initrd_printable(shown, name, strlen(name)));
	return err && err != -ENOENT ? initrd_print_fault(&fs) : err;
}
