// SPDX-License-Identifier: BSD-2-Clause
/*
 * Figures as a person reads them; <lib/format.h> has the contracts.
 */
#include <lib/format.h>
#include <lib/vsnprintf.h>

/*
 * A unit is a power of two, so of all fractions with one decimal place only .0
 * and .5 can be exact (1/10 is no binary fraction, 5/10 is one).
 */
char *format_bytes(char *buf, size_t size, u64 bytes)
{
	static const char letters[] = "KMGTPE";
	unsigned unit = sizeof(letters) - 1; /* 1 is KiB */

	for (; unit; unit--) {
		u64 one = 1ULL << (10 * unit);
		u64 whole = bytes / one;
		u64 rest = bytes % one;

		if (whole && (rest == 0 || rest == one / 2)) {
			snprintf(buf, size, "%llu%s %ciB", whole, rest ? ".5" : "",
				 letters[unit - 1]);
			return buf;
		}
	}
	snprintf(buf, size, "%llu B", bytes);
	return buf;
}
