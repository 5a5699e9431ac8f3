// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a tick of the counter is, where the devicetree says it.
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

#include <lib/devicetree_device.h>

#include "tree.h"

/* How long a tick is: seldom said, and where it is, of the first enabled timer of the CPUs. */
static void timer(void **state)
{
	static const char *const trees[] = {
		"/ { };",
		"/ { timer { compatible = \"arm,armv8-timer\"; }; };",
		"/ { timer { compatible = \"arm,armv8-timer\"; clock-frequency = <0 1>; }; };",
		"/ { timer { compatible = \"arm,armv8-timer\"; clock-frequency = <5>;"
		" status = \"disabled\"; }; };",
		"/ { a { compatible = \"arm,armv7-timer-mem\"; clock-frequency = <6>; };"
		" t { compatible = \"x\", \"arm,armv8-timer\"; clock-frequency = <24000000>; }; };",
		"/ { soc { timer { compatible = \"arm,armv7-timer\"; clock-frequency = <7>; }; }; "
		"};",
	};
	static const u32 hz[] = { 0, 0, 0, 0, 24000000, 7 };
	struct devicetree dt;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(trees); i++) {
		void *tree = tree_open(&dt, tree_from_text(trees[i]));

		assert_int_equal(devicetree_device_timer_hz(&dt), hz[i]);
		free(tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(timer) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
