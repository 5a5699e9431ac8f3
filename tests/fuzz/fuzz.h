/* SPDX-License-Identifier: BSD-2-Clause */
/* What every fuzz target has: facts that must hold for any input, and libFuzzer's entry. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define REQUIRE(fact)                                                 \
	do {                                                          \
		if (!(fact)) {                                        \
			fprintf(stderr, "%s: %s\n", __func__, #fact); \
			abort();                                      \
		}                                                     \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
