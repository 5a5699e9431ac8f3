// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/format.c: a printed size is exact, and in the largest unit that can be.
 *
 * Sources: lib/format.c
 */
#include <stdio.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/compiler.h>
#include <lib/format.h>

static void reads(u64 bytes, const char *expected)
{
	char buf[FORMAT_BYTES_SIZE];

	assert_ptr_equal(format_bytes(buf, sizeof(buf), bytes), buf);
	assert_string_equal(buf, expected);
}

static void prints_the_largest_exact_unit(void **state)
{
	(void)state;
	reads(0, "0 B");
	reads(1, "1 B");
	reads(123, "123 B");
	reads(512, "512 B");
	reads(1023, "1023 B");
	reads(1024, "1 KiB");
	reads(1025, "1025 B");
	reads(1536, "1.5 KiB");
	reads(1234 * KiB, "1234 KiB");
	reads(64 * KiB, "64 KiB");
	reads(512 * MiB, "512 MiB");
	reads(1280 * MiB, "1280 MiB");
	reads(1536 * MiB, "1.5 GiB");
	reads(2047 * MiB, "2047 MiB");
	reads(TiB, "1 TiB");
	reads(1024 * TiB, "1 PiB");
	reads(1ULL << 63, "8 EiB");
	reads(3ULL << 59, "1.5 EiB");
	reads(~0ULL, "18446744073709551615 B");
	reads(~0ULL << 10, "18014398509481983 KiB");
}

static void can_be_multiplied_out(void **state)
{
	static const char letters[] = "BKMGTPE";

	(void)state;
	for (int i = 0; i < 50000; i++) {
		u64 bytes = (host_random() >> host_random_below(64)) << host_random_below(64);
		char buf[FORMAT_BYTES_SIZE], letter;
		u64 whole, shift;
		unsigned tenths = 0;

		format_bytes(buf, sizeof(buf), bytes);
		if (strchr(buf, '.'))
			assert_int_equal(sscanf(buf, "%llu.%u %c", &whole, &tenths, &letter), 3);
		else
			assert_int_equal(sscanf(buf, "%llu %c", &whole, &letter), 2);
		shift = 10 * (u64)(strchr(letters, letter) - letters);
		assert_true(tenths == 0 || tenths == 5);
		assert_true((whole << shift) + (tenths ? (1ULL << shift) / 2 : 0) == bytes);
	}
}

static void cuts(void **state)
{
	char buf[4] = "###";

	(void)state;
	format_bytes(buf, sizeof(buf), 123 * MiB);
	assert_string_equal(buf, "123");
	format_bytes(buf, 0, MiB);
	assert_string_equal(buf, "123");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_the_largest_exact_unit),
		cmocka_unit_test(can_be_multiplied_out),
		cmocka_unit_test(cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
