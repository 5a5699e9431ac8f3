// SPDX-License-Identifier: BSD-2-Clause
/* System calls that wait for files: ppoll, pselect6, and those of epoll. */
#include <arch/counter.h>
#include <lib/string.h>
#include <mm/kmalloc.h>

#include "event.h"
#include "poll.h"

/* ---- ppoll ---- */

/* struct pollfd */
struct poll_request {
	s32 descriptor;
	u16 events;
	u16 found;
};

static s64 take_requests(u64 from, struct poll_set *set)
{
	for (u64 i = 0; i < set->count; i++) {
		struct poll_request request;

		if (user_copy_in(&request, from + i * sizeof(request), sizeof(request)))
			return -EFAULT;
		if (request.descriptor < 0)
			continue;
		set->one[i].descriptor = (u32)request.descriptor;
		set->one[i].wants = request.events | POLL_ALWAYS;
	}
	return 0;
}

static s64 give_found(u64 to, const struct poll_set *set)
{
	for (u64 i = 0; i < set->count; i++) {
		u16 found = (u16)set->one[i].found;
		u64 at = to + i * sizeof(struct poll_request);

		if (user_copy_out(at + offsetof(struct poll_request, found), &found, sizeof(found)))
			return -EFAULT;
	}
	return 0;
}

static s64 poll_files(struct process *p, u64 requests, u64 count, u64 until_ns)
{
	struct poll_set set;
	s64 answer, err;

	if (count > p->limits.limit[LIMIT_NOFILE].now)
		return -EINVAL;
	answer = poll_begin(&set, count);
	if (!answer)
		answer = take_requests(requests, &set);
	if (!answer) {
		answer = poll_wait(p, &set, until_ns);
		err = give_found(requests, &set);
		answer = err ? err : answer;
	}
	poll_end(p, &set);
	return answer;
}

s64 syscall_ppoll(struct process *p, const u64 *a)
{
	struct poll_time time;
	s64 err = poll_take_time(a[2], &time);

	if (!err)
		err = poll_take_mask(p, a[3], a[4], &time);
	return err ? err : poll_end_wait(p, &time, poll_files(p, a[0], (u32)a[1], time.until_ns));
}

/* ---- pselect6 ---- */

enum { SETS = 3 };

static const u32 set_wants[SETS] = {
	POLL_READ | POLL_IN_BAND | POLL_HANGUP | POLL_ERROR,
	POLL_WRITE | POLL_OUT_BAND | POLL_ERROR,
	POLL_URGENT,
};

/* What is asked of one, as bits of the three sets. */
static s64 take_bits(const u64 *sets, u64 descriptor, u32 *bits)
{
	*bits = 0;
	for (unsigned i = 0; i < SETS; i++) {
		u8 byte = 0;

		if (sets[i] && user_copy_in(&byte, sets[i] + descriptor / 8, 1))
			return -EFAULT;
		*bits |= (u32)(byte >> descriptor % 8 & 1) << i;
	}
	return 0;
}

static s64 take_sets(const u64 *sets, struct poll_set *set)
{
	for (u64 i = 0; i < set->count; i++) {
		u32 bits;

		if (take_bits(sets, i, &bits))
			return -EFAULT;
		set->one[i].descriptor = (u32)i;
		for (unsigned k = 0; k < SETS; k++)
			set->one[i].wants |= bits >> k & 1 ? set_wants[k] : 0;
	}
	return 0;
}

/* What of `asked` is ready, of the 64 descriptors from `first` on. */
static u64 found_in(const struct poll_set *set, u64 first, u64 asked, u32 wants, s64 *count)
{
	u64 found = 0;

	for (u64 i = first; i < MIN(set->count, first + 64); i++) {
		if (!(asked >> i % 64 & 1) || !(set->one[i].found & wants))
			continue;
		found |= 1ULL << i % 64;
		++*count;
	}
	return found;
}

/* In a set again is what was in it, and is ready: so many bits. */
static s64 give_sets(const u64 *sets, const struct poll_set *set)
{
	s64 count = 0;

	for (unsigned k = 0; k < SETS; k++) {
		for (u64 first = 0; sets[k] && first < set->count; first += 64) {
			u64 at = sets[k] + first / 8, asked, found;

			if (user_copy_in(&asked, at, sizeof(asked)))
				return -EFAULT;
			found = found_in(set, first, asked, set_wants[k], &count);
			if (user_copy_out(at, &found, sizeof(found)))
				return -EFAULT;
		}
	}
	return count;
}

static s64 check_open(struct process *p, const struct poll_set *set)
{
	for (u64 i = 0; i < set->count; i++)
		if (set->one[i].wants && files_closes_on_exec(p->files, i) < 0)
			return -EBADF;
	return 0;
}

static s64 select_files(struct process *p, u64 count, const u64 *sets, u64 until_ns)
{
	struct poll_set set;
	s64 answer = poll_begin(&set, count);

	if (!answer)
		answer = take_sets(sets, &set);
	if (!answer)
		answer = check_open(p, &set);
	if (!answer) {
		answer = poll_wait(p, &set, until_ns);
		if (answer >= 0)
			answer = give_sets(sets, &set);
	}
	poll_end(p, &set);
	return answer;
}

s64 syscall_pselect6(struct process *p, const u64 *a)
{
	struct poll_time time;
	u64 mask[2] = { 0 }; /* where it is, and how long */
	s64 err;

	if (a[5] && user_copy_in(mask, a[5], sizeof(mask)))
		return -EFAULT;
	err = poll_take_time(a[4], &time);
	if (!err)
		err = poll_take_mask(p, mask[0], mask[1], &time);
	if (err)
		return err;
	err = (s32)a[0] < 0 ? -EINVAL
			    : select_files(p, MIN((u64)(u32)a[0], (u64)p->files->descriptors),
					   a + 1, time.until_ns);
	return poll_end_wait(p, &time, err);
}

/* ---- epoll ---- */

s64 syscall_epoll_create1(struct process *p, const u64 *a)
{
	if ((u32)a[0] & ~OPEN_CLOEXEC)
		return -EINVAL;
	return file_give_descriptor(p, epoll_create(), a[0] & OPEN_CLOEXEC);
}

s64 syscall_epoll_ctl(struct process *p, const u64 *a)
{
	struct epoll_event event = { 0 };
	struct file *epoll, *file;
	s64 answer = -EBADF;

	if ((u32)a[1] != EPOLL_DELETE && user_copy_in(&event, a[3], sizeof(event)))
		return -EFAULT;
	epoll = files_get(p->files, a[0]);
	file = files_get(p->files, a[2]);
	if (epoll && file && !((epoll->flags | file->flags) & OPEN_PATH))
		answer = epoll_change(epoll, (u32)a[1], file, (u32)a[2], &event);
	files_let_go(p->files, file);
	files_let_go(p->files, epoll);
	return answer;
}

static s64 wait_for_events(struct process *p, const u64 *a, u64 until_ns)
{
	s32 most = (s32)a[2];
	struct file *file;
	s64 answer = -EBADF;

	if (most <= 0 || (u64)most > 0x7fffffff / sizeof(struct epoll_event))
		return -EINVAL;
	if (!call_range_is_user(a[1], (u64)most * sizeof(struct epoll_event)))
		return -EFAULT;
	file = files_get(p->files, a[0]);
	if (file && !(file->flags & OPEN_PATH))
		answer = epoll_is(file) ? epoll_wait(p, file, a[1], (u64)most, until_ns) : -EINVAL;
	files_let_go(p->files, file);
	return answer;
}

s64 syscall_epoll_pwait(struct process *p, const u64 *a)
{
	s32 ms = (s32)a[3];
	struct poll_time time = { .until_ns = WAIT_FOREVER };
	s64 err = poll_take_mask(p, a[4], a[5], &time);

	if (err)
		return err;
	if (ms >= 0)
		time.until_ns = ms ? arch_counter_ns() + (u64)ms * 1000000 : 0;
	return poll_end_wait(p, &time, wait_for_events(p, a, time.until_ns));
}

s64 syscall_epoll_pwait2(struct process *p, const u64 *a)
{
	struct poll_time time;
	s64 err = poll_take_time(a[3], &time);

	time.from = 0; /* it isn't said how much of it is left */
	if (!err)
		err = poll_take_mask(p, a[4], a[5], &time);
	return err ? err : poll_end_wait(p, &time, wait_for_events(p, a, time.until_ns));
}
