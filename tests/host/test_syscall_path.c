// SPDX-License-Identifier: BSD-2-Clause
/*
 * System calls that say what there is: files, directories, clocks, limits, the process.
 *
 * Sources: kernel/process/path.c kernel/process/path_walk.c kernel/process/files.c
 * Sources: kernel/process/file.c kernel/process/file_watch.c kernel/process/epoll.c
 * Sources: kernel/process/epoll_change.c
 * Sources: kernel/process/proc_text.c kernel/process/signal.c kernel/process/sigframe.c
 * Sources: kernel/process/signal_stack.c
 * Sources: kernel/process/syscall_task.c kernel/process/syscall_io.c kernel/process/syscall_path.c
 * Sources: kernel/process/syscall_time.c lib/initramfs.c lib/sha256.c arch/arm64/table/granule.c
 * Sources: tests/host/archive.c tests/host/fake_process.c tests/host/fake_task.c
 * Sources: kernel/process/syscall_thread.c kernel/process/futex.c
 */
#include <stdio.h>
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

static u64 word(unsigned offset)
{
	u64 value;

	memcpy(&value, user_at(BUFFER + offset), sizeof(value));
	return value;
}

static u32 half(unsigned offset)
{
	return (u32)word(offset);
}

/* Offsets as struct stat has them on arm64. */
static void status(void **state)
{
	u64 page = 1ULL << host_page_shift;

	(void)state;
	process_begin_with_files();
	assert_int_equal(CALL(newfstatat, AT_CWD, process_path("/etc/text"), BUFFER, 0), 0);
	assert_int_equal(half(16), 0100640);
	assert_int_equal(half(20), 1);
	assert_int_equal(word(48), 5);
	assert_int_equal(half(56), page);
	assert_int_equal(word(64), page / 512);
	assert_int_equal(CALL(newfstatat, AT_CWD, process_path("/bin/link"), BUFFER, 0x100), 0);
	assert_int_equal(half(16), 0120777);
	assert_int_equal(CALL(newfstatat, AT_CWD, process_path("/bin/link"), BUFFER, 0), 0);
	assert_int_equal(half(16), 0100640);
	assert_int_equal(CALL(newfstatat, AT_CWD, process_path("/dev/null"), BUFFER, 0), 0);
	assert_int_equal(half(16), 0020666);
	assert_int_equal(word(32), 0x103);
	assert_int_equal(CALL(fstat, 1, BUFFER), 0);
	assert_int_equal(half(16), 0010600);
	assert_int_equal(CALL(newfstatat, 1, process_path(""), BUFFER, 0x1000), 0);
	assert_int_equal(half(16), 0010600);
	assert_int_equal(CALL(newfstatat, AT_CWD, process_path(""), BUFFER, 0x1000), 0);
	assert_int_equal(half(16), 0040755);
	assert_int_equal(CALL(newfstatat, AT_CWD, process_path(""), BUFFER, 0), -ENOENT);
	assert_int_equal(CALL(newfstatat, AT_CWD, process_path("/etc/no"), BUFFER, 0), -ENOENT);
	assert_int_equal(CALL(newfstatat, AT_CWD, process_path("/etc"), BUFFER, 0x8000), -EINVAL);
	assert_int_equal(CALL(newfstatat, AT_CWD, process_path("/etc"), 8, 0), -EFAULT);
	assert_int_equal(CALL(newfstatat, AT_CWD, 8, BUFFER, 0), -EFAULT);
	assert_int_equal(CALL(newfstatat, 1, 8, BUFFER, 0x1000), -EFAULT);
	assert_int_equal(CALL(fstat, 9, BUFFER), -EBADF);
	process_end();
}

static void access_and_links(void **state)
{
	(void)state;
	process_begin_with_files();
	assert_int_equal(CALL(faccessat, AT_CWD, process_path("/etc/text"), 4), 0);
	assert_int_equal(CALL(faccessat, AT_CWD, process_path("/etc/text"), 1), -EACCES);
	assert_int_equal(CALL(faccessat, AT_CWD, process_path("/etc/text"), 2), -EROFS);
	assert_int_equal(CALL(faccessat, AT_CWD, process_path("/etc/text"), 8), -EINVAL);
	assert_int_equal(CALL(faccessat, AT_CWD, process_path("/bin/program"), 1), 0);
	assert_int_equal(CALL(faccessat, AT_CWD, process_path("/dev/null"), 6), 0);
	assert_int_equal(CALL(faccessat, AT_CWD, process_path("/none"), 0), -ENOENT);
	memset(user_at(BUFFER), 0xff, 32);
	assert_int_equal(CALL(readlinkat, AT_CWD, process_path("/proc/self/exe"), BUFFER, 100), 12);
	assert_memory_equal(user_at(BUFFER), "/bin/program\xff", 13);
	assert_int_equal(CALL(readlinkat, AT_CWD, process_path("/bin/link"), BUFFER, 3), 3);
	assert_int_equal(CALL(readlinkat, AT_CWD, process_path("/bin/link"), BUFFER, 0), -EINVAL);
	assert_int_equal(CALL(readlinkat, AT_CWD, process_path("/bin/link"), BUFFER, (u64)-1),
			 -EINVAL);
	assert_int_equal(CALL(readlinkat, AT_CWD, process_path("/etc/text"), BUFFER, 10), -EINVAL);
	assert_int_equal(CALL(readlinkat, AT_CWD, process_path("/bin/link"), 8, 10), -EFAULT);
	assert_int_equal(CALL(getcwd, BUFFER, 2), 2);
	assert_string_equal(user_at(BUFFER), "/");
	assert_int_equal(CALL(getcwd, BUFFER, 1), -ERANGE);
	assert_int_equal(CALL(getcwd, 8, 2), -EFAULT);
	assert_int_equal(CALL(chdir, process_path("bin")), 0);
	assert_int_equal(CALL(getcwd, BUFFER, 5), 5);
	assert_string_equal(user_at(BUFFER), "/bin");
	assert_int_equal(CALL(getcwd, BUFFER, 4), -ERANGE);
	assert_int_equal(CALL(faccessat, AT_CWD, process_path("../etc/text"), 0), 0);
	assert_int_equal(CALL(chdir, process_path("link")), -ENOTDIR);
	assert_int_equal(CALL(chdir, process_path("none")), -ENOENT);
	assert_int_equal(CALL(openat, AT_CWD, process_path(".."), 040000), 3);
	assert_int_equal(CALL(fchdir, 3), 0);
	assert_int_equal(CALL(fchdir, 1), -ENOTDIR);
	assert_int_equal(CALL(fchdir, 9), -EBADF);
	assert_int_equal(CALL(getcwd, BUFFER, 5), 2);
	process_end();
}

/* All names of a directory, read `bytes` at a time. */
static void lists(const char *name, u64 bytes, const char *names)
{
	char all[256] = "";
	s64 file = CALL(openat, AT_CWD, process_path(name), 040000), got;

	assert_true(file > 2);
	while ((got = CALL(getdents64, (u64)file, BUFFER, bytes)) > 0)
		for (u64 at = 0; at < (u64)got; at += *(u16 *)user_at(BUFFER + at + 16)) {
			assert_int_equal(at % 8, 0);
			strcat(all, user_at(BUFFER + at + 19));
			strcat(all, " ");
		}
	assert_int_equal(got, 0);
	assert_string_equal(all, names);
	assert_int_equal(CALL(lseek, (u64)file, 0, 0), 0);
	assert_int_equal(CALL(getdents64, (u64)file, BUFFER, 23), -EINVAL);
	assert_int_equal(CALL(getdents64, (u64)file, 8, 1000), -EFAULT);
	files_close(process.files, (u64)file);
}

static void directories(void **state)
{
	(void)state;
	process_begin_with_files();
	for (u64 bytes = 32; bytes < 300; bytes += 8) {
		lists("/", bytes, ". .. bin etc dev proc ");
		lists("/bin", bytes, ". .. link program ");
	}
	assert_int_equal(CALL(getdents64, 1, BUFFER, 1000), -ENOTDIR);
	assert_int_equal(CALL(getdents64, 9, BUFFER, 1000), -EBADF);
	process_end();
}

static void clocks(void **state)
{
	(void)state;
	process_begin_with_files();
	process_now_ns = 5000000000;
	for (u64 clock = 0; clock < 14; clock++)
		assert_int_equal(CALL(clock_gettime, clock, BUFFER),
				 clock <= 9 || clock == 11 ? 0 : -EINVAL);
	assert_int_equal(word(0), 5);
	assert_int_equal(CALL(clock_gettime, 0, 8), -EFAULT);
	assert_int_equal(CALL(clock_gettime, ~0ULL, BUFFER), -EINVAL);
	assert_int_equal(CALL(clock_getres, 1, BUFFER), 0);
	assert_int_equal(word(8), 1);
	assert_int_equal(CALL(clock_getres, 1, 0), 0);
	assert_int_equal(CALL(gettimeofday, BUFFER, 0), 0);
	assert_int_equal(word(0), 5);
	memset(user_at(BUFFER), 0, 16);
	assert_int_equal(CALL(clock_nanosleep, 1, 1, BUFFER, 0), 0);
	assert_int_equal(CALL(clock_nanosleep, 3, 0, BUFFER, 0), -EINVAL);
	assert_int_equal(CALL(clock_nanosleep, 4, 0, BUFFER, 0), -EOPNOTSUPP);
	memset(user_at(BUFFER), 0xff, 16);
	assert_int_equal(CALL(clock_nanosleep, 1, 0, BUFFER, 0), -EINVAL);
	/* for ever, but for a signal; what is left is told */
	memset(user_at(BUFFER), 0x7f, 8);
	memset(user_at(BUFFER + 8), 0, 8);
	signal_send(&process, SIGNAL_TERM, SIGNAL_BY_USER);
	assert_int_equal(CALL(nanosleep, BUFFER, BUFFER + 16), -EINTR);
	assert_true(word(16) > 9000000000);
	process_end();
}

static void the_process(void **state)
{
	u64 limits[2];

	(void)state;
	process_begin_with_files();
	assert_int_equal(CALL(getpid), 7);
	assert_int_equal(CALL(gettid), 7);
	assert_int_equal(CALL(getpgid, 0), 7);
	assert_int_equal(CALL(getpgid, 8), -ESRCH);
	assert_int_equal(CALL(set_robust_list, BUFFER, 24), 0);
	assert_int_equal(CALL(set_robust_list, BUFFER, 23), -EINVAL);
	assert_int_equal(CALL(uname, BUFFER), 0);
	assert_string_equal(user_at(BUFFER), "Linux");
	assert_string_equal(user_at(BUFFER + 4 * 65), "aarch64");
	assert_int_equal(CALL(uname, 8), -EFAULT);
	assert_int_equal(CALL(sysinfo, BUFFER), 0);
	assert_int_equal(word(32), 256 * MiB);
	assert_int_equal(CALL(sched_getaffinity, 0, 8, BUFFER), 8);
	assert_int_equal(word(0), 15);
	assert_int_equal(CALL(sched_getaffinity, 0, 7, BUFFER), -EINVAL);
	assert_int_equal(CALL(sched_getaffinity, 8, 8, BUFFER), -ESRCH);
	assert_int_equal(CALL(getrandom, BUFFER, 100, 0), 100);
	assert_int_not_equal(word(0), word(32));
	assert_int_equal(CALL(getrandom, BUFFER, 1, 6), -EINVAL);
	assert_int_equal(CALL(getrandom, BUFFER, 1, 8), -EINVAL);
	assert_int_equal(CALL(getrandom, 8, 1, 0), -EFAULT);
	assert_int_equal(CALL(prlimit64, 0, 7, 0, BUFFER), 0);
	assert_int_equal(word(0), 1024);
	assert_int_equal(CALL(prlimit64, 0, 16, 0, BUFFER), -EINVAL);
	assert_int_equal(CALL(prlimit64, 9, 7, 0, BUFFER), -ESRCH);
	limits[0] = 5000;
	limits[1] = 4096;
	memcpy(user_at(BUFFER), limits, 16);
	assert_int_equal(CALL(prlimit64, 0, 7, BUFFER, 0), -EINVAL);
	limits[1] = 5000;
	memcpy(user_at(BUFFER), limits, 16);
	assert_int_equal(CALL(prlimit64, 0, 7, BUFFER, 0), -EPERM);
	assert_int_equal(CALL(prlimit64, 0, 3, BUFFER, 0), 0);
	assert_int_equal(process.limits.limit[LIMIT_STACK].now, 5000);
	assert_int_equal(CALL(getrusage, 0, BUFFER), 0);
	assert_int_equal(CALL(getrusage, 2, BUFFER), -EINVAL);
	assert_int_equal(CALL(prctl, 15, process_path("a-name-that-is-too-long")), 0);
	assert_string_equal(process.name, "a-name-that-is-");
	assert_int_equal(CALL(prctl, 16, BUFFER), 0);
	assert_int_equal(CALL(prctl, 15, 8), -EFAULT);
	assert_int_equal(CALL(prctl, 999), -EINVAL);
	assert_int_equal(PROCESS_ENDS(CALL(exit_group, 0x1ff)), -1 - 0xff);
	assert_int_equal(PROCESS_ENDS(CALL(exit, 3)), -4);
	process_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(status), cmocka_unit_test(access_and_links),
		cmocka_unit_test(directories),   cmocka_unit_test(clocks),
		cmocka_unit_test(the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
