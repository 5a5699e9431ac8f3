/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of the command `granule` that compares workloads. */
#ifndef KERNEL_COMMAND_COMPARE_H
#define KERNEL_COMMAND_COMPARE_H

/* `granule --compare`: the words behind that. Returns as a command does. */
int command_compare(int argc, char **argv);

#endif
