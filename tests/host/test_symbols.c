// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/log/symbols.c on a table that scripts/mksymbols.py made from symbols.nm, in
 * which nm lists text twice, data between, several names for an address, and noise.
 *
 * Sources: lib/log/symbols.c lib/string.c lib/vsnprintf.c tests/host/symbols.nm
 */
#include <stdio.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <lib/symbols.h>

/* The image begins wherever this happens to lie; nothing is read there. */
extern const char _text[];
const char _text[1];

static void is_in(u64 from_text, const char *name, u64 offset)
{
	u64 got = ~0ULL;

	assert_string_equal(symbols_lookup(vaddr(vaddr_of(_text).val + from_text), &got), name);
	assert_int_equal(got, offset);
}

static void finds_functions(void **state)
{
	(void)state;
	is_in(0, "image_header", 0);
	is_in(0x40, "image_header", 0x40);
	is_in(0xff, "image_header", 0xff);
	for (u64 i = 0; i < 40; i++) {
		char name[16];

		if (i == 7)
			continue;
		snprintf(name, sizeof(name), "function_%llu", i);
		is_in(0x100 + 0x20 * i, name, 0);
		is_in(0x11f + 0x20 * i, name, 0x1f);
	}
	is_in(0x6ff, "alias_of_global", 0xff);
	is_in(0x7ff, "exit_path.cold", 0xff);
	is_in(0x10000, "init_first", 0);
	is_in(0x1007f, "init_last", 0x3f);
}

static void knows_where_text_ends(void **state)
{
	(void)state;
	is_in(0x800, "?", 0);
	is_in(0x900, "?", 0);
	is_in(0xffff, "?", 0);
	is_in(0x10080, "?", 0);
	is_in(0x10100, "?", 0);
	is_in(0x10300, "?", 0);
	is_in(1ULL << 32, "?", 0);
	is_in(-1ULL, "?", 0);
	is_in(-0x1000ULL, "?", 0);
}

static void is_at(const char *name, u64 from_text)
{
	vaddr_t addr = vaddr(1);

	assert_true(symbols_find(name, &addr));
	assert_int_equal(addr.val - vaddr_of(_text).val, from_text);
}

static void finds_names(void **state)
{
	vaddr_t addr = vaddr(1);

	(void)state;
	is_at("image_header", 0);
	is_at("function_0", 0x100);
	is_at("function_39", 0x100 + 0x20 * 39);
	is_at("exit_path.cold", 0x700);
	is_at("init_last", 0x10040);
	assert_false(symbols_find("function_40", &addr));
	assert_false(symbols_find("function_", &addr));
	assert_false(symbols_find("", &addr)); /* what has no name can't be found by it */
	assert_int_equal(addr.val, 1);
}

static void lists_all_names(void **state)
{
	u32 entry = 0, count = 0;
	u64 last = 0;

	(void)state;
	for (const char *name; (name = symbols_next(&entry)); count++) {
		vaddr_t addr;

		assert_true(*name && symbols_find(name, &addr));
		assert_true(addr.val - vaddr_of(_text).val >= last);
		last = addr.val - vaddr_of(_text).val;
	}
	/* 39 numbered ones, two at either end, and those with several names. */
	assert_true(count > 43);
	assert_int_equal(last, 0x10040);
	assert_null(symbols_next(&entry));
}

static void formats(void **state)
{
	char buf[SYMBOLS_FORMAT_SIZE];
	u64 text = vaddr_of(_text).val;

	(void)state;
	assert_ptr_equal(symbols_format(buf, sizeof(buf), vaddr(text + 0x10c)), buf);
	assert_string_equal(buf, "function_0+0xc");
	assert_string_equal(symbols_format(buf, sizeof(buf), vaddr(text)), "image_header+0x0");
	assert_string_equal(symbols_format(buf, sizeof(buf), vaddr(text - 4)), "?");
	symbols_format(buf, sizeof(buf), vaddr(text + 0x1e0));
	assert_int_equal(strlen(buf), sizeof(buf) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_functions), cmocka_unit_test(knows_where_text_ends),
		cmocka_unit_test(finds_names),     cmocka_unit_test(lists_all_names),
		cmocka_unit_test(formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
