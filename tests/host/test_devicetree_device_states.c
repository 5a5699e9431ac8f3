// SPDX-License-Identifier: BSD-2-Clause
/*
 * Devices that the tree, somewhere, says are not to be used.
 *
 * Sources: lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_device.c tests/host/tree.c
 * Libs: -lfdt
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <kernel/errno.h>
#include <lib/devicetree_device.h>

#include "tree.h"

/* A device below a node that is disabled is disabled, whatever it says of itself. */
static void below_what_is_disabled(void **state)
{
	struct devicetree_psci firmware;
	struct devicetree_intc intc;
	struct devicetree dt;
	void *tree = tree_open(
		&dt, tree_from_text(
			     "/ { fw { status = \"fail-sss\"; psci { compatible = \"arm,psci-1.0\";"
			     " method = \"hvc\"; status = \"okay\"; }; };"
			     " bus { status = \"reserved\"; ranges; gic { compatible ="
			     " \"arm,gic-v3\"; reg = <0 1 2 0 3 4>; }; };"
			     " later { psci { compatible = \"arm,psci-1.0\"; method = \"smc\";"
			     " status = \"ok\"; }; }; };"));

	(void)state;
	assert_int_equal(devicetree_device_psci(&dt, &firmware), 0);
	assert_int_equal(firmware.conduit, DEVICETREE_CONDUIT_SMC);
	assert_int_equal(devicetree_device_intc(&dt, &intc), -ENOENT);
	free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(below_what_is_disabled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
