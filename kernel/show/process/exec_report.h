/* SPDX-License-Identifier: BSD-2-Clause */
/* Between exec_command.c and exec_report.c. */
#ifndef EXEC_REPORT_H
#define EXEC_REPORT_H

#include <kernel/process.h>

/* A run begins; then it could not be started, `why`, or has ended. */
void exec_report_begin(const struct process_setup *setup);
void exec_report_refused(const struct process_setup *setup, const char *why);
void exec_report_end(const struct process_setup *setup, const struct process *process,
		     bool timed_out);

#endif
