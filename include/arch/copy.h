/* SPDX-License-Identifier: BSD-2-Clause */
/* Copying pages that move. */
#ifndef ARCH_COPY_H
#define ARCH_COPY_H

#include <kernel/types.h>

/*
 * arch_copy_pages - copy `bytes`, a multiple of the smallest page (PAGE_SIZE_MIN) and not 0.
 *
 * Both areas are Normal memory, aligned to 16 bytes, and don't overlap. Any context.
 */
void arch_copy_pages(void *to, const void *from, u64 bytes);

#endif
