/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two files of `stress` share: who takes part, and what they do to memory. */
#ifndef TESTS_GUEST_STRESS_INSIDE_H
#define TESTS_GUEST_STRESS_INSIDE_H

#include <arch/spinlock.h>
#include <kernel/hand.h>
#include <kernel/stress.h>
#include <kernel/wait.h>
#include <mm/movable.h>

#define PINS_MOST   24 /* of either kind */
#define CLAIMS_MOST 24

struct pin {
	const u8 *at;
	paddr_t pa;
};

struct pins {
	struct pin pin[PINS_MOST];
	unsigned count;
};

struct claim {
	struct cma_region *region;
	paddr_t pa;
	u64 bytes;
};

/* All who take part, one on each CPU. They meet now and then, and one of them checks everything. */
struct gang {
	struct spinlock lock; /* of what follows, up to `phase` */
	struct wait_queue met;
	unsigned count;   /* who is left */
	unsigned arrived; /* of these */
	u64 phase;
	u64 rounds; /* that each has */
	bool (*is_over)(void);
	bool over; /* for all. Atomic */
};

struct stress {
	struct gang *gang;
	struct thread *thread; /* NULL: the one that was called */
	bool alone;
	u64 seed;
	u64 random;
	struct hand_book book;
	u64 first_pieces;
	struct pins pins[MOVABLE_PIN_LONG + 1];
	struct claim claims[CLAIMS_MOST];
	unsigned claim_count;
	unsigned regions;
	struct stress_sums sums;
	const char *broken; /* the first thing that was wrong */
};

/* Note what is wrong, if the fact does not hold: the first such thing counts. */
void stress_expect(struct stress *s, bool fact, const char *broken);

/* Take what it has at first: `bytes` of movable memory. */
void stress_begin(struct stress *s, u64 bytes);

/* One random use of memory. Where several CPUs run, it holds no short pin while it waits. */
void stress_use(struct stress *s);

/* Is every piece what was written to it? */
void stress_verify(struct stress *s);

/* Give all of it back. */
void stress_end(struct stress *s);

/* Let go of a short pin, for a claim that waits for it. */
void stress_get_on(struct stress *s);

#endif
