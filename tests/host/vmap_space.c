// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's side of tests of areas: <vmap_space.h>.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmap_space.h"

#include <cmocka.h>

#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/pgtable_geometry.h>
#include <kernel/fault_inject.h>
#include <lib/symbols.h>
#include <mm/slab.h>

#define TEXT_BYTES 16384

struct pgtable vmap_space;
char vmap_space_text[TEXT_BYTES];

struct pgtable *mmu_kernel_pgtable(void)
{
	return &vmap_space;
}

struct pgtable *mmu_lock(void)
{
	return &vmap_space;
}

void mmu_unlock(void)
{
}

/* ---- nodes, and places where anything may fail ---- */

u64 vmap_space_nodes;

static bool fails(void)
{
	return fake_fail_after >= 0 && (fake_fail_after == 0 || fake_fail_after-- == 0);
}

static bool decide(enum fault_site site)
{
	assert_int_equal(site, FAULT_VMAP);
	return fails();
}

int slab_cache_init(struct slab_cache *cache, const char *name, u64 bytes, u64 align)
{
	(void)name, (void)align;
	cache->object_bytes = (u32)bytes;
	return 0;
}

void *slab_alloc(struct slab_cache *cache, unsigned flags)
{
	void *object;

	(void)flags;
	if (fails())
		return NULL;
	object = malloc(cache->object_bytes);
	assert_non_null(object);
	memset(object, 0xa5, cache->object_bytes);
	vmap_space_nodes++;
	return object;
}

void slab_free(struct slab_cache *cache, void *object)
{
	(void)cache;
	free(object);
	vmap_space_nodes--;
}

char *symbols_format(char *buf, size_t size, vaddr_t addr)
{
	snprintf(buf, size, "%s", addr.val ? "somebody+0x10" : "?");
	return buf;
}

int vmap_space_print(const char *format, ...)
{
	size_t used = strlen(vmap_space_text);
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(vmap_space_text + used, TEXT_BYTES - used, format, args);
	va_end(args);
	return len;
}

void vmap_space_begin(void)
{
	fake_ram_begin();
	fake_begin(&vmap_space, 48, true);
	fake_ram_fail_after = &fake_fail_after;
	fault_injector = decide;
	vmap_space.live = true;
	vmap_space_text[0] = '\0';
	vmap_init();
}

void vmap_space_end(void)
{
	struct vmap_stats stats;
	/* The chain of tables that maps VMAP_BASE, below the root. */
	u64 most = (3 - pgtable_root_level(&vmap_space)) * vmap_space_page();

	vmap_space_check();
	vmap_read_stats(&stats);
	assert_int_equal(stats.areas, 0);
	assert_int_equal(stats.bytes, 0);
	assert_int_equal(stats.table_bytes,
			 fake_table_bytes -
				 pgtable_bytes(&vmap_space, pgtable_root_level(&vmap_space)));
	assert_true(stats.table_bytes <= most);
	assert_int_equal(fake_ram_bytes, 0);
	assert_int_equal(vmap_space_nodes, 0);
	fake_end(&vmap_space);
}

void vmap_space_check(void)
{
	vaddr_t where = { 0 };
	const char *broken = vmap_check(&where);

	if (!broken)
		broken = pgtable_check(&vmap_space, &where);
	if (broken)
		fail_msg("%#llx: %s", where.val, broken);
	fake_watch(&vmap_space);
}

void vmap_space_save(struct vmap_state *state)
{
	state->tables = fake_save();
	state->pages_bytes = fake_ram_bytes;
	state->nodes = vmap_space_nodes;
	vmap_read_stats(&state->stats);
}

void vmap_space_expect_unchanged(struct vmap_state *state)
{
	struct vmap_stats now;

	vmap_read_stats(&now);
	assert_memory_equal(&now, &state->stats, sizeof(now));
	assert_true(fake_unchanged(state->tables));
	assert_int_equal(fake_ram_bytes, state->pages_bytes);
	assert_int_equal(vmap_space_nodes, state->nodes);
	vmap_space_check();
}

const char *vmap_space_access(u64 va)
{
	static char access[7];
	struct fake_translation t = fake_translate(&vmap_space, va);

	strcpy(access, t.mapped ? t.access : "");
	return access;
}
