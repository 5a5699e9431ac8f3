// SPDX-License-Identifier: BSD-2-Clause
/* <fake_firmware.h> has the contracts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_firmware.h"

#define HELD_MOST 64

struct firmware firmware;
int firmware_image;

static int device, media;
static struct {
	void *memory;
	u64 pages;
} held[HELD_MOST];
static unsigned held_count;
static u64 key = 1;

static const struct efi_guid known[] = {
	{ 0x5b1b31a1, 0x9562, 0x11d2, { 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b } },
	{ 0x752f3136, 0x4e16, 0x4fdc, { 0xa2, 0x2a, 0xe5, 0xf4, 0x68, 0x12, 0xf4, 0xca } },
	{ 0x4006c0c1, 0xfcb3, 0x403e, { 0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d } },
	{ 0x964e5b22, 0x6459, 0x11d2, { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b } },
	{ 0x3152bca5, 0xeade, 0x433d, { 0x86, 0x2e, 0xc0, 0x1c, 0xdc, 0x29, 0x1f, 0x44 } },
	{ 0x09576e91, 0x6d3f, 0x11d2, { 0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b } },
};
enum { LOADED_IMAGE, SHELL, LOAD_FILE2, FILE_SYSTEM, RNG, DEVICE_PATH };

static bool is(const struct efi_guid *guid, int which)
{
	return !memcmp(guid, &known[which], sizeof(*guid));
}

/* Each call counts, and may be the one that fails. */
static bool fails(void)
{
	firmware.asked_late |= firmware.exited;
	return firmware.calls++ == firmware.fail_at;
}

/* ---- what it says ---- */

static efi_status output(struct efi_text_output *this, const efi_char *text)
{
	size_t n = strlen(firmware.said);

	(void)this;
	firmware.asked_late |= firmware.exited;
	for (; *text && n + 1 < sizeof(firmware.said); text++)
		firmware.said[n++] = (char)*text;
	firmware.said[n] = '\0';
	return EFI_SUCCESS;
}

static struct efi_text_output console = { .output = output };

/* ---- memory ---- */

static efi_status allocate_pages(enum efi_allocate how, enum efi_memory_type type, u64 pages,
				 u64 *address)
{
	void *memory;

	if (how != EFI_ANY_PAGES || type != EFI_LOADER_DATA || fails() || held_count == HELD_MOST ||
	    pages > (64 << 20) / EFI_PAGE_BYTES)
		return EFI_OUT_OF_RESOURCES;
	/* At a page that isn't a multiple of more, as firmware's often are. */
	memory = aligned_alloc(8192, (size_t)(pages + 2) / 2 * 8192);
	held[held_count].memory = memory;
	held[held_count++].pages = pages;
	firmware.pages_held += pages;
	memset(memory, 0xa5, 4096);
	*address = (u64)(uintptr_t)memory + 4096;
	return EFI_SUCCESS;
}

static efi_status get_memory_map(u64 *bytes, void *map, u64 *map_key, u64 *descriptor_bytes,
				 u32 *version)
{
	u64 needed = (u64)firmware.map_count * firmware.descriptor_bytes;

	if (fails())
		return EFI_INVALID_PARAMETER;
	*descriptor_bytes = firmware.descriptor_bytes;
	*version = 1;
	if (*bytes < needed) {
		*bytes = needed;
		return EFI_BUFFER_TOO_SMALL;
	}
	for (u32 i = 0; i < firmware.map_count; i++)
		memcpy((char *)map + (size_t)i * firmware.descriptor_bytes, &firmware.map[i],
		       sizeof(firmware.map[i]));
	*bytes = needed;
	*map_key = key;
	return EFI_SUCCESS;
}

static efi_status exit_boot_services(efi_handle image, u64 map_key)
{
	if (fails() || image != &firmware_image)
		return EFI_INVALID_PARAMETER;
	if (firmware.stale_keys) {
		firmware.stale_keys--;
		key++;
		if (firmware.map_count < FIRMWARE_MAP_MOST)
			firmware_add(EFI_BOOT_SERVICES_DATA, 0x7fff0000, 0x1000, EFI_MEMORY_WB);
	}
	if (map_key != key)
		return EFI_INVALID_PARAMETER;
	firmware.exited = true;
	return EFI_SUCCESS;
}

/* ---- protocols ---- */

static efi_status load(struct efi_load_file2 *this, void *path, u8 policy, u64 *bytes, void *buffer)
{
	(void)this;
	(void)path;
	(void)policy;
	if (fails())
		return EFI_NOT_FOUND;
	if (!buffer || *bytes < firmware.initrd_bytes) {
		*bytes = firmware.initrd_bytes;
		return EFI_BUFFER_TOO_SMALL;
	}
	*bytes = firmware.initrd_bytes - firmware.initrd_less;
	memcpy(buffer, firmware.initrd, (size_t)*bytes);
	return EFI_SUCCESS;
}

static u64 position;

static efi_status file_close(struct efi_file *this)
{
	(void)this;
	return EFI_SUCCESS;
}

static efi_status file_read(struct efi_file *this, u64 *bytes, void *buffer)
{
	(void)this;
	if (fails())
		return EFI_LOAD_ERROR;
	memcpy(buffer, firmware.file + position, (size_t)*bytes);
	return EFI_SUCCESS;
}

static efi_status set_position(struct efi_file *this, u64 to)
{
	(void)this;
	position = to == EFI_FILE_END ? firmware.file_bytes : to;
	return fails() ? EFI_LOAD_ERROR : EFI_SUCCESS;
}

static efi_status get_position(struct efi_file *this, u64 *at)
{
	(void)this;
	*at = position;
	return fails() ? EFI_LOAD_ERROR : EFI_SUCCESS;
}

static efi_status file_open(struct efi_file *this, struct efi_file **file, const efi_char *name,
			    u64 mode, u64 attributes);

static struct efi_file a_file = { .open = file_open,
				  .close = file_close,
				  .read = file_read,
				  .get_position = get_position,
				  .set_position = set_position };

static efi_status file_open(struct efi_file *this, struct efi_file **file, const efi_char *name,
			    u64 mode, u64 attributes)
{
	char narrow[300] = "";

	(void)this;
	(void)attributes;
	for (u32 i = 0; name[i] && i < sizeof(narrow) - 1; i++)
		narrow[i] = (char)name[i];
	if (fails() || mode != EFI_FILE_READ || strcmp(narrow, firmware.file_name) != 0)
		return EFI_NOT_FOUND;
	*file = &a_file;
	return EFI_SUCCESS;
}

static efi_status open_volume(struct efi_file_system *this, struct efi_file **root)
{
	(void)this;
	*root = &a_file;
	return fails() ? EFI_LOAD_ERROR : EFI_SUCCESS;
}

static efi_status get_random(struct efi_rng *this, const struct efi_guid *algorithm, u64 bytes,
			     u8 *to)
{
	(void)this;
	(void)algorithm;
	if (fails())
		return EFI_LOAD_ERROR;
	for (u64 i = 0; i < bytes; i++)
		to[i] = (u8)(i + 1);
	return EFI_SUCCESS;
}

static struct efi_loaded_image loaded;
static struct efi_load_file2 load_file2 = { .load = load };
static struct efi_file_system volume = { .open_volume = open_volume };
static struct efi_rng rng = { .get = get_random };
static struct efi_shell_parameters shell;

static struct __packed {
	struct efi_device_path path;
	struct efi_guid guid;
} qemu_volume = {
	.path = { EFI_PATH_MEDIA, EFI_PATH_VENDOR, 20 },
	.guid = { 0x1428f772, 0xb64a, 0x441e, { 0xb8, 0xc3, 0x9e, 0xbd, 0xd7, 0xf8, 0x93, 0xc7 } },
};

static void *interface_of(efi_handle handle, const struct efi_guid *protocol)
{
	if (handle == &firmware_image && is(protocol, LOADED_IMAGE))
		return &loaded;
	if (handle == &firmware_image && is(protocol, SHELL) && firmware.shell)
		return &shell;
	if (handle == &media && is(protocol, LOAD_FILE2) && firmware.initrd)
		return &load_file2;
	if (handle == &device && is(protocol, FILE_SYSTEM) && firmware.file_name)
		return &volume;
	if (handle == &device && is(protocol, DEVICE_PATH) && firmware.from_qemu)
		return &qemu_volume;
	return NULL;
}

static efi_status handle_protocol(efi_handle handle, const struct efi_guid *protocol,
				  void **interface)
{
	*interface = fails() ? NULL : interface_of(handle, protocol);
	return *interface ? EFI_SUCCESS : EFI_UNSUPPORTED;
}

static efi_status locate_device_path(const struct efi_guid *protocol, void **path,
				     efi_handle *handle)
{
	if (fails() || !is(protocol, LOAD_FILE2) || !firmware.initrd)
		return EFI_NOT_FOUND;
	(void)path;
	*handle = &media;
	return EFI_SUCCESS;
}

static efi_status locate_protocol(const struct efi_guid *protocol, void *registration,
				  void **interface)
{
	(void)registration;
	if (fails() || !is(protocol, RNG) || !firmware.rng)
		return EFI_NOT_FOUND;
	*interface = &rng;
	return EFI_SUCCESS;
}

static efi_status get_variable(const efi_char *name, const struct efi_guid *vendor, u32 *attributes,
			       u64 *bytes, void *value)
{
	u8 number = name[1] == 'e' && name[2] == 'c' ? firmware.secure_boot : firmware.setup_mode;

	(void)vendor;
	(void)attributes;
	firmware.asked_late |= firmware.exited;
	if (!number)
		return EFI_NOT_FOUND;
	if (number > 1 || *bytes != 1)
		return EFI_LOAD_ERROR;
	*(u8 *)value = number;
	return EFI_SUCCESS;
}

static void reset_system(enum efi_reset how, efi_status status, u64 bytes, const efi_char *data)
{
	(void)how;
	(void)status;
	(void)bytes;
	(void)data;
	firmware.reset = true;
}

/* ---- all of it ---- */

static struct efi_boot_services boot = {
	.allocate_pages = allocate_pages,
	.get_memory_map = get_memory_map,
	.handle_protocol = handle_protocol,
	.locate_device_path = locate_device_path,
	.exit_boot_services = exit_boot_services,
	.locate_protocol = locate_protocol,
};
static struct efi_runtime_services runtime = { .get_variable = get_variable,
					       .reset_system = reset_system };
static struct efi_configuration_table tables[2] = {
	{ .guid = { 0xb1b621d5,
		    0xf19c,
		    0x41a5,
		    { 0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0 } } },
	{ .guid = { 0x8868e871,
		    0xe4f1,
		    0x11d3,
		    { 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 } } },
};

struct efi_system_table firmware_system = {
	.output_handle = &console,
	.output = &console,
	.runtime = &runtime,
	.boot = &boot,
	.table = tables,
};

void firmware_add(enum efi_memory_type type, u64 base, u64 bytes, u64 attributes)
{
	firmware.map[firmware.map_count++] = (struct efi_memory){ .type = type,
								  .physical = base,
								  .pages = bytes / EFI_PAGE_BYTES,
								  .attributes = attributes };
}

void firmware_hold(const void *memory, u64 bytes)
{
	u64 base = ALIGN_DOWN((u64)(uintptr_t)memory, EFI_PAGE_BYTES);
	u64 end = ALIGN_UP((u64)(uintptr_t)memory + bytes, EFI_PAGE_BYTES);

	firmware_add(EFI_ACPI_RECLAIM, base, end - base, EFI_MEMORY_WB);
}

static efi_char *wide;

void firmware_set_options(const char *text)
{
	size_t n = strlen(text);

	free(wide);
	wide = malloc(n * sizeof(*wide) + 1);
	for (size_t i = 0; i < n; i++)
		wide[i] = (u8)text[i];
	firmware.options = wide;
	firmware.options_bytes = (u32)(n * sizeof(*wide));
}

void firmware_begin(void)
{
	free(wide);
	wide = NULL;
	while (held_count)
		free(held[--held_count].memory);
	memset(&firmware, 0, sizeof(firmware));
	firmware.fail_at = -1;
	firmware.descriptor_bytes = 48;
	firmware_add(EFI_CONVENTIONAL, 0x40000000, 0x40000000, EFI_MEMORY_WB);
}

void firmware_start(struct efi *e)
{
	struct efi_configuration_table *t = tables;

	loaded.device = firmware.file_name || firmware.from_qemu ? &device : NULL;
	qemu_volume.path.bytes = firmware.short_path ? 0 : sizeof(qemu_volume);
	loaded.options = (void *)(uintptr_t)firmware.options;
	loaded.options_bytes = firmware.options_bytes;
	tables[0].table = (void *)(uintptr_t)firmware.devicetree;
	tables[1].table = (void *)(uintptr_t)firmware.rsdp;
	firmware_system.table = firmware.devicetree ? t : t + 1;
	firmware_system.tables = (firmware.devicetree ? 1U : 0U) + (firmware.rsdp ? 1U : 0U);
	if (e)
		*e = (struct efi){ .image = &firmware_image,
				   .system = &firmware_system,
				   .boot = &boot,
				   .loaded = &loaded };
}
