/* SPDX-License-Identifier: BSD-2-Clause */
/* A second CPU, for tests of what two of them do at once: it runs one function, in a thread. */
#ifndef TESTS_GUEST_SECOND_CPU_H
#define TESTS_GUEST_SECOND_CPU_H

struct cpu;

/*
 * second_cpu_start - let another CPU run `work`, which has to return; it has begun by then.
 *
 * NULL, or why this machine can't: half a sentence for SKIP_TEST. second_cpu_end waits for it to be
 * done, and must be called after a start that succeeded.
 */
const char *second_cpu_start(void (*work)(void));
void second_cpu_end(void);

/* The one that runs it, or ran it last. */
struct cpu *second_cpu(void);

#endif
