/* SPDX-License-Identifier: BSD-2-Clause */
/* Copying pages that move. */
#ifndef ARCH_COPY_H
#define ARCH_COPY_H

#include <kernel/types.h>

#define COPY_STEP_BYTES 512

/*
 * arch_copy_pages - copy `bytes`, a multiple of COPY_STEP_BYTES, as pages are, and not 0.
 *
 * Both areas are Normal memory, at any alignment, and don't overlap. With the MMU on; any context.
 */
void arch_copy_pages(void *to, const void *from, u64 bytes);

#endif
