/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three error tiers, never mixed:
 *
 *   BUILD_ASSERT(fact)   a compile-time fact; does not compile when false
 *   ASSERT(fact)         our own bug; panics with `function: fact`
 *   int, negative errno  input, memory, hardware; the caller decides
 *
 * Command lines, devicetrees and images are input, never asserted.
 */
#ifndef KERNEL_ASSERT_H
#define KERNEL_ASSERT_H

#include <kernel/compiler.h>

#define BUILD_ASSERT(fact) _Static_assert(fact, #fact)

void assert_failed(const char *function, const char *fact) __noreturn;

#define ASSERT(fact)                                    \
	do {                                            \
		if (unlikely(!(fact)))                  \
			assert_failed(__func__, #fact); \
	} while (0)

#endif
