/* SPDX-License-Identifier: BSD-2-Clause */
/* Figures for scripts/bench. */
#ifndef KERNEL_BENCH_H
#define KERNEL_BENCH_H

#include <kernel/types.h>

/* Print `bench: NAME VALUE`: instructions a round, to two places. */
void bench_report(const char *name, u64 instructions, u64 rounds);

/* The figures of tests/guest/bench/bench_*.c. */
void bench_vmap(void);
void bench_heap(void);
void bench_sched(void);
void bench_cma(void);
void bench_hash(void);
void bench_kexec(void);

#endif
