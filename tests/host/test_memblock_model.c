// SPDX-License-Identifier: BSD-2-Clause
/*
 * memblock against two plain arrays, a million random operations.
 *
 * Sources: mm/boot/memblock.c mm/boot/region_list.c lib/format.c tests/host/memblock_lists.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <kernel/errno.h>
#include <mm/memblock.h>

#include "host.h"
#include "memblock_lists.h"

#define OK(call) assert_int_equal(call, 0)

#define UNITS      192
#define OPERATIONS 1000000

/* The same, one byte of address space per element. */
static struct {
	u64 origin;
	bool memory[UNITS];
	bool no_map[UNITS];
	u8 owner[UNITS];
} model;

static bool model_free(u32 i)
{
	return model.memory[i] && !model.no_map[i] && !model.owner[i];
}

static bool model_in_use(u32 i)
{
	return model.owner[i] == MEMBLOCK_IMAGE || model.owner[i] == MEMBLOCK_DEVICETREE ||
	       model.owner[i] == MEMBLOCK_INITRD || model.owner[i] == MEMBLOCK_REGION_LISTS;
}

static bool model_fits(const struct memblock_request *request, u32 at)
{
	u64 base = model.origin + at;

	if ((request->align && base % request->align) || base < request->min.val ||
	    (request->max.val && base + request->bytes > request->max.val))
		return false;
	for (u64 i = 0; i < request->bytes; i++) {
		if (at + i >= UNITS || !model_free(at + (u32)i))
			return false;
	}
	return true;
}

static u64 model_alloc(const struct memblock_request *request)
{
	for (u32 n = 0; n < UNITS; n++) {
		u32 at = UNITS - 1 - n;

		if (model_fits(request, at))
			return model.origin + at;
	}
	return ~0ULL;
}

/* Every element of both lists, and their sums, against the model. */
static void model_compare(void)
{
	u64 memory = 0, cma = 0, free = 0;
	struct region region;
	paddr_t from;
	u32 i;

	memblock_lists_check();
	for (from = paddr(0), i = 0; memblock_next_memory(&from, &region);) {
		for (; i < region.base.val - model.origin; i++)
			assert_false(model.memory[i]);
		for (; i < region_end(&region).val - model.origin; i++) {
			assert_true(model.memory[i]);
			assert_int_equal(region.flags, model.no_map[i] ? MEMBLOCK_FLAG_NO_MAP : 0);
			memory++;
		}
	}
	for (; i < UNITS; i++)
		assert_false(model.memory[i]);
	for (from = paddr(0), i = 0; memblock_next_reserved(&from, &region);) {
		for (; i < region.base.val - model.origin; i++)
			assert_int_equal(model.owner[i], 0);
		for (; i < region_end(&region).val - model.origin; i++) {
			assert_int_equal(model.owner[i], region.owner);
			cma += region.owner == MEMBLOCK_CMA;
		}
	}
	for (; i < UNITS; i++)
		assert_int_equal(model.owner[i], 0);
	for (from = paddr(0), i = 0; memblock_next_free(&from, &region);) {
		for (; i < region.base.val - model.origin; i++)
			assert_false(model_free(i));
		for (; i < region_end(&region).val - model.origin; i++) {
			assert_true(model_free(i));
			free++;
		}
	}
	for (; i < UNITS; i++)
		assert_false(model_free(i));
	assert_true(memblock_memory_bytes() == memory);
	assert_true(memblock_reserved_bytes(MEMBLOCK_CMA) == cma);
	assert_true(memblock_lists_free_bytes() == free);
	i = (u32)host_random_below(UNITS);
	from = paddr(model.origin + i);
	assert_int_equal(memblock_covers(from, 1), model.memory[i]);
	assert_int_equal(memblock_is_map_memory(from), model.memory[i] && !model.no_map[i]);
	assert_int_equal(memblock_lists_reserved(from), model.owner[i] != 0);
}

static void model_start(void)
{
	static u64 lent[6 * REGION_LIST_STATIC * sizeof(struct region) / sizeof(u64)];
	static const u64 origins[] = { 0, 0x40000000, ~0ULL - UNITS };

	memblock_init();
	memset(&model, 0, sizeof(model));
	model.origin = origins[host_random_below(ARRAY_SIZE(origins))];
	if (host_random_below(2))
		memblock_lend(lent, sizeof(lent));
}

static int step_alloc(u32 at, u32 end)
{
	struct memblock_request request = {
		.bytes = 1 + host_random_below(9),
		.align = host_random_below(2) << host_random_below(5),
		.owner = (u32)(1 + host_random_below(MEMBLOCK_OWNERS - 1)),
	};
	paddr_t found;
	int error;

	if (host_random_below(2))
		request.min = paddr(model.origin + at);
	if (host_random_below(2))
		request.max = paddr(model.origin + end);
	error = memblock_alloc_range(&request, &found);
	if (error == -ENOMEM) {
		assert_true(model_alloc(&request) == ~0ULL);
		return 0;
	}
	if (!error) {
		assert_true(found.val == model_alloc(&request));
		memset(&model.owner[found.val - model.origin], (int)request.owner, request.bytes);
	}
	return error;
}

static int step_limit(void)
{
	u64 limit = host_random_below(UNITS);
	int error = memblock_limit_memory(limit);

	for (u32 i = 0; !error && i < UNITS; i++) {
		if (!model.memory[i])
			continue;
		if (limit)
			limit--;
		else if (!model_in_use(i))
			model.memory[i] = model.no_map[i] = false;
	}
	return error;
}

static int step_change(u32 operation, u32 at, u32 end, paddr_t base, u64 bytes)
{
	enum memblock_owner owner = (u32)(1 + host_random_below(MEMBLOCK_OWNERS - 1));
	int error;

	switch (operation) {
	case 0 ... 2:
		error = memblock_add(base, bytes);
		for (u32 i = at; !error && i < end; i++)
			model.memory[i] = true;
		return error;
	case 3 ... 4:
		error = memblock_remove(base, bytes);
		for (u32 i = at; !error && i < end; i++)
			model.memory[i] = model.no_map[i] = false;
		return error;
	case 5 ... 7:
		error = memblock_reserve(base, bytes, owner);
		for (u32 i = at; !error && i < end; i++)
			model.owner[i] = model.owner[i] ? model.owner[i] : (u8)owner;
		return error;
	case 8 ... 9:
		error = memblock_free(base, bytes);
		for (u32 i = at; !error && i < end; i++)
			model.owner[i] = 0;
		return error;
	default:
		error = memblock_mark_no_map(base, bytes);
		for (u32 i = at; !error && i < end; i++)
			model.no_map[i] = model.memory[i];
		return error;
	}
}

/* One random operation on both; a full list may refuse, and then nothing may have changed. */
static void step(void)
{
	u32 operation = (u32)host_random_below(16);
	u32 at = (u32)host_random_below(UNITS);
	u32 bytes = (u32)host_random_below(host_random_below(8) ? 12 : UNITS);
	u32 end = MIN(at + bytes, UNITS);
	int error = 0;

	/* at the top of the address space what is too long wraps around; elsewhere it's cut here */
	if (model.origin != ~0ULL - UNITS)
		bytes = end - at;
	if (operation <= 10)
		error = step_change(operation, at, end, paddr(model.origin + at), bytes);
	else if (operation <= 14)
		error = step_alloc(at, end);
	else if (host_random_below(16) == 0)
		error = step_limit();
	if (error)
		assert_int_equal(error, -ENOSPC);
}

static void random_operations(void **state)
{
	(void)state;
	for (u32 i = 0; i < OPERATIONS; i++) {
		if (i % 5000 == 0)
			model_start();
		step();
		if (i % 16 == 0)
			model_compare();
		else
			memblock_lists_check();
	}
	model_compare();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
