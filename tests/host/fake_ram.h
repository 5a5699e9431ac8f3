/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pages_alloc for tests of what is built on it: blocks at random places of a made-up RAM, which
 * is there to be written, and a frame table that knows their orders.
 */
#ifndef FAKE_RAM_H
#define FAKE_RAM_H

#include <host.h>

#include <kernel/types.h>

#define FAKE_RAM_BASE  0x40000000ULL
#define FAKE_RAM_BYTES (1ULL << 32)

/* All of it free again, at host_page_shift. */
void fake_ram_begin(void);

extern u64 fake_ram_bytes;          /* that are allocated */
extern u64 fake_ram_calls;          /* of pages_alloc, ever */
extern unsigned fake_ram_flags;     /* of the last one */
extern unsigned fake_ram_max_order; /* larger blocks are not to be had */
extern int *fake_ram_fail_after;    /* so many succeed before the rest fails; -1: all; or NULL */

#endif
