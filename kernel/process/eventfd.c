// SPDX-License-Identifier: BSD-2-Clause
/* A counter that is added to and taken from, and waited for: see event.h. */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/process.h>
#include <mm/kmalloc.h>

#include "event.h"
#include "watch.h"

/* `count`: with the file's lock; it may be read without. */
struct eventfd {
	struct file file;
	u64 count;
	bool semaphore; /* one at a time is taken */
};

#define COUNT_MOST (~0ULL - 1)

static struct eventfd *of(struct file *file)
{
	return container_of(file, struct eventfd, file);
}

static u32 poll_count(struct file *file)
{
	u64 count = __atomic_load_n(&of(file)->count, __ATOMIC_RELAXED);

	return (count ? POLL_IN : 0) | (count < COUNT_MOST ? POLL_OUT : 0);
}

/* *value: what was taken; 0: there was nothing. */
static void take(struct eventfd *event, u64 *value)
{
	u64 saved = spin_lock_irq(&event->file.lock);

	*value = event->semaphore && event->count ? 1 : event->count;
	__atomic_store_n(&event->count, event->count - *value, __ATOMIC_RELAXED);
	if (*value)
		file_tell_locked(&event->file, POLL_OUT);
	spin_unlock_irq(&event->file.lock, saved);
}

static s64 read_count(struct process *p, struct file *file, u64 to, u64 bytes, u64 position)
{
	u64 value;
	s64 err;

	(void)position;
	if (bytes < sizeof(value))
		return -EINVAL;
	for (take(of(file), &value); !value; take(of(file), &value)) {
		if (file_is_nonblocking(file))
			return -EAGAIN;
		err = file_wait(p, file, POLL_IN, "an eventfd");
		if (err)
			return err;
	}
	return user_copy_out(to, &value, sizeof(value)) ? -EFAULT : (s64)sizeof(value);
}

/* False: it would be too many. */
static bool add(struct eventfd *event, u64 value)
{
	u64 saved = spin_lock_irq(&event->file.lock);
	bool fits = value <= COUNT_MOST - event->count;

	if (fits) {
		__atomic_store_n(&event->count, event->count + value, __ATOMIC_RELAXED);
		file_tell_locked(&event->file, POLL_IN);
	}
	spin_unlock_irq(&event->file.lock, saved);
	return fits;
}

/* What it waits for is any change: there may be room for less than this value. */
static s64 write_count(struct process *p, struct file *file, u64 from, u64 bytes)
{
	struct sleeper sleeper;
	s64 err = 0;
	u64 value;

	(void)p;
	if (bytes != sizeof(value))
		return -EINVAL;
	if (user_copy_in(&value, from, sizeof(value)))
		return -EFAULT;
	if (value == ~0ULL)
		return -EINVAL;
	if (add(of(file), value))
		return sizeof(value);
	if (file_is_nonblocking(file))
		return -EAGAIN;
	file_sleeper(&sleeper, POLL_OUT, false);
	file_watch(file, &sleeper.watch);
	while (!err && !add(of(file), value)) {
		if (signal_is_pending(task_here()))
			err = signal_interrupted(task_here(), RESTART_AFTER_HANDLER);
		else
			bell_wait(sleeper.bell, WAIT_FOREVER, "an eventfd");
	}
	file_unwatch(file, &sleeper.watch);
	return err ? err : (s64)sizeof(value);
}

static void close_count(struct file *file)
{
	kfree(of(file));
}

static const struct file_ops ops = {
	.read = read_count, .write = write_count, .poll = poll_count, .close = close_count
};

struct file *eventfd_create(u64 count, bool semaphore, u32 flags)
{
	struct file *file =
		file_create_anonymous(&ops, sizeof(struct eventfd), flags | OPEN_READWRITE);

	if (!file)
		return NULL;
	of(file)->count = count;
	of(file)->semaphore = semaphore;
	return file;
}
