// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/log/symbols.c on the empty table of the first link.
 *
 * Sources: lib/log/symbols.c lib/string.c lib/vsnprintf.c tests/host/symbols_none.nm
 */
#include <host.h>

#include <cmocka.h>

#include <lib/symbols.h>

extern const char _text[];
const char _text[1];

static void finds_nothing(void **state)
{
	char buf[SYMBOLS_FORMAT_SIZE];
	u64 offset = 7;

	(void)state;
	assert_string_equal(symbols_lookup(vaddr_of(_text), &offset), "?");
	assert_int_equal(offset, 0);
	assert_string_equal(symbols_format(buf, sizeof(buf), vaddr(0)), "?");
	assert_false(symbols_find("image_header", &(vaddr_t){ 0 }));
	assert_null(symbols_next(&(u32){ 0 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
