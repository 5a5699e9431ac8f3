// SPDX-License-Identifier: BSD-2-Clause
/*
 * Random kernels, for random machines, that are asked for in random ways: each is placed by the
 * rules or refused, and all memory is back at the end.
 *
 * Sources: kernel/kexec/kexec.c kernel/kexec/kexec_load.c kernel/kexec/kexec_place.c
 * Sources: kernel/kexec/kexec_exit.c kernel/kexec/kexec_seal.c kernel/kexec/kexec_crash.c
 * Sources: kernel/kexec/kexec_dt.c kernel/kexec/crash_core.c kernel/kexec/initrd.c lib/initramfs.c
 * Sources: kernel/kexec/image.c lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_chosen.c lib/devicetree/devicetree_memory.c
 * Sources: lib/devicetree/devicetree_device.c lib/cmdline.c mm/boot/memblock.c
 * Sources: mm/boot/region_list.c kernel/show/memory/fault_inject.c mm/page/hooks.c
 * Sources: arch/arm64/table/granule.c lib/sha256.c lib/format.c lib/vsnprintf.c
 * Sources: lib/string.c lib/parse.c tests/host/tree.c tests/host/fake_image.S
 * Sources: tests/host/fake_contig.c tests/host/kexec_world.c tests/host/kexec_rules.c
 * Sources: tests/host/kexec_sealing.c tests/host/fake_trap.c
 * Libs: -lfdt
 */
#include <stdlib.h>
#include <string.h>

#include "kexec_world.h"

#include <cmocka.h>

#include <kernel/errno.h>
#include <mm/memblock.h>

#include "../../kernel/kexec/inside.h"

#define MACHINES 8
#define REQUESTS 10

#define START 0x40000000ULL
#define BYTES (128 * MiB)

static const struct {
	const char *name;
	u64 file_bytes, image_bytes, offset, flags;
} kernels[] = {
	{ "a", 4096, 5001, 0, WORLD_ANYWHERE },
	{ "b", 100000, 3 * MiB + 17, 0x80000, WORLD_ANYWHERE },
	{ "c", 64, 20 * MiB, 0x10000, 0 },
	{ "d", 300001, 7 * MiB - 1, 0, 0 },
	{ "e", MiB + 1, MiB + 1, 0x40, 0 },
};

static unsigned loads, refusals;

/* ---- machines ---- */

static u64 address(u64 align)
{
	return ALIGN_DOWN(START + host_random_below(BYTES), align);
}

static void reserve(u64 base, u64 bytes, enum memblock_owner owner)
{
	assert_int_equal(memblock_reserve(paddr(base), MIN(bytes, START + BYTES - base), owner), 0);
}

static void random_memory(void)
{
	for (u64 i = host_random_below(4) + 1; i; i--) {
		u64 base = address(1ULL << host_random_below(22));

		assert_int_equal(memblock_add(paddr(base), host_random_below(START + BYTES - base)),
				 0);
	}
	if (host_random_below(2))
		assert_int_equal(memblock_add(paddr(START), BYTES), 0);
	/* What this kernel lies in is memory. */
	assert_int_equal(memblock_add(paddr(WORLD_IMAGE), 8 * MiB), 0);
	reserve(WORLD_IMAGE, 0x110000, MEMBLOCK_IMAGE);
}

static void random_reservations(void)
{
	static const enum memblock_owner owners[] = { MEMBLOCK_FIRMWARE, MEMBLOCK_MEMRESERVE,
						      MEMBLOCK_POOL,     MEMBLOCK_CMA,
						      MEMBLOCK_BOOT,     MEMBLOCK_FRAME_TABLE };

	for (u64 i = host_random_below(8); i; i--)
		reserve(address(1ULL << host_random_below(20)), host_random_below(300000),
			owners[host_random_below(ARRAY_SIZE(owners))]);
	for (u64 i = host_random_below(3); i; i--) {
		u64 base = address(64 * KiB);
		struct region taken;

		if (memblock_first_reserved(paddr(base), MiB, &taken) || base > START + BYTES - MiB)
			continue;
		assert_int_equal(memblock_mark_no_map(paddr(base), MiB), 0);
		reserve(base, MiB, MEMBLOCK_NO_MAP);
	}
}

/* Free memory for so many bytes: where; 0: nowhere. */
static u64 find_free(u64 bytes, u64 align, u64 offset)
{
	struct region taken;

	for (unsigned tries = 0; tries < 100; tries++) {
		u64 base = address(align) + offset;

		if (memblock_covers(paddr(base), bytes) &&
		    !memblock_first_reserved(paddr(base), bytes, &taken))
			return base;
	}
	return 0;
}

static void random_machine(void)
{
	u64 at;

	world_begin_empty(START, BYTES + 2 * MiB);
	world_tree(host_random_below(2) ? "rng-seed = [01 02 03];" : NULL);
	random_memory();
	random_reservations();
	at = find_free(12 * MiB, 2 * MiB, 0);
	if (at && host_random_below(4)) {
		world.crash = (struct region){
			.base = { at },
			.bytes = 2 * MiB * (1 + host_random_below(6)),
		};
		reserve(at, world.crash.bytes, MEMBLOCK_CRASHKERNEL);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(kernels); i++)
		world_image(kernels[i].name, kernels[i].file_bytes, kernels[i].image_bytes,
			    kernels[i].offset, kernels[i].flags);
	world_file("i", kernels, sizeof(kernels));
	at = find_free(2 * MiB, 4096, host_random_below(4096));
	if (at)
		world_initrd(at);
	world_ready();
	for (u64 i = host_random_below(3) ? host_random_below(60) : 0; i; i--)
		fake_contig_block(address(4096), 4096 * (1 + host_random_below(50)));
}

/* ---- requests ---- */

static struct kexec_request random_request(void)
{
	struct kexec_request request = {
		.image = kernels[host_random_below(ARRAY_SIZE(kernels))].name,
		.initrd = host_random_below(3) ? NULL : "i",
		.args = "a line",
		.reuse_cmdline = host_random_below(2),
		.crash = host_random_below(4) == 0,
	};

	request.reuse_initrd = !request.initrd && host_random_below(2);
	if (!request.crash && host_random_below(2)) {
		request.forced = true;
		request.dest = paddr(address(host_random_below(8) ? 2 * MiB : 4096));
	}
	return request;
}

static void random_fate(void)
{
	static const u64 largest[] = { 0, 0, 0, 8 * MiB, 3 * MiB, MiB + 1, MiB, 64 * KiB };

	fake_contig.policy = (enum fake_contig_policy)host_random_below(3);
	fake_contig.largest = largest[host_random_below(ARRAY_SIZE(largest))];
	fake_contig.calls = 0;
	fake_contig.fail_call = host_random_below(4) ? 0 : (unsigned)host_random_below(12);
	world.tables = (unsigned)host_random_below(20);
	world.table_bytes = 64ULL << host_random_below(11);
	world.table_bytes = MIN(world.table_bytes, 1ULL << host_page_shift);
	world.has_random = host_random_below(2);
}

/* It leaves, with everything where it has to be. */
static void leave(bool crash)
{
	struct kexec_image *image = kexec_loaded(crash);

	world_hush();
	assert_int_equal(crash ? world_crash() : world_exec(0), WORLD_LEFT);
	assert_int_equal(world.entry, image->segment[KEXEC_KERNEL].base.val);
	assert_int_equal(world.devicetree, image->segment[KEXEC_DEVICETREE].base.val);
	assert_true(kexec_is_whole(image, true, "refused"));
}

static void load(void)
{
	struct kexec_request request = random_request();
	static struct kexec_image before;
	int err;

	random_fate();
	world_hush();
	before = *kexec_loaded(request.crash);
	err = kexec_load(&request);
	rules_check_books(kexec_loaded(false), kexec_loaded(true));
	for (unsigned crash = 0; crash < 2; crash++)
		if (kexec_loaded(crash)->loaded)
			rules_check(kexec_loaded(crash));
	if (err) {
		assert_true(err == -ENOMEM || err == -EINVAL || err == -ENOENT);
		assert_true(strlen(world.said) > 10);
		refusals++;
		if (!request.crash)
			assert_memory_equal(&before, kexec_loaded(false), sizeof(before));
		return;
	}
	loads++;
	if (host_random_below(4) == 0)
		leave(request.crash);
}

static void random_loads(void **state)
{
	(void)state;
	loads = refusals = 0;
	for (unsigned i = 0; i < MACHINES; i++) {
		random_machine();
		for (unsigned j = 0; j < REQUESTS; j++) {
			load();
			if (host_random_below(8) == 0)
				kexec_unload(host_random_below(2));
		}
		kexec_unload(false);
		kexec_unload(true);
		rules_check_books(NULL, NULL);
		world_end();
	}
	assert_true(loads && refusals);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(random_loads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
