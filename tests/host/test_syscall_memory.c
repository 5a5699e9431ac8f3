// SPDX-License-Identifier: BSD-2-Clause
/*
 * System calls on the space: what is refused before it is asked, with Linux's errors at each page
 * size, and what the space is asked for. Its own errors are mm/user's.
 *
 * Sources: kernel/process/path.c kernel/process/path_walk.c kernel/process/files.c
 * Sources: kernel/process/file.c kernel/process/file_watch.c kernel/process/epoll.c
 * Sources: kernel/process/epoll_change.c
 * Sources: kernel/process/proc_text.c kernel/process/signal.c kernel/process/sigframe.c
 * Sources: kernel/process/signal_stack.c
 * Sources: kernel/process/syscall_task.c kernel/process/syscall_memory.c
 * Sources: kernel/process/syscall_path.c kernel/process/syscall_names.c
 * Sources: lib/initramfs.c lib/sha256.c arch/arm64/table/granule.c
 * Sources: tests/host/archive.c tests/host/fake_process.c
 * Sources: tests/host/fake_task.c
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

enum { SHARED = 1, PRIVATE = 2, VALIDATE = 3, FIXED = 0x10, ANONYMOUS = 0x20, GROWSDOWN = 0x100 };
enum { STACK = 0x20000, POPULATE = 0x8000, HUGETLB = 0x40000, NOREPLACE = 0x100000 };

#define OURS (PRIVATE | ANONYMOUS)

static u64 page;

static void begin(void)
{
	process_initrd.size = 0;
	archive_add(&process_initrd, &(struct archive_member){ .name = "lib/file",
							       .mode = INITRAMFS_REGULAR | 0644,
							       .data = "text" });
	archive_end(&process_initrd);
	page = 1ULL << host_page_shift;
	process_begin(host_page_shift);
}

/* Opens a path; its descriptor. */
static u64 open_file(const char *path, u64 flags)
{
	s64 at;

	strcpy(user_at(USER_BASE), path);
	at = CALL(openat, (u64)-100, USER_BASE, flags);
	assert_true(at >= 3);
	return (u64)at;
}

static void asks(const char *text)
{
	assert_string_equal(space_asked, text);
	space_asked[0] = '\0';
}

#define MMAP(...) CALL(mmap, __VA_ARGS__)

static void mmap_arguments(void **state)
{
	char line[128];

	(void)state;
	begin();
	assert_int_equal(MMAP(0, 0, 3, OURS, 0, 0), -EINVAL);
	assert_int_equal(MMAP(0, page, 3, OURS, 0, 100), -EINVAL);
	assert_int_equal(MMAP(0, ~0ULL, 3, OURS, 0, 0), -ENOMEM);
	assert_int_equal(MMAP(0, ~0ULL - page, 3, OURS, 0, 0), -ENOMEM);
	assert_int_equal(MMAP(0, 1ULL << 60, 3, OURS, 0, 0), -ENOMEM);
	assert_int_equal(MMAP(0, 2 * page, 3, OURS, 0, (u64)-page), -EOVERFLOW);
	assert_int_equal(MMAP(0, page, 3, ANONYMOUS, 0, 0), -EINVAL);
	assert_int_equal(MMAP(0, page, 3, VALIDATE | ANONYMOUS, 0, 0), -EINVAL);
	assert_int_equal(MMAP(0, page, 3, SHARED | ANONYMOUS | GROWSDOWN, 0, 0), -EINVAL);
	assert_int_equal(MMAP(0, page, 3, OURS | HUGETLB, 0, 0), -ENOMEM);
	assert_int_equal(MMAP(0, page, 3, PRIVATE, 99, 0), -EBADF);
	assert_int_equal(MMAP(0, page, 3, PRIVATE, (u64)-1, 0), -EBADF);
	assert_int_equal(MMAP(0, page, 2, PRIVATE, 1, 0), -EACCES); /* not open for reading */
	assert_int_equal(MMAP(0, page, 1, PRIVATE, 0, 0), -ENODEV); /* null */
	asks("");
	/* What can be done goes on: rounded up, unknown bits of prot dropped. */
	assert_int_equal(MMAP(0, 100, 0xffff0003, OURS | STACK, (u64)-1, 0), USER_BASE);
	snprintf(line, sizeof(line), "map 0 %llx 3 0 - 0\n", page);
	asks(line);
	assert_int_equal(MMAP(0x10000, page, 0, OURS | FIXED, 0, 0), 0x10000);
	snprintf(line, sizeof(line), "map 10000 %llx 0 1 - 0\n", page);
	asks(line);
	assert_int_equal(MMAP(0x10000, page, 7, OURS | NOREPLACE, 0, 0), 0x10000);
	snprintf(line, sizeof(line), "map 10000 %llx 7 3 - 0\n", page);
	asks(line);
	space_answer = -EEXIST;
	assert_int_equal(MMAP(0x10000, page, 7, OURS | NOREPLACE, 0, 0), -EEXIST);
	process_end();
}

static void mmap_files(void **state)
{
	u64 file, zero, directory, text;
	char line[128];

	(void)state;
	begin();
	file = open_file("/lib/file", 0);
	zero = open_file("/dev/zero", 2);
	directory = open_file("/lib", 0);
	text = open_file("/proc/self/maps", 0);
	assert_int_equal(MMAP(0, page, 3, SHARED, file, 0), -EACCES);
	assert_int_equal(MMAP(0, page, 1, GROWSDOWN, file, 0), -EINVAL);
	assert_int_equal(MMAP(0, page, 1, VALIDATE | 0x10000000, file, 0), -EOPNOTSUPP);
	assert_int_equal(MMAP(0, page, 1, PRIVATE, directory, 0), -ENODEV);
	assert_int_equal(MMAP(0, page, 1, PRIVATE, text, 0), -ENODEV);
	asks("");
	assert_int_equal(MMAP(0, page, 3, PRIVATE, file, page), USER_BASE);
	snprintf(line, sizeof(line), "map 0 %llx 3 0 /lib/file %llx\n", page, page);
	asks(line);
	assert_int_equal(MMAP(0, page, 1, SHARED, file, 0), USER_BASE);
	snprintf(line, sizeof(line), "map 0 %llx 1 4 /lib/file 0\n", page);
	asks(line);
	assert_int_equal(MMAP(0, page, 3, PRIVATE, zero, 0), USER_BASE);
	snprintf(line, sizeof(line), "map 0 %llx 3 0 - 0\n", page);
	asks(line);
	process_end();
}

static void changes(void **state)
{
	u64 at = USER_BASE;

	(void)state;
	begin();
	assert_int_equal(CALL(munmap, at + 100, page), -EINVAL);
	assert_int_equal(CALL(munmap, at, 0), -EINVAL);
	assert_int_equal(CALL(munmap, at, ~0ULL), -EINVAL);
	assert_int_equal(CALL(munmap, 1ULL << 48, page), -EINVAL);
	assert_int_equal(CALL(mprotect, at + 100, page, 1), -EINVAL);
	assert_int_equal(CALL(mprotect, at, 0, 1), 0);
	assert_int_equal(CALL(mprotect, at, 0, 0x40), 0);
	assert_int_equal(CALL(mprotect, at, page, 0x40), -EINVAL);
	assert_int_equal(CALL(mprotect, at, page, 0x03000000), -EINVAL);
	assert_int_equal(CALL(mprotect, at, ~0ULL, 1), -ENOMEM);
	assert_int_equal(CALL(mprotect, 1ULL << 48, page, 1), -ENOMEM);
	asks("");
	assert_int_equal(CALL(mprotect, at, 100, 8 | 3), 0);
	assert_int_equal(CALL(munmap, at, 100), 0);
	space_views[0] = (struct space_view){ .base = at,
					      .end = at + page,
					      .flags = SPACE_SHARED,
					      .source = &(struct space_source){ .name = "x" } };
	space_view_count = 1;
	assert_int_equal(CALL(mprotect, at, page, 3), 0); /* not looked at, before there is one */
	assert_int_equal(MMAP(at, page, 1, SHARED, open_file("/lib/file", 0), 0), at);
	assert_int_equal(CALL(mprotect, at, page, 3), -EACCES);
	space_view_count = 0;
	process_end();
}

static void moves(void **state)
{
	u64 at = USER_BASE;

	(void)state;
	begin();
	assert_int_equal(CALL(mremap, at + 100, page, page, 1), -EINVAL);
	assert_int_equal(CALL(mremap, at, page, 0, 1), -EINVAL);
	assert_int_equal(CALL(mremap, at, page, page, 8), -EINVAL);
	assert_int_equal(CALL(mremap, at, page, page, 2, at), -EINVAL);
	assert_int_equal(CALL(mremap, at, page, page, 4), -EINVAL);
	assert_int_equal(CALL(mremap, at, page, 2 * page, 5), -EINVAL);
	assert_int_equal(CALL(mremap, at, page, page, 3, at + 100), -EINVAL);
	assert_int_equal(CALL(mremap, at, page, page, 3, 1ULL << 48), -EINVAL);
	assert_int_equal(CALL(mremap, at, 2 * page, page, 3, at + page), -EINVAL);
	asks("");
	assert_int_equal(CALL(mremap, at, page, 2 * page, 1), at);
	space_answer = -ENOMEM;
	assert_int_equal(CALL(mremap, at, page, 2 * page, 0), -ENOMEM);
	process_end();
}

static void advice(void **state)
{
	u64 at = USER_BASE;

	(void)state;
	begin();
	assert_int_equal(CALL(madvise, at + 100, page, 4), -EINVAL);
	assert_int_equal(CALL(madvise, at, page, 5), -EINVAL);
	assert_int_equal(CALL(madvise, at, page, 9), -EINVAL);
	assert_int_equal(CALL(madvise, at, page, 26), -EINVAL);
	assert_int_equal(CALL(madvise, at, ~0ULL, 4), -EINVAL);
	assert_int_equal(CALL(madvise, at, 0, 4), 0);
	assert_int_equal(CALL(madvise, USER_LAST, page, 3), -ENOMEM);
	assert_int_equal(CALL(madvise, at, page, 14), 0);
	asks("");
	assert_int_equal(CALL(madvise, at, 100, 4), 0);
	assert_true(!strncmp(space_asked, "discard ", 8));
	space_asked[0] = '\0';
	assert_int_equal(CALL(madvise, USER_LAST, page, 22), -ENOMEM);
	assert_int_equal(CALL(madvise, at, 2 * page, 23), 0);
	assert_true(strstr(space_asked, " 1\nfault "));
	process_end();
}

static void residency(void **state)
{
	u64 at = USER_BASE, vector = USER_BASE + 100;

	(void)state;
	begin();
	assert_int_equal(CALL(mincore, at + 100, page, vector), -EINVAL);
	assert_int_equal(CALL(mincore, 1ULL << 48, page, vector), -ENOMEM);
	assert_int_equal(CALL(mincore, at, page, ~0ULL), -EFAULT);
	assert_int_equal(CALL(mincore, at, page, 8), -EFAULT);
	assert_int_equal(CALL(mincore, USER_LAST, page, vector), -ENOMEM);
	assert_int_equal(CALL(mincore, at, 0, vector), 0);
	assert_int_equal(*(u8 *)user_at(vector), 0);
	assert_int_equal(CALL(mincore, at, 2 * page + 1, vector), 0);
	assert_memory_equal(user_at(vector), "\1\1\1\0", 4);
	assert_int_equal(CALL(msync, at, page, 8), -EINVAL);
	assert_int_equal(CALL(msync, at, page, 5), -EINVAL);
	assert_int_equal(CALL(msync, at + 100, page, 4), -EINVAL);
	assert_int_equal(CALL(msync, at, ~0ULL - page, 4), -ENOMEM);
	assert_int_equal(CALL(msync, USER_LAST, page, 4), -ENOMEM);
	assert_int_equal(CALL(msync, at, 0, 4), 0);
	assert_int_equal(CALL(msync, at, 100, 4), 0);
	assert_int_equal(CALL(mlock, at + 100, 1), 0);
	assert_int_equal(CALL(mlock, USER_LAST, 1), -ENOMEM);
	assert_int_equal(CALL(mlock, at, ~0ULL - page), -EINVAL);
	assert_int_equal(CALL(munlock, at + 100, 1), 0);
	assert_int_equal(CALL(mlock2, at, 1, 2), -EINVAL);
	assert_int_equal(CALL(mlock2, at, 1, 1), 0);
	assert_int_equal(CALL(mlockall, 0), -EINVAL);
	assert_int_equal(CALL(mlockall, 3), 0);
	assert_int_equal(CALL(munlockall), 0);
	assert_int_equal(CALL(brk, 0x1234), 0x1234);
	process_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(mmap_arguments), HOST_AT_EACH_PAGE_SHIFT(mmap_files),
		HOST_AT_EACH_PAGE_SHIFT(changes),        HOST_AT_EACH_PAGE_SHIFT(moves),
		HOST_AT_EACH_PAGE_SHIFT(advice),         HOST_AT_EACH_PAGE_SHIFT(residency),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
