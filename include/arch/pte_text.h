/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors of translation tables in words. Reads nothing but the descriptor; any context. */
#ifndef ARCH_PTE_TEXT_H
#define ARCH_PTE_TEXT_H

#include <arch/pte.h>
#include <kernel/compiler.h>

/* "rw-", and "rw-/r--" where EL0 may do something, too. */
#define PTE_TEXT_PERMISSIONS_SIZE 8

/* All that pte_text can say about a leaf. */
#define PTE_TEXT_SIZE 96

/* What a leaf allows at EL1, and after a stroke at EL0 if that is anything. Returns `buf`. */
char *pte_text_permissions(char buf[PTE_TEXT_PERMISSIONS_SIZE], pte_t leaf);

/* A leaf's memory type: "normal", "device", "uncached", or "reserved" for what MAIR_EL1 lacks. */
const char *pte_text_memory(pte_t leaf);

/*
 * A leaf's attributes: "rw- normal, contiguous". What is the same in all that the kernel writes is
 * said only where it differs: not global, no access flag, not inner shareable. Returns `buf`.
 */
char *pte_text(char *buf, size_t size, pte_t leaf);

/*
 * What an entry found at `level` is: "table", "block", "page", "invalid", or "reserved" for an
 * encoding that this granule has no such entry for, and which faults.
 */
const char *pte_text_kind(const struct granule *g, unsigned level, pte_t entry);

#endif
