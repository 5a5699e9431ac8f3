/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this kernel uses of UEFI's interfaces, in the specification's order, and nothing else:
 * members that stand between are `unused`.
 *
 * Pages are of 4 KiB here whatever the kernel's are: EFI_PAGE_BYTES, never page_size().
 *
 * Source: UEFI Specification 2.10: 4 (System Table), 7 (Boot Services), 8 (Runtime Services), 9.1
 * (Loaded Image), 12.3, 12.4 (Simple Text Output), 13.2 (Load File 2), 13.4, 13.5 (Simple File
 * System), 37.5 (RNG).
 */
#ifndef EFI_EFI_H
#define EFI_EFI_H

#include <kernel/compiler.h>
#include <kernel/types.h>

#define EFI_PAGE_BYTES 4096ULL

typedef u64 efi_status;
typedef void *efi_handle;
typedef u16 efi_char; /* UCS-2 */

#define EFI_ERROR(n)          ((1ULL << 63) | (n))
#define EFI_SUCCESS           0
#define EFI_LOAD_ERROR        EFI_ERROR(1)
#define EFI_INVALID_PARAMETER EFI_ERROR(2)
#define EFI_UNSUPPORTED       EFI_ERROR(3)
#define EFI_BUFFER_TOO_SMALL  EFI_ERROR(5)
#define EFI_OUT_OF_RESOURCES  EFI_ERROR(9)
#define EFI_NOT_FOUND         EFI_ERROR(14)

struct efi_guid {
	u32 a;
	u16 b, c;
	u8 d[8];
};

struct efi_header {
	u64 signature;
	u32 revision, bytes, crc32, reserved;
};

/* What a page holds, in the order of the specification. */
enum efi_memory_type {
	EFI_RESERVED,
	EFI_LOADER_CODE,
	EFI_LOADER_DATA,
	EFI_BOOT_SERVICES_CODE,
	EFI_BOOT_SERVICES_DATA,
	EFI_RUNTIME_SERVICES_CODE,
	EFI_RUNTIME_SERVICES_DATA,
	EFI_CONVENTIONAL,
	EFI_UNUSABLE,
	EFI_ACPI_RECLAIM,
	EFI_ACPI_NVS,
	EFI_MMIO,
	EFI_MMIO_PORTS,
	EFI_PAL_CODE,
	EFI_PERSISTENT,
};

#define EFI_MEMORY_WB       (1ULL << 3)
#define EFI_MEMORY_SPECIFIC (1ULL << 18) /* set aside for a purpose of its own */
#define EFI_MEMORY_RUNTIME  (1ULL << 63)

/* One line of the memory map. Firmware's are `descriptor_bytes` apart, which may be more. */
struct efi_memory {
	u32 type;
	u32 pad;
	u64 physical;
	u64 virtual;
	u64 pages;
	u64 attributes;
};

struct efi_text_output {
	void *unused_reset;
	efi_status (*output)(struct efi_text_output *this, const efi_char *text);
};

enum efi_allocate { EFI_ANY_PAGES, EFI_MAX_ADDRESS, EFI_ADDRESS };

struct efi_boot_services {
	struct efi_header header;
	void *unused_tpl[2];
	efi_status (*allocate_pages)(enum efi_allocate how, enum efi_memory_type type, u64 pages,
				     u64 *address);
	efi_status (*free_pages)(u64 address, u64 pages);
	efi_status (*get_memory_map)(u64 *bytes, void *map, u64 *key, u64 *descriptor_bytes,
				     u32 *version);
	efi_status (*allocate_pool)(enum efi_memory_type type, u64 bytes, void **buffer);
	efi_status (*free_pool)(void *buffer);
	void *unused_events[6];
	void *unused_install[3];
	efi_status (*handle_protocol)(efi_handle handle, const struct efi_guid *protocol,
				      void **interface);
	void *unused_notify[2];
	void *unused_locate_handle;
	efi_status (*locate_device_path)(const struct efi_guid *protocol, void **path,
					 efi_handle *handle);
	void *unused_images[3];
	efi_status (*exit)(efi_handle image, efi_status status, u64 bytes, const efi_char *data);
	void *unused_unload;
	efi_status (*exit_boot_services)(efi_handle image, u64 key);
	void *unused_count;
	efi_status (*stall)(u64 microseconds);
	efi_status (*set_watchdog_timer)(u64 seconds, u64 code, u64 bytes, const efi_char *data);
	void *unused_drivers[2];
	void *unused_open[3];
	void *unused_handles[2];
	efi_status (*locate_protocol)(const struct efi_guid *protocol, void *registration,
				      void **interface);
};

enum efi_reset { EFI_RESET_COLD, EFI_RESET_WARM, EFI_RESET_SHUTDOWN };

struct efi_runtime_services {
	struct efi_header header;
	void *unused_time[4];
	void *unused_virtual[2];
	efi_status (*get_variable)(const efi_char *name, const struct efi_guid *vendor,
				   u32 *attributes, u64 *bytes, void *value);
	void *unused_variables[3];
	void (*reset_system)(enum efi_reset how, efi_status status, u64 bytes,
			     const efi_char *data);
};

struct efi_configuration_table {
	struct efi_guid guid;
	void *table;
};

struct efi_system_table {
	struct efi_header header;
	const efi_char *vendor;
	u32 vendor_revision;
	void *unused_input[2];
	efi_handle output_handle;
	struct efi_text_output *output;
	void *unused_error[2];
	struct efi_runtime_services *runtime;
	struct efi_boot_services *boot;
	u64 tables;
	const struct efi_configuration_table *table;
};

struct efi_loaded_image {
	u32 revision;
	efi_handle parent;
	struct efi_system_table *system;
	efi_handle device; /* where the image was read from, or NULL */
	void *file_path;
	void *reserved;
	u32 options_bytes;
	void *options;
	void *base;
	u64 bytes;
};

/* A node of a device path: `bytes` with what follows it. */
struct __packed efi_device_path {
	u8 type;
	u8 subtype;
	u16 bytes;
};

#define EFI_PATH_MEDIA  4
#define EFI_PATH_VENDOR 3 /* of media: a GUID follows */

struct efi_load_file2 {
	efi_status (*load)(struct efi_load_file2 *this, void *path, u8 boot_policy, u64 *bytes,
			   void *buffer);
};

struct efi_file {
	u64 revision;
	efi_status (*open)(struct efi_file *this, struct efi_file **file, const efi_char *name,
			   u64 mode, u64 attributes);
	efi_status (*close)(struct efi_file *this);
	void *unused_delete;
	efi_status (*read)(struct efi_file *this, u64 *bytes, void *buffer);
	void *unused_write;
	efi_status (*get_position)(struct efi_file *this, u64 *position);
	efi_status (*set_position)(struct efi_file *this, u64 position);
};

#define EFI_FILE_READ 1
#define EFI_FILE_END  (~0ULL) /* a position */

struct efi_file_system {
	u64 revision;
	efi_status (*open_volume)(struct efi_file_system *this, struct efi_file **root);
};

struct efi_rng {
	void *unused_info;
	efi_status (*get)(struct efi_rng *this, const struct efi_guid *algorithm, u64 bytes,
			  u8 *to);
};

struct efi_shell_parameters {
	efi_char **words;
	u64 count;
};

#endif
