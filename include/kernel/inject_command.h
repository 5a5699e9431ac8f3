/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fault injection as people write it, on the command line and at the prompt.
 *
 *   fault_inject=SITE:RULE[,SITE:RULE]...
 *
 *   SITE  pages   pages_alloc and what is made of it
 *         slab    slab_alloc, kmalloc and its kin
 *         vmap    areas of kernel-virtual memory
 *         tables  translation tables
 *         migrate the steps of emptying a range: CMA claims, compaction
 *         kexec   before the hash of what is loaded: nothing fails, but a byte changes
 *         all     each of them
 *   RULE  nth=N           the Nth call fails, once
 *         every=N         every Nth call fails
 *         share=A/B       A of B calls fail, at random
 *         share=A/B:SEED  the same, with the generator started at SEED: the same calls each time
 *         off             none
 *
 * On the command line the option counts from the end of boot on, since a kernel that can't boot
 * tests nothing; it may be repeated, and the last rule of a site counts. The prompt's `inject` sets
 * rules later, and shows what they did.
 */
#ifndef KERNEL_INJECT_COMMAND_H
#define KERNEL_INJECT_COMMAND_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * inject_command_parse - set rules as a text of the above form says.
 *
 * Returns 0; -EINVAL, and nothing is set, if any part of it is wrong.
 */
int inject_command_parse(const char *text, size_t len) __must_check;

/*
 * inject_command_setup - do what the command line's options say.
 *
 * Returns 0; -EINVAL if an option is wrong: it has said which, and how it is written.
 */
int inject_command_setup(const char *cmdline) __must_check;

/* A line for each site: rule, calls, failures. */
void inject_command_report(int (*print)(const char *fmt, ...) __printf(1, 2));

#endif
