/* SPDX-License-Identifier: BSD-2-Clause */
/* Every invariant that the headers of the memory manager name, walked on demand. */
#ifndef KERNEL_MM_CHECK_H
#define KERNEL_MM_CHECK_H

/* Returns 0 when all hold; else says which does not, and where, and returns -EFAULT. */
int mm_check(void);

#endif
