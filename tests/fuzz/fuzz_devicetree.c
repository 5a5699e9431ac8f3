// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any bytes as a devicetree, in memory of exactly their size: whatever opens is read by
 * every reader, memblock is filled from it, and what they say is held against what they
 * promise. Values that are handed out are looked at to their last byte.
 *
 * Sources: lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_chosen.c lib/devicetree/devicetree_memory.c
 * Sources: lib/devicetree/devicetree_device.c lib/devicetree/devicetree_console.c
 * Sources: lib/devicetree/devicetree_interrupt.c
 * Sources: mm/boot/memblock_devicetree.c mm/boot/memblock_reservations.c mm/boot/memblock.c
 * Sources: mm/boot/memblock_room.c mm/boot/region_list.c lib/format.c
 * Sources: mm/boot/memblock_crashkernel.c lib/parse.c lib/cmdline.c
 * Libs: -lfdt
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include <kernel/errno.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_console.h>
#include <lib/devicetree_device.h>
#include <lib/devicetree_interrupt.h>
#include <lib/devicetree_memory.h>
#include <lib/devicetree_node.h>
#include <mm/memblock.h>
#include <mm/memblock_devicetree.h>
#include <mm/memblock_room.h>

#include "fuzz.h"

#define CMA_ALIGN 0x200000ULL

/* So that nothing that is read is thrown away unread. */
static volatile u64 sum;

static void look_at(const char *text)
{
	if (text)
		sum += strlen(text);
}

static void check_range(const struct devicetree_range *range)
{
	look_at(range->name);
	look_at(range->why);
	REQUIRE(range->bytes <= ~range->base.val);
	REQUIRE(range->bytes || range->why);
}

static void read_chosen(const struct devicetree *dt)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	const char *text;
	u64 seed;
	int error;

	if (!devicetree_chosen_bootargs(dt, &text))
		look_at(text);
	error = devicetree_chosen_initrd(dt, &range);
	REQUIRE((error == -EINVAL) == (range.why != NULL));
	REQUIRE(error || range.bytes);
	if (!devicetree_chosen_kaslr_seed(dt, &seed))
		REQUIRE(seed != 0);
	error = devicetree_chosen_elfcorehdr(dt, &range);
	REQUIRE(error == -ENOENT || (error ? !!range.why : range.bytes > 0));
	while (devicetree_chosen_next_usable(dt, &cursor, &range))
		REQUIRE(range.bytes <= ~range.base.val);
}

static void read_memory(const struct devicetree *dt)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_reservation r;
	struct devicetree_range range;

	while (devicetree_memory_next(dt, &cursor, &range))
		check_range(&range);
	cursor = (struct devicetree_cursor){ 0 };
	while (devicetree_memory_next_memreserve(dt, &cursor, &range))
		check_range(&range);
	cursor = (struct devicetree_cursor){ 0 };
	while (devicetree_memory_next_reservation(dt, &cursor, &r)) {
		struct devicetree_cursor inner = { 0 };

		check_range(&r.range);
		if (r.range.bytes && !r.dynamic)
			REQUIRE(devicetree_memory_overlaps(dt, r.range.base, 1));
		REQUIRE(!(r.no_map && r.reusable));
		if (!r.dynamic || !r.range.bytes)
			continue;
		REQUIRE(r.align && !(r.align & (r.align - 1)));
		while (devicetree_memory_next_alloc_range(dt, &r, &inner, &range))
			REQUIRE(range.bytes <= ~range.base.val);
	}
}

static const char *use(const struct devicetree_console *console)
{
	check_range(&console->registers);
	REQUIRE(console->registers.bytes);
	return console->registers.base.val & 1 ? "is odd" : NULL;
}

/* All of a node: each is read or refused, and there is an end of them. */
static void read_interrupts(const struct devicetree *dt, const struct devicetree_path *path)
{
	struct devicetree_interrupt found;
	int node = path->node[path->depth], err;
	u32 index = 0;

	while ((err = devicetree_interrupt(dt, path, index, &found)) == 0) {
		REQUIRE(found.controller >= 0 && !found.why);
		REQUIRE(found.cells - 1 < DEVICETREE_INTERRUPT_CELLS_MAX);
		REQUIRE(index++ < devicetree_used_bytes(dt));
	}
	look_at(found.name);
	look_at(found.why);
	REQUIRE((err == -EINVAL) == (found.why != NULL));
	REQUIRE(devicetree_interrupt_index(dt, node, "virt", 2) < devicetree_used_bytes(dt));
}

static void read_devices(const struct devicetree *dt)
{
	static const char *const drivers[] = { "arm,pl011", "ns16550a" };
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_console console;
	struct devicetree_psci psci;
	struct devicetree_intc intc;
	struct devicetree_cpu cpu;
	u32 cpus = 0;

	if (!devicetree_console_find(dt, drivers, ARRAY_SIZE(drivers), use, &console)) {
		check_range(&console.registers);
		REQUIRE(console.driver < ARRAY_SIZE(drivers));
		REQUIRE((console.rule == DEVICETREE_CONSOLE_STDOUT_PATH) == !console.why);
		REQUIRE(console.path.depth > 0 && console.path.depth < DEVICETREE_DEPTH_MAX);
		read_interrupts(dt, &console.path);
	} else {
		REQUIRE(console.why);
	}
	look_at(console.options);
	if (!devicetree_device_psci(dt, &psci))
		look_at(psci.name);
	while (devicetree_device_next_cpu(dt, &cursor, &cpu)) {
		look_at(cpu.name);
		look_at(cpu.compatible);
		look_at(cpu.enable_method);
		REQUIRE((cpu.enable == DEVICETREE_ENABLE_NONE) == !cpu.enable_method);
		cpus += cpu.enabled && !cpu.why;
	}
	REQUIRE(cpus == devicetree_device_cpus(dt));
	if (!devicetree_device_intc(dt, &intc))
		REQUIRE(intc.distributor.bytes &&
			(intc.second.bytes || intc.version == DEVICETREE_INTC_BCM2836));
	if (dt->timer.depth >= 0)
		read_interrupts(dt, &dt->timer);
}

/* The notes about CPUs leave none out: libfdt's walk over /cpus finds the same ones. */
static void compare_cpus(const struct devicetree *dt)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_cpu cpu;
	u32 found = 0;
	int node;

	if (dt->cpus >= 0) {
		fdt_for_each_subnode (node, dt->fdt, dt->cpus) {
			const char *name = devicetree_node_name(dt, node);
			const char *type = devicetree_node_string(dt, node, "device_type");

			if (type ? strcmp(type, "cpu") : !devicetree_node_is_named(name, "cpu", 3))
				continue;
			found++;
			REQUIRE(devicetree_device_next_cpu(dt, &cursor, &cpu));
			REQUIRE(cursor.node == node && cpu.name == name);
		}
	}
	REQUIRE(!devicetree_device_next_cpu(dt, &cursor, &cpu));
	REQUIRE(found <= dt->cpu_nodes && (dt->cpu_first >= 0) == (dt->cpu_nodes > 0));
}

/* What we look up without checks is what libfdt finds with them. */
static void compare_with_libfdt(const struct devicetree *dt)
{
	int depth = 0, budget = 64;

	for (int node = 0; node >= 0 && depth >= 0 && budget--;
	     node = fdt_next_node(dt->fdt, node, &depth)) {
		int offset;

		look_at(devicetree_node_name(dt, node));
		fdt_for_each_property_offset (offset, dt->fdt, node) {
			const char *name;
			const void *value;
			int length;
			u32 bytes;

			REQUIRE(fdt_getprop_by_offset(dt->fdt, offset, &name, &length));
			value = devicetree_node_property(dt, node, name, &bytes);
			REQUIRE(value == fdt_getprop(dt->fdt, node, name, &length));
			REQUIRE(bytes == (u32)length);
		}
	}
	compare_cpus(dt);
}

static u64 cma_bytes;

/* Every region is whole multiples of memory that CMA alone has. */
static void on_placed(void *context, const struct devicetree_reservation *r, paddr_t base)
{
	struct region region;

	REQUIRE(!context && r->range.bytes);
	if (r->no_map || !r->reusable || !r->shared_dma_pool)
		return;
	REQUIRE(IS_ALIGNED(base.val, CMA_ALIGN) && IS_ALIGNED(r->range.bytes, CMA_ALIGN));
	REQUIRE(memblock_covers(base, r->range.bytes));
	REQUIRE(memblock_first_reserved(base, r->range.bytes, &region));
	REQUIRE(region.owner == MEMBLOCK_CMA && region.base.val <= base.val);
	REQUIRE(region_end(&region).val >= base.val + r->range.bytes);
	cma_bytes += r->range.bytes;
}

/* One of each kind, by the tree's own bytes, at places that trees have things at. */
static struct cma_option some_option(const struct devicetree *dt)
{
	u32 bytes = devicetree_used_bytes(dt);

	return (struct cma_option){
		.kind = (enum cma_option_kind)(bytes / 4 % (CMA_OPTION_RANGE + 1)),
		.bytes = 0x1000001,
		.base = { 0x40000000 + (bytes & 0xfff) * 0x10000 },
		.limit = { 0x88000000 },
	};
}

/* Likewise; a multiple of the unit in one of two. */
static struct crash_option some_crash_option(const struct devicetree *dt)
{
	u32 bytes = devicetree_used_bytes(dt);

	return (struct crash_option){
		.kind = (enum crash_option_kind)(bytes / 8 % (CRASH_OPTION_FIXED + 1)),
		.sizes = { "0-2G:7M,4G-:64M", 15 },
		.base = { 0x40000000 + (bytes & 0xfff) * 0x100000 },
	};
}

/* All of what was asked for, or nothing. */
static void check_crashkernel(void)
{
	struct region region;
	u64 bytes = 0;

	for (paddr_t from = paddr(0); memblock_next_reserved(&from, &region);) {
		if (region.owner != MEMBLOCK_CRASHKERNEL)
			continue;
		bytes += region.bytes;
		REQUIRE(region.bytes == 8 * MiB && IS_ALIGNED(region.base.val, CRASH_OPTION_UNIT));
		REQUIRE(memblock_covers(region.base, region.bytes));
		REQUIRE(memblock_is_map_memory(region.base));
	}
	REQUIRE(bytes == memblock_reserved_bytes(MEMBLOCK_CRASHKERNEL) && bytes <= 8 * MiB);
}

/* A place for lists, if one is found, is memory. */
static void fill_room(const struct devicetree *dt, const struct memblock_setup *setup)
{
	u64 bytes = memblock_room_bytes(dt);
	paddr_t base;

	if (bytes && memblock_room_find(dt, setup, bytes, &base))
		REQUIRE(IS_ALIGNED(base.val, 0x10000) && base.val + bytes <= setup->address_end);
}

static void fill_memblock(const struct devicetree *dt)
{
	const struct memblock_setup setup = {
		.image_base = { 0x40200000 },
		.image_bytes = 0x100000,
		.devicetree_base = { 0x48000000 },
		.devicetree_bytes = devicetree_used_bytes(dt),
		.memory_limit = 0x4000000,
		.address_end = 1ULL << 48,
		.cma = some_option(dt),
		.crash = some_crash_option(dt),
		.placed = on_placed,
	};
	struct region initrd;

	memblock_init();
	cma_bytes = 0;
	fill_room(dt, &setup);
	if (!memblock_devicetree_memory(dt, setup.address_end) &&
	    !memblock_devicetree_reserve(dt, &setup, &initrd)) {
		REQUIRE(memblock_covers(setup.image_base, setup.image_bytes));
		REQUIRE(memblock_is_map_memory(setup.image_base));
		REQUIRE(memblock_reserved_bytes(MEMBLOCK_INITRD) == initrd.bytes);
		REQUIRE(memblock_reserved_bytes(MEMBLOCK_CMA) == cma_bytes);
		check_crashkernel();
		REQUIRE(memblock_end().val <= setup.address_end);
	}
	REQUIRE(!memblock_check());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct devicetree_fault fault = { 0 };
	struct devicetree dt;
	char *tree = malloc(size); /* malloc aligns to 16 */

	REQUIRE(tree);
	if (size)
		memcpy(tree, data, size);
	if (devicetree_open(&dt, tree, size, &fault)) {
		look_at(fault.why);
		free(tree);
		return 0;
	}
	look_at(devicetree_model(&dt));
	REQUIRE(devicetree_total_bytes(&dt) <= size);
	REQUIRE(devicetree_used_bytes(&dt) <= devicetree_total_bytes(&dt));
	read_chosen(&dt);
	read_memory(&dt);
	read_devices(&dt);
	compare_with_libfdt(&dt);
	fill_memblock(&dt);

	devicetree_chosen_wipe_kaslr_seed(&dt, tree);
	REQUIRE(!devicetree_open(&dt, tree, size, &fault));
	free(tree);
	return 0;
}
