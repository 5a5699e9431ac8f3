// SPDX-License-Identifier: BSD-2-Clause
/*
 * The command line: the load options, UCS-2 of whatever length says so; a NUL may end them, or
 * none.
 *
 * The shell's begin with the program's name; who starts programs in other ways (firmware's boot
 * entries, GRUB, QEMU) puts none before them.
 *
 * Source: UEFI Specification 2.10, 9.1 "EFI Loaded Image Protocol"; UEFI Shell Specification 2.2,
 * "EFI_SHELL_PARAMETERS_PROTOCOL".
 */
#include "inside.h"

#include <lib/cmdline.h>
#include <lib/devicetree.h>

/* GRUB's first word: the file that it loaded. Nothing follows from it. */
CMDLINE_OPTION(boot_image, "BOOT_IMAGE");

static const struct efi_guid shell_parameters = {
	0x752f3136, 0x4e16, 0x4fdc, { 0xa2, 0x2a, 0xe5, 0xf4, 0x68, 0x12, 0xf4, 0xca }
};

#define CHARACTERS_MOST (DEVICETREE_BYTES_MAX / 4)

static bool is_blank(efi_char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Where the arguments begin: after the program's name, which may be in quotes. */
static u64 __init after_name(const efi_char *text, u64 n)
{
	bool quoted = false;
	u64 i = 0;

	while (i < n && is_blank(text[i]))
		i++;
	for (; i < n && text[i] && (quoted || !is_blank(text[i])); i++) {
		if (text[i] == '"')
			quoted = !quoted;
	}
	return i;
}

/* One character as UTF-8; half of a surrogate pair becomes a question mark, as what UCS-2 lacks. */
static char *__init put_utf8(char *to, efi_char c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c >= 0xd800 && c < 0xe000) {
		*to++ = '?';
	} else {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

efi_status __init efi_read_cmdline(struct efi *e)
{
	const efi_char *options = e->loaded->options;
	u64 n = options ? e->loaded->options_bytes / sizeof(*options) : 0, i = 0;
	void *shell;
	char *to;

	if (n > CHARACTERS_MOST)
		return efi_refuse(e, EFI_INVALID_PARAMETER,
				  "load options of %llu characters, which no devicetree has room "
				  "for",
				  n);
	/* Three bytes of UTF-8 for each, and the NUL. */
	e->cmdline = to = efi_alloc(e, 3 * n + 1, EFI_PAGE_BYTES);
	if (!to)
		return efi_refuse(e, EFI_OUT_OF_RESOURCES,
				  "no memory for load options of %llu characters", n);
	if (!e->boot->handle_protocol(e->image, &shell_parameters, &shell))
		i = after_name(options, n);
	while (i < n && is_blank(options[i]))
		i++;
	for (; i < n && options[i]; i++)
		to = put_utf8(to, options[i]);
	while (to > e->cmdline && is_blank((u8)to[-1]))
		to--;
	*to = '\0';
	return EFI_SUCCESS;
}
