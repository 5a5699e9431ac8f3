// SPDX-License-Identifier: BSD-2-Clause
/*
 * Texts of /proc/self, as Linux writes them.
 *
 * Sources: kernel/process/path.c kernel/process/path_walk.c kernel/process/files.c
 * Sources: kernel/process/file.c kernel/process/file_watch.c kernel/process/epoll.c
 * Sources: kernel/process/epoll_change.c
 * Sources: kernel/process/proc_text.c kernel/process/signal.c kernel/process/sigframe.c
 * Sources: kernel/process/signal_stack.c
 * Sources: kernel/process/syscall_task.c kernel/process/syscall_io.c kernel/process/syscall_path.c
 * Sources: kernel/process/syscall_time.c lib/initramfs.c lib/sha256.c arch/arm64/table/granule.c
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

#define AT_CWD ((u64)-100)
#define BUFFER (USER_BASE + 0x4000)

static void has_text(const char *name, const char *expected)
{
	s64 file = CALL(openat, AT_CWD, process_path(name), 0), got;

	assert_true(file > 2);
	got = CALL(read, (u64)file, BUFFER, 0x8000);
	assert_true(got >= 0);
	*(char *)user_at(BUFFER + (u64)got) = '\0';
	assert_string_equal(user_at(BUFFER), expected);
	files_close(process.files, (u64)file);
}

static const struct space_source program = { .id = 74, .name = "/bin/program" };

static void see(void)
{
	u64 page = 1ULL << host_page_shift;

	space_views[0] = (struct space_view){ .base = 0x400000,
					      .end = 0x400000 + 2 * page,
					      .prot = 5,
					      .source = &program,
					      .offset = page,
					      .resident_bytes = page };
	space_views[1] = (struct space_view){
		.base = 0x10000000, .end = 0x10000000 + page, .prot = 3, .flags = SPACE_HEAP
	};
	space_views[2] =
		(struct space_view){ .base = 0x7f0000000000, .end = 0x7f0000000000 + page };
	space_views[3] = (struct space_view){ .base = 0xfffff0000000,
					      .end = 0xfffff0000000 + page,
					      .prot = 3,
					      .flags = SPACE_STACK };
	space_view_count = 4;
}

/* As Linux writes them: what is missing in the columns is a blank, and names begin at one place. */
static void maps(void **state)
{
	static const char *const lines[] = {
		"00400000-00402000 r-xp 00001000 00:01 74                                 "
		"/bin/program\n"
		"10000000-10001000 rw-p 00000000 00:00 0                                  [heap]\n"
		"7f0000000000-7f0000001000 ---p 00000000 00:00 0 \n"
		"fffff0000000-fffff0001000 rw-p 00000000 00:00 0                          "
		"[stack]\n",
		"00400000-00408000 r-xp 00004000 00:01 74                                 "
		"/bin/program\n"
		"10000000-10004000 rw-p 00000000 00:00 0                                  [heap]\n"
		"7f0000000000-7f0000004000 ---p 00000000 00:00 0 \n"
		"fffff0000000-fffff0004000 rw-p 00000000 00:00 0                          "
		"[stack]\n",
		"00400000-00420000 r-xp 00010000 00:01 74                                 "
		"/bin/program\n"
		"10000000-10010000 rw-p 00000000 00:00 0                                  [heap]\n"
		"7f0000000000-7f0000010000 ---p 00000000 00:00 0 \n"
		"fffff0000000-fffff0010000 rw-p 00000000 00:00 0                          "
		"[stack]\n",
	};

	(void)state;
	process_begin_with_files();
	see();
	has_text("/proc/self/maps", lines[(host_page_shift - 12) / 2]);
	space_view_count = 0;
	has_text("/proc/self/maps", "");
	process_end();
}

static void smaps(void **state)
{
	static const char *const page_lines[] = {
		"KernelPageSize:        4 kB\nMMUPageSize:           4 kB\nRss:                   "
		"4 kB\n",
		"KernelPageSize:       16 kB\nMMUPageSize:          16 kB\nRss:                  "
		"16 kB\n",
		"KernelPageSize:       64 kB\nMMUPageSize:          64 kB\nRss:                  "
		"64 kB\n",
	};
	s64 got;

	(void)state;
	process_begin_with_files();
	see();
	assert_int_equal(CALL(openat, AT_CWD, process_path("/proc/self/smaps"), 0), 3);
	got = CALL(read, 3, BUFFER, 0x8000);
	assert_true(got > 0);
	*(char *)user_at(BUFFER + (u64)got) = '\0';
	assert_non_null(strstr(user_at(BUFFER), page_lines[(host_page_shift - 12) / 2]));
	assert_non_null(strstr(user_at(BUFFER), "\nVmFlags: rd ex mr mw me ac\n"));
	assert_non_null(strstr(user_at(BUFFER), "\nVmFlags: rd wr mr mw me gd ac\n"));
	process_end();
}

static void statm(void **state)
{
	u64 page = 1ULL << host_page_shift;

	(void)state;
	process_begin_with_files();
	see();
	process.space->mapped_bytes = 5 * page;
	process.space->resident_bytes = 3 * page;
	has_text("/proc/self/statm", "5 3 0 2 0 2 0\n");
	has_text("/proc/self/auxv", "");
	process_end();
}

/* Of a stack with two arguments and no environment. */
static void auxv(void **state)
{
	const u64 stack[] = { 2, 0x1000, 0x2000, 0, 0, 6, 4096, 3, 64, 0, 0, 77 };

	(void)state;
	process_begin_with_files();
	memcpy(user_at(BUFFER + 256), stack, sizeof(stack));
	files_keep_auxv(process.files, BUFFER + 256);
	assert_int_equal(CALL(openat, AT_CWD, process_path("/proc/self/auxv"), 0), 3);
	assert_int_equal(CALL(read, 3, BUFFER, 100), 48);
	assert_memory_equal(user_at(BUFFER), stack + 5, 48);
	process_end();
	/* one that has no end */
	process_begin_with_files();
	memset(user_at(USER_LAST - 800), 1, 800);
	files_keep_auxv(process.files, USER_LAST - 800);
	has_text("/proc/self/auxv", "");
	process_end();
}

/* Without memory at any point: an error, and nothing is left. */
static void out_of_memory(void **state)
{
	s64 file;

	(void)state;
	process_begin_with_files();
	see();
	for (u64 fail = 1;; fail++) {
		heap_asked = 0;
		heap_fail_at = fail;
		file = CALL(openat, AT_CWD, process_path("/proc/self/smaps"), 0);
		if (file >= 0)
			break;
		assert_int_equal(file, -ENOMEM);
	}
	heap_fail_at = 0;
	assert_int_equal(file, 3);
	process_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(maps),   HOST_AT_EACH_PAGE_SHIFT(smaps),
		HOST_AT_EACH_PAGE_SHIFT(statm),  cmocka_unit_test(auxv),
		cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
