/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * events: what its files share. Neighbours: events.c.
 */
#ifndef USER_EVENTS_H
#define USER_EVENTS_H

#include "bare.h"
#include "print.h"

enum {
	CALL_EVENTFD2 = 19,
	CALL_EPOLL_CREATE1 = 20,
	CALL_EPOLL_CTL = 21,
	CALL_EPOLL_PWAIT = 22,
	CALL_DUP = 23,
	CALL_DUP3 = 24,
	CALL_PREAD64 = 67,
	CALL_PWRITE64 = 68,
	CALL_PSELECT6 = 72,
	CALL_FSYNC = 82,
	CALL_TIMERFD_CREATE = 85,
	CALL_TIMERFD_SETTIME = 86,
	CALL_TIMERFD_GETTIME = 87,
	CALL_CLOCK_GETTIME = 113,
	CALL_CLOSE_RANGE = 436,
	CALL_EPOLL_PWAIT2 = 441,
	FCNTL_DUPFD = 0,
	FCNTL_GETFD = 1,
	FCNTL_GETFL = 3,
	FCNTL_SETFL = 4,
	PIPE_SET_SIZE = 1031,
	PIPE_GET_SIZE = 1032,
	FIO_NREAD = 0x541b,
	NONBLOCK = 04000,
	DIRECT = 0200000,
	CLOSE_ON_EXEC = 02000000,
	ERROR_INTR = 4,
	ERROR_BUSY = 16,
	ERROR_NOTTY = 25,
	ERROR_SPIPE = 29,
	ERROR_PIPE = 32,
	ERROR_LOOP = 40,
	SIGNAL_PIPE = 13,
};

/* The answer is as wanted, or a line says what it is. */
void is(const char *what, long answer, long wanted);
#define IS(wanted, ...) is(#__VA_ARGS__, (__VA_ARGS__), wanted)

extern uint64_t page;
extern char bytes[1 << 17];

void events_timers(void);
void events_poll(void);
void events_epoll(void);

#endif
