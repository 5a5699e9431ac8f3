// SPDX-License-Identifier: BSD-2-Clause
/*
 * Load options become a command line, whoever wrote them.
 *
 * Sources: arch/arm64/efi/efi_cmdline.c arch/arm64/efi/efi_console.c arch/arm64/efi/efi_memory.c
 * Sources: tests/host/fake_firmware.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_firmware.h"

static const char *line_of(const efi_char *text, u32 bytes, bool shell)
{
	static struct efi e;
	void *exact = malloc(bytes + 1);

	firmware_begin();
	memcpy(exact, text, bytes);
	firmware.options = exact;
	firmware.options_bytes = bytes;
	firmware.shell = shell;
	firmware_start(&e);
	assert_int_equal(efi_read_cmdline(&e), EFI_SUCCESS);
	free(exact);
	return e.cmdline;
}

#define LINE(text) line_of((const efi_char *)(text), (u32)sizeof(text) - 2, false)

static void ends(void **state)
{
	(void)state;
	assert_string_equal(LINE(u"pagesize=64k"), "pagesize=64k");
	assert_string_equal(LINE(u"pagesize=64k\0junk"), "pagesize=64k");
	assert_string_equal(LINE(u"  a b \r\n"), "a b");
	assert_string_equal(LINE(u""), "");
	assert_string_equal(LINE(u"   "), "");
	/* Half a character at the end is none. */
	assert_string_equal(line_of((const efi_char *)u"ab", 3, false), "a");
}

static void utf8(void **state)
{
	(void)state;
	assert_string_equal(LINE(u"r\u00e9sum\u00e9 \u20ac"), "r\xc3\xa9sum\xc3\xa9 \xe2\x82\xac");
	/* UCS-2 has no pairs. */
	assert_string_equal(LINE(u"a\xd83d\xde00z"), "a??z");
}

#define SHELL_LINE(text) line_of((const efi_char *)(text), (u32)sizeof(text), true)

static void of_the_shell(void **state)
{
	(void)state;
	assert_string_equal(SHELL_LINE(u"Image pagesize=64k run=\"a b\""),
			    "pagesize=64k run=\"a b\"");
	assert_string_equal(SHELL_LINE(u"\"fs0:\\my kernels\\Image\" x"), "x");
	assert_string_equal(SHELL_LINE(u"Image"), "");
	assert_string_equal(SHELL_LINE(u""), "");
	assert_string_equal(SHELL_LINE(u"\"never closed x"), "");
}

static void no_memory(void **state)
{
	struct efi e;

	(void)state;
	firmware_begin();
	firmware_set_options("abc");
	firmware_start(&e);
	firmware.fail_at = 0;
	assert_int_equal(efi_read_cmdline(&e), EFI_OUT_OF_RESOURCES);
	assert_non_null(
		strstr(firmware.said, "granule: no memory for load options of 3 characters"));
	firmware_begin();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends),
		cmocka_unit_test(utf8),
		cmocka_unit_test(of_the_shell),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
