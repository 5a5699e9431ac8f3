/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for somebody to type, without using the CPU meanwhile.
 */
#ifndef KERNEL_INPUT_H
#define KERNEL_INPUT_H

#include <kernel/types.h>

struct devicetree;

/*
 * input_open - let the console's port interrupt when something is typed.
 *
 * Once there is a port. Where it can't interrupt, a line says why, and input_wait looks every
 * INPUT_POLL_NS; where no timer works either, it looks all the time.
 */
#define INPUT_POLL_NS 10000000
void input_open(const struct devicetree *dt);

/* The next byte that is typed. After input_open, interrupts open. */
u8 input_wait(void);

#endif
