/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lock that is waited for by sleeping: for what is held long, or across a sleep. Threads get it
 * in the order in which they came.
 */
#ifndef KERNEL_MUTEX_H
#define KERNEL_MUTEX_H

#include <arch/spinlock.h>
#include <kernel/types.h>
#include <kernel/wait.h>

struct mutex {
	struct spinlock lock;
	struct thread *holder;
	struct wait_queue queue;
};

extern struct lock_class lock_class_mutex;

/* clang-format off */
/* What one is initialised with: it is free. */
#define MUTEX { .lock = SPINLOCK(mutex) }
/* clang-format on */

/*
 * mutex_lock - wait for it, in the order of coming. `what`: "claim". Sleeps.
 *
 * Not twice by one thread. mutex_unlock: by its holder; the first that waits has it next.
 */
void mutex_lock(struct mutex *mutex, const char *what);
void mutex_unlock(struct mutex *mutex);

#endif
