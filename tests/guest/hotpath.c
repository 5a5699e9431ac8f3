// SPDX-License-Identifier: BSD-2-Clause
/*
 * The page-size helpers, each as a function of its own, so that their instructions can be
 * looked at.
 *
 * The guest test sees that they compute what the chosen granule says. scripts/check-hotpath
 * reads their instructions from the running kernel (the prompt's `hotpath`) and from a kernel
 * whose page size is a constant: they have to be the same.
 */
#include <arch/mmu.h>
#include <kernel/monitor.h>
#include <kernel/selftest.h>
#include <lib/printk.h>
#include <mm/addr.h>

#define INSN_RET 0xd65f03c0

#define HOTPATH(name, expression)            \
	u64 hotpath_##name(u64 x);           \
	__noinline u64 hotpath_##name(u64 x) \
	{                                    \
		return expression;           \
	}

HOTPATH(pfn, paddr_to_pfn(paddr(x)).val)
HOTPATH(word, page_word_offset(x))
HOTPATH(paddr, pfn_to_paddr(pfn(x)).val)
HOTPATH(offset, page_offset(x))
HOTPATH(align_down, page_align_down(x))
HOTPATH(align_up, page_align_up(x))
HOTPATH(next, page_add(x))
HOTPATH(count, page_count(x))
HOTPATH(is_aligned, page_is_aligned(x))
HOTPATH(index1, page_table_index(1, x))
HOTPATH(index2, page_table_index(2, x))
HOTPATH(index3, page_table_index(3, x))

HOTPATH(size, ((void)x, page_size()))
HOTPATH(shift, ((void)x, page_shift()))

/* Where the granule has a level 0; elsewhere nobody may ask for its index. */
HOTPATH(index0, page_table_index(0, x))

/*
 * `hotpath`: the words of each helper as this kernel runs them, up to the return. Level 0's index
 * is left out where the granule has no such level.
 */
COMMAND(hotpath, "", "instruction words of the page-size helpers, as patched")
{
	static const struct {
		const char *name;
		u64 (*function)(u64);
	} helpers[] = {
		{ "pfn", hotpath_pfn },
		{ "word", hotpath_word },
		{ "paddr", hotpath_paddr },
		{ "offset", hotpath_offset },
		{ "align_down", hotpath_align_down },
		{ "align_up", hotpath_align_up },
		{ "next", hotpath_next },
		{ "count", hotpath_count },
		{ "is_aligned", hotpath_is_aligned },
		{ "size", hotpath_size },
		{ "shift", hotpath_shift },
		{ "index3", hotpath_index3 },
		{ "index2", hotpath_index2 },
		{ "index1", hotpath_index1 },
		{ "index0", hotpath_index0 },
	};
	unsigned count = ARRAY_SIZE(helpers);

	(void)argc, (void)argv;
	if (granule_level_shift(mmu_kernel_pgtable()->granule, 0) >= VA_BITS)
		count--;
	for (unsigned i = 0; i < count; i++) {
		const u32 *word = (const u32 *)(uintptr_t)helpers[i].function;

		printk("hotpath: %s", helpers[i].name);
		do
			printk(" %08x", *word);
		while (*word++ != INSN_RET);
		printk("\n");
	}
	return 0;
}

static u64 index_of(const struct granule *g, unsigned level, u64 va)
{
	return va >> granule_level_shift(g, level) &
	       ((1ULL << granule_table_bits(g, level, VA_BITS)) - 1);
}

SELFTEST(page_helpers)
{
	const struct granule *g = mmu_kernel_pgtable()->granule;
	u64 page = granule_page_bytes(g);
	static const u64 samples[] = { 1,
				       0xfff,
				       0x1000,
				       0x1001,
				       0x3fff,
				       0x4000,
				       0xffff,
				       0x10000,
				       0x10001,
				       0x123456789abcdef,
				       0xffff800012345678,
				       0x0000ffffffffffff };

	EXPECT_EQUAL(page_size(), page);
	EXPECT_EQUAL(page_shift(), g->shift);
	for (unsigned i = 0; i < ARRAY_SIZE(samples); i++) {
		u64 x = samples[i];

		EXPECT_EQUAL(hotpath_pfn(x), x / page);
		EXPECT_EQUAL(hotpath_word(x - x % page), x / page * 8);
		EXPECT_EQUAL(hotpath_paddr(x), x * page);
		EXPECT_EQUAL(hotpath_offset(x), x % page);
		EXPECT_EQUAL(hotpath_align_down(x), x - x % page);
		EXPECT_EQUAL(hotpath_align_up(x), (x + page - 1) / page * page);
		EXPECT_EQUAL(hotpath_next(x), x + page);
		EXPECT_EQUAL(hotpath_count(x), (x + page - 1) / page);
		EXPECT_EQUAL(hotpath_is_aligned(x), x % page == 0);
		EXPECT_EQUAL(hotpath_index1(x), index_of(g, 1, x));
		EXPECT_EQUAL(hotpath_index2(x), index_of(g, 2, x));
		EXPECT_EQUAL(hotpath_index3(x), index_of(g, 3, x));
		if (granule_level_shift(g, 0) < VA_BITS)
			EXPECT_EQUAL(hotpath_index0(x), index_of(g, 0, x));
	}
	EXPECT_EQUAL(hotpath_align_up(0), 0);
	EXPECT_EQUAL(hotpath_count(0), 0);
}
