/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An epoll and its items, for epoll.c and epoll_change.c.
 *
 * An item is one watched file, by its descriptor. It is in the list `ready` from when its file told
 * of something on until it was found not to be ready; epoll_wait looks at those alone.
 *
 *   E1  an item is in the lists of its epoll and of its file as long as it is there
 *   E2  an epoll watches no file through which it would watch itself, nor too deep
 *
 * Locking: one mutex for all lists of items, and for sending events: what is in them stays
 * meanwhile. The list `ready` changes with the lock of the epoll's file, also when a file tells:
 * with that file's lock held, and so on along a chain of epolls, which is none that ends in itself.
 */
#ifndef PROCESS_EPOLL_H
#define PROCESS_EPOLL_H

#include "event.h"
#include "watch.h"

/* Flags among the events. */
#define ITEM_EXCLUSIVE (1u << 28)
#define ITEM_WAKEUP    (1u << 29)
#define ITEM_ONCE      (1u << 30)
#define ITEM_EDGE      (1u << 31)
#define ITEM_FLAGS     (ITEM_EXCLUSIVE | ITEM_WAKEUP | ITEM_ONCE | ITEM_EDGE)
#define ITEM_MAY_SHARE (POLL_IN | POLL_OUT | POLL_ALWAYS | ITEM_WAKEUP | ITEM_EDGE | ITEM_EXCLUSIVE)

struct epoll_item {
	struct watch watch; /* in the file's list; `wants` is what it is asked for now */
	struct epoll *epoll;
	struct file *file;
	u32 descriptor;
	u32 flags;
	u64 data;
	struct epoll_item *next, *previous; /* of the epoll */
	struct epoll_item *next_of_file;    /* of the file */
	struct epoll_item *next_ready, *previous_ready;
	bool ready;
};

struct epoll {
	struct file file;
	struct epoll_item *items;
	struct epoll_item *ready, *last_ready;
	u32 ready_count;
};

extern struct mutex epoll_mutex;

static inline struct epoll *epoll_of(struct file *file)
{
	return container_of(file, struct epoll, file);
}

/*
 * With the mutex:
 *
 * epoll_item_ready  what it is asked for, and ready for now
 * epoll_set_ready   it may be ready: whoever waits for the epoll is told
 * epoll_unset_ready it isn't in the list any more
 * epoll_drop        it is gone
 */
u32 epoll_item_ready(struct epoll_item *item);
void epoll_set_ready(struct epoll_item *item);
void epoll_unset_ready(struct epoll_item *item);
void epoll_drop(struct epoll_item *item);

/* Its file tells, with that one's lock. */
void epoll_tell(struct watch *watch);

#endif
