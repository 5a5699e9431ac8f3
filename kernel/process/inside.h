/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files about processes share. */
#ifndef PROCESS_INSIDE_H
#define PROCESS_INSIDE_H

#include <arch/spinlock.h>

struct process;
struct task;

/* Of the list, of `space` being there, and of `ended`. */
extern struct spinlock process_list_lock;

/*
 * process_list_add     in the list, with a number of its own
 * process_list_remove  not any more
 * process_list_hide    its space is about to go: nobody looks at it from here on. Sleeps
 */
void process_list_add(struct process *process);
void process_list_remove(struct process *process);
void process_list_hide(struct process *process);

/* A number for one more task. */
u32 process_list_number(void);

/*
 * By a task of the process itself, while its file is there:
 *
 * process_explain_death  reasons why this signal of the task ends it
 * process_explain_load   why it could not be mapped: -ENOMEM and the like. It dies next
 */
void process_explain_death(struct task *task, unsigned signal);
void process_explain_load(struct process *process, int err);

#endif
