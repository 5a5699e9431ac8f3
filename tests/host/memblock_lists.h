/* SPDX-License-Identifier: BSD-2-Clause */
/* What memblock holds, for tests to compare. Needs cmocka. */
#ifndef MEMBLOCK_LISTS_H
#define MEMBLOCK_LISTS_H

/* Fails the test if an invariant doesn't hold. */
void memblock_lists_check(void);

/*
 * Memory, reservations and free ranges, parted by "|": "base+bytes", in hexadecimal, with "!"
 * behind no-map memory and the owner behind reservations. Checks the invariants, too.
 */
const char *memblock_lists(void);

#endif
