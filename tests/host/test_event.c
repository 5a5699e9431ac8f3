// SPDX-License-Identifier: BSD-2-Clause
/*
 * What waits: eventfds, timerfds, epoll, ppoll and pselect6, woken by others, by time and by
 * signals, under another mask; and many epolls against a model.
 *
 * Sources: kernel/process/path.c kernel/process/path_walk.c kernel/process/files.c
 * Sources: kernel/process/file.c kernel/process/file_watch.c kernel/process/epoll.c
 * Sources: kernel/process/epoll_change.c
 * Sources: kernel/process/pipe.c kernel/process/pipe_bytes.c kernel/process/eventfd.c
 * Sources: kernel/process/timerfd.c kernel/process/poll.c
 * Sources: kernel/process/syscall_event.c kernel/process/syscall_poll.c
 * Sources: kernel/process/proc_text.c kernel/process/signal.c kernel/process/sigframe.c
 * Sources: kernel/process/signal_stack.c
 * Sources: kernel/process/syscall_task.c kernel/process/syscall_io.c kernel/process/syscall_path.c
 * Sources: kernel/process/syscall_descriptor.c kernel/process/syscall_time.c
 * Sources: lib/initramfs.c lib/sha256.c arch/arm64/table/granule.c
 * Sources: tests/host/archive.c tests/host/fake_process.c
 * Sources: tests/host/fake_task.c
 */
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/errno.h>
#include <kernel/timer.h>

#include "../../kernel/process/calls.h"
#include "../../kernel/process/sigframe.h"
#include "../../kernel/process/watch.h"
#include "fake_process.h"

#define AT       (USER_BASE + 0x100)
#define EVENTS   (USER_BASE + 0x1000)
#define NONBLOCK 04000u
#define EDGE     (1u << 31)
#define ONCE     (1u << 30)

static u64 event, epoll;

static void begin(void)
{
	process_initrd.size = 0;
	process_asleep = NULL;
	process_begin(12);
	event = (u64)CALL(eventfd2, 0, 0);
	epoll = (u64)CALL(epoll_create1, 0);
}

static s64 put(u64 descriptor, u64 value)
{
	memcpy(user_at(AT), &value, sizeof(value));
	return CALL(write, descriptor, AT, sizeof(value));
}

static s64 take(u64 descriptor)
{
	u64 value;
	s64 done = CALL(read, descriptor, AT, sizeof(value));

	memcpy(&value, user_at(AT), sizeof(value));
	return done == sizeof(value) ? (s64)value : done;
}

static s64 control(u64 what, u64 descriptor, u32 events, u64 data)
{
	struct {
		u32 events, pad;
		u64 data;
	} in = { events, 0, data };

	memcpy(user_at(AT), &in, sizeof(in));
	return CALL(epoll_ctl, epoll, what, descriptor, AT);
}

static unsigned sleeps;

static void add_three(void)
{
	sleeps++;
	assert_int_equal(put(event, 3), 8);
}

static void take_all(void)
{
	sleeps++;
	assert_int_equal(take(event), ~1ULL);
}

static void counters(void **state)
{
	(void)state;
	begin();
	assert_int_equal(take(event), -EINTR);
	task.signals.pending.set = 0;
	process_asleep = add_three;
	assert_int_equal(take(event), 3);
	assert_int_equal(put(event, ~1ULL), 8);
	process_asleep = take_all;
	assert_int_equal(put(event, 5), 8);
	process_asleep = NULL;
	assert_int_equal(take(event), 5);
	process_end();
}

/* ---- time ---- */

static struct timer *armed;

static void set_timer(u64 descriptor, u64 value_ns, u64 interval_ns)
{
	u64 setting[4] = { 0, interval_ns, 0, value_ns };

	memcpy(user_at(AT), setting, sizeof(setting));
	assert_int_equal(CALL(timerfd_settime, descriptor, 0, AT, 0), 0);
}

/* Its moment comes: the kernel's timer fires. */
static void time_passes(void)
{
	sleeps++;
	process_now_ns = armed->at_ns;
	assert_true(armed->started);
	armed->started = false;
	armed->fire(armed);
}

/* The timer of a timerfd is the last member of what begins with its file. */
static struct timer *timer_of(u64 descriptor)
{
	struct file *file = files_get(process.files, descriptor);

	return (struct timer *)(void *)((char *)(file + 1) + 2 * sizeof(u64));
}

static void timers(void **state)
{
	u64 timer;

	(void)state;
	begin();
	timer = (u64)CALL(timerfd_create, 1, 0);
	armed = timer_of(timer);
	set_timer(timer, 5000000, 1000000);
	process_asleep = time_passes;
	sleeps = 0;
	assert_int_equal(take(timer), 1);
	assert_int_equal(sleeps, 1);
	process_now_ns += 10000000;
	assert_int_equal(take(timer), 10);
	assert_true(armed->started);
	/* waited for by an epoll */
	assert_int_equal(control(1, timer, POLL_IN, 9), 0);
	assert_int_equal(CALL(epoll_pwait, epoll, EVENTS, 4, (u64)-1, 0, 8), 1);
	assert_int_equal(sleeps, 2);
	assert_int_equal(take(timer), 1);
	process_end();
}

/* ---- waiting for several ---- */

static void poll_of(u64 descriptor, u16 events)
{
	struct {
		s32 descriptor;
		u16 events, found;
	} in = { (s32)descriptor, events, 0 };

	memcpy(user_at(EVENTS), &in, sizeof(in));
}

static void polling(void **state)
{
	u64 mask = signal_bit(SIGNAL_USR1), time[2] = { 0, 5000000 };

	(void)state;
	begin();
	process_asleep = add_three;
	poll_of(event, POLL_IN);
	assert_int_equal(CALL(ppoll, EVENTS, 1, 0, 0, 8), 1);
	assert_int_equal(take(event), 3);
	/* a length of time, of which nothing is left */
	process_asleep = NULL;
	memcpy(user_at(AT), time, sizeof(time));
	assert_int_equal(CALL(ppoll, EVENTS, 1, AT, 0, 8), 0);
	memcpy(time, user_at(AT), sizeof(time));
	assert_int_equal(time[1], 0);
	/* A signal that is blocked but for this time: handled under the mask of the wait. */
	task.signals.mask = signal_bit(SIGNAL_TERM);
	memcpy(user_at(AT), &mask, sizeof(mask));
	assert_int_equal(CALL(ppoll, EVENTS, 1, 0, AT, 8), -EINTR);
	assert_int_equal(task.signals.mask, mask);
	process_handle(SIGNAL_TERM, 0);
	process_regs.sp = USER_LAST - 0x4000;
	assert_true(signal_return_work(&process_regs));
	assert_int_equal(task.signals.mask, mask | signal_bit(SIGNAL_TERM) | 0x10);
	signal_return(&task);
	assert_int_equal(task.signals.mask, signal_bit(SIGNAL_TERM));
	/* no signal: as it was */
	put(event, 1);
	memcpy(user_at(AT), &mask, sizeof(mask));
	assert_int_equal(CALL(ppoll, EVENTS, 1, 0, AT, 8), 1);
	assert_int_equal(task.signals.mask, signal_bit(SIGNAL_TERM));
	process_end();
}

/* The file that is waited for is closed, and its number reused: it is let go of all the same. */
static void close_event(void)
{
	sleeps++;
	CALL(close, event);
	assert_int_equal(CALL(eventfd2, 1, 0), event);
	task.signals.pending.set = signal_bit(SIGNAL_TERM);
}

static void closed_meanwhile(void **state)
{
	for (unsigned shared = 0; shared < 2; shared++) {
		(void)state;
		begin();
		if (shared)
			files_share(process.files);
		process_asleep = close_event;
		poll_of(event, POLL_IN);
		assert_int_equal(CALL(ppoll, EVENTS, 1, 0, 0, 8), -EINTR);
		process_end();
	}
}

/* ---- epoll against a model ---- */

#define COUNTERS 6

static struct {
	u64 descriptor;
	bool watched, told; /* told: it may be ready */
	u32 events;         /* 0: disabled */
	u64 count;
} model[COUNTERS];

static u32 model_ready(unsigned i)
{
	return (model[i].count ? POLL_IN : 0) | (model[i].count < ~1ULL ? POLL_OUT : 0);
}

static void model_changed(unsigned i, u32 events)
{
	if (model[i].watched && model[i].events & events)
		model[i].told = true;
}

static void model_control(unsigned i)
{
	u32 events = (u32)host_random_below(2) * POLL_IN + (u32)host_random_below(2) * POLL_OUT;

	events |= (u32)host_random_below(2) * EDGE + (u32)host_random_below(2) * ONCE;
	if (host_random_below(4) == 0) {
		assert_int_equal(control(2, model[i].descriptor, 0, 0),
				 model[i].watched ? 0 : -ENOENT);
		model[i].watched = model[i].told = false;
		return;
	}
	assert_int_equal(control(model[i].watched ? 3 : 1, model[i].descriptor, events, i), 0);
	model[i].watched = true;
	model[i].events = events | POLL_ALWAYS;
	if (model_ready(i) & events)
		model[i].told = true;
}

static void model_wait(void)
{
	s64 got = CALL(epoll_pwait, epoll, EVENTS, COUNTERS, 0, 0, 8);
	bool seen[COUNTERS] = { false };

	assert_true(got >= 0);
	for (s64 k = 0; k < got; k++) {
		struct {
			u32 events, pad;
			u64 data;
		} *one = user_at(EVENTS + (u64)k * 16);

		assert_true(one->data < COUNTERS && !seen[one->data]);
		seen[one->data] = true;
		assert_int_equal(one->events,
				 model_ready((unsigned)one->data) & model[one->data].events);
	}
	for (unsigned i = 0; i < COUNTERS; i++) {
		bool ready = model[i].told && model_ready(i) & model[i].events;

		assert_int_equal(seen[i], ready);
		model[i].told = ready && !(model[i].events & (EDGE | ONCE));
		if (ready && model[i].events & ONCE)
			model[i].events = 0;
	}
}

static void like_a_model(void **state)
{
	(void)state;
	begin();
	memset(model, 0, sizeof(model));
	for (unsigned i = 0; i < COUNTERS; i++)
		model[i].descriptor = (u64)CALL(eventfd2, 0, NONBLOCK);
	for (unsigned step = 0; step < 20000; step++) {
		unsigned i = (unsigned)host_random_below(COUNTERS);

		switch (host_random_below(4)) {
		case 0:
			model_control(i);
			break;
		case 1:
			put(model[i].descriptor, 1);
			model[i].count++;
			model_changed(i, POLL_IN);
			break;
		case 2:
			if (take(model[i].descriptor) > 0)
				model_changed(i, POLL_OUT);
			model[i].count = 0;
			break;
		default:
			model_wait();
		}
	}
	process_end();
}

/* Chains of epolls: none through which one would watch itself, none too long. */
static void chains(void **state)
{
	u64 chain[12];
	unsigned longest = 0;

	(void)state;
	begin();
	for (unsigned i = 0; i < 12; i++)
		chain[i] = (u64)CALL(epoll_create1, 0);
	epoll = chain[0];
	assert_int_equal(control(1, event, POLL_IN, 0), 0);
	for (unsigned i = 1; i < 12; i++) {
		epoll = chain[i];
		if (control(1, chain[i - 1], POLL_IN, i) == 0)
			longest++;
	}
	assert_true(longest >= 4);
	for (unsigned i = 0; i < 12; i++)
		for (unsigned k = i + 1; k < 12; k++) {
			epoll = chain[i];
			assert_true(control(1, chain[k], POLL_IN, 0) <= 0);
		}
	put(event, 1);
	epoll = chain[1];
	assert_int_equal(CALL(epoll_pwait, epoll, EVENTS, 4, 0, 0, 8), 1);
	process_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters),     cmocka_unit_test(timers),
		cmocka_unit_test(polling),      cmocka_unit_test(closed_meanwhile),
		cmocka_unit_test(like_a_model), cmocka_unit_test(chains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
