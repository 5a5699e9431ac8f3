// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a further CPU lacks of the boot CPU's, and what all CPUs have once some have joined.
 *
 * Sources: arch/arm64/boot/cpu_id.c arch/arm64/table/granule.c lib/format.c
 */
#include "host.h"

#include <string.h>

#include <cmocka.h>

#include <arch/boot.h>
#include <arch/cache.h>
#include <arch/cpu_id.h>

struct boot_info boot_info;
u8 cache_line_least = 15;

/* Fields of ID_AA64MMFR0_EL1: 4K 0 is yes, 15 no; 16K 1, 0; 64K 0, 15. */
#define MMFR0(k4, k16, k64, range) \
	((u64)(k4) << 28 | (u64)(k64) << 24 | (u64)(k16) << 20 | (u64)(range))
#define ALL(range) MMFR0(0, 1, 0, range)
/* Of ID_AA64PFR0_EL1 */
#define PFR0(simd, fp) ((u64)(simd) << 20 | (u64)(fp) << 16)
/* Of CTR_EL0: lines of 4 << n bytes; the instruction cache has smaller ones. */
#define CTR(n) (0x80000000ULL | (u64)(n) << 16 | 2)

static const char *lacks(u64 boot_mmfr0, u64 mmfr0, u64 pfr0, unsigned shift)
{
	const struct cpu_id other = { .mmfr0 = mmfr0, .pfr0 = pfr0, .ctr = CTR(3) };

	boot_info.id_aa64mmfr0 = boot_mmfr0;
	boot_info.boot_shift = granule_smallest(boot_mmfr0)->shift;
	boot_info.page_shift = shift;
	return cpu_id_lacks(&other);
}

static void same(void **state)
{
	(void)state;
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		assert_null(lacks(ALL(4), ALL(4), 0, granules[i].shift));
		/* more of everything */
		assert_null(lacks(ALL(4), MMFR0(1, 2, 0, 6), PFR0(1, 1), granules[i].shift));
	}
	assert_null(lacks(MMFR0(0, 0, 15, 2), MMFR0(0, 1, 0, 2), 0, 12));
	/* what boot didn't decide on may be missing */
	assert_null(lacks(ALL(4), MMFR0(0, 0, 15, 4), 0, 12));
	assert_null(lacks(ALL(4), MMFR0(0, 0, 0, 4), 0, 16));
}

static void pages(void **state)
{
	(void)state;
	assert_string_equal(lacks(ALL(4), MMFR0(15, 1, 0, 4), 0, 12), "lacks 4K pages");
	assert_string_equal(lacks(ALL(4), MMFR0(0, 0, 0, 4), 0, 14), "lacks 16K pages");
	assert_string_equal(lacks(ALL(4), MMFR0(0, 1, 15, 4), 0, 16), "lacks 64K pages");
	/* those of the identity map are the boot CPU's smallest */
	assert_string_equal(lacks(ALL(4), MMFR0(15, 1, 0, 4), 0, 16), "lacks 4K pages");
	assert_string_equal(lacks(MMFR0(15, 1, 0, 4), MMFR0(0, 0, 0, 4), 0, 16), "lacks 16K pages");
	assert_null(lacks(MMFR0(15, 0, 0, 4), MMFR0(15, 0, 0, 4), 0, 16));
}

static void addresses(void **state)
{
	static const char fewer[] = "reaches fewer physical addresses than the boot CPU";

	(void)state;
	assert_string_equal(lacks(ALL(4), ALL(3), 0, 12), fewer);
	assert_string_equal(lacks(ALL(1), ALL(0), 0, 12), fewer);
	assert_null(lacks(ALL(2), ALL(4), 0, 12));
	/* this kernel uses 48 bits at most */
	assert_null(lacks(ALL(6), ALL(5), 0, 12));
	assert_string_equal(lacks(ALL(6), ALL(4), 0, 12), fewer);
}

static void fp(void **state)
{
	(void)state;
	assert_string_equal(lacks(ALL(4), ALL(4), PFR0(15, 15), 12), "lacks FP or SIMD");
	assert_string_equal(lacks(ALL(4), ALL(4), PFR0(15, 0), 12), "lacks FP or SIMD");
	assert_string_equal(lacks(ALL(4), ALL(4), PFR0(0, 15), 12), "lacks FP or SIMD");
}

static void join(u64 mmfr0, u64 ctr)
{
	const struct cpu_id id = { .mmfr0 = mmfr0, .ctr = ctr };

	cpu_id_join(&id);
}

static void expect_all(bool k4, bool k16, bool k64)
{
	assert_int_equal(cpu_id_all_have(granule_by_shift(12)), k4);
	assert_int_equal(cpu_id_all_have(granule_by_shift(14)), k16);
	assert_int_equal(cpu_id_all_have(granule_by_shift(16)), k64);
}

/* Whatever joins, there is never more than before. */
static void joined(void **state)
{
	(void)state;
	boot_info.id_aa64mmfr0 = MMFR0(0, 1, 15, 4);
	expect_all(true, true, false);
	boot_info.id_aa64mmfr0 = ALL(4);
	expect_all(true, true, true);

	join(ALL(4), CTR(4));
	expect_all(true, true, true);
	assert_int_equal(cache_line_least, 4);
	join(MMFR0(0, 0, 0, 4), CTR(5));
	expect_all(true, false, true);
	assert_int_equal(cache_line_least, 4);
	join(ALL(4), CTR(3));
	expect_all(true, false, true);
	assert_int_equal(cache_line_least, 3);
	join(MMFR0(0, 1, 15, 4), CTR(15));
	expect_all(true, false, false);
	assert_int_equal(cache_line_least, 3);
	join(ALL(4), CTR(0));
	assert_int_equal(cache_line_least, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same), cmocka_unit_test(pages),  cmocka_unit_test(addresses),
		cmocka_unit_test(fp),   cmocka_unit_test(joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
