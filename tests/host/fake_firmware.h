/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UEFI firmware as far as the stub asks it anything: what a test wants of it stands in `firmware`,
 * and what the stub did can be read there afterwards. Every call may be made to fail in turn.
 */
#ifndef FAKE_FIRMWARE_H
#define FAKE_FIRMWARE_H

#include "../../arch/arm64/efi/inside.h"

#define FIRMWARE_MAP_MOST 64

struct firmware {
	/* what it offers */
	const void *options;
	u32 options_bytes;
	bool shell;         /* it has the shell's parameters protocol */
	const char *initrd; /* by the media GUID; NULL: nobody offers one */
	u64 initrd_bytes;
	u64 initrd_less;       /* so much less is there when it is loaded */
	const char *file_name; /* on the volume that the program came from; NULL: no volume */
	const char *file;
	u64 file_bytes;
	bool rng;
	u8 secure_boot; /* the variables; 0: there is none, 2: it can't be read */
	u8 setup_mode;
	bool from_qemu;
	bool short_path;        /* of the volume: its node ends before the name */
	const void *devicetree; /* in the configuration table; NULL: none */
	const void *rsdp;
	struct efi_memory map[FIRMWARE_MAP_MOST];
	u32 map_count;
	u32 descriptor_bytes; /* 48, as EDK2's, unless a test says something else */
	u32 stale_keys;       /* so many ExitBootServices fail because the map changed */
	int fail_at;          /* the call, from 0 on, that fails; -1: none */

	/* what happened */
	char said[4096];
	int calls;
	bool exited; /* boot services are over */
	bool reset;
	u64 pages_held;
	bool asked_late; /* a service was used after boot services ended */
};

extern struct firmware firmware;

/* Firmware with 1 GiB at 1 GiB and nothing else; memory that a test took before is freed. */
void firmware_begin(void);

/* An entry of its map, in any order. */
void firmware_add(enum efi_memory_type type, u64 base, u64 bytes, u64 attributes);

/* The pages that something of the test's lies in are reserved memory in the map. */
void firmware_hold(const void *memory, u64 bytes);

/* Load options: ASCII, wide, without a NUL; freed by firmware_begin. */
void firmware_set_options(const char *text);

/* What the stub gets of it. */
extern struct efi_system_table firmware_system;
extern int firmware_image; /* its address is the program's handle */

/* A `struct efi` as efi_main makes it, with the loaded image looked up. */
void firmware_start(struct efi *e);

#endif
