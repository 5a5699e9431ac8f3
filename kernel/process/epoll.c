// SPDX-License-Identifier: BSD-2-Clause
/* A file that watches others: what is ready, and waiting for that. See event.h and epoll.h. */
#include <arch/counter.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/process.h>
#include <mm/kmalloc.h>

#include "epoll.h"

struct mutex epoll_mutex = MUTEX;

/* ---- what may be ready: with the lock of the epoll's file ---- */

/* It is read without the lock. */
static void count(struct epoll *epoll, u32 more)
{
	__atomic_store_n(&epoll->ready_count, epoll->ready_count + more, __ATOMIC_RELAXED);
}

static void put_ready(struct epoll_item *item)
{
	struct epoll *epoll = item->epoll;

	if (item->ready)
		return;
	item->ready = true;
	item->next_ready = NULL;
	item->previous_ready = epoll->last_ready;
	*(epoll->last_ready ? &epoll->last_ready->next_ready : &epoll->ready) = item;
	epoll->last_ready = item;
	count(epoll, 1);
}

static void take_ready(struct epoll_item *item)
{
	struct epoll *epoll = item->epoll;

	if (!item->ready)
		return;
	item->ready = false;
	*(item->previous_ready ? &item->previous_ready->next_ready : &epoll->ready) =
		item->next_ready;
	*(item->next_ready ? &item->next_ready->previous_ready : &epoll->last_ready) =
		item->previous_ready;
	count(epoll, -1u);
}

void epoll_tell(struct watch *watch)
{
	struct epoll_item *item = container_of(watch, struct epoll_item, watch);
	struct file *file = &item->epoll->file;

	spin_lock_second(&file->lock);
	put_ready(item);
	file_tell_locked(file, POLL_READ);
	spin_unlock(&file->lock);
}

void epoll_set_ready(struct epoll_item *item)
{
	struct file *file = &item->epoll->file;
	u64 saved = spin_lock_irq(&file->lock);

	put_ready(item);
	file_tell_locked(file, POLL_READ);
	spin_unlock_irq(&file->lock, saved);
}

static struct epoll_item *take_first(struct epoll *epoll)
{
	u64 saved = spin_lock_irq(&epoll->file.lock);
	struct epoll_item *item = epoll->ready;

	if (item)
		take_ready(item);
	spin_unlock_irq(&epoll->file.lock, saved);
	return item;
}

static void put_back(struct epoll_item *item)
{
	u64 saved = spin_lock_irq(&item->epoll->file.lock);

	put_ready(item);
	spin_unlock_irq(&item->epoll->file.lock, saved);
}

static u32 ready_count(const struct epoll *epoll)
{
	return __atomic_load_n(&epoll->ready_count, __ATOMIC_RELAXED);
}

void epoll_unset_ready(struct epoll_item *item)
{
	u64 saved = spin_lock_irq(&item->epoll->file.lock);

	take_ready(item);
	spin_unlock_irq(&item->epoll->file.lock, saved);
}

/* ---- looking again: with the mutex ---- */

static u32 is_any_ready(struct epoll *epoll);

u32 epoll_item_ready(struct epoll_item *item)
{
	u32 ready =
		epoll_is(item->file) ? is_any_ready(epoll_of(item->file)) : file_ready(item->file);

	return ready & item->watch.wants;
}

/* What is not ready any more leaves the list. */
static u32 is_any_ready(struct epoll *epoll)
{
	struct epoll_item *item;

	while ((item = take_first(epoll))) {
		if (!epoll_item_ready(item))
			continue;
		put_back(item);
		return POLL_READ;
	}
	return 0;
}

static u32 poll_epoll(struct file *file)
{
	u32 ready;

	if (!ready_count(epoll_of(file)))
		return 0;
	mutex_take(&epoll_mutex, "epoll");
	ready = is_any_ready(epoll_of(file));
	mutex_let_go(&epoll_mutex);
	return ready;
}

/* ---- waiting ---- */

/* One that is ready was told of: it is asked for no more, or looked at again next time. */
static void was_sent(struct epoll_item *item)
{
	u64 saved;

	if (item->flags & ITEM_ONCE) {
		saved = spin_lock_irq(&item->file->lock);
		item->watch.wants = 0;
		spin_unlock_irq(&item->file->lock, saved);
	} else if (!(item->flags & ITEM_EDGE)) {
		put_back(item);
	}
}

/* With the mutex. */
static s64 send_ready(struct epoll *epoll, u64 to, u64 most)
{
	u64 done = 0;

	for (u32 left = ready_count(epoll); left && done < most; left--) {
		struct epoll_item *item = take_first(epoll);
		struct epoll_event event = { 0 };

		if (!item)
			break;
		event.events = epoll_item_ready(item);
		event.data = item->data;
		if (!event.events)
			continue;
		if (user_copy_out(to + done * sizeof(event), &event, sizeof(event))) {
			put_back(item);
			return done ? (s64)done : -EFAULT;
		}
		was_sent(item);
		done++;
	}
	return (s64)done;
}

static s64 send(struct epoll *epoll, u64 to, u64 most)
{
	s64 done;

	if (!ready_count(epoll))
		return 0;
	mutex_take(&epoll_mutex, "epoll");
	done = send_ready(epoll, to, most);
	mutex_let_go(&epoll_mutex);
	return done;
}

static s64 sleep_and_send(struct process *p, struct file *file, u64 to, u64 most, u64 until_ns)
{
	struct sleeper sleeper;
	bool in_time = true;
	s64 answer;

	(void)p;
	file_sleeper(&sleeper, POLL_READ, true);
	for (;;) {
		file_watch(file, &sleeper.watch);
		answer = send(epoll_of(file), to, most);
		if (answer || !in_time)
			break;
		if (signal_is_pending(task_here())) {
			answer = -EINTR;
			break;
		}
		in_time = bell_wait(sleeper.bell, until_ns, "epoll");
	}
	file_unwatch(file, &sleeper.watch);
	return answer;
}

s64 epoll_wait(struct process *p, struct file *file, u64 to, u64 most, u64 until_ns)
{
	s64 answer = send(epoll_of(file), to, most);

	if (!answer && until_ns)
		answer = sleep_and_send(p, file, to, most, until_ns);
	/* The next one that sleeps may look at what is left. */
	if (ready_count(epoll_of(file)))
		file_tell_one(file, POLL_READ);
	return answer;
}

/* ---- the file ---- */

static void close_epoll(struct file *file)
{
	struct epoll *epoll = epoll_of(file);

	mutex_take(&epoll_mutex, "epoll");
	while (epoll->items)
		epoll_drop(epoll->items);
	mutex_let_go(&epoll_mutex);
	kfree(epoll);
}

static const struct file_ops ops = { .poll = poll_epoll, .close = close_epoll };

bool epoll_is(const struct file *file)
{
	return file->ops == &ops;
}

struct file *epoll_create(void)
{
	return file_create_anonymous(&ops, sizeof(struct epoll), OPEN_READWRITE);
}
