// SPDX-License-Identifier: BSD-2-Clause
/*
 * Timers that are read: see event.h.
 *
 * How often one has expired follows from the time. The kernel's timer only wakes those who wait,
 * and only for the first expiry that nobody has read: so one that nobody reads costs nothing.
 */
#include <arch/counter.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/process.h>
#include <kernel/timer.h>
#include <mm/kmalloc.h>

#include "event.h"
#include "watch.h"

/* With the file's mutex, but at_ns, which is read without. */
struct timerfd {
	struct file file;
	u64 at_ns; /* the first expiry that wasn't read; 0: there is none */
	u64 interval_ns;
	struct timer timer;
};

static struct timerfd *of(struct file *file)
{
	return container_of(file, struct timerfd, file);
}

/* In an interrupt. */
static void fire(struct timer *timer)
{
	file_tell(&container_of(timer, struct timerfd, timer)->file, POLL_IN);
}

static void arm(struct timerfd *t, u64 at_ns)
{
	timer_cancel(&t->timer);
	__atomic_store_n(&t->at_ns, at_ns, __ATOMIC_RELAXED);
	if (at_ns)
		timer_start(&t->timer, at_ns);
}

static u32 poll_timer(struct file *file)
{
	u64 at = __atomic_load_n(&of(file)->at_ns, __ATOMIC_RELAXED);

	return at && arch_counter_ns() >= at ? POLL_IN : 0;
}

/* How often it expired since it was read last. */
static u64 take_expiries(struct timerfd *t)
{
	u64 now = arch_counter_ns(), count = 0;

	mutex_take(&t->file.mutex, "a timerfd");
	if (t->at_ns && now >= t->at_ns) {
		count = 1 + (t->interval_ns ? (now - t->at_ns) / t->interval_ns : 0);
		arm(t, t->interval_ns ? t->at_ns + count * t->interval_ns : 0);
	}
	mutex_let_go(&t->file.mutex);
	return count;
}

static s64 read_timer(struct process *p, struct file *file, u64 to, u64 bytes, u64 position)
{
	u64 count;
	s64 err;

	(void)position;
	if (bytes < sizeof(count))
		return -EINVAL;
	for (count = take_expiries(of(file)); !count; count = take_expiries(of(file))) {
		if (file_is_nonblocking(file))
			return -EAGAIN;
		err = file_wait(p, file, POLL_IN, "a timerfd");
		if (err)
			return err;
	}
	return user_copy_out(to, &count, sizeof(count)) ? -EFAULT : (s64)sizeof(count);
}

/* With the mutex. */
static void get(const struct timerfd *t, struct timerfd_setting *setting)
{
	u64 now = arch_counter_ns();

	setting->interval_ns = t->interval_ns;
	setting->value_ns = 0;
	if (t->at_ns > now)
		setting->value_ns = t->at_ns - now;
	else if (t->at_ns && t->interval_ns)
		setting->value_ns = t->interval_ns - (now - t->at_ns) % t->interval_ns;
}

void timerfd_get(struct file *file, struct timerfd_setting *setting)
{
	mutex_take(&file->mutex, "a timerfd");
	get(of(file), setting);
	mutex_let_go(&file->mutex);
}

void timerfd_set(struct file *file, const struct timerfd_setting *setting, bool absolute,
		 struct timerfd_setting *old)
{
	struct timerfd *t = of(file);
	u64 at = setting->value_ns;

	if (at && !absolute && __builtin_add_overflow(at, arch_counter_ns(), &at))
		at = ~0ULL - 1;
	mutex_take(&file->mutex, "a timerfd");
	get(t, old);
	t->interval_ns = setting->interval_ns;
	arm(t, at);
	mutex_let_go(&file->mutex);
}

static void close_timer(struct file *file)
{
	timer_cancel(&of(file)->timer);
	kfree(of(file));
}

static const struct file_ops ops = { .read = read_timer, .poll = poll_timer, .close = close_timer };

bool timerfd_is(const struct file *file)
{
	return file->ops == &ops;
}

struct file *timerfd_create(u32 flags)
{
	struct file *file =
		file_create_anonymous(&ops, sizeof(struct timerfd), flags | OPEN_READWRITE);

	if (file)
		of(file)->timer.fire = fire;
	return file;
}
