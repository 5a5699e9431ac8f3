/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Figures as a person reads them. Sizes are printed in bytes with a unit, never
 * in pages (rule R4), so the same machine reads the same at every granule.
 */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <kernel/types.h>

/* Enough for any result of format_bytes: 20 digits, a blank, three letters. */
#define FORMAT_BYTES_SIZE 25

/*
 * Writes `bytes` exactly, in the largest unit from B to EiB in which it has at most
 * one decimal place: "64 KiB", "1.5 GiB", "1234 KiB", "123 B". Never rounds: what
 * is printed can be multiplied out. Returns `buf`; cuts the text if `size` is
 * less than FORMAT_BYTES_SIZE, as snprintf does.
 */
char *format_bytes(char *buf, size_t size, u64 bytes);

#endif
