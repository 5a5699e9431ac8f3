/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order of all spin locks, from the outside in: with one held, take only what stands below
 * it, and no second one of the same rank (but see spin_lock_second). `make DEBUG=1` checks that.
 *
 * What sleeps (<kernel/mutex.h>) comes before all of them: nobody sleeps with a spin lock.
 * spin_try_lock doesn't wait, and so may take any.
 */
#ifndef KERNEL_LOCK_ORDER_H
#define KERNEL_LOCK_ORDER_H

enum lock_rank {
	/* SAN=1: one chunk at a time, so that what is free around it can be poisoned. */
	LOCK_SANITIZED_CHUNK,
	/* Which entry maps a movable page: entries and frames change, areas are looked through. */
	LOCK_RMAP,
	/* Areas: one comes with its record, out of the heap, and goes with its tables. */
	LOCK_VMAP,
	/* Entries of the kernel's tables. A table is allocated under it. */
	LOCK_MAP,
	/* The list of slab caches: each one's lock is taken, and chunks are given back. */
	LOCK_SLAB_CACHES,
	/* A cache's slabs. None is made or given back under it. */
	LOCK_SLAB_CACHE,
	/* Pieces of pages. No page is allocated or given back under it. */
	LOCK_CHUNKS,
	/* Free pages, and the words of frames. */
	LOCK_BUDDY,
	/* Of tools, for each allocation: what they note of it, and failures on request. */
	LOCK_COMPARE,
	LOCK_FAULT_INJECT,
	/* Which ASIDs are taken. */
	LOCK_ASIDS,
	/* A process's tasks, and what is sent to them: one is called. */
	LOCK_PROCESS,
	/* Who waits for a word of a process's memory: one is called. */
	LOCK_FUTEX,
	/* A process's descriptors. */
	LOCK_DESCRIPTORS,
	/* What is typed for a program: it is echoed, and who waits for it is told. */
	LOCK_TERMINAL,

	/*
	 * From here on: what interrupt handlers take. Everybody takes these with interrupts masked
	 * (spin_lock_irq). An interrupt may come while any of the above is held.
	 */
	LOCK_FIRST_IRQ,
	/* An open file's: who waits is told. An epoll's, also under that of what it watches. */
	LOCK_FILE = LOCK_FIRST_IRQ,
	/* A wait queue's: who waits has a deadline, who is woken gets into a run queue. */
	LOCK_WAIT_QUEUE,
	/* A CPU's deadlines. What they are for is done without it. */
	LOCK_TIMER,
	/* Which threads a CPU has to run. The only one that is held across a switch. */
	LOCK_RUN_QUEUE,
	/* Who asked for which interrupt, and setting one up at the controller. */
	LOCK_IRQ,
	/* The log: something may have to be said under each of the others. */
	LOCK_LOG,
	/* The console's port. */
	LOCK_CONSOLE,
	LOCK_RANKS,
};

#endif
