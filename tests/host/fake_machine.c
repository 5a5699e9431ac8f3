// SPDX-License-Identifier: BSD-2-Clause
/* The fake machine: <fake_machine.h> says what it is for. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake_machine.h"
#include "memblock_lists.h"

#include <cmocka.h>

#include <arch/boot.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <kernel/fault_inject.h>
#include <kernel/mm_report.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/compact.h>
#include <mm/pages.h>

unsigned long long host_linear_base, host_frame_table_base;
struct boot_info boot_info;
u64 machine_poison;
struct machine_table machine_table;
int machine_fail_map_after;

#define GIB (1ULL << 30)

/* What a page of the table has after it. */
enum backing { NOTHING, DATA, ZEROES };

static struct {
	u64 start; /* of the span */
	u64 bytes;
	u8 *linear;      /* its linear map */
	u8 *table;       /* the words of the span, and of the rest of its largest blocks */
	u64 table_bytes; /* a multiple of the page size */
	u8 *backing;     /* enum backing of each page of the table */
	u64 zeroes;      /* physical address of the page after holes; 0: none yet */
} ram;

static struct pgtable space;

static u64 page(void)
{
	return 1ULL << host_page_shift;
}

/* Nothing can be touched there. Small ones are used again: faulting pages in takes long. */
struct area {
	u8 *at;
	u64 bytes;
};

#define SMALL_AREA_BYTES (128 * MiB)

static struct area linear_area, table_area;

static u8 *take_area(struct area *area, u64 bytes)
{
	bool fits = area->at && bytes <= area->bytes && area->bytes <= SMALL_AREA_BYTES;

	if (fits) {
		assert_false(mprotect(area->at, (size_t)area->bytes, PROT_NONE));
		return area->at;
	}
	if (area->at)
		munmap(area->at, (size_t)area->bytes);
	area->bytes = MAX(bytes, SMALL_AREA_BYTES);
	area->at = mmap(NULL, (size_t)area->bytes, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(area->at != MAP_FAILED);
	return area->at;
}

void machine_begin(u64 start, u64 bytes)
{
	u64 first = ALIGN_DOWN(start, GIB), end = ALIGN_UP(start + bytes, GIB);
	unsigned word_shift = host_page_shift - 3;
	u8 *table;

	ram.start = ALIGN_DOWN(start, PAGE_SIZE_MAX);
	ram.bytes = ALIGN_UP(start + bytes, PAGE_SIZE_MAX) - ram.start;
	ram.linear = take_area(&linear_area, ram.bytes);
	host_linear_base = (uintptr_t)ram.linear - ram.start;

	ram.table_bytes = (end - first) >> word_shift;
	table = take_area(&table_area, ram.table_bytes + PAGE_SIZE_MAX);
	ram.table = (u8 *)ALIGN_UP((uintptr_t)table, PAGE_SIZE_MAX);
	host_frame_table_base = (uintptr_t)ram.table - (first >> word_shift);
	free(ram.backing);
	ram.backing = calloc(ram.table_bytes >> host_page_shift, 1);
	assert_non_null(ram.backing);
	ram.zeroes = 0;

	memset(&boot_info, 0, sizeof(boot_info));
	memset(&machine_table, 0, sizeof(machine_table));
	space = (struct pgtable){ .granule = granule_by_shift(host_page_shift), .va_bits = 48 };
	machine_fail_map_after = -1;
	memblock_init();
}

u64 machine_free_word(unsigned order, enum migratetype type)
{
	return FRAME_FREE | (u64)order << FRAME_ORDER_SHIFT | (u64)type << FRAME_LIST_SHIFT;
}

/* ---- the table ---- */

__attribute__((weak)) struct pgtable *mmu_kernel_pgtable(void)
{
	return &space;
}

static void fill_with_poison(u64 *words, u64 bytes)
{
	for (u64 i = 0; i < bytes / sizeof(*words); i++)
		words[i] = machine_poison != MACHINE_MIXED
				   ? machine_poison
				   : machine_free_word((unsigned)host_random_below(19),
						       (enum migratetype)host_random_below(2));
}

/* The same 2 MiB of poison after all of it, copied where it is written to. */
static void map_poison(u8 *at, u64 bytes)
{
	int fd = memfd_create("poison", 0);
	u64 *words;

	assert_true(fd >= 0 && !ftruncate(fd, 2 * MiB));
	words = mmap(NULL, 2 * MiB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(words != MAP_FAILED);
	fill_with_poison(words, 2 * MiB);
	for (u64 done = 0; done < bytes; done += 2 * MiB)
		assert_true(mmap(at + done, (size_t)MIN(2 * MiB, bytes - done),
				 PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE,
				 fd, 0) != MAP_FAILED);
	munmap(words, 2 * MiB);
	close(fd);
}

static void map_data(u8 *at, paddr_t pa, u64 bytes)
{
	u64 leaf = 1ULL << granule_level_shift(space.granule, 2);

	/* It is memory, and nobody else's. */
	assert_true(memblock_covers(pa, bytes));
	for (u64 offset = 0; offset < bytes; offset += page())
		assert_true(memblock_lists_reserved(paddr(pa.val + offset)));
	assert_int_equal(memblock_reserved_bytes(MEMBLOCK_FRAME_TABLE),
			 machine_table.data_bytes + bytes + (ram.zeroes ? page() : 0));
	machine_table.data_bytes += bytes;
	machine_table.maps++;
	machine_table.misaligned += bytes >= leaf && (((uintptr_t)at ^ pa.val) & (leaf - 1));
	if (bytes >= 64 * MiB) {
		map_poison(at, bytes);
	} else {
		assert_false(mprotect(at, (size_t)bytes, PROT_READ | PROT_WRITE));
		fill_with_poison((u64 *)at, bytes);
	}
}

static void map_zeroes(u8 *at, paddr_t pa, u64 bytes)
{
	const u8 *zeroes = vaddr_ptr(paddr_to_linear(pa));

	for (u64 i = 0; i < bytes; i++)
		assert_int_equal(zeroes[i], 0);
	assert_true(bytes == page() && (!ram.zeroes || ram.zeroes == pa.val));
	ram.zeroes = pa.val;
	machine_table.hole_bytes += bytes;
	assert_false(mprotect(at, (size_t)bytes, PROT_READ | PROT_WRITE));
	memset(at, 0, (size_t)bytes);
	assert_false(mprotect(at, (size_t)bytes, PROT_READ));
}

int machine_map_table(vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind)
{
	u64 offset = va.val - (uintptr_t)ram.table;
	u8 *backing = ram.backing + (offset >> host_page_shift);
	enum backing want = kind == MAP_DATA ? DATA : ZEROES;
	u64 same = 0, pages = bytes >> host_page_shift;

	assert_true(bytes && (va.val | pa.val | bytes) % page() == 0);
	assert_true(offset < ram.table_bytes && bytes <= ram.table_bytes - offset);
	if (machine_fail_map_after == 0)
		return -ENOMEM;
	if (machine_fail_map_after > 0)
		machine_fail_map_after--;
	for (u64 i = 0; i < pages; i++)
		same += backing[i] == want;
	if (same == pages && want == ZEROES && ram.zeroes == pa.val)
		return 0;
	for (u64 i = 0; i < pages; i++)
		if (backing[i] != NOTHING)
			return -EEXIST;
	memset(backing, (int)want, (size_t)pages);
	if (want == DATA)
		map_data(ram.table + offset, pa, bytes);
	else
		map_zeroes(ram.table + offset, pa, bytes);
	return 0;
}

/* Tests with the real one call machine_map_table for what is in the table. */
__attribute__((weak)) int pgtable_map(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes,
				      enum map_kind kind)
{
	assert_ptr_equal(pt, &space);
	return machine_map_table(va, pa, bytes, kind);
}

u64 machine_words_changed(void)
{
	u64 changed = 0, words = page() / sizeof(u64);

	assert_true(machine_poison != MACHINE_MIXED);
	for (u64 i = 0; i < ram.table_bytes >> host_page_shift; i++) {
		const u64 *at = (const u64 *)(ram.table + (i << host_page_shift));

		if (ram.backing[i] != DATA ||
		    (*at == machine_poison && !memcmp(at, at + 1, (words - 1) * sizeof(u64))))
			continue;
		for (u64 word = 0; word < words; word++)
			changed += at[word] != machine_poison;
	}
	return changed;
}

/* ---- memory ---- */

unsigned machine_reports, machine_compactions;

/* Where the real ones are not linked. */
__attribute__((weak)) bool (*fault_injector)(enum fault_site site);

__attribute__((weak)) int compact_block(enum migratetype type, unsigned order, paddr_t *block)
{
	(void)type, (void)order, (void)block;
	machine_compactions++;
	return -ENOMEM;
}

__attribute__((weak)) void mm_report(void)
{
	machine_reports++;
}

void machine_add(u64 base, u64 bytes)
{
	assert_int_equal(memblock_add(paddr(base), bytes), 0);
}

void machine_no_map(u64 base, u64 bytes)
{
	assert_int_equal(memblock_mark_no_map(paddr(base), bytes), 0);
}

void machine_reserve(u64 base, u64 bytes, enum memblock_owner owner)
{
	assert_int_equal(memblock_reserve(paddr(base), bytes, owner), 0);
}

void machine_image(u64 base)
{
	assert_int_equal(_end - _text, MACHINE_IMAGE_BYTES);
	assert_true(memblock_covers(paddr(base), MACHINE_IMAGE_BYTES));
	machine_reserve(base, MACHINE_IMAGE_BYTES, MEMBLOCK_IMAGE);
	boot_info.image_pa = base;
}

/*
 * Each page begins with links to itself: taking what is not a free block off a list goes unnoticed
 * at that moment, and then shows in the books.
 */
static void link_to_itself(u64 base, u64 end)
{
	for (u64 pa = base; pa < end; pa += page()) {
		u64 *links = vaddr_ptr(paddr_to_linear(paddr(pa)));

		links[0] = links[1] = (uintptr_t)links;
	}
}

int machine_init(void)
{
	paddr_t from = paddr(0);
	struct region memory;
	int err;

	while (memblock_next_memory(&from, &memory)) {
		u64 base = ALIGN_UP(memory.base.val, page());
		u64 end = ALIGN_DOWN(region_end(&memory).val, page());

		if ((memory.flags & MEMBLOCK_FLAG_NO_MAP) || base >= end)
			continue;
		assert_true(base >= ram.start && end - ram.start <= ram.bytes);
		assert_false(mprotect(ram.linear + (base - ram.start), (size_t)(end - base),
				      PROT_READ | PROT_WRITE));
		if (end - base <= 256 * MiB)
			link_to_itself(base, end);
	}
	err = frame_init();
	if (!err)
		pages_init();
	pages_reclaim = compact_block;
	return err;
}

/* ---- at random ---- */

/* Somewhere on or near a boundary of a random power of two. */
static u64 random_address(u64 start, u64 end)
{
	u64 unit = page() << host_random_below(22 - host_page_shift);
	u64 at = ALIGN_DOWN(start + host_random_below(end - start), unit);

	if (host_random_below(4) == 0)
		at += host_random_below(page());
	return CLAMP(at, start, end);
}

/* From `base` on, outside the image, which must stay mapped. */
static void random_no_map(u64 base, u64 end)
{
	u64 bytes = base < end ? random_address(base, end) - base : 0;
	struct region taken;

	if (bytes > 4 * MiB && host_random_below(2))
		bytes %= 4 * MiB;
	if (!memblock_first_reserved(paddr(base), bytes, &taken))
		machine_no_map(base, bytes);
}

/* One to four pageblocks for CMA, where nothing else is. */
static void random_cma(u64 start, u64 end)
{
	u64 base = ALIGN_UP(random_address(start, end), PAGEBLOCK_BYTES);
	u64 bytes = (1 + host_random_below(4)) * PAGEBLOCK_BYTES;
	struct region memory, taken;
	paddr_t from = paddr(base);

	/* All of it in one piece of memory, which is mapped. */
	if (memblock_next_memory(&from, &memory) && memory.base.val <= base &&
	    base + bytes <= region_end(&memory).val && !(memory.flags & MEMBLOCK_FLAG_NO_MAP) &&
	    !memblock_first_reserved(paddr(base), bytes, &taken))
		machine_reserve(base, bytes, MEMBLOCK_CMA);
}

void machine_random(u64 start, u64 bytes)
{
	u64 end = start + bytes, image = ALIGN_UP(start + bytes / 3, 2 * MiB);

	machine_begin(start, bytes);
	if (host_random_below(4) == 0) {
		machine_add(start, bytes);
	} else {
		machine_add(image, 4 * MiB);
		for (u64 i = host_random_below(4) + 1; i; i--) {
			u64 base = random_address(start, end);

			machine_add(base, random_address(base, end) - base);
		}
	}
	machine_image(image);
	/* Anywhere, and where memory begins or ends. */
	for (u64 i = host_random_below(3); i; i--)
		random_no_map(start + host_random_below(bytes), end);
	if (host_random_below(4) == 0)
		random_no_map(memblock_start().val, image);
	if (host_random_below(4) == 0)
		random_no_map(memblock_end().val - host_random_below(4 * MiB), memblock_end().val);
	for (u64 i = host_random_below(3); i; i--)
		random_cma(start, end);
	for (u64 i = host_random_below(8); i; i--) {
		u64 base = random_address(start, end);
		u64 most = host_random_below(3) ? 256 * KiB : 4 * MiB;

		machine_reserve(base, MIN(end - base, host_random_below(most)), MEMBLOCK_FIRMWARE);
	}
	/* Right before and after what will be given back. */
	if (host_random_below(3) == 0)
		machine_reserve(image + MACHINE_IMAGE_BYTES, host_random_below(6 * MiB),
				MEMBLOCK_INITRD);
	if (host_random_below(3) == 0)
		machine_reserve(image - 2 * MiB, 2 * MiB, MEMBLOCK_FIRMWARE);
}
