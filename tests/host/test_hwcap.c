// SPDX-License-Identifier: BSD-2-Clause
/*
 * arch/arm64/user/hwcap.c: AT_HWCAP by what ID registers say.
 *
 * Sources: arch/arm64/user/hwcap.c
 */
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <arch/hwcap.h>
#include <arch/sysreg.h>
#include <kernel/compiler.h>

static struct {
	const char *name;
	u64 value;
} ids[] = {
	{ "id_aa64pfr0_el1", 0 },  { "id_aa64pfr1_el1", 0 }, { "id_aa64isar0_el1", 0 },
	{ "id_aa64isar1_el1", 0 }, { "S3_0_C0_C7_2", 0 },
};

u64 host_sysreg_read(const char *name)
{
	for (unsigned i = 0; i < ARRAY_SIZE(ids); i++)
		if (!strcmp(name, ids[i].name))
			return ids[i].value;
	fail_msg("%s is read", name);
	return 0;
}

static u64 hwcap(u64 pfr0, u64 pfr1, u64 isar0, u64 isar1, u64 mmfr2)
{
	const u64 values[] = { pfr0, pfr1, isar0, isar1, mmfr2 };

	for (unsigned i = 0; i < ARRAY_SIZE(ids); i++)
		ids[i].value = values[i];
	return arch_hwcap();
}

/* What QEMU 7.2's CPUs have in their registers. */
static void known_cpus(void **state)
{
	(void)state;
	/* max: Linux 6.12 has 0x3dbffffb, which is CPUID (bit 11) more */
	assert_int_equal(hwcap(0x1201001120110022, 0x1000021, 0x1221111110212120, 0x11111101211012,
			       0x1021011010011011),
			 0x3dbff7fb);
	/* cortex-a53, cortex-a76 */
	assert_int_equal(hwcap(0x22, 0, 0x11120, 0, 0), 0xfb);
	assert_int_equal(hwcap(0x1100000010110012, 0x10, 0x100010211120, 0x100001, 0x1011),
			 0x1197fb);
	assert_int_equal(hwcap(0, 0, 0, 0, 0), 3);
}

/* A bit each, at its least value and not below it. */
static void each_field(void **state)
{
	static const struct {
		u8 id, lsb, least, bit;
	} fields[] = {
		{ 2, 4, 1, 3 },   { 2, 4, 2, 4 },   { 2, 8, 1, 5 },   { 2, 12, 1, 6 },
		{ 2, 16, 1, 7 },  { 2, 20, 2, 8 },  { 0, 16, 1, 9 },  { 0, 20, 1, 10 },
		{ 2, 28, 1, 12 }, { 3, 12, 1, 13 }, { 3, 16, 1, 14 }, { 3, 20, 1, 15 },
		{ 3, 0, 1, 16 },  { 2, 32, 1, 17 }, { 2, 36, 1, 18 }, { 2, 40, 1, 19 },
		{ 2, 44, 1, 20 }, { 2, 12, 2, 21 }, { 2, 48, 1, 23 }, { 0, 48, 1, 24 },
		{ 4, 32, 1, 25 }, { 3, 20, 2, 26 }, { 2, 52, 1, 27 }, { 1, 4, 2, 28 },
		{ 3, 36, 1, 29 },
	};
	u64 all = 0;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(fields); i++) {
		u64 values[5] = { 0 };

		for (u64 value = 0; value < 8; value++) {
			values[fields[i].id] = value << fields[i].lsb;
			assert_int_equal(
				hwcap(values[0], values[1], values[2], values[3], values[4]) >>
						fields[i].bit &
					1,
				value >= fields[i].least);
		}
		all |= 1ULL << fields[i].bit;
	}
	/* and all of them, with everything that a CPU may have: no other bit */
	assert_int_equal(hwcap(0x7777777777777777, ~0ULL, ~0ULL, ~0ULL, ~0ULL), all | 3);
	assert_int_equal(all | 3, 0x3fbff7fb);
}

/* Signed: 15 is none. */
static void without_fp(void **state)
{
	(void)state;
	assert_int_equal(hwcap(0xff0000, 0, 0, 0, 0), 0);
	assert_int_equal(hwcap(0xf00000, 0, 0, 0, 0), 1);
	assert_int_equal(hwcap(0x1f0000, 0, 0, 0, 0), 1 << 1 | 1 << 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_cpus),
		cmocka_unit_test(each_field),
		cmocka_unit_test(without_fp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
