// SPDX-License-Identifier: BSD-2-Clause
/*
 * Lines of a process's output, and the names of system calls.
 *
 * Sources: kernel/process/output.c kernel/process/syscall_names.c
 */
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/output.h>
#include <kernel/syscall.h>
#include <lib/console.h>

static char written[1 << 16];
static size_t written_bytes;

void console_write(const char *text, size_t bytes)
{
	assert_true(written_bytes + bytes < sizeof(written));
	memcpy(written + written_bytes, text, bytes);
	written_bytes += bytes;
	written[written_bytes] = '\0';
}

static void gives(unsigned descriptor, const char *text, size_t bytes, const char *lines)
{
	written_bytes = 0;
	written[0] = '\0';
	output_lines.write(descriptor, text, bytes);
	assert_string_equal(written, lines);
}

static void bytes_of_each_kind(void **state)
{
	(void)state;
	gives(1, "", 0, "");
	gives(1, "hello\n", 6, "@o1 hello\\n\n");
	gives(2, "a\tb\rc\\d ~", 9, "@o2 a\\tb\\rc\\\\d ~\n");
	gives(1, "\0\x1b\x7f\xc3\xa4\xff", 6, "@o1 \\x00\\x1b\\x7f\\xc3\\xa4\\xff\n");
	gives(1, "@end {}", 7, "@o1 @end {}\n");
}

static unsigned hex(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a') + 10;
}

/* What the reader of lines makes of them. */
static size_t decode(char *to)
{
	size_t bytes = 0;

	for (char *at = written, *end; *at; at = end + 1) {
		end = strchr(at, '\n');
		assert_non_null(end);
		assert_true(end + 1 - at <= OUTPUT_LINE_BYTES);
		assert_memory_equal(at, "@o1 ", 4);
		for (at += 4; at < end; at++) {
			assert_in_range(*at, ' ', '~');
			if (*at != '\\') {
				to[bytes++] = *at;
				continue;
			}
			switch (*++at) {
			case 'n':
				to[bytes++] = '\n';
				break;
			case 't':
				to[bytes++] = '\t';
				break;
			case 'r':
				to[bytes++] = '\r';
				break;
			case '\\':
				to[bytes++] = '\\';
				break;
			default:
				assert_int_equal(*at, 'x');
				to[bytes++] = (char)(hex(at[1]) << 4 | hex(at[2]));
				at += 2;
			}
		}
	}
	return bytes;
}

/* Any bytes, of lengths around those at which a line is full, come back. */
static void any_bytes(void **state)
{
	char text[3000], back[3000];

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		size_t bytes = (size_t)host_random_below(sizeof(text));
		bool plain = host_random_below(2);

		host_random_bytes(text, bytes);
		for (size_t k = 0; plain && k < bytes; k++)
			text[k] = (char)('a' + (text[k] & 15));
		written_bytes = 0;
		written[0] = '\0';
		output_lines.write(1, text, bytes);
		assert_int_equal(decode(back), bytes);
		assert_memory_equal(back, text, bytes);
	}
}

static void plain(void **state)
{
	(void)state;
	written_bytes = 0;
	output_plain.write(2, "\x1b[1m@o1\n", 8);
	assert_string_equal(written, "\x1b[1m@o1\n");
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(syscall_name(0), "io_setup");
	assert_string_equal(syscall_name(64), "write");
	assert_string_equal(syscall_name(93), "exit");
	assert_string_equal(syscall_name(139), "rt_sigreturn");
	assert_string_equal(syscall_name(178), "gettid");
	assert_string_equal(syscall_name(222), "mmap");
	assert_string_equal(syscall_name(243), "recvmmsg");
	assert_null(syscall_name(244));
	assert_null(syscall_name(259));
	assert_string_equal(syscall_name(260), "wait4");
	assert_string_equal(syscall_name(294), "kexec_file_load");
	assert_null(syscall_name(295));
	assert_null(syscall_name(423));
	assert_string_equal(syscall_name(424), "pidfd_send_signal");
	assert_string_equal(syscall_name(435), "clone3");
	assert_string_equal(syscall_name(462), "mseal");
	assert_null(syscall_name(463));
	assert_null(syscall_name(~0ULL));
	assert_true(syscall_is_probe(293));
	assert_true(syscall_is_probe(435));
	assert_false(syscall_is_probe(220));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_of_each_kind),
		cmocka_unit_test(any_bytes),
		cmocka_unit_test(plain),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
