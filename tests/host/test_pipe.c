// SPDX-License-Identifier: BSD-2-Clause
/*
 * Pipes: what fits at each page size, against a model; sleeping at both ends; ends that close; and
 * every allocation failing in turn.
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
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/errno.h>

#include "../../kernel/process/calls.h"
#include "../../kernel/process/watch.h"
#include "fake_process.h"

#define ENDS     (USER_BASE + 0x100)
#define BUFFER   (USER_BASE + 0x1000)
#define NONBLOCK 04000u

static u64 reads, writes;

static void take_ends(void)
{
	const s32 *ends = user_at(ENDS);

	reads = (u64)ends[0];
	writes = (u64)ends[1];
}

static void begin(u64 flags)
{
	process_initrd.size = 0;
	process_asleep = NULL;
	process_begin(host_page_shift);
	assert_int_equal(CALL(pipe2, ENDS, flags), 0);
	take_ends();
}

static void say(const char *text)
{
	strcpy(user_at(BUFFER), text);
	assert_int_equal(CALL(write, writes, BUFFER, strlen(text)), strlen(text));
}

/* ---- against a model: a queue of bytes, and slots as Linux has them ---- */

static struct {
	u8 bytes[1 << 20];
	u64 first, end;
	struct {
		u64 from, bytes;
	} slot[16];
	unsigned slots;
} model;

static u64 model_write(const u8 *from, u64 bytes)
{
	u64 page = 1ULL << host_page_shift, rest = bytes % page, done = 0;

	if (rest && model.slots) {
		u64 last = model.slots - 1;

		if (model.slot[last].from + model.slot[last].bytes + rest <= page) {
			model.slot[last].bytes += rest;
			done = rest;
		}
	}
	while (done < bytes && model.slots < 16) {
		u64 some = bytes - done < page ? bytes - done : page;

		model.slot[model.slots].from = 0;
		model.slot[model.slots++].bytes = some;
		done += some;
	}
	for (u64 i = 0; i < done; i++)
		model.bytes[model.end++ % sizeof(model.bytes)] = from[i];
	return done;
}

static u64 model_read(u8 *to, u64 bytes)
{
	u64 done = 0;

	while (done < bytes && model.slots) {
		u64 some = bytes - done < model.slot[0].bytes ? bytes - done : model.slot[0].bytes;

		for (u64 i = 0; i < some; i++)
			to[done++] = model.bytes[model.first++ % sizeof(model.bytes)];
		model.slot[0].from += some;
		model.slot[0].bytes -= some;
		if (!model.slot[0].bytes)
			memmove(model.slot, model.slot + 1, --model.slots * sizeof(model.slot[0]));
	}
	return done;
}

static u64 some_size(void)
{
	switch (host_random_below(4)) {
	case 0:
		return 1 + host_random_below(20);
	case 1:
		return 1 + host_random_below(5000);
	case 2:
		return 1ULL << host_page_shift;
	default:
		return 1 + host_random_below(0x20000);
	}
}

static void like_a_model(void **state)
{
	static u8 read[0x20000];
	u8 *buffer = user_at(BUFFER);

	(void)state;
	memset(&model, 0, sizeof(model));
	begin(NONBLOCK);
	for (unsigned i = 0; i < 3000; i++) {
		u64 bytes = some_size(), done;
		u32 left;

		if (host_random_below(2)) {
			host_random_bytes(buffer, bytes);
			done = model_write(buffer, bytes);
			assert_int_equal(CALL(write, writes, BUFFER, bytes),
					 done ? (s64)done : -EAGAIN);
		} else {
			done = model_read(read, bytes);
			assert_int_equal(CALL(read, reads, BUFFER, bytes),
					 done ? (s64)done : -EAGAIN);
			assert_memory_equal(buffer, read, done);
		}
		assert_int_equal(CALL(ioctl, reads, 0x541b, ENDS), 0);
		memcpy(&left, user_at(ENDS), sizeof(left));
		assert_int_equal(left, model.end - model.first);
	}
	process_end();
}

/* What lies there takes little more than it is. */
static void memory(void **state)
{
	u64 before;

	(void)state;
	begin(NONBLOCK);
	before = heap_live;
	say("x");
	assert_int_equal(heap_live, before + 1);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(CALL(write, writes, BUFFER, 1000), 1000);
	assert_true(heap_live - before < 40);
	while (CALL(read, reads, BUFFER, 0x10000) > 0)
		;
	assert_int_equal(heap_live, before + 1); /* the last piece stays */
	process_end();
}

/* What can't be copied as a whole isn't there, nor is it read. */
static void holes(void **state)
{
	(void)state;
	begin(NONBLOCK);
	assert_int_equal(CALL(write, writes, USER_LAST - 10, 3000), -EFAULT);
	say("abc");
	assert_int_equal(CALL(write, writes, USER_LAST - 10, 3000), -EFAULT);
	say("def");
	assert_int_equal(CALL(read, reads, USER_LAST - 5, 10), -EFAULT);
	assert_int_equal(CALL(read, reads, BUFFER, 100), 6);
	assert_memory_equal(user_at(BUFFER), "abcdef", 6);
	assert_int_equal(CALL(read, reads, BUFFER, 100), -EAGAIN);
	process_end();
}

/* ---- sleeping ---- */

static unsigned sleeps;

static void write_then(void)
{
	sleeps++;
	say("late");
}

static void close_writes(void)
{
	sleeps++;
	assert_int_equal(CALL(close, writes), 0);
}

static void read_some(void)
{
	sleeps++;
	assert_int_equal(CALL(read, reads, BUFFER, 1ULL << host_page_shift),
			 1ULL << host_page_shift);
}

static void sleeping(void **state)
{
	u64 page = 1ULL << host_page_shift;

	(void)state;
	begin(0);
	assert_int_equal(CALL(read, reads, BUFFER, 10), -EINTR); /* a signal comes */
	task.signals.pending.set = 0;
	process_asleep = write_then;
	sleeps = 0;
	assert_int_equal(CALL(read, reads, BUFFER, 10), 4);
	assert_memory_equal(user_at(BUFFER), "late", 4);
	process_asleep = close_writes;
	assert_int_equal(CALL(read, reads, BUFFER, 10), 0);
	assert_int_equal(sleeps, 2);
	process_end();
	begin(0);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(CALL(write, writes, BUFFER, page), page);
	sleeps = 0;
	process_asleep = read_some;
	assert_int_equal(CALL(write, writes, BUFFER, page), page);
	assert_int_equal(sleeps, 1);
	process_asleep = NULL;
	assert_int_equal(CALL(write, writes, BUFFER, 10), -EINTR);
	process_end();
}

static void reader_goes(void)
{
	assert_int_equal(CALL(close, reads), 0);
}

static void broken(void **state)
{
	u64 page = 1ULL << host_page_shift;

	(void)state;
	begin(0);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(CALL(write, writes, BUFFER, page), page);
	process_asleep = reader_goes;
	assert_int_equal(CALL(write, writes, BUFFER, 1), -EPIPE);
	assert_int_equal(task.signals.pending.set, signal_bit(SIGNAL_PIPE));
	task.signals.pending.set = 0;
	process_end();
}

/* ---- what several threads do ---- */

static struct file *held;

/* Closed by another thread while this one reads: the file stays until it has read. */
static void close_reads_then_write(void)
{
	struct file *file = files_get(process.files, reads);

	assert_int_equal(CALL(close, reads), 0);
	assert_int_equal(files_get(process.files, reads), NULL);
	assert_int_equal(file->references, 2); /* of the call that reads, and this one */
	say("on");
	held = file;
}

static void closed_meanwhile(void **state)
{
	(void)state;
	begin(0);
	files_share(process.files);
	process_asleep = close_reads_then_write;
	assert_int_equal(CALL(read, reads, BUFFER, 10), 2);
	assert_int_equal(held->references, 1);
	files_let_go(process.files, held);
	assert_int_equal(CALL(write, writes, BUFFER, 1), -EPIPE);
	task.signals.pending.set = 0;
	process_end();
}

static unsigned told;

static void note(struct watch *watch)
{
	(void)watch;
	told++;
}

/* Of those that are told once, one at a time; of others all, each time. */
static void whom_it_tells(void **state)
{
	struct watch always = { .tell = note, .wants = POLL_IN }, deaf = always, once[2];
	struct file *file;

	(void)state;
	begin(0);
	file = files_get(process.files, reads);
	once[0] = once[1] = always;
	once[0].once = once[1].once = true;
	deaf.wants = POLL_OUT;
	file_watch(file, &once[0]);
	file_watch(file, &always);
	file_watch(file, &deaf);
	file_watch(file, &once[1]);
	told = 0;
	say("a");
	assert_int_equal(told, 2);
	assert_false(once[0].listed);
	assert_true(once[1].listed);
	say("b");
	assert_int_equal(told, 4);
	assert_false(once[1].listed);
	say("c");
	assert_int_equal(told, 5);
	assert_true(file_unwatch(file, &always));
	assert_true(file_unwatch(file, &deaf));
	assert_false(file_unwatch(file, &once[0]));
	process_end();
}

/* ---- memory that is missing ---- */

/* Some of everything; what fails says so, and all is given back. */
static void use_all(void)
{
	u64 page = 1ULL << host_page_shift;
	s64 epoll, event;

	if (CALL(pipe2, ENDS, NONBLOCK))
		return;
	take_ends();
	CALL(write, writes, BUFFER, 3 * page / 2);
	CALL(write, writes, BUFFER, 5000);
	CALL(fcntl, reads, 1031, 32 * page);
	CALL(read, reads, BUFFER, 100);
	epoll = CALL(epoll_create1, 0);
	event = CALL(eventfd2, 1, NONBLOCK);
	*(u64 *)user_at(ENDS + 8) = 1;
	CALL(epoll_ctl, (u64)epoll, 1, (u64)event, ENDS + 8);
	CALL(epoll_ctl, (u64)epoll, 1, reads, ENDS + 8);
	CALL(epoll_pwait, (u64)epoll, ENDS + 64, 4, 0, 0, 8);
	CALL(timerfd_create, 1, 0);
	memset(user_at(ENDS), 0, 256);
	CALL(ppoll, ENDS, 20, ENDS + 192, 0, 8);
	CALL(pselect6, 20, ENDS, ENDS + 8, 0, ENDS + 192, 0);
	CALL(fcntl, reads, 0, 200);
}

static void every_allocation_fails(void **state)
{
	u64 steps = 1;

	(void)state;
	for (bool failed = true; failed; steps++) {
		process_initrd.size = 0;
		process_begin(host_page_shift);
		process_asleep = NULL;
		heap_asked = 0;
		heap_fail_at = steps;
		use_all();
		failed = heap_asked >= steps;
		heap_fail_at = 0;
		process_end();
	}
	assert_true(steps > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(like_a_model),
		HOST_AT_EACH_PAGE_SHIFT(memory),
		HOST_AT_EACH_PAGE_SHIFT(holes),
		HOST_AT_EACH_PAGE_SHIFT(sleeping),
		HOST_AT_EACH_PAGE_SHIFT(broken),
		HOST_AT_EACH_PAGE_SHIFT(every_allocation_fails),
		cmocka_unit_test_setup(closed_meanwhile, host_use_4k),
		cmocka_unit_test_setup(whom_it_tells, host_use_4k),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
