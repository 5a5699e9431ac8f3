// SPDX-License-Identifier: BSD-2-Clause
/*
 * The table of system calls; those that aren't there; and any call with any arguments.
 *
 * Sources: kernel/process/path.c kernel/process/path_walk.c kernel/process/files.c
 * Sources: kernel/process/file.c kernel/process/file_watch.c kernel/process/epoll.c
 * Sources: kernel/process/epoll_change.c
 * Sources: kernel/process/pipe.c kernel/process/pipe_bytes.c kernel/process/eventfd.c
 * Sources: kernel/process/timerfd.c kernel/process/poll.c
 * Sources: kernel/process/syscall_event.c kernel/process/syscall_poll.c
 * Sources: kernel/process/proc_text.c kernel/process/signal.c kernel/process/sigframe.c
 * Sources: kernel/process/signal_stack.c
 * Sources: kernel/process/syscall.c kernel/process/syscall_names.c kernel/process/syscall_io.c
 * Sources: kernel/process/syscall_descriptor.c kernel/process/syscall_path.c
 * Sources: kernel/process/syscall_memory.c kernel/process/syscall_signal.c
 * Sources: kernel/process/syscall_task.c kernel/process/syscall_time.c
 * Sources: lib/initramfs.c lib/sha256.c arch/arm64/table/granule.c
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
#include <lib/printk.h>

#include "../../kernel/process/calls.h"
#include "../../kernel/process/file.h"
#include "fake_process.h"

static s64 call(u64 number)
{
	process_regs.x[8] = number;
	return syscall_dispatch(&process_regs);
}

/* The list names calls as Linux does, in the order of their numbers. */
static void names(void **state)
{
	static const struct {
		u32 number;
		const char *name;
	} list[] = {
#define ROW(number, name) { number, #name },
		CALLS(ROW)
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(list); i++) {
		assert_string_equal(list[i].name, syscall_name(list[i].number));
		assert_true(!i || list[i].number > list[i - 1].number);
	}
}

static char said[4096];

static void hear(const char *text)
{
	strcat(said, text);
}

static void what_is_missing(void **state)
{
	(void)state;
	process_initrd.size = 0;
	process_begin(12);
	host_printk_hook = hear;
	assert_int_equal(call(198), -ENOSYS);
	assert_int_equal(call(198), -ENOSYS);
	assert_int_equal(call(220), -ENOSYS);
	assert_int_equal(call(250), -ENOSYS);
	assert_int_equal(call(~0ULL), -ENOSYS);
	assert_int_equal(call(SYSCALL_COUNT), -ENOSYS);
	/* of x8, the lower half counts */
	assert_int_equal(call(0xffffffff00000000 | 172), 7);
	host_printk_hook = NULL;
	assert_string_equal(said, "program[7]: there is no system call 198 (socket): ENOSYS, which "
				  "programs do without\n"
				  "program[7]: there is no system call 220 (clone): ENOSYS\n"
				  "program[7]: there is no system call 250: ENOSYS\n"
				  "program[7]: there is no system call 4294967295: ENOSYS\n"
				  "program[7]: there is no system call 463: ENOSYS\n");
	assert_int_equal(process.missing.kinds, 5);
	assert_int_equal(process.missing.call[0].number, 198);
	assert_int_equal(process.missing.call[0].count, 2);
	process_end();
	/* another process: counted, and said no more */
	process_begin(12);
	said[0] = '\0';
	host_printk_hook = hear;
	assert_int_equal(call(198), -ENOSYS);
	host_printk_hook = NULL;
	assert_string_equal(said, "");
	assert_int_equal(process.missing.kinds, 1);
	for (u64 number = 1000; number < 1100; number++)
		assert_int_equal(call(number), -ENOSYS);
	assert_int_equal(process.missing.kinds, CALLS_MISSING_MOST);
	assert_int_equal(process.missing.more, 101 - CALLS_MISSING_MOST);
	process_end();
}

/* Values that calls take apart in different ways. */
static u64 any_argument(void)
{
	static const u64 values[] = {
		0,          1,          2,          3,          4,          8,
		16,         24,         100,        4096,       8192,       0x4000,
		0x10000,    0x7fffffff, 0x80000000, 0xffffffff, 1ULL << 48, (1ULL << 48) - 1,
		1ULL << 63, ~0ULL,      ~0ULL >> 1, (u64)-100,
	};
	u64 value = values[host_random_below(ARRAY_SIZE(values))];

	switch (host_random_below(4)) {
	case 0:
		return USER_BASE + host_random_below(USER_BYTES + 100) - 50;
	case 1:
		return host_random_below(140);
	case 2:
		return host_random();
	default:
		return value + host_random_below(3) - 1;
	}
}

/* A call, and what comes of it. A sleep is over at once: a signal waits. */
static void call_anything(void)
{
	for (unsigned k = 0; k < 6; k++)
		process_regs.x[k] = any_argument();
	if (host_random_below(3) == 0) /* something that there is */
		process_regs.x[1] = USER_BASE + 64 * host_random_below(64);
	process_regs.sp = USER_LAST - 0x4000;
	space_asked[0] = process_said[0] = '\0';
	process_said_bytes = 0;
	task.signals.pending.set = signal_bit(SIGNAL_TERM);
	task.signals.mask &= ~signal_bit(SIGNAL_TERM);
	(void)PROCESS_ENDS(call(host_random_below(470)));
	process.ends = false;
	task.signals.pending.set &= ~signal_bit(SIGNAL_TERM);
	(void)PROCESS_ENDS(signal_return_work(&process_regs));
}

/* Random calls leave the kernel well, whatever they do to the program; ASan watches. */
static void anything(void **state)
{
	static const char *const paths[] = {
		"/etc/text", "bin/link",    "/proc/self/smaps", "/dev/zero",
		"/",         "/bin/../etc", "/dev/urandom",     "/proc/self/status"
	};

	(void)state;
	process_initrd.size = 0;
	archive_add(&process_initrd, &(struct archive_member){ .name = "etc/text",
							       .mode = INITRAMFS_REGULAR | 0644,
							       .data = "12345" });
	archive_add(&process_initrd, &(struct archive_member){ .name = "bin/link",
							       .mode = INITRAMFS_SYMLINK | 0777,
							       .data = "../etc/text" });
	archive_end(&process_initrd);
	for (unsigned round = 0; round < 300; round++) {
		process_begin(12 + 2 * (unsigned)host_random_below(3));
		process_regs.sp = USER_LAST - 0x4000;
		host_random_bytes(user_memory, sizeof(user_memory));
		for (unsigned i = 0; i < 64; i++)
			strcpy(user_at(USER_BASE + 64 * i), paths[i % ARRAY_SIZE(paths)]);
		for (unsigned i = 0; i < 200; i++)
			call_anything();
		process_end();
	}
}

/* A call that waited begins again, unless the handler that ran doesn't ask for that. */
static void begins_again(void **state)
{
	static const u64 flags[] = { 0x10000000, 0 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(flags); i++) {
		process_begin_at_fault();
		process_regs.sp = USER_LAST - 0x4000;
		assert_int_equal(CALL(eventfd2, 0, 0), 3);
		process_handle(SIGNAL_TERM, flags[i]);
		process_regs.x[0] = 3;
		process_regs.x[1] = USER_BASE;
		process_regs.x[2] = 8;
		signal_send(&process, SIGNAL_TERM, SIGNAL_BY_USER);
		process_regs.x[0] = (u64)call(63); /* read: it comes */
		assert_true(signal_return_work(&process_regs));
		assert_int_equal(process_regs.pc, PROCESS_HANDLER);
		process_regs.pc = process.signals.return_address;
		call(139);
		assert_int_equal(process_regs.x[0], flags[i] ? 3 : (u64)-EINTR);
		assert_int_equal(process_regs.pc, flags[i] ? 0x400100 - 4 : 0x400100);
		process_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(what_is_missing),
		cmocka_unit_test(anything),
		cmocka_unit_test(begins_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
