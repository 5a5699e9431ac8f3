/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accesses that may fault, one at a time.
 *
 * Neighbours: probe.c; psz_fault.c and hostile.c.
 */
#ifndef USER_PROBE_H
#define USER_PROBE_H

#include "calls.h"

enum { PROBE_READ, PROBE_WRITE, PROBE_JUMP };

/* 1, or 0 where the kernel has no signals: then nobody may call probe with what could fault. */
int probe_init(void);

/*
 * 0 if the access went well: a byte read into *found, or written. Else the signal that it ended in,
 * and its code times 256.
 */
int probe(uint64_t address, int kind, unsigned char *found);

#endif
