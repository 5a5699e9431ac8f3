// SPDX-License-Identifier: BSD-2-Clause
/*
 * Whether an address is one of memory, by whatever the tree says.
 *
 * Sources: lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_memory.c tests/host/tree.c
 * Libs: -lfdt
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <lib/devicetree_memory.h>

#include "tree.h"

/* What is memory by any of the lists, to the byte; what is reserved is memory. */
static void overlaps(void **state)
{
	static const struct {
		u64 base, bytes;
		bool memory;
	} cases[] = {
		{ 0xfff, 1, false },        { 0xfff, 2, true },        { 0x1000, 1, true },
		{ 0x1fff, 1, true },        { 0x2000, 1, false },      { 0, 0x10000000, true },
		{ 0x8000, 0x1000, true },   { 0x9000, 1, false },      { 0xa000, 1, true },
		{ 0xb000, 0x1000, false },  { 0xd000, 1, true },       { 0xe000, 1, false },
		{ 0x10000, 0x1000, false }, { 0x9000, 0x1000, false },
	};
	struct devicetree dt;
	void *tree = tree_open(&dt, tree_from_text("/memreserve/ 0xa000 0x1000; / {"
						   " memory@1000 { device_type = \"memory\";"
						   " reg = <0 0x1000 0x1000>; };"
						   " reserved-memory { #address-cells = <2>;"
						   " #size-cells = <1>; ranges;"
						   " a@8000 { reg = <0 0x8000 0x1000>; };"
						   " b@d000 { reg = <0 0xd000 0x1000>; no-map; };"
						   " c { size = <0x10000>; }; }; };"));

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		if (devicetree_memory_overlaps(&dt, paddr(cases[i].base), cases[i].bytes) !=
		    cases[i].memory)
			fail_msg("%#llx, %#llx bytes", cases[i].base, cases[i].bytes);
	}
	free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overlaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
