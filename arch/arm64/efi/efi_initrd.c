// SPDX-License-Identifier: BSD-2-Clause
/*
 * The initrd: from whoever offers one by Linux's media GUID (QEMU, the shell's `initrd`), else the
 * file that `initrd=` names, on the volume that the kernel came from, else what GRUB put in the
 * tree that it hands over (efi_tree.c leaves that alone).
 *
 * Source: UEFI Specification 2.10, 13.2 "Load File 2 Protocol", 13.4 and 13.5; Linux, "EFI stub",
 * for the GUID.
 */
#include "inside.h"

#include <lib/cmdline.h>

CMDLINE_OPTION(initrd, "initrd");

static const struct efi_guid load_file2 = {
	0x4006c0c1, 0xfcb3, 0x403e, { 0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d }
};
static const struct efi_guid file_system = {
	0x964e5b22, 0x6459, 0x11d2, { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b }
};

/* A device path of one node, Linux's initrd, and its end. */
static const struct __packed {
	struct efi_device_path vendor;
	struct efi_guid guid;
	struct efi_device_path end;
} linux_initrd = {
	.vendor = { EFI_PATH_MEDIA, EFI_PATH_VENDOR, 20 },
	.guid = { 0x5568e427, 0x68fc, 0x4f3d, { 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 } },
	.end = { 0x7f, 0xff, 4 },
};

#define NAME_MOST 255

static efi_status __init take_room(struct efi *e, u64 bytes)
{
	e->initrd_bytes = bytes;
	e->initrd = bytes ? efi_alloc(e, bytes, EFI_PAGE_BYTES) : NULL;
	return bytes && !e->initrd ? efi_refuse(e, EFI_OUT_OF_RESOURCES,
						"no memory for an initrd of %llu KiB", bytes / KiB)
				   : EFI_SUCCESS;
}

/* True if someone offers one; *status says what came of it. */
static bool __init from_media(struct efi *e, efi_status *status)
{
	void *path = (void *)(uintptr_t)&linux_initrd;
	struct efi_load_file2 *file;
	efi_handle handle;
	u64 bytes = 0;

	if (e->boot->locate_device_path(&load_file2, &path, &handle) ||
	    e->boot->handle_protocol(handle, &load_file2, (void **)&file))
		return false;
	*status = file->load(file, path, false, &bytes, NULL);
	if (*status != EFI_BUFFER_TOO_SMALL) {
		if (*status && *status != EFI_NOT_FOUND)
			efi_refuse(e, *status, "the initrd's size can't be read: status %#llx",
				   *status);
		else
			*status = EFI_SUCCESS;
		return true;
	}
	*status = take_room(e, bytes);
	if (!*status && (*status = file->load(file, path, false, &bytes, e->initrd)))
		efi_refuse(e, *status, "the initrd can't be read: status %#llx", *status);
	e->initrd_bytes = MIN(e->initrd_bytes, bytes); /* it may be less after all */
	return true;
}

/* One character of UTF-8, as efi_cmdline.c made it of UCS-2. Returns its bytes. */
static size_t __init take_utf8(const char *text, size_t bytes, efi_char *c)
{
	u32 first = (u8)text[0];
	size_t more = first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;

	if (more >= bytes)
		more = 0;
	*c = (efi_char)(more == 2 ? first & 0xf : more == 1 ? first & 0x1f : first);
	for (size_t i = 1; i <= more; i++)
		*c = (efi_char)(*c << 6 | (text[i] & 0x3f));
	return 1 + more;
}

/* The name as firmware writes it: UCS-2, and backslashes. */
static bool __init widen(efi_char *to, const struct cmdline_option *name)
{
	size_t n = 0;

	if (name->value_len > NAME_MOST)
		return false;
	for (size_t i = 0; i < name->value_len; n++) {
		i += take_utf8(name->value + i, name->value_len - i, &to[n]);
		if (to[n] == '/')
			to[n] = '\\';
	}
	to[n] = 0;
	return true;
}

static efi_status __init read_file(struct efi *e, struct efi_file *file)
{
	efi_status status;
	u64 bytes = 0;

	if ((status = file->set_position(file, EFI_FILE_END)) ||
	    (status = file->get_position(file, &bytes)) || (status = file->set_position(file, 0)))
		return status;
	status = take_room(e, bytes);
	if (status || !bytes)
		return status;
	status = file->read(file, &bytes, e->initrd);
	return !status && bytes != e->initrd_bytes ? EFI_LOAD_ERROR : status;
}

static efi_status __init from_file(struct efi *e, const struct cmdline_option *name)
{
	struct efi_file_system *volume;
	struct efi_file *root, *file;
	efi_char wide[NAME_MOST + 1];
	efi_status status;

	if (!widen(wide, name))
		return efi_refuse(e, EFI_INVALID_PARAMETER,
				  "initrd= names a file with more than %u characters", NAME_MOST);
	if (!e->loaded->device ||
	    (status =
		     e->boot->handle_protocol(e->loaded->device, &file_system, (void **)&volume)) ||
	    (status = volume->open_volume(volume, &root)))
		return efi_refuse(e, EFI_UNSUPPORTED,
				  "initrd=%.*s: the kernel came from no volume that has files",
				  (int)name->value_len, name->value);
	status = root->open(root, &file, wide, EFI_FILE_READ, 0);
	if (!status) {
		status = read_file(e, file);
		file->close(file);
	}
	root->close(root);
	if (status)
		return efi_refuse(e, status, "initrd=%.*s: the file can't be read: status %#llx",
				  (int)name->value_len, name->value, status);
	return EFI_SUCCESS;
}

efi_status __init efi_read_initrd(struct efi *e)
{
	struct cmdline_option name;
	efi_status status = EFI_SUCCESS;

	if (from_media(e, &status))
		return status;
	if (cmdline_find_last(e->cmdline, "initrd", &name) && name.value_len)
		return from_file(e, &name);
	return EFI_SUCCESS;
}
