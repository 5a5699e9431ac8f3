/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order of all locks, from the outside in: whoever holds one takes only what stands below it.
 * Two of the same rank are never held at once. `make DEBUG=1` checks both at each spin_lock.
 *
 * What sleeps comes before all of these, and nobody sleeps who holds one. spin_try_lock doesn't
 * wait, and so may take any.
 */
#ifndef KERNEL_LOCK_ORDER_H
#define KERNEL_LOCK_ORDER_H

enum lock_rank {
	/* SAN=1: one chunk at a time, so that what is free around it can be poisoned. */
	LOCK_SANITIZED_CHUNK,
	/* Areas: an area comes with its record of the heap, and goes with its tables. */
	LOCK_VMAP,
	/* Who maps a movable page: pages move, come and go under it, and their entries change. */
	LOCK_RMAP,
	/* Entries of the kernel's tables; a table that is needed is allocated under it. */
	LOCK_MAP,
	/* The list of slab caches: a walk of them takes the lock of each. */
	LOCK_SLAB_CACHES,
	/* A cache's slabs. None is made or given back under it. */
	LOCK_SLAB_CACHE,
	/* Pieces of pages. No page is allocated or given back under it. */
	LOCK_CHUNKS,
	/* Free pages and the words of frames: nothing of memory is needed to change those. */
	LOCK_BUDDY,
	/* Figures that tools take of each allocation, and failures on request: any of the above
	 * allocates. */
	LOCK_COMPARE,
	LOCK_FAULT_INJECT,

	/*
	 * From here on: what interrupt handlers take. Everybody takes these with interrupts masked
	 * (spin_lock_irq); and an interrupt may come while any of the above is held.
	 */
	LOCK_FIRST_IRQ,
	/* A wait queue's: who is woken gets on a run queue, and its deadline is off. */
	LOCK_WAIT_QUEUE = LOCK_FIRST_IRQ,
	/* Deadlines. What a timer does when it fires, it does without. */
	LOCK_TIMER,
	/* Which threads a CPU has to run. */
	LOCK_RUN_QUEUE,
	/* Who asked for which interrupt, and setting one up at the controller. */
	LOCK_IRQ,
	/* The log's ring: anything may have to be said at any time. */
	LOCK_LOG,
	/* The console's port: lines are written once they are in the log. */
	LOCK_CONSOLE,
	LOCK_RANKS,
};

#endif
