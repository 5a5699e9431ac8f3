// SPDX-License-Identifier: BSD-2-Clause
/*
 * Watches of open files: see watch.h.
 *
 * Those for `once` stand after the others, in the order in which they came.
 */
#include <kernel/errno.h>

#include "watch.h"

static void take_out(struct file *file, struct watch *watch)
{
	if (watch->previous)
		watch->previous->next = watch->next;
	else
		file->watches = watch->next;
	if (watch->next)
		watch->next->previous = watch->previous;
	watch->listed = false;
}

static void put_in(struct file *file, struct watch *watch)
{
	struct watch **at = &file->watches, *before = NULL;

	while (watch->once && *at) {
		before = *at;
		at = &before->next;
	}
	watch->previous = before;
	watch->next = *at;
	if (watch->next)
		watch->next->previous = watch;
	*at = watch;
	watch->listed = true;
}

void file_watch(struct file *file, struct watch *watch)
{
	u64 saved = spin_lock_irq(&file->lock);

	if (!watch->listed)
		put_in(file, watch);
	spin_unlock_irq(&file->lock, saved);
}

bool file_unwatch(struct file *file, struct watch *watch)
{
	u64 saved = spin_lock_irq(&file->lock);
	bool listed = watch->listed;

	if (listed)
		take_out(file, watch);
	spin_unlock_irq(&file->lock, saved);
	return listed;
}

/* `most`: so many of those for once. */
static void tell(struct file *file, u32 events, bool others, u32 most)
{
	struct watch *next;

	for (struct watch *watch = file->watches; watch; watch = next) {
		next = watch->next;
		if (!(watch->wants & events))
			continue;
		if (watch->once) {
			if (!most--)
				return;
			take_out(file, watch);
		} else if (!others) {
			continue;
		}
		watch->tell(watch);
	}
}

void file_tell_locked(struct file *file, u32 events)
{
	tell(file, events, true, 1);
}

void file_tell(struct file *file, u32 events)
{
	u64 saved = spin_lock_irq(&file->lock);

	if (file->watches)
		tell(file, events, true, 1);
	spin_unlock_irq(&file->lock, saved);
}

void file_tell_all(struct file *file, u32 events)
{
	u64 saved = spin_lock_irq(&file->lock);

	tell(file, events, true, ~0u);
	spin_unlock_irq(&file->lock, saved);
}

void file_tell_one(struct file *file, u32 events)
{
	u64 saved = spin_lock_irq(&file->lock);

	tell(file, events, false, 1);
	spin_unlock_irq(&file->lock, saved);
}

u32 file_ready(struct file *file)
{
	return file->ops->poll ? file->ops->poll(file) : POLL_READ | POLL_WRITE;
}

static void ring(struct watch *watch)
{
	bell_ring(container_of(watch, struct sleeper, watch)->bell);
}

void file_sleeper(struct sleeper *sleeper, u32 wants, bool once)
{
	sleeper->watch.tell = ring;
	sleeper->watch.wants = wants | POLL_ALWAYS;
	sleeper->watch.once = once;
	sleeper->watch.listed = false;
	sleeper->bell = bell_here();
}

s64 file_wait(struct process *p, struct file *file, u32 events, const char *what)
{
	struct task *t = task_here();
	struct sleeper sleeper;
	s64 err = 0;

	(void)p;
	file_sleeper(&sleeper, events, true);
	do {
		file_watch(file, &sleeper.watch);
		if (file_ready(file) & sleeper.watch.wants)
			break;
		if (signal_is_pending(t)) {
			err = signal_interrupted(t, RESTART_AFTER_HANDLER);
			break;
		}
		bell_wait(sleeper.bell, WAIT_FOREVER, what);
	} while (!(file_ready(file) & sleeper.watch.wants));
	/* Told, and it doesn't look: the next one may. */
	if (!file_unwatch(file, &sleeper.watch) && err)
		file_tell_one(file, events);
	return err;
}
