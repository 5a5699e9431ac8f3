// SPDX-License-Identifier: BSD-2-Clause
/*
 * The prompt's `access`, in a kernel that `make SAN=1` builds: use memory that isn't to be used, to
 * see it caught. There is one for each way that memory is given out and taken back.
 *
 * Each says where it will reach, so that the report can be compared with it. Pointers come from
 * volatile words, or the compiler would see where they lead.
 */
#include <arch/zero.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/chunk.h>
#include <mm/cma.h>
#include <mm/kmalloc.h>
#include <mm/pages.h>
#include <mm/slab.h>

static u8 *volatile place;
static volatile u8 result;
static volatile unsigned more = 1;

static u8 ten[10] = { 1 };

/* The pages, or the objects, stay allocated: a panic follows. */
static paddr_t pages_of_mine(unsigned order)
{
	paddr_t block = paddr(0);

	if (pages_alloc(order, PAGES_MUST, &block))
		return paddr(0);
	return block;
}

static u8 *linear(paddr_t pa)
{
	return vaddr_ptr(paddr_to_linear(pa));
}

static void read_at(u8 *at)
{
	place = at;
	printk("access: of 1 bytes at %p\n", (void *)at);
	result = *place;
}

static void write_at(u8 *at)
{
	place = at;
	printk("access: of 1 bytes at %p\n", (void *)at);
	*place = 1;
}

/* ---- the heap ---- */

static void object_freed(void)
{
	u8 *p = kmalloc(100, PAGES_MUST);

	kfree(p);
	read_at(p + 50);
}

/* More than was asked for, though the slab has room for it. */
static void object_over(void)
{
	write_at((u8 *)kmalloc(100, PAGES_MUST) + 100);
}

/* All of its room was asked for, and the next one is in use. */
static void object_next(void)
{
	u8 *p = kmalloc(112, PAGES_MUST), *q = kmalloc(112, PAGES_MUST);

	write_at(MIN(p, q) + 112);
}

static void object_freed_twice(void)
{
	u8 *p = kmalloc(100, PAGES_MUST), *other = kmalloc(100, PAGES_MUST);

	kfree(p);
	kfree(other); /* or the slab's list would tell */
	printk("access: of 1 bytes at %p\n", (void *)p);
	kfree(p);
}

/* It was shrunk where it lies. */
static void object_shrunk(void)
{
	write_at((u8 *)krealloc(kmalloc(100, PAGES_MUST), 70, PAGES_MUST) + 70);
}

static void cache_freed(void)
{
	static struct slab_cache cache;
	u8 *object;

	if (slab_cache_init(&cache, "access", 40, 0))
		return;
	object = slab_alloc(&cache, PAGES_MUST);
	slab_free(&cache, object);
	write_at(object);
}

static void cache_over(void)
{
	static struct slab_cache cache;

	if (!slab_cache_init(&cache, "access", 40, 0))
		read_at((u8 *)slab_alloc(&cache, PAGES_MUST) + 40);
}

/* A slab's header lies in its last bytes. */
static void slab_header(void)
{
	u8 *p = kmalloc(64, PAGES_MUST);

	write_at((u8 *)ALIGN_DOWN((uintptr_t)p, CHUNK_SLAB_SMALL) + CHUNK_SLAB_SMALL - 8);
}

static void chunk_freed(void)
{
	u8 *p = kmalloc(5000, PAGES_MUST);

	kfree(p);
	read_at(p + 4999);
}

static void chunk_over(void)
{
	read_at((u8 *)kmalloc(5000, PAGES_MUST) + 5000);
}

static void large_freed(void)
{
	u8 *p = kmalloc(200000, PAGES_MUST);

	kfree(p);
	write_at(p + 100000);
}

static void large_over(void)
{
	write_at((u8 *)kmalloc(200001, PAGES_MUST) + 200001);
}

/* ---- pages ---- */

static void page_freed(void)
{
	paddr_t block = pages_of_mine(0);

	pages_free(block, 0);
	read_at(linear(block) + page_size() - 1);
}

/* Too large for a hot list. */
static void block_freed(void)
{
	unsigned order = pages_order(2 * MiB);
	paddr_t block = pages_of_mine(order);

	pages_free(block, order);
	write_at(linear(block) + MiB);
}

static void claim_freed(void)
{
	struct cma_region *region = cma_find(NULL);
	paddr_t claim;

	if (!region || cma_alloc(region, MiB, 0, &claim) || cma_free(region, claim, MiB))
		return;
	write_at(linear(claim) + 5);
}

/* ---- code that the compiler doesn't check ---- */

static void copied(void)
{
	u8 *from = kmalloc(20, PAGES_MUST), *to = kmalloc(40, PAGES_MUST);

	printk("access: of 1 bytes at %p\n", (void *)(from + 20));
	memset(from, 1, 20);
	memcpy(to, from, 20 + more);
}

static void zeroed(void)
{
	u8 *p = kmalloc(2048, PAGES_MUST);

	printk("access: of 2112 bytes at %p\n", (void *)p);
	arch_zero(p, 2048 + 64 * more);
}

/* ---- variables ---- */

static void global_over(void)
{
	read_at(ten + 10);
}

static void stack_over(void)
{
	u8 eleven[11];

	memset(eleven, 1, sizeof(eleven));
	write_at(eleven + 11);
	result = eleven[more];
}

static void stack_begin(void)
{
	u8 eleven[11];

	memset(eleven, 1, sizeof(eleven));
	place = eleven;
	read_at(place - more);
	result = eleven[more];
}

static const struct {
	const char *name;
	void (*plant)(void);
} plants[] = {
	{ "object-freed", object_freed },
	{ "object-over", object_over },
	{ "object-next", object_next },
	{ "object-freed-twice", object_freed_twice },
	{ "object-shrunk", object_shrunk },
	{ "cache-freed", cache_freed },
	{ "cache-over", cache_over },
	{ "slab-header", slab_header },
	{ "chunk-freed", chunk_freed },
	{ "chunk-over", chunk_over },
	{ "large-freed", large_freed },
	{ "large-over", large_over },
	{ "page-freed", page_freed },
	{ "block-freed", block_freed },
	{ "claim-freed", claim_freed },
	{ "copied", copied },
	{ "zeroed", zeroed },
	{ "global-over", global_over },
	{ "stack-over", stack_over },
	{ "stack-begin", stack_begin },
};

COMMAND(access, "[KIND]", "use memory that isn't to be used, or list how")
{
	for (size_t i = 0; i < ARRAY_SIZE(plants); i++) {
		if (argc < 2) {
			printk("%s\n", plants[i].name);
		} else if (!strcmp(argv[1], plants[i].name)) {
			plants[i].plant();
			printk("access: %s went unnoticed\n", plants[i].name);
			return -EFAULT;
		}
	}
	if (argc < 2)
		return 0;
	printk("access: \"%s\" is none; `access` lists them\n", argv[1]);
	return -EINVAL;
}
