// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel as a program of UEFI firmware: a table of contents.
 *
 * Firmware loads the Image where it likes, at a multiple of 4 KiB, and describes the machine in its
 * own ways. The stub makes of that what the boot protocol promises: a copy of the Image at a
 * multiple of 2 MiB, MMU off, and a devicetree with command line, initrd, seeds and memory. Nothing
 * after it knows that there was firmware.
 */
#include "inside.h"

#include <arch/layout.h>
#include <arch/sections.h>
#include <lib/string.h>

static const struct efi_guid loaded_image = {
	0x5b1b31a1, 0x9562, 0x11d2, { 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b }
};

static const struct efi_guid device_path = {
	0x09576e91, 0x6d3f, 0x11d2, { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b }
};
static const struct efi_guid qemu_kernel = {
	0x1428f772, 0xb64a, 0x441e, { 0xb8, 0xc3, 0x9e, 0xbd, 0xd7, 0xf8, 0x93, 0xc7 }
};

/* The Image's copy where the boot protocol wants it, with room for what the file doesn't hold. */
static efi_status __init copy_image(struct efi *e)
{
	u64 bytes = image_offset(_end);

	e->kernel = efi_alloc(e, bytes, IMAGE_ALIGN);
	if (!e->kernel)
		return efi_refuse(e, EFI_OUT_OF_RESOURCES,
				  "no %llu KiB of memory at a multiple of 2 MiB for the kernel",
				  bytes / KiB);
	memcpy(e->kernel, _text, image_offset(_edata));
	return EFI_SUCCESS;
}

/* Up to the end of boot services: returns only if it can't go on, and has said why. */
static efi_status __init start(struct efi *e)
{
	efi_status status;

	status = e->boot->handle_protocol(e->image, &loaded_image, (void **)&e->loaded);
	if (status)
		return efi_refuse(
			e, status,
			"firmware has no loaded-image protocol for this program: status %#llx",
			status);
	if ((status = efi_read_cmdline(e)) || (status = efi_read_initrd(e)) ||
	    (status = copy_image(e)) || (status = efi_read_map(e)) || (status = efi_make_tree(e)))
		return status;

	status = efi_exit_boot_services(e);
	if (status)
		return efi_refuse(e, status, "firmware doesn't end its boot services: status %#llx",
				  status);
	efi_finish_tree(e);
	efi_jump(e->kernel, image_offset(_edata), e->fdt, e->fdt_bytes);
}

/*
 * QEMU's `-kernel`: firmware starts the program from a volume of QEMU's own, nobody reads what it
 * returns, and the shell that follows finds nothing to run.
 */
static bool __init is_from_qemu(const struct efi *e)
{
	const struct efi_device_path *path;

	return e->loaded && e->loaded->device &&
	       !e->boot->handle_protocol(e->loaded->device, &device_path, (void **)&path) &&
	       path->type == EFI_PATH_MEDIA && path->subtype == EFI_PATH_VENDOR &&
	       path->bytes >= sizeof(*path) + sizeof(qemu_kernel) &&
	       !memcmp(path + 1, &qemu_kernel, sizeof(qemu_kernel));
}

efi_status __init efi_main(efi_handle image, struct efi_system_table *system)
{
	struct efi e = { .image = image, .system = system, .boot = system->boot };
	efi_status status = start(&e);

	if (is_from_qemu(&e)) {
		efi_print(&e, "verdict: fail\n");
		system->runtime->reset_system(EFI_RESET_SHUTDOWN, status, 0, NULL);
	}
	return status;
}
