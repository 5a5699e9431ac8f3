/* SPDX-License-Identifier: BSD-2-Clause */
/* A TLB that remembers what it has seen of one space until a flush. */
#ifndef FAKE_TLB_H
#define FAKE_TLB_H

#include "fake_mmu.h"

/* An empty one, of this space. */
void tlb_begin(const struct pgtable *pt);

/* Some CPU translates `va`. */
void tlb_fill(u64 va);

/* A flush: entries that cover any of the range go; meanwhile another CPU walks. */
void tlb_forget(u64 va, u64 bytes);

/* Nothing that is remembered differs from what the tables say now, sizes included. */
void tlb_is_true(void);

#endif
