/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AT_HWCAP: which instructions programs may use, as a word whose bits Linux gave their meaning.
 *
 * What EL0 can use with no more of the kernel than FP and SIMD registers and PSTATE. Clear,
 * whatever the CPU has: EVTSTRM (nothing sets up an event stream), CPUID (reads of ID registers at
 * EL0 are not emulated), SVE (its registers are not saved), PACA and PACG (keys are not managed,
 * and stay off).
 * AT_HWCAP2 is 0: BTI, MTE and SME are in there.
 *
 * Sources: Arm ARM (DDI 0487, J.a), the ID registers by their names; Linux 6.12,
 * Documentation/arch/arm64/elf_hwcaps.rst.
 */
#ifndef ARCH_HWCAP_H
#define ARCH_HWCAP_H

#include <kernel/types.h>

/* Of the CPU at hand. */
u64 arch_hwcap(void);

#endif
