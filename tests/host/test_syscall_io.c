// SPDX-License-Identifier: BSD-2-Clause
/*
 * System calls on files: arguments of every kind, what is read and written, and where it stops.
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
#include <lib/initramfs.h>

#include "../../kernel/process/calls.h"
#include "../../kernel/process/file.h"
#include "fake_process.h"

#define AT_CWD ((u64)-100)
#define BUFFER (USER_BASE + 0x4000)
#define VECTOR (USER_BASE + 0x8000)

static const char text[] = "one two three four";

static void begin(void)
{
	process_initrd.size = 0;
	process_add("etc/text", INITRAMFS_REGULAR | 0644, text);
	process_add("bin/program", INITRAMFS_REGULAR | 0755, "ELF");
	process_add("bin/link", INITRAMFS_SYMLINK | 0777, "../etc/text");
	process_add("fifo", 0010644, "");
	archive_end(&process_initrd);
	process_begin(14);
}

static s64 open_at(const char *name, u64 flags)
{
	return CALL(openat, AT_CWD, process_path(name), flags);
}

static void opening(void **state)
{
	static const struct {
		const char *name;
		u64 flags;
		s64 answer;
	} cases[] = {
		{ "/etc/text", 0, 3 },
		{ "etc/text", 02000000, 4 },
		{ "/etc/none", 0, -ENOENT },
		{ "/etc/text/x", 0, -ENOTDIR },
		{ "/etc/text", 1, -EROFS },
		{ "/etc/text", 2, -EROFS },
		{ "/etc/text", 01000, -EROFS }, /* O_TRUNC */
		{ "/etc/text", 0100, 5 },       /* O_CREAT of what is there */
		{ "/etc/text", 0300, -EEXIST }, /* ... with O_EXCL */
		{ "/etc/none", 0101, -EROFS },
		{ "/none/none", 0101, -ENOENT },
		{ "/bin/link", 0, 6 },
		{ "/bin/link", 0100000, -ELOOP }, /* O_NOFOLLOW */
		{ "/bin/link", 0300, -EEXIST },
		{ "/etc/text", 040000, -ENOTDIR }, /* O_DIRECTORY */
		{ "/etc", 040000, 7 },
		{ "/etc", 1, -EISDIR },
		{ "/etc", 0100, -EISDIR },
		{ "/fifo", 0, -ENXIO },
		{ "/dev/null", 2, 8 },
		{ "/proc/self/maps", 1, -EACCES },
		{ "", 0, -ENOENT },
	};

	(void)state;
	begin();
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(open_at(cases[i].name, cases[i].flags), cases[i].answer);
	assert_int_equal(CALL(openat, AT_CWD, 8, 0), -EFAULT);
	memset(user_at(PROCESS_PATH_AT), 'x', 4096);
	assert_int_equal(CALL(openat, AT_CWD, PROCESS_PATH_AT, 0), -ENAMETOOLONG);
	/* relative to a directory */
	assert_int_equal(CALL(openat, 7, process_path("text"), 0), 9);
	assert_int_equal(CALL(openat, 3, process_path("text"), 0), -ENOTDIR);
	assert_int_equal(CALL(openat, 99, process_path("text"), 0), -EBADF);
	assert_int_equal(CALL(openat, 99, process_path("/etc/text"), 0), 10);
	process_end();
}

static void reading(void **state)
{
	(void)state;
	begin();
	assert_int_equal(open_at("/etc/text", 0), 3);
	assert_int_equal(CALL(read, 3, BUFFER, 4), 4);
	assert_memory_equal(user_at(BUFFER), "one \0", 5);
	assert_int_equal(CALL(read, 3, BUFFER, 0), 0);
	assert_int_equal(CALL(read, 3, 8, 4), -EFAULT);
	assert_int_equal(CALL(read, 3, BUFFER, ~0ULL), -EFAULT);
	assert_int_equal(CALL(read, 3, ~0ULL, 4), -EFAULT);
	assert_int_equal(CALL(read, 1, BUFFER, 4), -EBADF);
	assert_int_equal(CALL(read, 99, BUFFER, 4), -EBADF);
	assert_int_equal(CALL(read, ~0ULL, BUFFER, 4), -EBADF);
	/* as far as memory goes: 10 bytes before the end of it */
	assert_int_equal(CALL(read, 3, USER_LAST - 10, 100), 10);
	assert_memory_equal(user_at(USER_LAST - 10), "two three ", 10);
	assert_int_equal(CALL(read, 3, BUFFER, 100), 4);
	assert_int_equal(CALL(read, 3, BUFFER, 100), 0);
	assert_int_equal(CALL(pread64, 3, BUFFER, 3, 4), 3);
	assert_memory_equal(user_at(BUFFER), "two", 3);
	assert_int_equal(CALL(pread64, 3, BUFFER, 3, (u64)-1), -EINVAL);
	assert_int_equal(CALL(pread64, 3, BUFFER, 3, 1000), 0);
	assert_int_equal(CALL(pread64, 1, BUFFER, 3, 0), -ESPIPE);
	assert_int_equal(CALL(pwrite64, 3, BUFFER, 3, 0), -EBADF);
	assert_int_equal(CALL(write, 3, BUFFER, 3), -EBADF);
	/* standard input is empty */
	assert_int_equal(CALL(read, 0, BUFFER, 100), 0);
	process_end();
}

static void seeking(void **state)
{
	(void)state;
	begin();
	assert_int_equal(open_at("/etc/text", 0), 3);
	assert_int_equal(CALL(lseek, 3, 4, 0), 4);
	assert_int_equal(CALL(lseek, 3, 2, 1), 6);
	assert_int_equal(CALL(lseek, 3, (u64)-1, 2), sizeof(text) - 2);
	assert_int_equal(CALL(lseek, 3, 1000, 2), sizeof(text) - 1 + 1000);
	assert_int_equal(CALL(lseek, 3, (u64)-1, 0), -EINVAL);
	assert_int_equal(CALL(lseek, 3, ~0ULL >> 1, 1), -EINVAL);
	assert_int_equal(CALL(lseek, 3, 5, 3), 5);
	assert_int_equal(CALL(lseek, 3, 5, 4), sizeof(text) - 1);
	assert_int_equal(CALL(lseek, 3, 100, 3), -ENXIO);
	assert_int_equal(CALL(lseek, 3, 0, 5), -EINVAL);
	assert_int_equal(CALL(lseek, 1, 0, 1), -ESPIPE);
	assert_int_equal(CALL(lseek, 42, 0, 1), -EBADF);
	assert_int_equal(open_at("/dev/null", 0), 4);
	assert_int_equal(CALL(lseek, 4, 100, 0), 0);
	assert_int_equal(CALL(fsync, 3), 0);
	assert_int_equal(CALL(fdatasync, 1), -EINVAL);
	assert_int_equal(CALL(fadvise64, 3, 0, 0, 2), 0);
	assert_int_equal(CALL(fadvise64, 3, 0, 0, 6), -EINVAL);
	assert_int_equal(CALL(fadvise64, 1, 0, 0, 2), -ESPIPE);
	process_end();
}

static void writing(void **state)
{
	(void)state;
	begin();
	strcpy(user_at(BUFFER), "hello");
	assert_int_equal(CALL(write, 1, BUFFER, 5), 5);
	assert_int_equal(CALL(write, 2, BUFFER, 0), 0);
	assert_string_equal(process_said, "hello");
	assert_int_equal(CALL(write, 1, 8, 5), -EFAULT);
	assert_int_equal(CALL(write, 0, BUFFER, 5), -EBADF);
	assert_int_equal(CALL(write, 1, BUFFER, ~0ULL), -EFAULT);
	/* more than one piece, up to the end of memory */
	memset(user_at(USER_LAST - 5000), 'x', 5000);
	process_said_bytes = 0;
	assert_int_equal(CALL(write, 1, USER_LAST - 5000, 6000), 5000);
	assert_int_equal(process_said_bytes, 5000);
	assert_int_equal(open_at("/dev/null", 1), 3);
	assert_int_equal(CALL(write, 3, 8, 5), 5);
	assert_int_equal(CALL(read, 3, BUFFER, 5), -EBADF);
	process_end();
}

static void vector(u64 i, u64 at, u64 bytes)
{
	u64 pair[2] = { at, bytes };

	memcpy(user_at(VECTOR + 16 * i), pair, sizeof(pair));
}

static void vectors(void **state)
{
	(void)state;
	begin();
	strcpy(user_at(BUFFER), "abcdef");
	vector(0, BUFFER, 2);
	vector(1, 0, 0);
	vector(2, BUFFER + 4, 2);
	assert_int_equal(CALL(writev, 1, VECTOR, 3), 4);
	assert_string_equal(process_said, "abef");
	assert_int_equal(CALL(writev, 1, VECTOR, 0), 0);
	assert_int_equal(CALL(writev, 1, VECTOR, 1025), -EINVAL);
	assert_int_equal(CALL(writev, 1, 8, 1), -EFAULT);
	assert_int_equal(CALL(writev, 0, VECTOR, 1), -EBADF);
	assert_int_equal(CALL(writev, 9, VECTOR, 1), -EBADF);
	/* one wrong length: nothing is written */
	vector(2, BUFFER, ~0ULL);
	assert_int_equal(CALL(writev, 1, VECTOR, 3), -EINVAL);
	vector(2, ~0ULL, 4);
	assert_int_equal(CALL(writev, 1, VECTOR, 3), -EFAULT);
	assert_string_equal(process_said, "abef");
	/* a hole: as far as that */
	vector(2, 8, 4);
	assert_int_equal(CALL(writev, 1, VECTOR, 3), 2);
	vector(0, 8, 4);
	assert_int_equal(CALL(writev, 1, VECTOR, 1), -EFAULT);
	assert_int_equal(open_at("/etc/text", 0), 3);
	vector(0, BUFFER, 3);
	vector(1, BUFFER + 8, 100);
	assert_int_equal(CALL(readv, 3, VECTOR, 2), sizeof(text) - 1);
	assert_memory_equal(user_at(BUFFER), "one", 3);
	assert_memory_equal(user_at(BUFFER + 8), " two", 4);
	process_end();
}

static void descriptors(void **state)
{
	u32 byte_flag = 1;

	(void)state;
	begin();
	assert_int_equal(open_at("/etc/text", 0), 3);
	assert_int_equal(CALL(dup, 3), 4);
	assert_int_equal(CALL(read, 3, BUFFER, 4), 4);
	assert_int_equal(CALL(read, 4, BUFFER, 3), 3);
	assert_memory_equal(user_at(BUFFER), "two", 3); /* one position */
	assert_int_equal(CALL(close, 3), 0);
	assert_int_equal(CALL(close, 3), -EBADF);
	assert_int_equal(CALL(read, 4, BUFFER, 1), 1);
	assert_int_equal(CALL(dup3, 4, 100, 02000000), 100);
	assert_int_equal(CALL(fcntl, 100, 1), 1);
	assert_int_equal(CALL(fcntl, 4, 1), 0);
	assert_int_equal(CALL(dup3, 4, 4, 0), -EINVAL);
	assert_int_equal(CALL(dup3, 4, 5, 1), -EINVAL);
	assert_int_equal(CALL(dup3, 9, 5, 0), -EBADF);
	assert_int_equal(CALL(dup3, 4, 1024, 0), -EBADF);
	assert_int_equal(CALL(dup3, 4, 1, 0), 1);
	assert_int_equal(CALL(write, 1, BUFFER, 1), -EBADF);
	assert_int_equal(CALL(fcntl, 4, 0, 50), 50);
	assert_int_equal(CALL(fcntl, 4, 1030, 50), 51);
	assert_int_equal(CALL(fcntl, 51, 1), 1);
	assert_int_equal(CALL(fcntl, 51, 2, 0), 0);
	assert_int_equal(CALL(fcntl, 51, 1), 0);
	assert_int_equal(CALL(fcntl, 4, 0, 1024), -EINVAL);
	assert_int_equal(CALL(fcntl, 4, 3), 0400000);
	assert_int_equal(CALL(fcntl, 4, 4, 04002), 0);
	assert_int_equal(CALL(fcntl, 4, 3), 0404000);
	assert_int_equal(CALL(fcntl, 99, 3), -EBADF);
	assert_int_equal(CALL(fcntl, 4, 77), -EINVAL);
	assert_int_equal(CALL(ioctl, 4, 0x5401, BUFFER), -ENOTTY);
	assert_int_equal(CALL(ioctl, 2, 0x5413, BUFFER), -ENOTTY);
	assert_int_equal(CALL(ioctl, 99, 0x5401, BUFFER), -EBADF);
	assert_int_equal(CALL(ioctl, 4, 0x5451), 0);
	assert_int_equal(CALL(fcntl, 4, 1), 1);
	memcpy(user_at(BUFFER), &byte_flag, 4);
	assert_int_equal(CALL(ioctl, 4, 0x5421, 8), -EFAULT);
	assert_int_equal(CALL(ioctl, 4, 0x541b, BUFFER), 0);
	assert_int_equal(*(u32 *)user_at(BUFFER), sizeof(text) - 1 - 8);
	/* the limit */
	process.limits.limit[LIMIT_NOFILE].now = 6;
	assert_int_equal(open_at("/etc/text", 0), 3);
	assert_int_equal(open_at("/etc/text", 0), 5);
	assert_int_equal(open_at("/etc/text", 0), -EMFILE);
	assert_int_equal(CALL(dup, 3), -EMFILE);
	process_end();
}

static void polling(void **state)
{
	struct {
		s32 descriptor;
		u16 events, found;
	} ask[4] = { { 0, 0x1, 9 }, { 1, 0x5, 9 }, { 42, 0x1, 9 }, { -1, 0x1, 9 } }, got[4];
	s64 time[2] = { 0, 1000000000 };

	(void)state;
	begin();
	memcpy(user_at(BUFFER), ask, sizeof(ask));
	assert_int_equal(CALL(ppoll, BUFFER, 4, 0, 0, 8), 3);
	memcpy(got, user_at(BUFFER), sizeof(got));
	assert_int_equal(got[0].found, 1);
	assert_int_equal(got[1].found, 4);
	assert_int_equal(got[2].found, 0x20);
	assert_int_equal(got[3].found, 0);
	assert_int_equal(CALL(ppoll, 8, 1, 0, 0, 8), -EFAULT);
	assert_int_equal(CALL(ppoll, BUFFER, 1025, 0, 0, 8), -EINVAL);
	memcpy(user_at(VECTOR), time, sizeof(time));
	assert_int_equal(CALL(ppoll, BUFFER, 1, VECTOR, 0, 8), -EINVAL);
	time[1] = 5000;
	memcpy(user_at(VECTOR), time, sizeof(time));
	assert_int_equal(CALL(ppoll, BUFFER, 0, VECTOR, 0, 8), 0);
	assert_int_equal(CALL(nanosleep, VECTOR, 0), 0);
	assert_int_equal(CALL(nanosleep, 8, 0), -EFAULT);
	process_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opening), cmocka_unit_test(reading), cmocka_unit_test(seeking),
		cmocka_unit_test(writing), cmocka_unit_test(vectors), cmocka_unit_test(descriptors),
		cmocka_unit_test(polling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
