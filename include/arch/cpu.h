/* SPDX-License-Identifier: BSD-2-Clause */
/* What CPU this is, for the boot report. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

/* "cpu: Cortex-A72 r0p3 (MIDR …), 44-bit physical addresses, …", and how many the tree has. */
void cpu_report(void);

#endif
