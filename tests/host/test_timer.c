// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel/sched/timer.c, with a clock and a CPU's timer that the test plays, against a naive model.
 *
 * Sources: kernel/sched/timer.c
 */
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <arch/counter.h>
#include <arch/cpu.h>
#include <arch/irqflags.h>
#include <kernel/compiler.h>
#include <kernel/irq.h>
#include <kernel/timer.h>
#include <lib/devicetree_interrupt.h>

/* ---- the machine ---- */

#define NEVER (~0ULL)

static u64 now_ns, set_ns = NEVER;
static struct irq *the_irq;
static bool has_unit = true;
static const char *lacks;

u64 arch_counter_ns(void)
{
	return now_ns;
}

bool arch_counter_has_unit(void)
{
	return has_unit;
}

void arch_timer_set(u64 ns)
{
	assert_false(irq_is_open());
	set_ns = ns;
}

void arch_timer_stop(void)
{
	assert_false(irq_is_open());
	set_ns = NEVER;
}

u32 devicetree_interrupt_index(const struct devicetree *dt, int node, const char *name,
			       u32 otherwise)
{
	(void)dt, (void)node;
	assert_string_equal(name, "virt");
	return otherwise;
}

const char *irq_request(const struct devicetree *dt, struct irq *irq,
			const struct devicetree_path *path, u32 index)
{
	(void)dt, (void)path;
	assert_int_equal(index, 2);
	the_irq = irq;
	return lacks;
}

/* Time passes; the timer asks for an interrupt when its moment has come. */
static void pass(u64 ns)
{
	now_ns += ns;
	if (now_ns < set_ns)
		return;
	irq_mask();
	the_irq->handle(the_irq);
	irq_open();
	assert_true(set_ns > now_ns);
}

static void start_machine(void)
{
	struct devicetree dt = { .timer.depth = 1 };

	host_irqs_open = true;
	timer_init(&dt);
}

/* ---- timers that note when they fired ---- */

#define COUNT 20

static struct note {
	struct timer timer;
	u64 wanted_ns;
	bool fired;
} notes[COUNT];
static u64 last_fired_ns;

static void fire(struct timer *timer)
{
	struct note *note = container_of(timer, struct note, timer);

	assert_false(irq_is_open());
	assert_false(timer->started);
	assert_true(now_ns >= note->wanted_ns);
	assert_true(note->wanted_ns >= last_fired_ns); /* in their order */
	last_fired_ns = note->wanted_ns;
	note->fired = true;
}

static void start(struct note *note, u64 at_ns)
{
	note->timer.fire = fire;
	note->wanted_ns = at_ns;
	note->fired = false;
	last_fired_ns = MIN(last_fired_ns, at_ns);
	timer_start(&note->timer, at_ns);
}

static u64 nearest_ns(void)
{
	u64 nearest = NEVER;

	for (unsigned i = 0; i < COUNT; i++)
		if (notes[i].timer.started)
			nearest = MIN(nearest, notes[i].wanted_ns);
	return nearest;
}

/* Nobody waits too long, nobody is called twice, and the CPU's timer is set to the nearest. */
static void as_the_model(void **state)
{
	(void)state;
	start_machine();
	assert_true(timer_works());
	for (unsigned round = 0; round < 100000; round++) {
		struct note *note = &notes[host_random_below(COUNT)];

		if (host_random_below(3) == 0)
			pass(host_random_below(50));
		else if (!note->timer.started)
			start(note, now_ns + host_random_below(200) - MIN(now_ns, 20ULL));
		else if (host_random_below(4) == 0)
			assert_true(timer_stop(&note->timer));
		pass(0);
		assert_int_equal(set_ns, nearest_ns());
		for (unsigned i = 0; i < COUNT; i++)
			if (notes[i].timer.started)
				assert_true(notes[i].wanted_ns > now_ns);
	}
	for (unsigned i = 0; i < COUNT; i++)
		timer_stop(&notes[i].timer);
	assert_true(set_ns == NEVER);
	assert_false(timer_stop(&notes[0].timer));
}

/* A timer of a series: from its deadline, not from when it was called. */
static unsigned ticks;

static void again(struct timer *timer)
{
	ticks++;
	timer_start(timer, timer->at_ns + 100);
}

static void starts_itself_again(void **state)
{
	struct timer timer = { .fire = again };
	u64 began = now_ns;

	(void)state;
	start_machine();
	ticks = 0;
	timer_start(&timer, began + 100);
	assert_true(HOST_ASSERTS(timer_start(&timer, began)));
	while (ticks < 1000)
		pass(1 + host_random_below(170));
	assert_true(now_ns - began < 100 * 1000 + 170);
	assert_true(timer_stop(&timer));
}

/* A CPU that went off: its timers fire here. One that is stopped meanwhile is found. */
static void taken_over(void **state)
{
	struct cpu other = { 0 }, *here = host_cpu;
	struct timers others = { 0 };

	(void)state;
	start_machine();
	timer_init_cpu(&other, &others);
	for (unsigned round = 0; round < 100; round++) {
		u64 began = now_ns;

		for (unsigned i = 0; i < COUNT; i++) {
			host_cpu = host_random_below(2) ? here : &other;
			start(&notes[i], began + 1 + host_random_below(100));
		}
		host_cpu = here;
		timer_take_over(&others);
		assert_null(others.nearest);
		assert_true(timer_stop(&notes[host_random_below(COUNT)].timer));
		assert_int_equal(set_ns, nearest_ns());
		while (nearest_ns() != NEVER)
			pass(10);
	}
}

/* What is started where no timer works is kept, and can be stopped; nothing is set. */
static void without_one(void **state)
{
	struct timer timer = { .fire = again };
	struct devicetree none = { .timer.depth = -1 };

	(void)state;
	start_machine();
	lacks = "has an interrupt that firmware keeps to itself";
	start_machine();
	assert_false(timer_works());
	lacks = NULL;
	timer_init(&none);
	assert_false(timer_works());
	has_unit = false;
	start_machine();
	assert_false(timer_works());
	has_unit = true;
	set_ns = NEVER;
	timer_start(&timer, 5);
	assert_true(set_ns == NEVER);
	assert_true(timer_stop(&timer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_the_model),
		cmocka_unit_test(starts_itself_again),
		cmocka_unit_test(taken_over),
		cmocka_unit_test(without_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
