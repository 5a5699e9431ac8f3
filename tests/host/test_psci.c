// SPDX-License-Identifier: BSD-2-Clause
/*
 * arch/arm64/cpu/psci.c, with a devicetree and firmware that the test plays: what it answers is a
 * value or an error, and never one for the other.
 *
 * Sources: arch/arm64/cpu/psci.c
 */
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <arch/psci.h>
#include <kernel/errno.h>
#include <lib/devicetree_device.h>

static struct devicetree_psci node;
static int node_error;
static s64 answer;
static char said[200];

int devicetree_device_psci(const struct devicetree *dt, struct devicetree_psci *psci)
{
	(void)dt;
	*psci = node;
	return node_error;
}

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

static const char *described(s64 version)
{
	said[0] = '\0';
	host_printk_hook = hear;
	answer = version;
	psci_init(NULL);
	psci_describe();
	host_printk_hook = NULL;
	return said;
}

/* Runs first: a conduit that was found is kept. */
static void says_that_there_is_none(void **state)
{
	(void)state;
	node_error = -ENOENT;
	assert_string_equal(described(0x10001),
			    "psci: none in the devicetree; the machine can't be "
			    "switched off by it\n");
	assert_int_equal(psci_cpu_on(1, paddr(0), 0), -EOPNOTSUPP);
	assert_false(psci_cpu_is_on(1) || psci_cpu_is_off(1));
}

static void an_error_is_no_version(void **state)
{
	(void)state;
	node_error = 0;
	node = (struct devicetree_psci){ .conduit = DEVICETREE_CONDUIT_SMC, .standard = true };
	assert_string_equal(described(0x10001), "psci: version 1.1 by smc\n");
	assert_string_equal(described(-1), "psci: of no version: its call by smc gives -1\n");
	assert_string_equal(described(0xffffffff),
			    "psci: of no version: its call by smc gives -1\n");
	assert_false(psci_cpu_is_on(1) || psci_cpu_is_off(1));
	node.conduit = DEVICETREE_CONDUIT_HVC;
	assert_string_equal(described(2), "psci: version 0.2 by hvc\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_that_there_is_none),
		cmocka_unit_test(an_error_is_no_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
