/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which bytes of a text from outside (a devicetree, an archive, a command line) may go to a console
 * as they are: ASCII from blank to tilde, and well-formed UTF-8 but for what moves, hides or
 * reorders other text. All else can act on the terminal or pass for a line of its own.
 *
 * Source: The Unicode Standard, "Well-Formed UTF-8 Byte Sequences"; ECMA-48 (C0 and C1 controls).
 */
#ifndef LIB_PRINTABLE_H
#define LIB_PRINTABLE_H

#include <kernel/types.h>

/*
 * How many bytes the character at `text` has, of which `bytes` (not 0) may be read; 0 if its first
 * byte must not be shown as it is. No state, no table of addresses: any context, boot included.
 */
size_t printable_bytes(const char *text, size_t bytes);

#endif
