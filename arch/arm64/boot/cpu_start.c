// SPDX-License-Identifier: BSD-2-Clause
/* Starting another CPU, as the one that starts it does. <arch/cpu_start.h> has the contract. */
#include <arch/barrier.h>
#include <arch/boot.h>
#include <arch/cache.h>
#include <arch/counter.h>
#include <arch/cpu_id.h>
#include <arch/cpu_pen.h>
#include <arch/cpu_start.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/psci.h>
#include <arch/spinlock.h>
#include <arch/sysreg.h>
#include <arch/trampoline.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/devicetree_device.h>

BUILD_ASSERT(offsetof(struct cpu_start_block, mair) == CPU_START_MAIR);
BUILD_ASSERT(offsetof(struct cpu_start_block, ttbr0) == CPU_START_TTBR);
BUILD_ASSERT(offsetof(struct cpu_start_block, upper) == CPU_START_UPPER);
BUILD_ASSERT(offsetof(struct cpu_start_block, stack) == CPU_START_STACK);
BUILD_ASSERT(offsetof(struct cpu_start_block, go) == CPU_START_GO);
BUILD_ASSERT(offsetof(struct cpu_start_block, state) == CPU_START_STATE);
BUILD_ASSERT(offsetof(struct cpu_start_block, id.midr) == CPU_START_ID);
BUILD_ASSERT(offsetof(struct cpu_start_block, id.mmfr0) == CPU_START_ID + 8);
BUILD_ASSERT(offsetof(struct cpu_start_block, id.pfr0) == CPU_START_ID + 16);
BUILD_ASSERT(offsetof(struct cpu_start_block, id.ctr) == CPU_START_ID + 24);
BUILD_ASSERT(offsetof(struct cpu_start_block, pen) == CPU_START_PEN);

/* Until a CPU answers; a machine under load takes its time. Without a clock: so many looks. */
#define ANSWER_NS    2000000000
#define ANSWER_LOOKS 100000000

void cpu_entry(void), cpu_upper(void);
extern const u8 cpu_entry_end[];

/* Where cpu_entry finds the block. */
u64 cpu_start_block_pa;

static u64 image_address(const void *at)
{
	return boot_info.image_pa + image_offset(at);
}

static paddr_t entry_address(void)
{
	return paddr(image_address((const void *)(uintptr_t)cpu_entry));
}

int cpu_start_prepare(struct cpu_start *start, pgtable_alloc_fn *alloc, pgtable_free_fn *free)
{
	int err = trampoline_init(&start->idmap, alloc, free);

	start->lost = false;
	if (!err)
		err = trampoline_map(&start->idmap, paddr(boot_info.image_pa),
				     (const void *)(uintptr_t)cpu_entry, cpu_entry_end, MAP_TEXT);
	if (err)
		cpu_start_finish(start);
	return err;
}

bool cpu_start_finish(struct cpu_start *start)
{
	if (start->lost)
		return false;
	start->idmap.live = false;
	if (start->idmap.root.val)
		pgtable_destroy(&start->idmap);
	return true;
}

/*
 * The other CPU's caches are off: what is written here has to reach memory, and what it has written
 * is read from there. Both are one operation, clean and invalidate to the point of coherency: this
 * CPU writes nothing while it waits for the other one, so that no line it drops is dirty.
 */
static void sync_block(const struct cpu_start_block *block)
{
	cache_clean_poc(block, block + 1);
}

static void fill(struct cpu_start *start, const struct cpu *cpu, void (*run)(void))
{
	paddr_t pen;

	(void)cpu_pen(&pen);
	*start->block = (struct cpu_start_block){
		.mair = sysreg_read(mair_el1),
		.tcr = sysreg_read(tcr_el1) & ~(u64)TCR_EPD0,
		.ttbr0 = start->idmap.root.val,
		.ttbr1 = sysreg_read(ttbr1_el1),
		.upper = (u64)(uintptr_t)cpu_upper,
		.run = (u64)(uintptr_t)run,
		.stack = cpu->overflow_top,
		.cpu = vaddr_of(cpu).val,
		.pen = pen.val,
	};
	cpu_start_block_pa = vaddr_of(start->block).val - LINEAR_BASE;
	cache_clean_poc(&cpu_start_block_pa, &cpu_start_block_pa + 1);
	sync_block(start->block);
}

static bool came(const struct cpu_start_block *block)
{
	u64 began = arch_counter_ns(), looks = 0;

	for (;;) {
		sync_block(block);
		if (__atomic_load_n(&block->state, __ATOMIC_RELAXED) == CPU_START_CAME)
			return true;
		if (arch_counter_has_unit() ? arch_counter_ns() - began > ANSWER_NS
					    : ++looks == ANSWER_LOOKS)
			return false;
		spin_pause();
	}
}

/*
 * A word in memory that the CPU looks at, in firmware's loop or ours. It waits by WFE: the SEV
 * comes after the DSB of the cleaning, which completes it for who reads memory.
 */
static const char *write_release(u64 release, paddr_t entry)
{
	vaddr_t at = vaddr(release + LINEAR_BASE);
	u64 *word;
	paddr_t pa;

	if (!release || !IS_ALIGNED(release, sizeof(*word)))
		return "has no cpu-release-addr";
	if (!pte_reaches(release, sizeof(*word)) ||
	    !pgtable_lookup(mmu_kernel_pgtable(), at, &pa)) {
		const char *lacks = mmu_map_device(paddr(release), sizeof(*word), &at);

		if (lacks)
			return "has a cpu-release-addr that can't be written";
	}
	word = vaddr_ptr(at);
	__atomic_store_n(word, entry.val, __ATOMIC_RELAXED);
	cache_clean_poc(word, word + 1); /* its caches are off */
	asm volatile("sev" ::: "memory");
	return NULL;
}

/* It begins. NULL, or why not. */
static const char *kick(const struct devicetree_cpu *tree)
{
	u64 release;

	switch (tree->enable) {
	case DEVICETREE_ENABLE_PSCI:
		return psci_cpu_on(tree->mpidr, entry_address(), 0) ? "isn't started by PSCI"
								    : NULL;
	case DEVICETREE_ENABLE_SPIN_TABLE:
		release = cpu_pen_release(tree);
		if (!release && tree->release_addr)
			return "didn't go off for this kernel";
		return write_release(release, entry_address());
	case DEVICETREE_ENABLE_NONE:
		return "has no enable-method";
	default:
		return "has an enable-method that isn't known";
	}
}

/* By what it wrote down. If it is good, then from now on it counts for what all CPUs have. */
static const char *judge(const struct cpu_start_block *block)
{
	const char *lacks = cpu_id_lacks(&block->id);

	if (!lacks)
		cpu_id_join(&block->id);
	return lacks;
}

const char *cpu_start_one(struct cpu_start *start, const struct devicetree_cpu *tree,
			  struct cpu *cpu, void (*run)(void))
{
	struct cpu_start_block *block = start->block;
	const char *lacks;

	fill(start, cpu, run);
	lacks = kick(tree);
	if (lacks)
		return lacks;
	if (!came(block)) {
		start->lost = true;
		return "doesn't come";
	}
	lacks = judge(block);
	block->go = lacks ? CPU_START_PARK + psci_method() : CPU_START_RUN;
	sync_block(block);
	return lacks;
}

void cpu_start_pen(const struct devicetree_cpu *tree)
{
	paddr_t pen;

	if (tree->enable == DEVICETREE_ENABLE_SPIN_TABLE && cpu_pen(&pen) && cpu_is_on(tree->mpidr))
		(void)write_release(tree->release_addr, pen);
}
