// SPDX-License-Identifier: BSD-2-Clause
/* What an epoll watches: items come, change and go, with the mutex. See epoll.h. */
#include <kernel/errno.h>
#include <mm/kmalloc.h>

#include "epoll.h"

#define DEPTH_MOST 4

static struct epoll_item *find(struct file *file, const struct epoll *epoll, u32 descriptor)
{
	struct epoll_item *item = file->epolled;

	while (item && !(item->epoll == epoll && item->descriptor == descriptor))
		item = item->next_of_file;
	return item;
}

void epoll_drop(struct epoll_item *item)
{
	struct epoll_item **at = &item->file->epolled;

	file_unwatch(item->file, &item->watch);
	while (*at != item)
		at = &(*at)->next_of_file;
	*at = item->next_of_file;
	epoll_unset_ready(item);
	*(item->previous ? &item->previous->next : &item->epoll->items) = item->next;
	if (item->next)
		item->next->previous = item->previous;
	kfree(item);
}

/* Is `wanted` watched by this one, at any depth; or is that too deep? */
static bool leads_to(const struct epoll *epoll, const struct epoll *wanted, unsigned depth)
{
	if (epoll == wanted || depth > DEPTH_MOST)
		return true;
	for (const struct epoll_item *item = epoll->items; item; item = item->next)
		if (epoll_is(item->file) && leads_to(epoll_of(item->file), wanted, depth + 1))
			return true;
	return false;
}

/* How many epolls watch it, one through the other. */
static unsigned height(const struct file *file, unsigned most)
{
	unsigned highest = 0;

	for (const struct epoll_item *item = file->epolled; item && most; item = item->next_of_file)
		highest = MAX(highest, 1 + height(&item->epoll->file, most - 1));
	return highest;
}

static s64 add(struct epoll *epoll, struct file *file, u32 descriptor,
	       const struct epoll_event *event)
{
	struct epoll_item *item;

	if (epoll_is(file) && leads_to(epoll_of(file), epoll, 0))
		return -ELOOP;
	if (find(file, epoll, descriptor))
		return -EEXIST;
	if (height(&epoll->file, DEPTH_MOST + 1) > DEPTH_MOST)
		return -EINVAL;
	item = kmalloc(sizeof(*item), KMALLOC_ZERO);
	if (!item)
		return -ENOMEM;
	item->watch.tell = epoll_tell;
	item->watch.wants = (event->events & ~ITEM_FLAGS) | POLL_ALWAYS;
	item->flags = event->events & ITEM_FLAGS;
	item->epoll = epoll;
	item->file = file;
	item->descriptor = descriptor;
	item->data = event->data;
	item->next_of_file = file->epolled;
	file->epolled = item;
	item->next = epoll->items;
	if (item->next)
		item->next->previous = item;
	epoll->items = item;
	file_watch(file, &item->watch);
	if (epoll_item_ready(item))
		epoll_set_ready(item);
	return 0;
}

static s64 change(struct epoll_item *item, const struct epoll_event *event)
{
	u64 saved;

	if (!item)
		return -ENOENT;
	if (item->flags & ITEM_EXCLUSIVE)
		return -EINVAL;
	saved = spin_lock_irq(&item->file->lock);
	item->watch.wants = (event->events & ~ITEM_FLAGS) | POLL_ALWAYS;
	spin_unlock_irq(&item->file->lock, saved);
	item->flags = event->events & ITEM_FLAGS;
	item->data = event->data;
	if (epoll_item_ready(item))
		epoll_set_ready(item);
	return 0;
}

static s64 check(struct file *epoll, u32 what, struct file *file, u32 events)
{
	if (!file->ops->poll)
		return -EPERM;
	if (epoll == file || !epoll_is(epoll))
		return -EINVAL;
	if (what == EPOLL_DELETE || !(events & ITEM_EXCLUSIVE))
		return 0;
	if (what == EPOLL_CHANGE)
		return -EINVAL;
	return what == EPOLL_ADD && (epoll_is(file) || events & ~ITEM_MAY_SHARE) ? -EINVAL : 0;
}

s64 epoll_change(struct file *epoll, u32 what, struct file *file, u32 descriptor,
		 const struct epoll_event *event)
{
	s64 err = check(epoll, what, file, event->events);
	struct epoll_item *item;

	if (err)
		return err;
	mutex_take(&epoll_mutex, "epoll");
	item = find(file, epoll_of(epoll), descriptor);
	switch (what) {
	case EPOLL_ADD:
		err = add(epoll_of(epoll), file, descriptor, event);
		break;
	case EPOLL_CHANGE:
		err = change(item, event);
		break;
	case EPOLL_DELETE:
		err = item ? 0 : -ENOENT;
		if (item)
			epoll_drop(item);
		break;
	default:
		err = -EINVAL;
	}
	mutex_let_go(&epoll_mutex);
	return err;
}

void epoll_forget(struct file *file)
{
	mutex_take(&epoll_mutex, "epoll");
	while (file->epolled)
		epoll_drop(file->epolled);
	mutex_let_go(&epoll_mutex);
}
