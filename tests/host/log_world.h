/* SPDX-License-Identifier: BSD-2-Clause */
/* What the log is tested against: a clock, and a console that keeps what it is given. */
#ifndef LOG_WORLD_H
#define LOG_WORLD_H

#include <lib/log.h>

extern u64 log_world_ns; /* the clock */

extern char log_world_said[256 * 1024]; /* on the console, NUL at its end */
extern size_t log_world_said_bytes;

void log_world_hush(void);               /* forget that */
void log_world_write(const char *text);  /* log_write */
void log_world_expect(const char *want); /* that this was said; forgets it */
int log_world_fresh(void **state);       /* an empty log, and nothing said */

/* In the middle of something, with the lock held. */
void log_world_panic(void);

#endif
