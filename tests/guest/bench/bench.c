// SPDX-License-Identifier: BSD-2-Clause
/*
 * The prompt's `bench`: figures that scripts/bench compares with their limits and with those
 * of a kernel whose page size is a constant. One line each: `bench: NAME VALUE`.
 *
 * Figures are guest instructions, and mean something under -icount shift=0, where one takes
 * one nanosecond.
 */
#include <arch/counter.h>
#include <arch/page.h>
#include <arch/pmu.h>
#include <arch/spinlock.h>
#include <kernel/bench.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <kernel/report.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/buddy.h>
#include <mm/memblock.h>
#include <mm/pages.h>

#define ROUNDS 1000

/* Keep a value alive without doing anything with it. */
#define KEEP(x) asm volatile("" ::"r"(x))

void bench_report(const char *name, u64 instructions, u64 rounds)
{
	u64 hundredths = instructions * 100 / rounds;

	printk("bench: %s %llu.%02llu\n", name, hundredths / 100, hundredths % 100);
}

/*
 * Instructions of one evaluation: a loop of ROUNDS with the expression, less one without. The
 * variable's value is hidden from the compiler, so that every round computes.
 */
#define BENCH_EXPRESSION(name, expression)                        \
	do {                                                      \
		u32 start_ = pmu_instructions(), with_, without_; \
		for (u64 i_ = 0; i_ < ROUNDS; i_++) {             \
			u64 x = i_;                               \
			asm volatile("" : "+r"(x));               \
			KEEP(expression);                         \
		}                                                 \
		with_ = pmu_instructions() - start_;              \
		start_ = pmu_instructions();                      \
		for (u64 i_ = 0; i_ < ROUNDS; i_++) {             \
			u64 x = i_;                               \
			asm volatile("" : "+r"(x));               \
			KEEP(x);                                  \
		}                                                 \
		without_ = pmu_instructions() - start_;           \
		bench_report(name, with_ - without_, ROUNDS);     \
	} while (0)

/*
 * Instructions of an allocation and of what undoes it, each by itself and together: the loop around
 * them, which reads the counter, is measured empty and taken off.
 */
#define BENCH_PAIR(name, first, second)                                    \
	do {                                                               \
		u64 first_ = 0, second_ = 0, empty_ = 0;                   \
		first; /* not counted: lists are empty yet */              \
		second;                                                    \
		for (unsigned i_ = 0; i_ < ROUNDS; i_++) {                 \
			u32 a_ = pmu_instructions(), b_, c_;               \
			first;                                             \
			b_ = pmu_instructions();                           \
			second;                                            \
			c_ = pmu_instructions();                           \
			first_ += b_ - a_;                                 \
			second_ += c_ - b_;                                \
			a_ = pmu_instructions();                           \
			empty_ += pmu_instructions() - a_;                 \
		}                                                          \
		bench_report(name "_alloc", first_ - empty_, ROUNDS);      \
		bench_report(name "_free", second_ - empty_, ROUNDS);      \
		bench_report(name, first_ + second_ - 2 * empty_, ROUNDS); \
	} while (0)

static void bench_helpers(void)
{
	BENCH_EXPRESSION("helper_pfn", page_shift_right(x));
	BENCH_EXPRESSION("helper_offset", page_offset(x));
	BENCH_EXPRESSION("helper_align_down", page_align_down(x));
	BENCH_EXPRESSION("helper_align_up", page_align_up(x));
	BENCH_EXPRESSION("helper_index", page_table_index(3, x));
}

/* Of a lock that nobody else wants. */
static void bench_lock(void)
{
	struct lock_class class = { .name = "bench" };
	struct spinlock lock = { .class = &class };

	BENCH_EXPRESSION("lock", (spin_lock(&lock), spin_unlock(&lock), x));
	BENCH_EXPRESSION("lock_irq", (spin_unlock_irq(&lock, spin_lock_irq(&lock)), x));
}

/* Allocate and free what was freed last; order 0, a zeroed page, 16 pages, 2 MiB. */
static void bench_pages(void)
{
	paddr_t block;

	BENCH_PAIR("pages_1", if (pages_alloc(0, 0, &block)) break, pages_free(block, 0));
	BENCH_PAIR("pages_zero", if (pages_alloc(0, PAGES_ZERO, &block)) break,
		   pages_free(block, 0));
	BENCH_PAIR("pages_16", if (pages_alloc(4, 0, &block)) break, pages_free(block, 4));
	BENCH_PAIR("pages_2M", if (pages_alloc(buddy_pageblock_order(), 0, &block)) break,
		   pages_free(block, buddy_pageblock_order()));
}

/* To the end of the core, and from there to the first command. */
static u64 command_ns;

static void bench_boot(void)
{
	printk("bench: boot %llu\n", report_boot_ns);
	printk("bench: boot_prompt %llu\n", command_ns);
	printk("bench: used_bytes %llu\n", memblock_memory_bytes() - pages_free_bytes());
}

/* In the order in which all of them run: what is used is asked before anything else is. */
static const struct {
	const char *name;
	void (*run)(void);
} parts[] = {
	{ "boot", bench_boot },   { "helpers", bench_helpers }, { "lock", bench_lock },
	{ "pages", bench_pages }, { "vmap", bench_vmap },       { "heap", bench_heap },
	{ "sched", bench_sched }, { "cma", bench_cma },         { "hash", bench_hash },
	{ "kexec", bench_kexec },
};

COMMAND(bench, "[boot | helpers | lock | pages | vmap | heap | sched | cma | hash | kexec]",
	"count instructions; needs QEMU's -icount shift=0")
{
	bool found = false;

	command_ns = arch_counter_ns();
	if (pmu_start()) {
		printk("bench: this CPU can't count instructions (PMU event 0x08); in QEMU it "
		       "needs -icount shift=0\n");
		return -EOPNOTSUPP;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(parts); i++) {
		if (argc > 1 && strcmp(argv[1], parts[i].name))
			continue;
		parts[i].run();
		found = true;
	}
	if (!found)
		printk("bench: %s: boot, helpers, pages, vmap, heap, cma, hash or kexec\n",
		       argv[1]);
	return found ? 0 : -EINVAL;
}
