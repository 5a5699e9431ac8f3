// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any bytes as the source of the next kernel's devicetree, and a request that follows from the one
 * number of the header that nobody reads, boot_cpuid_phys. What is
 * made opens, has what was asked for and no old seed, and is made again from itself.
 *
 * Sources: kernel/kexec/kexec_dt.c lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_device.c
 * Sources: lib/devicetree/devicetree_chosen.c
 * Libs: -lfdt
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include <kernel/errno.h>
#include <kernel/kexec_dt.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_node.h>

#include "fuzz.h"

static u8 entropy[KEXEC_DT_ENTROPY_BYTES];
static char args[4096];

/* One of each kind by a bit each; numbers that fit one cell, and some that don't. */
static struct kexec_dt_request request_of(const struct devicetree *source)
{
	u32 bits = fdt_boot_cpuid_phys(source->fdt);
	u64 base = bits & 1 ? 0x123450000 : 0x48000000;

	memset(entropy, 0xe7, sizeof(entropy));
	memset(args, 'a', sizeof(args));
	if (bits & 2)
		args[bits >> 20] = '\0';
	return (struct kexec_dt_request){
		.source = source,
		.args = args,
		.args_bytes = bits & 4 ? (bits >> 12) % sizeof(args) : 0,
		.initrd = { { base }, bits & 8 ? bits : 0 },
		.usable = { { base }, bits & 16 ? bits : 0 },
		.elfcorehdr = { { base + bits }, bits & 32 ? 0x1000 : 0 },
		.entropy = bits & 64 ? entropy : NULL,
		.old_initrd = { { 0x48000000 }, 0x2345 },
		.old_devicetree = { { bits }, bits >> 8 },
	};
}

/* What was asked for, to the kernel's readers. */
static void check(const struct kexec_dt_request *request, const struct devicetree *dt)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	const char *text;
	u64 seed;
	u32 bytes;

	REQUIRE(dt->chosen > 0);
	REQUIRE(devicetree_chosen_bootargs(dt, &text) == (request->args_bytes ? 0 : -ENOENT));
	REQUIRE(!request->args_bytes || strlen(text) == request->args_bytes);
	REQUIRE(devicetree_chosen_initrd(dt, &range) == (request->initrd.bytes ? 0 : -ENOENT));
	REQUIRE(range.bytes == request->initrd.bytes);
	REQUIRE(devicetree_chosen_kaslr_seed(dt, &seed) == (request->entropy ? 0 : -ENOENT));
	REQUIRE(!request->entropy || seed == 0xe7e7e7e7e7e7e7e7);
	text = devicetree_node_property(dt, dt->chosen, "rng-seed", &bytes);
	REQUIRE(!!text == !!request->entropy);
	REQUIRE(!text || (bytes == 56 && !memcmp(text, entropy, bytes)));
	if (!request->usable.bytes)
		return;
	REQUIRE(devicetree_chosen_next_usable(dt, &cursor, &range) && !range.why);
	REQUIRE(range.base.val == request->usable.base.val);
	REQUIRE(range.bytes == request->usable.bytes);
	REQUIRE(!devicetree_chosen_next_usable(dt, &cursor, &range));
}

/* NULL if it is refused. */
static void *make(const struct kexec_dt_request *request, struct kexec_dt_result *result)
{
	u64 room =
		devicetree_used_bytes(request->source) + request->args_bytes + KEXEC_DT_ADDED_BYTES;
	void *tree = malloc(room);

	REQUIRE(tree);
	if (!kexec_dt_make(request, tree, MIN(room, DEVICETREE_BYTES_MAX), result)) {
		REQUIRE(fdt_totalsize(tree) == result->bytes && !result->why[0]);
		return tree;
	}
	REQUIRE(result->why[0] && memchr(result->why, 0, sizeof(result->why)));
	free(tree);
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *source = malloc(size ? size : 1), *tree, *again; /* malloc aligns to 16 */
	struct kexec_dt_request request;
	struct devicetree_fault fault;
	struct kexec_dt_result result;
	struct devicetree from, dt;
	u64 bytes;

	REQUIRE(source);
	if (size)
		memcpy(source, data, size);
	if (devicetree_open(&from, source, size, &fault)) {
		free(source);
		return 0;
	}
	request = request_of(&from);
	tree = make(&request, &result);
	if (!tree) {
		free(source);
		return 0;
	}
	bytes = result.bytes;
	REQUIRE(!fdt_check_header(tree));
	REQUIRE(!devicetree_open(&dt, tree, bytes, &fault));
	REQUIRE(devicetree_used_bytes(&dt) == bytes);
	check(&request, &dt);

	request.source = &dt;
	again = make(&request, &result);
	REQUIRE(again && result.bytes == bytes && !memcmp(again, tree, bytes));
	REQUIRE(!result.reservations_dropped);
	free(again);
	free(tree);
	free(source);
	return 0;
}
