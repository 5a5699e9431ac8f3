/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests of pages have in common: a machine of 32 MiB, and all of it free at the end. */
#ifndef MACHINE_PAGES_H
#define MACHINE_PAGES_H

#include "buddy_model.h"
#include "fake_machine.h"

#include <kernel/compiler.h>
#include <mm/pages.h>

#define RAM_BYTES (32 * MiB)

extern u64 all_bytes; /* that were free at the beginning */

/* Start with hot lists empty, in a build that is not for debugging; with a CMA region, or none. */
void begin(void);
void begin_with_cma(u64 bytes);

/* Everything was freed: with the hot lists empty all is as it was. */
void finish(void);

u64 bytes_of(unsigned order);

/* What the hot lists hold. */
u64 hot_bytes(void);

/* A block that can be had; aligned, and with a word that says so. */
u64 alloc(unsigned order, unsigned flags);

/* All that can be had of an order, and how many blocks it is. */
extern u64 taken[];
unsigned exhaust(unsigned order, unsigned flags);

#endif
