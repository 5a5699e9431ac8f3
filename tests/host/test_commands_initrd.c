// SPDX-License-Identifier: BSD-2-Clause
/*
 * The prompt's `files` and `image`: what they print of which initrd, and what they return.
 *
 * Sources: kernel/show/initrd_command.c kernel/kexec/initrd.c lib/initramfs.c kernel/kexec/image.c
 * Sources: kernel/prompt/completion.c lib/vsnprintf.c lib/string.c
 * Sources: arch/arm64/table/granule.c tests/host/archive.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <arch/boot.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <lib/printk.h>
#include <mm/boot_memory.h>

#include "archive.h"

extern const struct monitor_command command_entry_files, command_entry_image;

struct boot_info boot_info;
static struct archive a;
static char printed[8192];

const void *boot_memory_initrd(u64 *bytes)
{
	*bytes = a.size;
	return a.size ? a.bytes : NULL;
}

static void listen(const char *text)
{
	size_t used = strlen(printed);

	assert_true(used + strlen(text) < sizeof(printed));
	strcpy(printed + used, text);
}

static void gives(const struct monitor_command *command, const char *argument, int err,
		  const char *text)
{
	char word[600];
	char *argv[] = { NULL, word };

	snprintf(word, sizeof(word), "%s", argument ? argument : "");
	printed[0] = '\0';
	host_printk_hook = listen;
	assert_int_equal(command->run(argument ? 2 : 1, argv), err);
	assert_string_equal(printed, text);
}

static void files(void **state)
{
	(void)state;
	a.size = 0;
	gives(&command_entry_files, NULL, -ENOENT,
	      "initrd: there is none; the boot loader has to hand one over (QEMU: -initrd)\n");
	archive_add(&a, &(struct archive_member){ .name = "bin", .mode = 040755 });
	archive_add(&a,
		    &(struct archive_member){ .name = "bin/one", .data = "abc", .mode = 0104755 });
	archive_add(&a,
		    &(struct archive_member){ .name = "link", .data = "bin/one", .mode = 0120777 });
	archive_end(&a);
	gives(&command_entry_files, NULL, 0,
	      "040755           0 bin\n"
	      "104755           3 bin/one\n"
	      "120777           7 link -> bin/one\n"
	      "initrd: 3 members with 10 bytes of data, in 1 archive of 488 bytes\n");
	archive_add(&a, &(struct archive_member){ .name = "sum", .data = "abc", .format = '2' });
	archive_end(&a);
	a.bytes[a.size - 128] = 'b';
	gives(&command_entry_files, NULL, -EINVAL,
	      "040755           0 bin\n"
	      "104755           3 bin/one\n"
	      "120777           7 link -> bin/one\n"
	      "100644           3 sum\n"
	      "initrd: at byte 488 of 732: the data of this one don't add up to 0x126\n"
	      "initrd: 4 members with 13 bytes of data, in 2 archives of 732 bytes\n");
	a.size = 120;
	gives(&command_entry_files, NULL, -EINVAL,
	      "040755           0 bin\n"
	      "initrd: at byte 120 of 120: a header of 110 bytes is cut short after 4\n");
}

/* What a terminal would obey is spelt out, and what is long is cut. */
static void strange_names(void **state)
{
	char name[601], line[640];

	(void)state;
	a.size = 0;
	archive_add(&a, &(struct archive_member){ .name = "\x1b[2J\\\xc3\xa4\x7f\n" });
	archive_end(&a);
	gives(&command_entry_files, NULL, 0,
	      "100644           0 \\x1b[2J\\\xc3\xa4\\x7f\\x0a\n"
	      "initrd: 1 member with 0 bytes of data, in 1 archive of 244 bytes\n");
	/* longer than a line: cut, as printk cuts */
	memset(name, 'n', 600);
	name[600] = '\0';
	a.size = 0;
	archive_add(&a, &(struct archive_member){ .name = name });
	archive_end(&a);
	gives(&command_entry_image, "none", -ENOENT,
	      "image: none: no such file in the initrd; `files` lists what there is\n");
	printed[0] = '\0';
	assert_int_equal(command_entry_files.run(1, NULL), 0);
	snprintf(line, sizeof(line), "100644           0 %s", name);
	assert_memory_equal(printed, line, PRINTK_BYTES - 1);
}

static void add_image(const char *name, u8 flags)
{
	char file[64] = { [10] = 1, [17] = 1, [24] = (char)flags }; /* text_offset, image_size */

	memcpy(file + 56, "ARM\x64", 4);
	archive_add(&a,
		    &(struct archive_member){ .name = name, .data = file, .size = sizeof(file) });
}

static void image(void **state)
{
	(void)state;
	boot_info.id_aa64mmfr0 = 0x1124; /* 4k,64k */
	a.size = 0;
	gives(&command_entry_image, "Image", -ENOENT,
	      "initrd: there is none; the boot loader has to hand one over (QEMU: -initrd)\n");
	gives(&command_entry_image, NULL, -EINVAL,
	      "image: write image NAME; `files` lists the names\n");
	add_image("Image", 8);
	add_image("low", 4);
	archive_add(&a, &(struct archive_member){ .name = "text", .data = "text" });
	archive_add(&a,
		    &(struct archive_member){ .name = "link", .data = "Image", .mode = 0120777 });
	archive_end(&a);
	gives(&command_entry_image, "/Image", 0,
	      "image: /Image: an Image of 64 bytes, which needs 256 bytes at 0x10000 from a 2 MiB "
	      "aligned base anywhere; page size unspecified\n");
	gives(&command_entry_image, "low", -EOPNOTSUPP,
	      "image: low: an Image of 64 bytes, which needs 256 bytes at 0x10000 from a 2 MiB "
	      "aligned base as low in RAM as can be; page size 16k\n"
	      "image: low: it is built for 16k pages, and this CPU has 4k,64k; take one that is "
	      "built for these\n");
	gives(&command_entry_image, "text", -EINVAL,
	      "image: text: it has 4 bytes, and an Image begins with a header of 64\n");
	gives(&command_entry_image, "link", -EINVAL,
	      "initrd: at byte 480 of 728: it is a symbolic link, which is not followed: name the "
	      "file that it points to\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(strange_names),
		cmocka_unit_test(image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
