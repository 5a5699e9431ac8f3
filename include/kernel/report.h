/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines of boot. Each is true when it is printed; the one on the page size is read back from
 * the registers.
 */
#ifndef KERNEL_REPORT_H
#define KERNEL_REPORT_H

#include <kernel/types.h>

/* The first lines: what this is, the console, the machine's model, the command line. */
void report_banner(void);

/* The line that states the truth: `pagesize=64k requested=… supported=… …`. In the kernel's map. */
void report_pagesize(void);

/* Where the image was entered and runs, and what was patched. */
void report_image(void);

/* "cpu: Cortex-A72 r0p3 (MIDR …), 44-bit physical addresses, …", and how many the tree has. */
void report_cpu(void);

/* How firmware is called, and its version. */
void report_psci(void);

/* What is out of the ordinary with the counter that time goes by. */
void report_clock(void);

/* The options that nothing reads, in one line, so that a typing error doesn't pass unseen. */
void report_unknown_options(const char *cmdline);

/* Ends the machine at a maxcpus= that is none. Other options are checked by what reads them. */
void report_wrong_options(const char *cmdline);

/* The counter, in nanoseconds since reset, when the boot report was done. */
extern u64 report_boot_ns;

#endif
