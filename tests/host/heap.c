// SPDX-License-Identifier: BSD-2-Clause
/* See heap.h. */
#include "heap.h"

#include <cmocka.h>

#include <arch/cpu.h>
#include <kernel/fault_inject.h>
#include <kernel/slab_report.h>
#include <mm/hot_text.h>
#include <mm/kmalloc.h>
#include <mm/slab_object.h>

#include "fake_pages.h"

static u64 free_at_start;

/* Another CPU answers at once. */
bool hot_text_ask(struct cpu *cpu, void (*function)(void *), void *argument)
{
	struct cpu *here = host_cpu;

	assert_ptr_not_equal(cpu, here);
	host_cpu = cpu;
	function(argument);
	host_cpu = here;
	return true;
}

void heap_start(void)
{
	fake_pages_init();
	fault_inject_off();
	slab_caches.first = NULL;
	memset(boot_cpu.slabs, 0, sizeof(boot_cpu.slabs));
	kmalloc_init();
	free_at_start = pages_free_bytes();
}

void heap_finish(void)
{
	struct slab_usage usage;

	assert_null(slab_check(&(vaddr_t){ 0 }));
	assert_null(chunk_check(&(paddr_t){ 0 }));
	slab_usage(NULL, &usage);
	assert_int_equal(usage.live, 0);
	assert_int_equal(kmalloc_pages_bytes(), 0);
	slab_shrink();
	slab_usage(NULL, &usage);
	assert_int_equal(usage.slab_bytes, 0);
	assert_int_equal(pages_free_bytes(), free_at_start);
}

void heap_forget(struct slab_cache *cache)
{
	struct slab_cache **link = &slab_caches.first;
	struct slab_usage usage;

	slab_shrink();
	slab_usage(cache, &usage);
	assert_int_equal(usage.slabs, 0);
	while (*link != cache)
		link = &(*link)->next;
	*link = cache->next;
}

void heap_in_both_builds(void (*body)(void))
{
	for (int debug = 0; debug < 2; debug++) {
		host_debug = debug;
		heap_start();
		body();
		heap_finish();
	}
	host_debug = false;
}
