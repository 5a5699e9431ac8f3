// SPDX-License-Identifier: BSD-2-Clause
/*
 * arch/arm64/cpu/psci.c, with firmware that the test plays: what it answers is a
 * value or an error, and never one for the other.
 *
 * Sources: arch/arm64/cpu/psci.c kernel/boot/report_psci.c
 */
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <arch/psci.h>
#include <kernel/errno.h>
#include <kernel/report.h>

static s64 answer;
static char said[200];

s64 psci_hvc(u64 function, u64 x1, u64 x2, u64 x3);
s64 psci_smc(u64 function, u64 x1, u64 x2, u64 x3);

s64 psci_hvc(u64 function, u64 x1, u64 x2, u64 x3)
{
	(void)function, (void)x1, (void)x2, (void)x3;
	return answer;
}

s64 psci_smc(u64 function, u64 x1, u64 x2, u64 x3)
{
	return psci_hvc(function, x1, x2, x3);
}

static void hear(const char *text)
{
	strcat(said, text);
}

static const char *described(enum psci_method method, s64 version)
{
	said[0] = '\0';
	host_printk_hook = hear;
	answer = version;
	psci_init(method);
	report_psci();
	host_printk_hook = NULL;
	return said;
}

static void says_that_there_is_none(void **state)
{
	(void)state;
	assert_string_equal(described(PSCI_NONE, 0x10001),
			    "psci: none in the devicetree; the machine can't be "
			    "switched off by it\n");
	assert_int_equal(psci_cpu_on(1, paddr(0), 0), -EOPNOTSUPP);
	assert_false(psci_cpu_is_on(1));
}

static void an_error_is_no_version(void **state)
{
	(void)state;
	assert_string_equal(described(PSCI_SMC, 0x10001), "psci: version 1.1 by smc\n");
	assert_string_equal(described(PSCI_SMC, -1),
			    "psci: of no version: its call by smc gives -1\n");
	assert_string_equal(described(PSCI_SMC, 0xffffffff),
			    "psci: of no version: its call by smc gives -1\n");
	assert_false(psci_cpu_is_on(1));
	assert_string_equal(described(PSCI_HVC, 2), "psci: version 0.2 by hvc\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_that_there_is_none),
		cmocka_unit_test(an_error_is_no_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
