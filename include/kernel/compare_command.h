/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of the command `granule` that compares workloads. */
#ifndef KERNEL_COMPARE_COMMAND_H
#define KERNEL_COMPARE_COMMAND_H

/* `granule --compare`: the words after that. Returns as a command does. */
int compare_command(int argc, char **argv);

#endif
