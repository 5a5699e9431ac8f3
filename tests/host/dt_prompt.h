/* SPDX-License-Identifier: BSD-2-Clause */
/* The prompt's `dt` as tests type it, and what it answered: printable lines, or the test fails. */
#ifndef DT_PROMPT_H
#define DT_PROMPT_H

#include "host.h"

#include <cmocka.h>

extern char dt_printed[1 << 20];

/* From here on this tree is the machine's. */
void dt_use(void *tree);

/* Types `dt` with up to three words (NULL: no more), which must return `err`. */
void dt_run(int err, const char *a, const char *b, const char *c);

/* The same, and compares all of the answer. */
void dt_gives(int err, const char *a, const char *b, const char *text);

/* Of the last answer: what it begins with; the line of a node or property. */
void dt_begins(const char *text);
void dt_has_line(const char *name, const char *text);

#endif
