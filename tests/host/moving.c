// SPDX-License-Identifier: BSD-2-Clause
/* The machine whose memory moves: <moving.h> says what it is for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "moving.h"

#include <cmocka.h>

#include <arch/copy.h>
#include <arch/counter.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/spinlock.h>
#include <kernel/cma_report.h>
#include <lib/devicetree_memory.h>
#include <lib/symbols.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/contig.h>
#include <mm/kmalloc.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/rmap.h>
#include <mm/slab.h>
#include <mm/vmap.h>

struct cma_region *moving_region[MOVING_REGIONS];
struct pgtable moving_space;
u64 moving_ns, moving_tick_ns, moving_copy_ns, moving_copies, moving_heap_bytes;
char moving_said[4096];

static const struct {
	const char *name;
	u64 offset;
	u64 bytes;
} regions[MOVING_REGIONS] = {
	{ "one", MOVING_CMA_OFFSET, 8 * MiB },
	{ "two", MOVING_CMA_OFFSET + 8 * MiB, 4 * MiB },
	{ "three", MOVING_CMA_OFFSET + 12 * MiB, 2 * MiB },
};

/* ---- the TLB: where a page was when it was touched, by the page's number; 0: not in it ---- */

#define TLB_PAGES (1U << 15)

static u64 tlb[TLB_PAGES];

static u64 *tlb_entry(u64 va)
{
	u64 number = (va - VMAP_BASE) >> host_page_shift;

	assert_true(number < TLB_PAGES);
	return &tlb[number];
}

static void on_flush(u64 va, u64 bytes)
{
	/* Nobody changes permissions here: what is flushed is gone, or about to move. */
	assert_int_equal(fake_flushes[fake_flush_count - 1].mapped, 0);
	fake_flush_count = 0;
	for (u64 at = va; at < va + bytes; at += page_size())
		*tlb_entry(at) = 0;
}

static u8 *touch(u64 va)
{
	u64 *entry = tlb_entry(va);

	if (!*entry) {
		struct fake_translation t = fake_translate(&moving_space, va);

		assert_true(t.mapped);
		assert_string_equal(t.access, "rw----");
		assert_int_equal(t.run_bytes, page_size());
		*entry = t.pa;
	}
	return vaddr_ptr(paddr_to_linear(paddr(*entry)));
}

/* ---- the rest of the kernel ---- */

STATIC_SPINLOCK(space_lock, space, LOCK_MAP);

struct pgtable *mmu_kernel_pgtable(void)
{
	return &moving_space;
}

struct pgtable *mmu_lock(void)
{
	spin_lock(&space_lock);
	return &moving_space;
}

void mmu_unlock(void)
{
	spin_unlock(&space_lock);
}

u64 mmu_waits(void)
{
	return 0;
}

int __real_pgtable_map(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind);
int __wrap_pgtable_map(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind);

int __wrap_pgtable_map(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind)
{
	if (va.val - VMAP_BASE < VMAP_BYTES)
		return __real_pgtable_map(pt, va, pa, bytes, kind);
	return machine_map_table(va, pa, bytes, kind);
}

/* Nobody can reach the page, and it isn't pinned. What is left behind is junk. */
void arch_copy_pages(void *to, const void *from, u64 bytes)
{
	u64 word = frame_of(linear_to_paddr(vaddr_of(from)))->word;
	u64 va = VMAP_BASE + page_shift_left(rmap_where(word));

	assert_int_equal(word & FRAME_KIND_MASK, FRAME_MOVABLE);
	assert_int_equal(rmap_pins(word), 0);
	assert_int_equal(bytes, page_size());
	assert_false(fake_translate(&moving_space, va).mapped);
	assert_int_equal(*tlb_entry(va), 0);
	memcpy(to, from, bytes);
	memset((void *)(uintptr_t)from, 0x5c, 64);
	moving_copies++;
	moving_ns += moving_copy_ns;
}

u64 arch_counter_ns(void)
{
	return moving_has_clock ? moving_ns += moving_tick_ns : 0;
}

char *symbols_format(char *buf, size_t size, vaddr_t addr)
{
	snprintf(buf, size, "%llx", addr.val);
	return buf;
}

static u64 nodes; /* of areas */

int slab_cache_init(struct slab_cache *cache, const char *name, u64 bytes, u64 align)
{
	(void)name, (void)align;
	cache->object_bytes = (u32)bytes;
	return 0;
}

void *slab_alloc(struct slab_cache *cache, unsigned flags)
{
	void *object = malloc(cache->object_bytes);

	(void)flags;
	assert_non_null(object);
	memset(object, 0xa5, cache->object_bytes);
	nodes++;
	return object;
}

void slab_free(struct slab_cache *cache, void *object)
{
	(void)cache;
	free(object);
	nodes--;
}

void *kmalloc(u64 bytes, unsigned flags)
{
	assert_int_equal(flags, KMALLOC_ZERO);
	if (bytes > moving_heap_bytes)
		return NULL;
	moving_heap_bytes -= bytes;
	return calloc(1, bytes);
}

void moving_inject(enum fault_site site, u64 nth)
{
	struct fault_rule rule = { .mode = nth ? FAULT_NTH : FAULT_OFF, .n = nth };

	fault_inject_set(site, &rule);
}

u64 moving_injected(enum fault_site site)
{
	struct fault_counts counts;

	fault_inject_counts(site, &counts);
	return counts.calls;
}

bool moving_failed(enum fault_site site)
{
	struct fault_counts counts;

	fault_inject_counts(site, &counts);
	return counts.failed;
}

static void hear(const char *text)
{
	strncat(moving_said, text, sizeof(moving_said) - strlen(moving_said) - 1);
}

/* ---- boot ---- */

/* Regions can't be forgotten: they are placed once, and made as good as new each time. */
static void place_regions(void)
{
	for (unsigned i = 0; i < MOVING_REGIONS; i++) {
		struct devicetree_reservation r = { .range = { .name = regions[i].name,
							       .bytes = regions[i].bytes },
						    .reusable = true,
						    .shared_dma_pool = true,
						    .cma_default = i == 1 };

		if (!cma_region(i))
			cma_placed(NULL, &r, paddr(MOVING_RAM + regions[i].offset));
		moving_region[i] = cma_region(i);
		free(moving_region[i]->claimed);
		memset(&moving_region[i]->claims, 0,
		       sizeof(struct cma_region) - offsetof(struct cma_region, claims));
	}
}

static void boot(bool cma)
{
	host_debug = false;
	machine_poison = MACHINE_MIXED;
	machine_begin(MOVING_RAM, MOVING_RAM_BYTES);
	machine_add(MOVING_RAM, MOVING_RAM_BYTES);
	machine_image(MOVING_RAM + 2 * MiB);
	if (cma)
		machine_reserve(MOVING_RAM + MOVING_CMA_OFFSET, MOVING_CMA_BYTES, MEMBLOCK_CMA);
	fake_begin(&moving_space, 48, true);
	moving_space.live = true;
	fake_on_flush = on_flush;
	memset(tlb, 0, sizeof(tlb));
	assert_int_equal(machine_init(), 0);
	buddy_model_begin(MOVING_RAM, MOVING_RAM_BYTES);
	vmap_init();
	nodes = moving_copies = 0;
	moving_ns = moving_tick_ns = 1000000;
	moving_copy_ns = 0;
	moving_heap_bytes = 1 * MiB;
	moving_said[0] = '\0';
	host_printk_hook = hear;
	contig_idle = NULL;
	fault_inject_off();
}

void moving_begin(void)
{
	boot(true);
	place_regions();
	cma_init();
	moving_said[0] = '\0';
	moving_check();
}

void moving_begin_without_cma(void)
{
	boot(false);
}

void moving_end(void)
{
	struct movable_stats stats;

	fault_inject_off();
	pages_drain();
	stats = movable_stats;
	assert_int_equal(stats.bytes, 0);
	assert_int_equal(stats.pinned, 0);
	assert_int_equal(nodes, 0);
	buddy_model_compare();
	host_printk_hook = NULL;
	fake_end(&moving_space);
}

static void holds(const char *broken, u64 where)
{
	if (broken)
		fail_msg("%#llx: %s", where, broken);
}

static bool has_regions(void)
{
	return frame_pageblock_type(paddr(MOVING_RAM + MOVING_CMA_OFFSET)) == MIGRATE_CMA;
}

void moving_check(void)
{
	paddr_t pa = { 0 };
	vaddr_t va = { 0 };
	const char *broken = buddy_check(&pa);

	holds(broken, pa.val);
	broken = pgtable_check(&moving_space, &va);
	holds(broken, va.val);
	broken = vmap_check(&va);
	holds(broken, va.val);
	broken = movable_check(&va);
	holds(broken, va.val);
	if (!has_regions())
		return;
	broken = cma_check(&pa);
	holds(broken, pa.val);
	for (unsigned i = 0; i < MOVING_REGIONS; i++) {
		const struct cma_region *region = cma_region(i);
		struct cma_usage usage;

		cma_read_usage(cma_region(i), &usage);
		assert_int_equal(usage.claimed + usage.lent + usage.free, region->bytes);
		assert_true(usage.largest <= region->bytes - usage.claimed);
	}
}

/* ---- areas ---- */

void *moving_va(const struct moving_area *area, u64 page)
{
	return area->at + (page << host_page_shift);
}

u64 moving_pa(const struct moving_area *area, u64 page)
{
	return vmap_to_paddr(moving_va(area, page)).val;
}

/* At the beginning of a page, in the middle and at the end. */
static u64 *signature(const struct moving_area *area, u64 page, unsigned third)
{
	u64 words = page_size() / sizeof(u64);

	return (u64 *)touch((uintptr_t)moving_va(area, page)) + third * (words - 1) / 2;
}

static u64 expected(const struct moving_area *area, u64 page, unsigned third)
{
	return (area->id << 32 | page << 2 | third) * 0x9e3779b97f4a7c15;
}

bool moving_area_alloc(struct moving_area *area, u64 pages)
{
	static u64 id;

	area->at = movable_alloc(pages << host_page_shift, 0);
	if (!area->at)
		return false;
	area->pages = pages;
	area->id = ++id;
	for (u64 i = 0; i < pages; i++)
		for (unsigned third = 0; third < 3; third++)
			*signature(area, i, third) = expected(area, i, third);
	return true;
}

void moving_area_verify(const struct moving_area *area)
{
	for (u64 i = 0; i < area->pages; i++)
		for (unsigned third = 0; third < 3; third++)
			assert_int_equal(*signature(area, i, third), expected(area, i, third));
}

void moving_area_free(struct moving_area *area)
{
	moving_area_verify(area);
	movable_free(area->at);
	area->at = NULL;
}

bool moving_dies(void (*act)(void), const char *text)
{
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		bool died = HOST_ASSERTS(act()) && strstr(host_last_failure(), text);

		if (!died)
			fprintf(stderr, "%s\n", host_last_failure());
		_exit(died ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
