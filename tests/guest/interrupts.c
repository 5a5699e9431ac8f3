// SPDX-License-Identifier: BSD-2-Clause
/* Interrupts and deadlines, by the CPU's own timer. */
#include <arch/counter.h>
#include <arch/irqflags.h>
#include <kernel/irq.h>
#include <kernel/selftest.h>
#include <kernel/timer.h>
#include <kernel/wait.h>
#include <mm/kmalloc.h>
#include <mm/pages.h>

#define MS 1000000ULL

/* ---- three at once ---- */

static struct note {
	struct timer timer;
	u64 fired_ns;
	unsigned turn;
	bool was_masked;
} notes[3];
static unsigned turns;

static void note(struct timer *timer)
{
	struct note *n = container_of(timer, struct note, timer);

	n->fired_ns = arch_counter_ns();
	n->was_masked = !irq_is_open();
	n->turn = __atomic_fetch_add(&turns, 1, __ATOMIC_RELEASE);
}

SELFTEST(timers_fire_in_order)
{
	static const u64 after_ms[] = { 3, 1, 2 };
	u64 begin, saved;

	if (!timer_works())
		SKIP_TEST("there is no timer");
	EXPECT(irq_is_open());
	turns = 0;
	/* On a busy host one may be due before the next is started. */
	saved = irq_save();
	begin = arch_counter_ns();
	for (unsigned i = 0; i < 3; i++) {
		notes[i] = (struct note){ .timer.fire = note };
		timer_start(&notes[i].timer, begin + after_ms[i] * MS);
	}
	irq_restore(saved);
	while (__atomic_load_n(&turns, __ATOMIC_ACQUIRE) < 3)
		;
	for (unsigned i = 0; i < 3; i++) {
		EXPECT_EQUAL(notes[i].turn, after_ms[i] - 1);
		EXPECT(notes[i].fired_ns >= begin + after_ms[i] * MS);
		EXPECT(notes[i].was_masked);
		EXPECT(!notes[i].timer.started);
	}
	/* One that has passed already is late, not lost. */
	timer_start(&notes[0].timer, begin);
	while (__atomic_load_n(&turns, __ATOMIC_ACQUIRE) < 4)
		;
	EXPECT(irq_is_open());
}

SELFTEST(timers_stop)
{
	u64 saved;

	if (!timer_works())
		SKIP_TEST("there is no timer");
	turns = 0;
	notes[0] = (struct note){ .timer.fire = note };
	/* However long the machine may stand still in between. */
	saved = irq_save();
	timer_start(&notes[0].timer, arch_counter_ns() + 2 * MS);
	EXPECT(timer_stop(&notes[0].timer));
	irq_restore(saved);
	EXPECT(!timer_stop(&notes[0].timer));
	EXPECT(wait_until(arch_counter_ns() + 4 * MS));
	EXPECT_EQUAL(turns, 0);
}

SELFTEST(interrupts_wait_while_masked)
{
	u64 saved;

	if (!timer_works())
		SKIP_TEST("there is no timer");
	turns = 0;
	notes[0] = (struct note){ .timer.fire = note };
	saved = irq_save();
	timer_start(&notes[0].timer, arch_counter_ns());
	irq_wait(); /* it ends the waiting, though it isn't taken */
	EXPECT_EQUAL(__atomic_load_n(&turns, __ATOMIC_RELAXED), 0);
	EXPECT(notes[0].timer.started);
	irq_restore(saved);
	EXPECT_EQUAL(__atomic_load_n(&turns, __ATOMIC_RELAXED), 1);
}

SELFTEST(sleep_ends_when_it_should)
{
	u64 begin = arch_counter_ns();

	if (!arch_counter_has_unit())
		SKIP_TEST("this machine can't tell time");
	for (unsigned i = 1; i <= 5; i++) {
		EXPECT(wait_until(begin + i * MS));
		EXPECT(arch_counter_ns() >= begin + i * MS);
	}
	EXPECT(wait_until(begin));
}

/* ---- a storm ---- */

/* As fast as they can be handled: the next one is due when this one is. */
static u64 storm_ends_ns;

static void storm(struct timer *timer)
{
	__atomic_fetch_add(&turns, 1, __ATOMIC_RELAXED);
	if (arch_counter_ns() < storm_ends_ns)
		timer_start(timer, timer->at_ns + 20000);
}

/* Registers, flags and memory of what is interrupted everywhere are as they were. */
SELFTEST(interrupts_storm)
{
	struct timer timer = { .fire = storm };
	u64 sum = 0, want = 0, rounds = 0, free_bytes;

	if (!timer_works())
		SKIP_TEST("there is no timer");
	kfree(kmalloc(64, 0)); /* a slab of its size is kept */
	pages_drain();
	free_bytes = pages_free_bytes();
	turns = 0;
	storm_ends_ns = arch_counter_ns() + 30 * MS;
	timer_start(&timer, arch_counter_ns());
	while (arch_counter_ns() < storm_ends_ns + MS) {
		u64 *word = kmalloc(64, 0);
		paddr_t page;

		EXPECT(word != NULL);
		EXPECT(!pages_alloc(0, 0, &page));
		if (word)
			*word = rounds;
		for (u64 i = 0; i < 100; i++) {
			u64 x = i;

			asm volatile("" : "+r"(x));
			sum += x * (rounds & 7);
		}
		want += 4950 * (rounds & 7);
		if (word)
			EXPECT_EQUAL(*word, rounds);
		rounds++;
		pages_free(page, 0);
		kfree(word);
	}
	EXPECT_EQUAL(sum, want);
	EXPECT(__atomic_load_n(&turns, __ATOMIC_RELAXED) >= 2);
	timer_stop(&timer);
	pages_drain();
	EXPECT_EQUAL(pages_free_bytes(), free_bytes);
}

SELFTEST(interrupts_are_counted)
{
	const struct irq *irq = NULL;
	u64 before = 0, after = 0;

	if (!timer_works())
		SKIP_TEST("there is no timer");
	while ((irq = irq_next(irq)))
		before += irq->count;
	turns = 0;
	notes[0] = (struct note){ .timer.fire = note };
	timer_start(&notes[0].timer, arch_counter_ns());
	while (!__atomic_load_n(&turns, __ATOMIC_ACQUIRE))
		;
	while ((irq = irq_next(irq)))
		after += irq->count;
	EXPECT(after > before);
	EXPECT_EQUAL(irq_unknown(), 0);
}
