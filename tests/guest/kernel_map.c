// SPDX-License-Identifier: BSD-2-Clause
/*
 * The live kernel map: what it says, entry by entry, and what the hardware makes of it.
 */
#include <arch/boot.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/probe.h>
#include <arch/sysreg.h>
#include <kernel/selftest.h>
#include <mm/addr.h>
#include <mm/memblock.h>

SELFTEST(truth_line)
{
	struct pgtable pt;

	/* The registers say what was chosen, and the lower half is off. */
	EXPECT(mmu_read_regime(&pt, true));
	EXPECT_EQUAL(pt.granule->shift, boot_info.page_shift);
	EXPECT_EQUAL(pt.root.val, mmu_kernel_pgtable()->root.val);
	EXPECT(!mmu_read_regime(&pt, false));
	EXPECT(granule_supported(mmu_kernel_pgtable()->granule, sysreg_read(id_aa64mmfr0_el1)));
}

struct wx_count {
	unsigned leaves;
	unsigned writable;
	unsigned executable;
	unsigned both;
};

static void count_permissions(void *ctx, vaddr_t va, unsigned level, pte_t leaf, u64 bytes)
{
	struct wx_count *count = ctx;

	(void)va, (void)level, (void)bytes;
	count->leaves++;
	count->writable += pte_writable(leaf);
	count->executable += pte_executable(leaf);
	count->both += pte_writable(leaf) && pte_executable(leaf);
}

/* Every entry of the live map, from the registers: none is writable and executable. */
SELFTEST(write_xor_execute)
{
	struct wx_count count = { 0 };
	struct pgtable pt;
	vaddr_t where;
	const char *broken;

	EXPECT(mmu_read_regime(&pt, true));
	pgtable_for_each_leaf(&pt, count_permissions, &count);
	EXPECT(count.writable > 0);
	EXPECT(count.executable > 0);
	EXPECT_EQUAL(count.both, 0);
	broken = pgtable_check(&pt, &where);
	if (broken)
		selftest_failed(run, __FILE__, __LINE__, broken);
}

static bool can_read(u64 at)
{
	u8 byte;

	return !arch_probe_read(vaddr(at), &byte);
}

/* Writes back what is there: harmless where it is allowed. */
static bool can_write(u64 at)
{
	u8 byte;

	return !arch_probe_read(vaddr(at), &byte) && !arch_probe_write(vaddr(at), byte);
}

static bool can_execute(u64 at)
{
	return !arch_probe_exec(vaddr(at));
}

/* A linker symbol as a number: what lies around it is no array of C's. */
#define AT(symbol) ((u64)(uintptr_t)(symbol))

/* A function that may be called from anywhere, as two instructions, and as data. */
static __noinline __used void just_return(void)
{
}

static u32 just_return_data = 0xd65f03c0; /* RET */
/* Among the kernel's constants: kernel.ld puts those of tests after the text. */
static const u32 just_return_rodata __section(".srodata") = 0xd65f03c0;

/* Where the linear map has the same memory as the image has at `at`. */
static u64 linear_alias(u64 at)
{
	return paddr_to_linear(paddr(boot_info.image_pa + (at - AT(_text)))).val;
}

SELFTEST(image_permissions)
{
	EXPECT(can_read(AT(_init_text_end)));
	EXPECT(!can_write(AT(_init_text_end)));
	EXPECT(can_execute(AT(just_return)));
	EXPECT(can_read(AT(_rodata)));
	EXPECT(!can_write(AT(_rodata)));
	EXPECT(!can_execute(AT(&just_return_rodata)));
	EXPECT(can_read(AT(_data)));
	EXPECT(can_write(AT(_data)));
	EXPECT(!can_execute(AT(&just_return_data)));
}

/* The linear map is no way around the image's permissions. */
SELFTEST(image_alias_permissions)
{
	EXPECT(can_read(linear_alias(AT(just_return))));
	EXPECT(!can_write(linear_alias(AT(just_return))));
	EXPECT(!can_execute(linear_alias(AT(just_return))));
	EXPECT(can_read(linear_alias(AT(&just_return_rodata))));
	EXPECT(!can_write(linear_alias(AT(&just_return_rodata))));
	EXPECT(can_write(linear_alias(AT(&just_return_data))));
	EXPECT(!can_execute(linear_alias(AT(&just_return_data))));
}

/* By physical page, whatever the alias; and the check sees what it is for. */
SELFTEST(aliases_of_the_kernel)
{
	u64 page = granule_page_bytes(mmu_kernel_pgtable()->granule);
	u64 text = boot_info.image_pa + ALIGN_DOWN(AT(just_return) - AT(_text), page);
	vaddr_t at = vaddr(VMAP_BASE + VMAP_BYTES - page), where = vaddr(0);
	const char *broken = mmu_check(&where);

	if (broken)
		selftest_failed(run, __FILE__, __LINE__, broken);
	EXPECT_EQUAL(pgtable_map(mmu_lock(), at, paddr(text), page, MAP_DATA), 0);
	broken = mmu_check(&where);
	EXPECT_EQUAL(pgtable_unmap(mmu_kernel_pgtable(), at, page), 0);
	mmu_unlock();
	EXPECT(broken && broken[1] == '1');
	EXPECT_EQUAL(where.val, at.val);
}

SELFTEST(null_is_not_mapped)
{
	u64 page = granule_page_bytes(mmu_kernel_pgtable()->granule);
	u8 byte;

	EXPECT(arch_probe_read(vaddr(0), &byte));
	EXPECT(arch_probe_read(vaddr(page - 1), &byte));
	EXPECT(arch_probe_read(vaddr(page), &byte));
	EXPECT(arch_probe_write(vaddr(8), 0));
	EXPECT(arch_probe_exec(vaddr(0)));
	/* Pointers just below zero, such as a structure's member at NULL minus something. */
	EXPECT(arch_probe_read(vaddr(~0ULL), &byte));
}

SELFTEST(stack_guards)
{
	EXPECT(can_write(AT(_stack_top) - 1));
	EXPECT(can_write(AT(_stack_top) - STACK_BYTES));
	EXPECT(!can_read(AT(_stack_top) - STACK_BYTES - 1));
	EXPECT(!can_read(AT(_stacks)));
	/* Above, what the page has left is used. */
	EXPECT(!can_read(page_align_up(AT(_stack_top))));
	EXPECT(can_write(AT(_overflow_stack_top) - 1));
	EXPECT(can_write(AT(_overflow_stack_top) - OVERFLOW_STACK_BYTES));
	EXPECT(!can_write(AT(_overflow_stack_top) - OVERFLOW_STACK_BYTES - 1));
}

/* Of the leaves that the granule has, the largest that fits at `at` below `end`. */
static unsigned largest_level(const struct granule *g, u64 at, u64 end)
{
	for (unsigned level = g->first_block_level; level < GRANULE_LAST_LEVEL; level++) {
		u64 span = 1ULL << granule_level_shift(g, level);

		if (IS_ALIGNED(at, span) && at + span <= end)
			return level;
	}
	return GRANULE_LAST_LEVEL;
}

/* The linear map after the image, checked where each size of leaf can first begin. */
SELFTEST(largest_leaves)
{
	const struct pgtable *pt = mmu_kernel_pgtable();
	paddr_t from = paddr(ALIGN_UP(boot_info.image_pa + image_offset(_end), 2 * MiB)), pa;
	struct pgtable_walk walk;
	struct region memory;

	EXPECT(memblock_next_memory(&from, &memory));
	for (unsigned level = pt->granule->first_block_level; level <= GRANULE_LAST_LEVEL;
	     level++) {
		u64 span = 1ULL << granule_level_shift(pt->granule, level);
		u64 contig = span << granule_contig_shift(pt->granule, level);
		u64 end = region_end(&memory).val;
		u64 at = ALIGN_UP(memory.base.val, span);
		u64 first = ALIGN_DOWN(at, contig);

		if (at + span > end)
			continue;
		EXPECT(pgtable_walk(pt, paddr_to_linear(paddr(at)), &walk, &pa));
		EXPECT_EQUAL(pa.val, at);
		EXPECT_EQUAL(walk.last_level, largest_level(pt->granule, at, end));
		/* A run that lies wholly in memory, and is of leaves of this size, is marked. */
		if (walk.last_level == level && first >= memory.base.val && first + contig <= end)
			EXPECT(walk.entry[level].val & PTE_CONTIG);
	}
}
