/* SPDX-License-Identifier: BSD-2-Clause */
/* A bell, as part of a thread of a program: kernel/process/bell.h says what it is for. */
#ifndef KERNEL_BELL_H
#define KERNEL_BELL_H

#include <kernel/types.h>
#include <kernel/wait.h>

/* With `lock`. */
struct bell {
	struct spinlock lock;
	struct wait_queue queue;
	bool rung;
};

extern struct lock_class lock_class_bell;

/* clang-format off */
#define BELL { .lock = SPINLOCK(bell) }
/* clang-format on */

#endif
