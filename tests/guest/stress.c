// SPDX-License-Identifier: BSD-2-Clause
/* Random use of all memory under checks: <kernel/stress.h> has the contract. */
#include <kernel/cpus.h>
#include <kernel/errno.h>
#include <kernel/mm_check.h>
#include <kernel/sched.h>
#include <kernel/thread.h>
#include <lib/printk.h>
#include <mm/cma.h>
#include <mm/contig.h>
#include <mm/kmalloc.h>
#include <mm/pages.h>
#include <mm/slab.h>

#include "stress_inside.h"

#define CHECK_EVERY 250
#define ASK_EVERY   16          /* whether to end */
#define FIRST_BYTES (128 * MiB) /* or half of what is free, so that memory is short at times */

LOCK_CLASS_OF_MANY(gang, LOCK_WAIT_QUEUE, NULL);

/* Whose short pins go while a claim waits for them, where there is but one CPU to hold some. */
static struct stress *waiting;

static void get_on(void)
{
	stress_get_on(waiting);
}

static void check(struct stress *s)
{
	stress_expect(s, !mm_check(), "an invariant doesn't hold");
	s->sums.checks++;
}

/* Once all have come, or left: with the lock. */
static void go_on(struct gang *gang)
{
	gang->arrived = 0;
	gang->phase++;
	wait_wake_all(&gang->met);
}

/* The last one to come checks everything: nothing changes meanwhile. */
static void meet(struct stress *s)
{
	struct gang *gang = s->gang;
	u64 saved = spin_lock_irq(&gang->lock), phase = gang->phase;

	if (++gang->arrived == gang->count) {
		spin_unlock_irq(&gang->lock, saved);
		check(s);
		saved = spin_lock_irq(&gang->lock);
		go_on(gang);
	}
	while (gang->phase == phase)
		wait_on(&gang->met, &gang->lock, WAIT_FOREVER, "the others");
	spin_unlock_irq(&gang->lock, saved);
}

static void leave(struct gang *gang)
{
	u64 saved = spin_lock_irq(&gang->lock);

	if (--gang->count == gang->arrived)
		go_on(gang);
	spin_unlock_irq(&gang->lock, saved);
}

/* One that is broken, or a person who doesn't want to wait, ends it for all. */
static bool is_over(struct stress *s)
{
	struct gang *gang = s->gang;

	if (s->broken ||
	    (!s->thread && gang->is_over && s->sums.rounds % ASK_EVERY == 0 && gang->is_over()))
		__atomic_store_n(&gang->over, true, __ATOMIC_RELAXED);
	return __atomic_load_n(&gang->over, __ATOMIC_RELAXED);
}

static void run(struct stress *s)
{
	while (s->sums.rounds < s->gang->rounds && !is_over(s)) {
		stress_use(s);
		if (++s->sums.rounds % CHECK_EVERY == 0) {
			stress_verify(s);
			meet(s);
		}
		sched_relax();
	}
	leave(s->gang);
}

static void take_part(void *stress)
{
	struct stress *s = stress;

	run(s);
	stress_end(s);
}

u64 stress_free_bytes(void)
{
	movable_free(movable_alloc(1, 0));
	slab_shrink();
	pages_drain();
	return pages_free_bytes();
}

static u64 moved_bytes(void)
{
	u64 bytes = 0;

	for (unsigned i = 0; cma_region(i); i++)
		bytes += cma_region(i)->moved_bytes;
	return bytes;
}

static void add(struct stress_sums *sums, const struct stress_sums *part)
{
	sums->rounds += part->rounds;
	sums->taken += part->taken;
	sums->refused += part->refused;
	sums->given += part->given;
	sums->pins += part->pins;
	sums->pins_refused += part->pins_refused;
	sums->claims += part->claims;
	sums->claims_refused += part->claims_refused;
	sums->checks += part->checks;
}

/* All begin before any runs: what each has at first doesn't depend on the others. */
static void run_all(struct stress *all, unsigned count)
{
	struct gang *gang = all->gang;

	waiting = all;
	contig_idle = count == 1 ? get_on : NULL;
	cma_quiet = true;
	for (unsigned i = 1; i < count; i++) {
		all[i].thread = thread_create("stress", take_part, &all[i], THREAD_NORMAL,
					      cpus_online_at(i));
		if (!all[i].thread) {
			stress_end(&all[i]);
			leave(gang);
		}
	}
	take_part(all);
	for (unsigned i = 1; i < count; i++)
		if (all[i].thread)
			thread_join(all[i].thread);
	contig_idle = NULL;
	cma_quiet = false;
}

/* NULL, or what was wrong; *seed and *round say where. */
static const char *first_broken(const struct stress *all, unsigned count, u64 *seed, u64 *round)
{
	for (unsigned i = 0; i < count; i++) {
		if (!all[i].broken)
			continue;
		*seed = all[i].seed;
		*round = all[i].sums.rounds;
		return all[i].broken;
	}
	return mm_check() ? "an invariant doesn't hold" : NULL;
}

int stress_run(u64 rounds, u64 seed, bool (*over)(void), unsigned count, struct stress_sums *sums)
{
	struct gang gang = {
		.lock = SPINLOCK(gang), .count = count, .rounds = rounds / count, .is_over = over
	};
	u64 before = stress_free_bytes(), free, moved = moved_bytes(), round = 0, first = seed;
	struct stress *all = kmalloc(count * sizeof(*all), KMALLOC_ZERO);
	const char *broken;

	*sums = (struct stress_sums){ .free_bytes = before };
	if (!all) {
		printk("stress: no memory to begin with\n");
		return -ENOMEM;
	}
	for (unsigned i = 0; i < count; i++) {
		all[i].gang = &gang;
		all[i].alone = count == 1;
		all[i].seed = seed + i;
		stress_begin(&all[i], MIN(before / 2, (u64)FIRST_BYTES) / count);
	}
	run_all(all, count);
	for (unsigned i = 0; i < count; i++)
		add(sums, &all[i].sums);
	sums->moved_bytes = moved_bytes() - moved;
	broken = first_broken(all, count, &seed, &round);
	kfree(all);
	free = stress_free_bytes();
	if (!broken && free == before)
		return 0;
	printk("stress: seed %llu of %llu on %u CPUs, round %llu: %s; %llu bytes are free, %llu "
	       "were "
	       "before\n",
	       seed, first, count, round, broken ? broken : "memory is missing", free, before);
	return -EFAULT;
}
