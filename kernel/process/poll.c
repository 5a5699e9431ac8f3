// SPDX-License-Identifier: BSD-2-Clause
/* Waiting for several files at once: see poll.h. */
#include <arch/counter.h>
#include <lib/string.h>
#include <mm/kmalloc.h>

#include "poll.h"

s64 poll_begin(struct poll_set *set, u64 count)
{
	set->count = count;
	set->one = set->few;
	if (count > POLL_FEW)
		set->one = kmalloc(count * sizeof(*set->one), 0);
	if (!set->one)
		return -ENOMEM;
	memset(set->one, 0, (size_t)(count * sizeof(*set->one)));
	return 0;
}

/* What it is ready for, after it is in the file's list if that is to wake this thread. */
static u32 look(struct process *p, struct poll_one *one, bool listen)
{
	if (!one->wants)
		return 0;
	/* Whatever the descriptor becomes meanwhile, it is this file that is waited for. */
	if (!one->file) {
		one->file = files_get(p->files, one->descriptor);
		if (one->file && !p->files->shared)
			file_hold(one->file);
	}
	if (!one->file || one->file->flags & OPEN_PATH)
		return POLL_INVALID;
	if (listen && one->file->ops->poll) {
		if (!one->in_list)
			file_sleeper(&one->sleeper, one->wants, false);
		one->in_list = true;
		file_watch(one->file, &one->sleeper.watch);
	}
	return file_ready(one->file) & (one->wants | POLL_ALWAYS);
}

static s64 look_at_all(struct process *p, struct poll_set *set, bool listen)
{
	s64 count = 0;

	for (u64 i = 0; i < set->count; i++) {
		struct poll_one *one = &set->one[i];

		one->found = look(p, one, listen && !count);
		count += one->found != 0;
	}
	return count;
}

s64 poll_wait(struct process *p, struct poll_set *set, u64 until_ns)
{
	bool in_time = until_ns;

	for (;;) {
		s64 count = look_at_all(p, set, in_time);

		if (count)
			return count;
		if (signal_is_pending(task_here()))
			return signal_interrupted(task_here(), RESTART_WITHOUT_HANDLER);
		if (!in_time)
			return 0;
		in_time = bell_wait(bell_here(), until_ns, "files");
	}
}

void poll_end(struct process *p, struct poll_set *set)
{
	(void)p;
	for (u64 i = 0; set->one && i < set->count; i++) {
		struct poll_one *one = &set->one[i];

		if (one->in_list)
			file_unwatch(one->file, &one->sleeper.watch);
		if (one->file)
			file_release(one->file);
	}
	if (set->one != set->few)
		kfree(set->one);
}

/* ---- how long, and under which mask ---- */

s64 poll_take_time(u64 from, struct poll_time *time)
{
	struct call_timespec length;
	s64 err;

	*time = (struct poll_time){ .until_ns = WAIT_FOREVER };
	if (!from)
		return 0;
	err = syscall_take_time(from, &length);
	if (err)
		return err;
	time->until_ns = 0;
	if (!length.seconds && !length.ns)
		return 0;
	time->from = from;
	time->until_ns = syscall_add_time(arch_counter_ns(), &length);
	return 0;
}

s64 poll_take_mask(struct process *p, u64 from, u64 bytes, struct poll_time *time)
{
	u64 mask;

	(void)p;
	if (!from)
		return 0;
	if (bytes != sizeof(mask))
		return -EINVAL;
	if (user_copy_in(&mask, from, sizeof(mask)))
		return -EFAULT;
	time->masked = true;
	signal_begin_wait(task_here(), mask);
	return 0;
}

s64 poll_end_wait(struct process *p, const struct poll_time *time, s64 answer)
{
	(void)p;
	if (time->masked)
		signal_end_wait(task_here(), answer == -EINTR);
	if (time->from) {
		u64 now = arch_counter_ns();
		u64 left = time->until_ns > now ? time->until_ns - now : 0;
		struct call_timespec rest = { .seconds = (s64)(left / CALL_SECOND),
					      .ns = (s64)(left % CALL_SECOND) };

		/* As on Linux, no error if it can't be said. */
		if (user_copy_out(time->from, &rest, sizeof(rest)))
			return answer;
	}
	return answer;
}
