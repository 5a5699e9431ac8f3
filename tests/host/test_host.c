// SPDX-License-Identifier: BSD-2-Clause
/*
 * What host.c offers to the other tests: without it they would pass for no reason.
 *
 * Sources:
 */
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/assert.h>

static unsigned shifts_seen;

static void runs_at(void **state)
{
	(void)state;
	assert_true(host_page_shift == 12 || host_page_shift == 14 || host_page_shift == 16);
	shifts_seen |= 1U << host_page_shift;
}

static void ran_at_each_page_shift(void **state)
{
	(void)state;
	assert_int_equal(shifts_seen, 1U << 12 | 1U << 14 | 1U << 16);
}

static void fails_if_odd(unsigned n)
{
	ASSERT(n % 2 == 0);
}

static void catches_a_failed_assert(void **state)
{
	volatile unsigned reached = 0;

	(void)state;
	assert_false(HOST_ASSERTS(fails_if_odd(2)));
	assert_true(HOST_ASSERTS(fails_if_odd(3)));
	assert_string_equal(host_last_failure(), "fails_if_odd: n % 2 == 0");
	assert_true(HOST_ASSERTS({
		reached = 1;
		fails_if_odd(5);
		reached = 2;
	}));
	assert_int_equal(reached, 1);
	assert_false(HOST_ASSERTS(reached = 3));
}

static void random_numbers_are_not_all_the_same(void **state)
{
	unsigned seen = 0;
	u64 any = 0, all = ~0ULL;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		u64 n = host_random_below(10);

		assert_true(n < 10);
		seen |= 1U << n;
		n = host_random();
		any |= n;
		all &= n;
	}
	assert_int_equal(seen, 0x3ff);
	assert_true(any == ~0ULL && all == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(runs_at),
		cmocka_unit_test(ran_at_each_page_shift),
		cmocka_unit_test(catches_a_failed_assert),
		cmocka_unit_test(random_numbers_are_not_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
