// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is typed for a program: editing, lines, ends, more than there is room for, and who waits.
 *
 * Sources: kernel/process/terminal.c
 * Sources: kernel/process/path.c kernel/process/path_walk.c kernel/process/files.c
 * Sources: kernel/process/file.c kernel/process/file_watch.c kernel/process/epoll.c
 * Sources: kernel/process/epoll_change.c kernel/process/poll.c kernel/process/syscall_poll.c
 * Sources: kernel/process/proc_text.c kernel/process/signal.c kernel/process/sigframe.c
 * Sources: kernel/process/signal_stack.c
 * Sources: kernel/process/syscall_task.c kernel/process/syscall_io.c kernel/process/syscall_path.c
 * Sources: kernel/process/syscall_descriptor.c kernel/process/syscall_time.c
 * Sources: kernel/process/pipe.c kernel/process/pipe_bytes.c
 * Sources: lib/initramfs.c lib/sha256.c arch/arm64/table/granule.c
 * Sources: tests/host/archive.c tests/host/fake_process.c tests/host/fake_task.c
 */
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/errno.h>
#include <kernel/terminal.h>
#include <lib/console.h>

#include "../../kernel/process/calls.h"
#include "../../kernel/process/watch.h"
#include "fake_process.h"

#define AT USER_BASE

static struct terminal terminal;
static char echoed[8192];
static u64 input;

void console_write(const char *text, size_t bytes)
{
	strncat(echoed, text, bytes);
}

static void begin(void)
{
	struct file *file;

	process_initrd.size = 0;
	process_asleep = NULL;
	process_begin(12);
	terminal = (struct terminal)TERMINAL;
	echoed[0] = '\0';
	file = terminal_open(&terminal);
	assert_non_null(file);
	input = (u64)file_give_descriptor(&process, file, false);
}

static void type(const char *keys)
{
	while (*keys)
		terminal_type(&terminal, *keys++);
}

/* What a read of so many bytes gives. */
static const char *take(u64 bytes)
{
	static char text[1024];
	s64 got = CALL(read, input, AT, bytes);

	assert_true(got >= 0);
	memcpy(text, user_at(AT), (size_t)got);
	text[got] = '\0';
	return text;
}

static void lines(void **state)
{
	(void)state;
	begin();
	type("one\rtwo\n");
	assert_string_equal(echoed, "one\ntwo\n");
	assert_string_equal(take(100), "one\n");
	assert_string_equal(take(2), "tw");
	assert_string_equal(take(100), "o\n");
	type("a\x7f\x08\x7f"
	     "b\xc3\xa4\x7f"
	     "c\td\x15"
	     "e\x01\x1b"
	     "f\r");
	assert_string_equal(take(100), "ef\n");
	/* a piece, and an end, which counts once */
	type("x\x04");
	assert_string_equal(take(100), "x");
	type("\x04\x04y\r");
	assert_string_equal(take(100), "y\n");
	assert_string_equal(take(100), "");
	assert_string_equal(take(100), "");
	assert_int_equal(CALL(lseek, input, 0, 0), -ESPIPE);
	assert_int_equal(CALL(write, input, AT, 1), -EBADF);
	process_end();
}

/* What doesn't fit is refused while it is typed, and all that was echoed is read. */
static void no_room(void **state)
{
	char read[4096] = "";
	u64 bells = 0;

	(void)state;
	begin();
	for (unsigned i = 0; i < TERMINAL_LINE_BYTES + 10; i++)
		type("k");
	type("\r");
	for (unsigned i = 0; i < TERMINAL_BYTES; i++)
		type("ab\r");
	while (terminal.held)
		strcat(read, take(1000));
	for (char *at = echoed; *at; at++) {
		bells += *at == '\a';
		if (*at == '\a')
			memmove(at, at + 1, strlen(at)), at--;
	}
	assert_true(bells > 10);
	assert_string_equal(read, echoed);
	process_end();
}

static void type_then(void)
{
	type("late\r");
}

static void waiting(void **state)
{
	(void)state;
	begin();
	assert_int_equal(CALL(read, input, AT, 10), -EINTR); /* a signal comes */
	task.signals.pending.set = 0;
	process_asleep = type_then;
	assert_string_equal(take(100), "late\n");
	assert_int_equal(CALL(fcntl, input, 4, 04000), 0);
	assert_int_equal(CALL(read, input, AT, 10), -EAGAIN);
	assert_int_equal(CALL(read, input, AT, 0), 0);
	type("z\r");
	assert_int_equal(CALL(read, input, 8, 10), -EFAULT);
	/* closed: what is typed is for nobody */
	assert_int_equal(CALL(close, input), 0);
	type("q\r");
	process_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(no_room),
		cmocka_unit_test(waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
