/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs of one machine that aren't the same, as in big.LITTLE.
 *
 * The boot CPU decides a few things by its ID registers, once and for all CPUs: the kernel's
 * granule, that of the identity map, and how many bits a physical address has (TCR_EL1.IPS, and
 * which memory is used). A CPU that can't keep up with these must not run. libfdt's code, as it
 * was compiled, and programs use FP and SIMD without asking.
 *
 * Other features are asked for where they are used, by the register of the CPU at hand, each time:
 * SHA-256's instructions, RNDR, the PMU, DC ZVA's block. That is enough, as the kernel leaves a CPU
 * only where it waits. Of the lines of data caches the smallest counts (<arch/cache.h>).
 *
 * Source: Arm ARM (DDI 0487, J.a), "ID_AA64MMFR0_EL1", "ID_AA64PFR0_EL1", "CTR_EL0".
 */
#ifndef ARCH_CPU_ID_H
#define ARCH_CPU_ID_H

#include <arch/granule.h>

/* What a CPU says of itself: ID registers by their names. */
struct cpu_id {
	u64 midr;
	u64 mmfr0;
	u64 pfr0;
	u64 ctr;
};

/*
 * cpu_id_lacks - what a CPU lacks of what the boot CPU decided on; NULL: nothing, it may run.
 *
 * The sentence goes on after the CPU's name: "lacks 16K pages". From the kernel's map on.
 */
const char *cpu_id_lacks(const struct cpu_id *other);

/*
 * cpu_id_join - a CPU is about to run: what all CPUs have in common is no more than what it has.
 *
 * By the CPU that starts it, one at a time, before it lets the other go on: until then that has
 * written to nothing whose lines others clean, and what is written here is seen by all who later
 * see anything of it.
 */
void cpu_id_join(const struct cpu_id *other);

/* Whether all CPUs so far have `g`: programs may run with it. Any context. */
bool cpu_id_all_have(const struct granule *g);

#endif
