/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * events: pipes, eventfds, timerfds, epoll, ppoll and pselect6 by one thread. Prints a line for
 * each answer that isn't Linux's, and at the end "events: N answers"; status 1 if one was wrong.
 * `events read` reads from a pipe that nobody writes to.
 *
 * Neighbours: bare.h; events_poll.c for what waits for files.
 */
#include "events.h"

static int wrong, answers;
uint64_t page;

void is(const char *what, long answer, long wanted)
{
	struct line line = { .length = 0 };

	answers++;
	if (answer == wanted)
		return;
	wrong++;
	put_text(&line, "not as on Linux: ");
	put_text(&line, what);
	put_text(&line, " is ");
	put_text(&line, answer < 0 ? "-" : "");
	put_number(&line, (uint64_t)(answer < 0 ? -answer : answer));
	put_end(&line);
}

char bytes[1 << 17];

/* Write pieces of `size` until none fits: how many bytes that were. */
static long fill(int end, uint64_t size)
{
	long sum = 0, some;

	while ((some = CALL(CALL_WRITE, end, bytes, size)) > 0)
		sum += some;
	return sum;
}

static long drain(int end)
{
	long sum = 0, some;

	while ((some = CALL(CALL_READ, end, bytes, sizeof(bytes))) > 0)
		sum += some;
	return sum;
}

static long readable(int end)
{
	int count = -1;
	long err = CALL(CALL_IOCTL, end, FIO_NREAD, &count);

	return err ? err : count;
}

static void pipe_basics(void)
{
	int ends[2];

	IS(-ERROR_INVAL, CALL(CALL_PIPE2, ends, 1));
	IS(-ERROR_FAULT, CALL(CALL_PIPE2, 8, 0));
	IS(0, CALL(CALL_PIPE2, ends, CLOSE_ON_EXEC));
	IS(3, ends[0]);
	IS(4, ends[1]);
	IS(1, CALL(CALL_FCNTL, ends[0], FCNTL_GETFD));
	IS(0, CALL(CALL_FCNTL, ends[0], FCNTL_GETFL));
	IS(1, CALL(CALL_FCNTL, ends[1], FCNTL_GETFL));
	IS(0, CALL(CALL_FCNTL, ends[0], FCNTL_SETFL, NONBLOCK));
	IS(-ERROR_AGAIN, CALL(CALL_READ, ends[0], bytes, 1));
	IS(0, CALL(CALL_READ, ends[0], bytes, 0));
	IS(3, CALL(CALL_WRITE, ends[1], "abc", 3));
	IS(0, CALL(CALL_WRITE, ends[1], "abc", 0));
	IS(3, readable(ends[0]));
	IS(3, readable(ends[1]));
	IS(-ERROR_BADF, CALL(CALL_WRITE, ends[0], "abc", 3));
	IS(-ERROR_BADF, CALL(CALL_READ, ends[1], bytes, 3));
	IS(-ERROR_FAULT, CALL(CALL_READ, ends[0], 8, 3));
	IS(2, CALL(CALL_READ, ends[0], bytes, 2));
	IS('b', bytes[1]);
	IS(-ERROR_SPIPE, CALL(CALL_LSEEK, ends[0], 0, 0));
	IS(-ERROR_SPIPE, CALL(CALL_PREAD64, ends[0], bytes, 1, 0));
	IS(-ERROR_SPIPE, CALL(CALL_PWRITE64, ends[1], bytes, 1, 0));
	IS(-ERROR_INVAL, CALL(CALL_FSYNC, ends[0]));
	IS(-ERROR_NOTTY, CALL(CALL_IOCTL, ends[0], 0x5401, bytes));
	IS(0, CALL(CALL_CLOSE, ends[1]));
	IS(1, CALL(CALL_READ, ends[0], bytes, 10));
	IS(0, CALL(CALL_READ, ends[0], bytes, 10));
	IS(0, CALL(CALL_CLOSE, ends[0]));
}

static void pipe_room(void)
{
	static const uint64_t sizes[] = { 1, 100, 3000, 4095, 4096 };
	int ends[2];

	IS(0, CALL(CALL_PIPE2, ends, NONBLOCK));
	IS((long)(16 * page), CALL(CALL_FCNTL, ends[1], PIPE_GET_SIZE));
	/* In a slot of a page, as many as fit. */
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		IS((long)(16 * (page / sizes[i] * sizes[i])), fill(ends[1], sizes[i]));
		drain(ends[0]);
	}
	/* Two of these take three slots: what is more than a page goes together. */
	IS((long)(10 * (page + 1) + page), fill(ends[1], page + 1));
	drain(ends[0]);
	IS((long)(10 * (page + 904) + page), fill(ends[1], page + 904));
	drain(ends[0]);
	IS((long)(2 * page), CALL(CALL_FCNTL, ends[1], PIPE_SET_SIZE, page + 1));
	IS((long)(2 * page), fill(ends[1], 1));
	IS(-ERROR_BUSY, CALL(CALL_FCNTL, ends[1], PIPE_SET_SIZE, 1));
	IS((long)(8 * page), CALL(CALL_FCNTL, ends[0], PIPE_SET_SIZE, 8 * page));
	IS((long)(6 * page), fill(ends[1], page));
	IS((long)(8 * page), drain(ends[0]));
	IS((long)page, CALL(CALL_FCNTL, ends[0], PIPE_SET_SIZE, 0));
	IS(-ERROR_INVAL, CALL(CALL_FCNTL, ends[0], PIPE_SET_SIZE, 0x80000001));
	IS(-ERROR_BADF, CALL(CALL_FCNTL, 999, PIPE_SET_SIZE, 1));
	CALL(CALL_CLOSE, ends[0]);
	CALL(CALL_CLOSE, ends[1]);
}

static void pipe_packets(void)
{
	int ends[2];

	IS(0, CALL(CALL_PIPE2, ends, NONBLOCK | DIRECT));
	IS(NONBLOCK, CALL(CALL_FCNTL, ends[0], FCNTL_GETFL));
	IS(1 | NONBLOCK | DIRECT, CALL(CALL_FCNTL, ends[1], FCNTL_GETFL));
	IS(5, CALL(CALL_WRITE, ends[1], "hello", 5));
	IS(3, CALL(CALL_WRITE, ends[1], "you", 3));
	IS(8, readable(ends[0]));
	IS(2, CALL(CALL_READ, ends[0], bytes, 2));
	IS(3, CALL(CALL_READ, ends[0], bytes, 100));
	IS(-ERROR_AGAIN, CALL(CALL_READ, ends[0], bytes, 100));
	IS(0, CALL(CALL_FCNTL, ends[1], FCNTL_SETFL, NONBLOCK));
	IS(1, CALL(CALL_WRITE, ends[1], "a", 1));
	IS(1, CALL(CALL_WRITE, ends[1], "b", 1));
	IS(2, CALL(CALL_READ, ends[0], bytes, 100));
	CALL(CALL_CLOSE, ends[0]);
	CALL(CALL_CLOSE, ends[1]);
}

/* A page that is mapped, with nothing after it. */
static void pipe_holes(void)
{
	uint64_t at = (uint64_t)map_memory(2 * page, PROTECT_RW);
	uint64_t end = at + page;
	int ends[2];

	CALL(CALL_MUNMAP, end, page);
	CALL(CALL_PIPE2, ends, NONBLOCK);
	IS(-ERROR_FAULT, CALL(CALL_WRITE, ends[1], end - 10, 100));
	IS(0, readable(ends[0]));
	IS(10, CALL(CALL_WRITE, ends[1], end - 10, 10));
	IS(-ERROR_FAULT, CALL(CALL_WRITE, ends[1], end - 10, 100));
	IS(10, readable(ends[0]));
	IS(-ERROR_FAULT, CALL(CALL_READ, ends[0], end - 5, 100));
	IS(10, readable(ends[0]));
	IS(5, CALL(CALL_READ, ends[0], end - 5, 5));
	CALL(CALL_CLOSE, ends[0]);
	CALL(CALL_CLOSE, ends[1]);
	CALL(CALL_MUNMAP, at, page);
}

static void pipe_broken(void)
{
	static const struct {
		uint64_t handler, flags, restorer, mask;
	} ignore = { .handler = 1 };
	int ends[2];

	IS(0, CALL(CALL_RT_SIGACTION, SIGNAL_PIPE, &ignore, 0, 8));
	CALL(CALL_PIPE2, ends, 0);
	CALL(CALL_CLOSE, ends[0]);
	IS(-ERROR_PIPE, CALL(CALL_WRITE, ends[1], "x", 1));
	IS(0, CALL(CALL_WRITE, ends[1], "x", 0));
	CALL(CALL_CLOSE, ends[1]);
}

static void eventfds(void)
{
	uint64_t value = 5, most = ~(uint64_t)0;
	long at = CALL(CALL_EVENTFD2, 3, NONBLOCK);

	IS(-ERROR_INVAL, CALL(CALL_EVENTFD2, 0, 2));
	IS(2 | NONBLOCK, CALL(CALL_FCNTL, at, FCNTL_GETFL));
	IS(8, CALL(CALL_WRITE, at, &value, 8));
	IS(-ERROR_INVAL, CALL(CALL_WRITE, at, &value, 7));
	IS(-ERROR_INVAL, CALL(CALL_WRITE, at, &most, 8));
	IS(-ERROR_FAULT, CALL(CALL_WRITE, at, 8, 8));
	IS(-ERROR_INVAL, CALL(CALL_READ, at, &value, 7));
	IS(8, CALL(CALL_READ, at, &value, 16));
	IS(8, (long)value);
	IS(-ERROR_AGAIN, CALL(CALL_READ, at, &value, 8));
	most--;
	IS(8, CALL(CALL_WRITE, at, &most, 8));
	IS(-ERROR_AGAIN, CALL(CALL_WRITE, at, &value, 8));
	IS(-ERROR_SPIPE, CALL(CALL_PREAD64, at, &value, 8, 0));
	IS(0, CALL(CALL_LSEEK, at, 100, 0));
	IS(-ERROR_NOTTY, CALL(CALL_IOCTL, at, FIO_NREAD, &value));
	IS(-ERROR_INVAL, CALL(CALL_FCNTL, at, FCNTL_SETFL, DIRECT));
	IS(-ERROR_BADF, CALL(CALL_FCNTL, at, PIPE_GET_SIZE));
	IS(0, CALL(CALL_CLOSE, at));
	at = CALL(CALL_EVENTFD2, 2, 1 | NONBLOCK);
	IS(8, CALL(CALL_READ, at, &value, 8));
	IS(1, (long)value);
	IS(8, CALL(CALL_READ, at, &value, 8));
	IS(-ERROR_AGAIN, CALL(CALL_READ, at, &value, 8));
	IS(0, CALL(CALL_CLOSE, at));
}

static void ranges(void)
{
	IS(0, CALL(CALL_EVENTFD2, 0, 0) - 3);
	IS(0, CALL(CALL_EVENTFD2, 0, 0) - 4);
	IS(-ERROR_INVAL, CALL(CALL_CLOSE_RANGE, 4, 3, 0));
	IS(-ERROR_INVAL, CALL(CALL_CLOSE_RANGE, 3, 4, 8));
	IS(0, CALL(CALL_CLOSE_RANGE, 3, ~0u, 4));
	IS(1, CALL(CALL_FCNTL, 4, FCNTL_GETFD));
	IS(10, CALL(CALL_FCNTL, 4, FCNTL_DUPFD, 10));
	IS(20, CALL(CALL_DUP3, 4, 20, CLOSE_ON_EXEC));
	IS(1, CALL(CALL_FCNTL, 20, FCNTL_GETFD));
	IS(0, CALL(CALL_FCNTL, 10, FCNTL_GETFD));
	IS(0, CALL(CALL_CLOSE_RANGE, 3, 15, 0));
	IS(-ERROR_BADF, CALL(CALL_CLOSE, 10));
	IS(0, CALL(CALL_CLOSE, 20));
}

static void read_forever(void)
{
	int ends[2];

	CALL(CALL_PIPE2, ends, 0);
	CALL(CALL_READ, ends[0], bytes, 1);
}

int bare_main(const struct start *start)
{
	struct line line = { .length = 0 };

	page = bare_aux(start, AUX_PAGESZ);
	if (start->argc > 1)
		read_forever();
	pipe_basics();
	pipe_room();
	pipe_packets();
	pipe_holes();
	pipe_broken();
	eventfds();
	ranges();
	events_timers();
	events_poll();
	events_epoll();
	put_text(&line, "events: ");
	put_number(&line, (uint64_t)answers);
	put_text(&line, " answers");
	put_end(&line);
	return wrong != 0;
}
