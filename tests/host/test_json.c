// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel/prompt/json.c: a document reads as documented, and what can't stand in a string is
 * escaped.
 *
 * Sources: kernel/prompt/json.c
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/compiler.h>
#include <kernel/json.h>

static char written[1024];

static int __printf(1, 2) print(const char *format, ...)
{
	size_t used = strlen(written);
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(written + used, sizeof(written) - used, format, args);
	va_end(args);
	return length;
}

static void begin(struct json *j)
{
	written[0] = '\0';
	json_begin(j, print);
}

static void a_record_of_an_array_is_a_line(void **state)
{
	struct json j;

	(void)state;
	begin(&j);
	json_text(&j, "granule", "64k");
	json_truth(&j, "chosen", true);
	json_array(&j, "owners");
	for (u64 i = 0; i < 2; i++) {
		json_object(&j, NULL);
		json_number(&j, "bytes", i ? (1ULL << 53) - 1 : 0);
		json_address(&j, "va", i ? ~0ULL : 0);
		json_truth(&j, "free", false);
		json_array(&j, "orders");
		json_number(&j, NULL, 1);
		json_number(&j, NULL, 2);
		json_close(&j);
		json_close(&j);
	}
	json_close(&j);
	json_end(&j);
	assert_string_equal(
		written, "{\n\"granule\": \"64k\",\n\"chosen\": true,\n\"owners\": [\n"
			 "{\"bytes\": 0, \"va\": \"0x0\", \"free\": false, \"orders\": [1, 2]},\n"
			 "{\"bytes\": 9007199254740991, \"va\": \"0xffffffffffffffff\", \"free\": "
			 "false, \"orders\": [1, 2]}\n]\n}\n");
}

static void what_is_empty_has_no_members(void **state)
{
	struct json j;

	(void)state;
	begin(&j);
	json_end(&j);
	assert_string_equal(written, "{}\n");
	begin(&j);
	json_array(&j, "none");
	json_close(&j);
	json_object(&j, "nothing");
	json_close(&j);
	json_end(&j);
	assert_string_equal(written, "{\n\"none\": [],\n\"nothing\": {}\n}\n");
}

static void escapes_what_a_string_cannot_hold(void **state)
{
	struct json j;

	(void)state;
	begin(&j);
	json_text(&j, "a\"b", "\\ \n\x01\x7f\xff end");
	json_end(&j);
	assert_string_equal(written,
			    "{\n\"a\\\"b\": \"\\\\ \\u000a\\u0001\\u007f\\u00ff end\"\n}\n");
}

static void refuses_what_would_be_no_document(void **state)
{
	struct json j;

	(void)state;
	begin(&j);
	assert_true(HOST_ASSERTS(json_number(&j, NULL, 1)));
	begin(&j);
	json_array(&j, "a");
	assert_true(HOST_ASSERTS(json_number(&j, "key", 1)));
	begin(&j);
	assert_true(HOST_ASSERTS(json_number(&j, "rounded", 1ULL << 53)));
	begin(&j);
	json_array(&j, "a");
	assert_true(HOST_ASSERTS(json_end(&j)));
	begin(&j);
	for (unsigned i = 1; i < JSON_DEPTH_MOST; i++)
		json_object(&j, "deeper");
	assert_true(HOST_ASSERTS(json_object(&j, "deeper")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_of_an_array_is_a_line),
		cmocka_unit_test(what_is_empty_has_no_members),
		cmocka_unit_test(escapes_what_a_string_cannot_hold),
		cmocka_unit_test(refuses_what_would_be_no_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
