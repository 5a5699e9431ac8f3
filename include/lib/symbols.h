/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names for code addresses, for backtraces. The table is part of the image; it is
 * made from the linked image's symbols by scripts/mksymbols.py.
 *
 * Works at whatever address the image runs, before its relocations are applied and
 * in a panic: it reads constant data relative to `_text` and nothing else. No page
 * size enters here.
 */
#ifndef LIB_SYMBOLS_H
#define LIB_SYMBOLS_H

#include <kernel/types.h>

/* Enough for most names with their offset; a longer one is cut. */
#define SYMBOLS_FORMAT_SIZE 64

/*
 * Returns the name of the function that `addr` lies in, an address as the running
 * code sees it, and sets `*offset` to the distance from its start. Returns "?" and
 * the offset 0 for what is not in the image's text, or if the table is empty.
 *
 * A return address is one instruction after the call: pass it less 4 if the call may be
 * a function's last instruction, as one to a __noreturn function is.
 */
const char *symbols_lookup(vaddr_t addr, u64 *offset);

/* The address of the function `name`: of the first of that name, if there are several. */
bool symbols_find(const char *name, vaddr_t *addr);

/* All names, one a call, by address: begin with *entry 0. NULL after the last. */
const char *symbols_next(u32 *entry);

/* Writes "name+0x1c", or "?", to `buf`, and returns `buf`. */
char *symbols_format(char *buf, size_t size, vaddr_t addr);

#endif
