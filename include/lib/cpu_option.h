/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line's `maxcpus=` and `nosmp`: how many CPUs run once boot is over.
 *
 *   maxcpus=N    at most N, the boot CPU among them; others may be started later, by hand
 *   maxcpus=0    the boot CPU alone, as maxcpus=1
 *   nosmp        the same; a value is ignored
 *
 * Whichever comes last counts. Numbers are those of parse_u64().
 * Source: Linux, Documentation/admin-guide/kernel-parameters.txt, "maxcpus=" and "nosmp".
 */
#ifndef LIB_CPU_OPTION_H
#define LIB_CPU_OPTION_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <lib/cmdline.h>

#define CPU_OPTION_NO_LIMIT UINT32_MAX

/*
 * cpu_option_find - how many CPUs may run after boot: 1 or more, CPU_OPTION_NO_LIMIT without an
 * option.
 *
 * -EINVAL if the one that counts is a maxcpus= without a number: there is no limit then. `option`
 * is the last maxcpus=, if there is one. Pure; any context.
 */
int cpu_option_find(const char *cmdline, u32 *most, struct cmdline_option *option) __must_check;

/* The same, of a command line that report_wrong_options() has let pass. */
u32 cpu_option_most(const char *cmdline);

#endif
