/* SPDX-License-Identifier: BSD-2-Clause */
/* events: timers, and waiting for several files at once. Neighbours: events.c. */
#include "events.h"

struct time {
	int64_t seconds, ns;
};

struct setting {
	struct time interval, value;
};

static const struct time no_time = { 0, 0 }, short_time = { 0, 2000000 };

void events_timers(void)
{
	struct setting setting = { .value = { 0, 1000000 } }, old;
	long at = CALL(CALL_TIMERFD_CREATE, 1, 0);
	uint64_t count = 0;

	IS(-ERROR_INVAL, CALL(CALL_TIMERFD_CREATE, 2, 0));
	IS(-ERROR_INVAL, CALL(CALL_TIMERFD_CREATE, 1, 1));
	IS(0, CALL(CALL_TIMERFD_SETTIME, at, 0, &setting, &old));
	IS(0, old.value.seconds + old.value.ns);
	IS(-ERROR_INVAL, CALL(CALL_READ, at, &count, 7));
	IS(-ERROR_INVAL, CALL(CALL_WRITE, at, &count, 8));
	IS(8, CALL(CALL_READ, at, &count, 8));
	IS(1, (long)count);
	IS(0, CALL(CALL_FCNTL, at, FCNTL_SETFL, NONBLOCK));
	IS(-ERROR_AGAIN, CALL(CALL_READ, at, &count, 8));
	IS(-ERROR_FAULT, CALL(CALL_TIMERFD_SETTIME, at, 0, 8, 0));
	IS(-ERROR_FAULT, CALL(CALL_TIMERFD_SETTIME, 999, 0, 8, 0));
	IS(-ERROR_BADF, CALL(CALL_TIMERFD_SETTIME, 999, 0, &setting, 0));
	IS(-ERROR_INVAL, CALL(CALL_TIMERFD_SETTIME, 1, 0, &setting, 0));
	IS(-ERROR_INVAL, CALL(CALL_TIMERFD_SETTIME, at, 4, &setting, 0));
	IS(0, CALL(CALL_TIMERFD_SETTIME, at, 2, &setting, 0));
	/* since the clock began, so often that it can't be missed */
	setting = (struct setting){ { 0, 1000 }, { 0, 1 } };
	IS(0, CALL(CALL_TIMERFD_SETTIME, at, 1, &setting, &old));
	IS(8, CALL(CALL_READ, at, &count, 8));
	IS(1, count > 1000);
	IS(0, CALL(CALL_TIMERFD_GETTIME, at, &old));
	IS(1000, old.interval.ns);
	IS(1, old.value.ns >= 0 && old.value.ns <= 1000);
	setting = (struct setting){ { 0, 0 }, { 0, 0 } };
	IS(0, CALL(CALL_TIMERFD_SETTIME, at, 0, &setting, 0));
	IS(-ERROR_AGAIN, CALL(CALL_READ, at, &count, 8));
	setting.value.ns = 1000000000;
	IS(-ERROR_INVAL, CALL(CALL_TIMERFD_SETTIME, at, 0, &setting, 0));
	IS(0, CALL(CALL_LSEEK, at, 0, 0));
	IS(-ERROR_SPIPE, CALL(CALL_PREAD64, at, &count, 8, 0));
	IS(0, CALL(CALL_CLOSE, at));
}

struct poll {
	int32_t descriptor;
	uint16_t events, found;
};

static void poll_pipes(void)
{
	struct time left = short_time;
	struct poll polls[4] = { { -1, 0xffff, 7 } };
	int ends[2];

	CALL(CALL_PIPE2, ends, 0);
	polls[1] = (struct poll){ ends[0], 0xffff, 7 };
	polls[2] = (struct poll){ ends[1], 0xffff, 7 };
	polls[3] = (struct poll){ 999, 0, 7 };
	IS(2, CALL(CALL_PPOLL, polls, 4, 0, 0, 8));
	IS(0, polls[0].found);
	IS(0, polls[1].found);
	IS(0x104, polls[2].found);
	IS(0x20, polls[3].found);
	IS(0, CALL(CALL_PPOLL, polls, 2, &left, 0, 8));
	IS(0, left.seconds + left.ns);
	IS(0, CALL(CALL_PPOLL, polls, 2, &no_time, 0, 8));
	CALL(CALL_WRITE, ends[1], "x", 1);
	left.seconds = 100;
	IS(1, CALL(CALL_PPOLL, polls, 2, &left, 0, 8));
	IS(1, left.seconds == 99 || left.ns == 0);
	IS(0x41, polls[1].found);
	CALL(CALL_CLOSE, ends[1]);
	IS(1, CALL(CALL_PPOLL, polls, 2, 0, 0, 8));
	IS(0x51, polls[1].found);
	CALL(CALL_READ, ends[0], bytes, 1);
	polls[1].events = 0;
	IS(1, CALL(CALL_PPOLL, polls, 2, 0, 0, 8));
	IS(0x10, polls[1].found);
	CALL(CALL_CLOSE, ends[0]);
	CALL(CALL_PIPE2, ends, 0);
	CALL(CALL_CLOSE, ends[0]);
	polls[2].events = 0xffff;
	IS(1, CALL(CALL_PPOLL, polls + 2, 1, 0, 0, 8));
	IS(0x10c, polls[2].found);
	CALL(CALL_CLOSE, ends[1]);
	IS(-ERROR_INVAL, CALL(CALL_PPOLL, polls, 1, 0, polls, 4));
	IS(-ERROR_FAULT, CALL(CALL_PPOLL, 8, 1, 0, 0, 8));
	IS(-ERROR_FAULT, CALL(CALL_PPOLL, polls, 1, 8, 0, 8));
	IS(-ERROR_INVAL, CALL(CALL_PPOLL, polls, 1000000, 0, 0, 8));
	IS(0, CALL(CALL_PPOLL, 0, 0, &no_time, 0, 8));
}

static void select_pipes(void)
{
	uint64_t in[2], out[2], except[2] = { 0 };
	int ends[2];

	CALL(CALL_PIPE2, ends, 0);
	in[0] = out[0] = (uint64_t)1 << ends[0] | (uint64_t)1 << ends[1];
	IS(1, CALL(CALL_PSELECT6, 10, in, out, except, 0, 0));
	IS(0, (long)in[0]);
	IS(1L << ends[1], (long)out[0]);
	in[0] = (uint64_t)1 << ends[0];
	IS(0, CALL(CALL_PSELECT6, 10, in, 0, 0, &no_time, 0));
	CALL(CALL_WRITE, ends[1], "x", 1);
	in[0] = (uint64_t)1 << ends[0];
	IS(1, CALL(CALL_PSELECT6, 10, in, 0, 0, &no_time, 0));
	IS(0, CALL(CALL_PSELECT6, ends[0], in, 0, 0, &no_time, 0));
	in[0] = 1 << 9;
	IS(-ERROR_BADF, CALL(CALL_PSELECT6, 10, in, 0, 0, &no_time, 0));
	IS(-ERROR_INVAL, CALL(CALL_PSELECT6, -1, in, 0, 0, &no_time, 0));
	CALL(CALL_CLOSE, ends[0]);
	CALL(CALL_CLOSE, ends[1]);
}

void events_poll(void)
{
	poll_pipes();
	select_pipes();
}

/* ---- epoll ---- */

struct event {
	uint32_t events, pad;
	uint64_t data;
};

enum { ADD = 1, DELETE, CHANGE };

static struct event seen[4];

static long control(long epoll, int what, long file, uint32_t events, uint64_t data)
{
	struct event event = { events, 0, data };

	return CALL(CALL_EPOLL_CTL, epoll, what, file, &event);
}

/* How many there are now; the first one is in seen[0]. */
static long ready(long epoll)
{
	seen[0] = (struct event){ 0, 0, 0 };
	return CALL(CALL_EPOLL_PWAIT, epoll, seen, 4, 0, 0, 8);
}

static void epoll_errors(void)
{
	long epoll = CALL(CALL_EPOLL_CREATE1, CLOSE_ON_EXEC), other = CALL(CALL_EPOLL_CREATE1, 0);
	long event = CALL(CALL_EVENTFD2, 0, 0);
	long file = CALL(CALL_OPENAT, AT_CWD, "/proc/self/maps", 0);
	long folder = CALL(CALL_OPENAT, AT_CWD, "/", 0);

	IS(-ERROR_INVAL, CALL(CALL_EPOLL_CREATE1, 1));
	IS(2, CALL(CALL_FCNTL, epoll, FCNTL_GETFL));
	IS(-ERROR_INVAL, CALL(CALL_READ, epoll, bytes, 1));
	IS(-ERROR_INVAL, CALL(CALL_WRITE, epoll, bytes, 1));
	IS(0, CALL(CALL_LSEEK, epoll, 0, 0));
	IS(-ERROR_PERM, control(epoll, ADD, file, 1, 0));
	IS(-ERROR_PERM, control(epoll, ADD, folder, 1, 0));
	IS(-ERROR_BADF, control(epoll, ADD, 999, 1, 0));
	IS(-ERROR_BADF, control(999, ADD, event, 1, 0));
	IS(-ERROR_INVAL, control(epoll, ADD, epoll, 1, 0));
	IS(-ERROR_INVAL, control(event, ADD, epoll, 1, 0));
	IS(-ERROR_NOENT, control(epoll, DELETE, event, 1, 0));
	IS(-ERROR_NOENT, control(epoll, CHANGE, event, 1, 0));
	IS(-ERROR_INVAL, control(epoll, 4, event, 1, 0));
	IS(-ERROR_FAULT, CALL(CALL_EPOLL_CTL, epoll, ADD, event, 8));
	IS(0, control(epoll, ADD, event, 1, 0));
	IS(-ERROR_EXIST, control(epoll, ADD, event, 1, 0));
	IS(0, CALL(CALL_EPOLL_CTL, epoll, DELETE, event, 0));
	IS(0, control(epoll, ADD, event, 1u << 28 | 1, 0));
	IS(-ERROR_INVAL, control(epoll, CHANGE, event, 1, 0));
	IS(-ERROR_INVAL, control(epoll, CHANGE, event, 1u << 28 | 1, 0));
	IS(-ERROR_INVAL, control(epoll, ADD, other, 1u << 28 | 1, 0));
	IS(0, control(epoll, ADD, other, 1, 0));
	IS(-ERROR_LOOP, control(other, ADD, epoll, 1, 0));
	IS(-ERROR_INVAL, CALL(CALL_EPOLL_PWAIT, epoll, seen, 0, 0, 0, 8));
	IS(-ERROR_FAULT, CALL(CALL_EPOLL_PWAIT, epoll, ~0ul, 1, 0, 0, 8));
	IS(-ERROR_BADF, CALL(CALL_EPOLL_PWAIT, 999, seen, 1, 0, 0, 8));
	IS(-ERROR_INVAL, CALL(CALL_EPOLL_PWAIT, event, seen, 1, 0, 0, 8));
	IS(-ERROR_INVAL, CALL(CALL_EPOLL_PWAIT, epoll, seen, 1, 0, seen, 4));
	IS(0, CALL(CALL_EPOLL_PWAIT, epoll, seen, 1, 2, 0, 8));
	IS(0, CALL(CALL_EPOLL_PWAIT2, epoll, seen, 1, &short_time, 0, 8));
	IS(-ERROR_FAULT, CALL(CALL_EPOLL_PWAIT2, epoll, seen, 1, 8, 0, 8));
	IS(0, CALL(CALL_CLOSE_RANGE, 3, ~0u, 0));
}

static void epoll_modes(void)
{
	uint64_t value = 1;
	long epoll = CALL(CALL_EPOLL_CREATE1, 0), event = CALL(CALL_EVENTFD2, 0, NONBLOCK);
	long copy;

	IS(0, control(epoll, ADD, event, 1, 77));
	IS(0, ready(epoll));
	CALL(CALL_WRITE, event, &value, 8);
	IS(1, ready(epoll));
	IS(1, seen[0].events);
	IS(77, (long)seen[0].data);
	IS(1, ready(epoll));
	IS(0, control(epoll, CHANGE, event, 1u << 31 | 5, 78)); /* edges */
	IS(1, ready(epoll));
	IS(5, seen[0].events);
	IS(0, ready(epoll));
	CALL(CALL_WRITE, event, &value, 8);
	IS(1, ready(epoll));
	IS(0, ready(epoll));
	CALL(CALL_READ, event, &value, 8);
	IS(1, ready(epoll));
	IS(4, seen[0].events);
	IS(0, control(epoll, CHANGE, event, 1u << 30 | 4, 79)); /* once */
	IS(1, ready(epoll));
	IS(0, ready(epoll));
	CALL(CALL_WRITE, event, &value, 8);
	IS(0, ready(epoll));
	IS(0, control(epoll, CHANGE, event, 1, 80));
	IS(1, ready(epoll));
	/* taken before it was looked at */
	CALL(CALL_READ, event, &value, 8);
	IS(0, ready(epoll));
	CALL(CALL_WRITE, event, &value, 8);
	IS(-ERROR_FAULT, CALL(CALL_EPOLL_PWAIT, epoll, 8, 1, 0, 0, 8));
	IS(1, ready(epoll));
	/* another descriptor keeps the file, and so what watches it */
	copy = CALL(CALL_DUP, event);
	CALL(CALL_CLOSE, event);
	IS(1, ready(epoll));
	IS(-ERROR_NOENT, control(epoll, DELETE, copy, 0, 0));
	CALL(CALL_CLOSE, copy);
	IS(0, ready(epoll));
	IS(0, CALL(CALL_CLOSE, epoll));
}

static void epoll_nested(void)
{
	struct poll poll = { .events = 1 };
	uint64_t value = 1;
	long inner = CALL(CALL_EPOLL_CREATE1, 0), outer = CALL(CALL_EPOLL_CREATE1, 0);
	long event = CALL(CALL_EVENTFD2, 0, NONBLOCK);

	IS(0, control(outer, ADD, inner, 1, 1));
	IS(0, control(inner, ADD, event, 1, 2));
	IS(0, ready(outer));
	CALL(CALL_WRITE, event, &value, 8);
	IS(1, ready(outer));
	IS(1, (long)seen[0].data);
	poll.descriptor = (int)outer;
	IS(1, CALL(CALL_PPOLL, &poll, 1, 0, 0, 8));
	CALL(CALL_READ, event, &value, 8);
	IS(0, CALL(CALL_PPOLL, &poll, 1, &no_time, 0, 8));
	IS(0, ready(outer));
	IS(0, CALL(CALL_CLOSE_RANGE, 3, ~0u, 0));
}

/* A timer wakes it, and how a pipe ends is told whatever is asked. */
static void epoll_wakes(void)
{
	const struct setting setting = { .value = short_time };
	long epoll = CALL(CALL_EPOLL_CREATE1, 0), timer = CALL(CALL_TIMERFD_CREATE, 1, 0);
	int ends[2];

	IS(0, control(epoll, ADD, timer, 1u << 31 | 1, 5));
	CALL(CALL_TIMERFD_SETTIME, timer, 0, &setting, 0);
	IS(1, CALL(CALL_EPOLL_PWAIT, epoll, seen, 4, -1, 0, 8));
	IS(5, (long)seen[0].data);
	CALL(CALL_PIPE2, ends, 0);
	IS(0, control(epoll, ADD, ends[0], 0, 6));
	IS(0, ready(epoll));
	CALL(CALL_CLOSE, ends[1]);
	IS(1, ready(epoll));
	IS(0x10, seen[0].events);
	IS(0, CALL(CALL_CLOSE_RANGE, 3, ~0u, 0));
}

void events_epoll(void)
{
	epoll_errors();
	epoll_modes();
	epoll_nested();
	epoll_wakes();
}
