// SPDX-License-Identifier: BSD-2-Clause
/*
 * Which CPU has which errata, by MIDR_EL1.
 *
 * Sources: arch/arm64/boot/errata.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arch/errata.h>

/* The numbers of all, those that are mended in parentheses. */
static const char *of(u64 midr)
{
	static char text[256];
	const struct erratum *e;
	u32 cursor = 0;
	int n = 0;

	text[0] = '\0';
	while ((e = errata_next(midr, &cursor)))
		n += snprintf(text + n, sizeof(text) - (size_t)n, e->mended ? "(%s)" : "[%s]",
			      e->number);
	assert_null(errata_next(midr, &cursor));
	return text;
}

static void by_revision(void **state)
{
	(void)state;
	assert_string_equal(of(0x410fd030), "(819472)(824069, 826319, 827319)(835769)(843419)");
	assert_string_equal(of(0x410fd032), "(824069, 826319, 827319)(835769)(843419)");
	assert_string_equal(of(0x410fd034), "(835769)(843419)"); /* Raspberry Pi 3 */
	assert_string_equal(of(0x411fd070), "[832075]");
	assert_string_equal(of(0x411fd072), "[832075]");
	assert_string_equal(of(0x411fd073), "");
	assert_string_equal(of(0x413fd0b0), "[1286807]");
	assert_string_equal(of(0x413fd0b1), "");
	assert_string_equal(of(0x412fd050), "[2441007]");
	assert_string_equal(of(0x411fd461), "[2441009]");
	assert_string_equal(of(0x411fd462), "");
	assert_string_equal(of(0x510f8000), "[1009](1041)"); /* Falkor */
	assert_string_equal(of(0x510f8001), "(1041)");
	assert_string_equal(of(0x510fc000), "(1041)");
}

static void of_others(void **state)
{
	(void)state;
	assert_string_equal(of(0x410fd083), ""); /* Cortex-A72 */
	assert_string_equal(of(0x481fd010), ""); /* TaiShan v110: the wrong counter is Hip07's */
	assert_string_equal(of(0x000f0510), ""); /* QEMU's max */
	assert_string_equal(of(0x420fd034), ""); /* a part number of someone else's */
	assert_string_equal(of(0), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_revision),
		cmocka_unit_test(of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
