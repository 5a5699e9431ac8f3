// SPDX-License-Identifier: BSD-2-Clause
/* See fake_heap.h. */
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/errno.h>
#include <kernel/hand.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/contig_alloc.h>
#include <mm/kmalloc.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/vmap.h>

#include "fake_heap.h"

unsigned long long host_linear_base, host_frame_table_base;

u64 heap_live, heap_list_bytes, heap_asked, heap_fail_at;
enum hand_kind heap_kind;
static const void *list; /* what krealloc gave: a book has one */

static void *take(u64 bytes, enum hand_kind kind)
{
	if (++heap_asked == heap_fail_at)
		return NULL;
	heap_kind = kind;
	heap_live++;
	return aligned_alloc(64, ALIGN_UP(bytes, 64));
}

static void give(const void *p)
{
	assert_non_null(p);
	heap_live--;
	free((void *)p);
}

int pages_alloc(unsigned order, unsigned flags, paddr_t *block)
{
	assert_int_equal(flags, PAGES_COMPACT);
	*block = linear_to_paddr(vaddr_of(take(page_size() << order, HAND_PAGES)));
	return block->val ? 0 : -ENOMEM;
}

void pages_free(paddr_t block, unsigned order)
{
	(void)order;
	give(vaddr_ptr(paddr_to_linear(block)));
}

unsigned pages_order(u64 bytes)
{
	unsigned order = 0;

	while (page_size() << order < bytes)
		order++;
	return order;
}

void *kmalloc(u64 bytes, unsigned flags)
{
	assert_int_equal(flags, 0);
	return take(bytes, HAND_KMALLOC);
}

void kfree(const void *p)
{
	if (p && p == list) {
		free((void *)p);
		heap_list_bytes = 0;
	} else {
		give(p);
	}
}

void *krealloc(const void *p, u64 bytes, unsigned flags)
{
	void *to;

	assert_int_equal(flags, 0);
	/* A block that shrinks doesn't fail. */
	if (bytes > heap_list_bytes && ++heap_asked == heap_fail_at)
		return NULL;
	to = malloc(bytes);
	memcpy(to, p ? p : "", MIN(bytes, p ? heap_list_bytes : 0));
	free((void *)p);
	heap_list_bytes = bytes;
	list = to;
	return to;
}

u64 kmalloc_usable_bytes(const void *p)
{
	(void)p;
	return 112;
}

void *vmalloc(u64 bytes, unsigned flags)
{
	assert_int_equal(flags, 0);
	return take(bytes, HAND_VMALLOC);
}

void vfree(void *at)
{
	give(at);
}

void *movable_alloc(u64 bytes, unsigned flags)
{
	assert_int_equal(flags, 0);
	return take(bytes, HAND_MOVABLE);
}

void movable_free(void *at)
{
	give(at);
}

int contig_alloc(const struct contig_request *request, struct contig_result *result, paddr_t *pa)
{
	*result = (struct contig_result){ .why = "it is full", .largest_bytes = 3 * MiB };
	*pa = linear_to_paddr(vaddr_of(take(request->bytes, HAND_CONTIG)));
	return pa->val ? 0 : -ENOMEM;
}

void contig_free(paddr_t base, u64 bytes)
{
	(void)bytes;
	give(vaddr_ptr(paddr_to_linear(base)));
}

paddr_t vmap_to_paddr(const void *addr)
{
	(void)addr;
	return paddr(0x40000000);
}

u64 pages_free_bytes(void)
{
	return 50 * MiB;
}

void pages_drain(void)
{
}

void buddy_lock(void)
{
}

void buddy_unlock(void)
{
}

int buddy_largest(enum migratetype type)
{
	return type == MIGRATE_MOVABLE ? 2 : -1;
}
