/* SPDX-License-Identifier: BSD-2-Clause */
/* What the prompt says of the kernels that are loaded. */
#ifndef KERNEL_KEXEC_SHOW_H
#define KERNEL_KEXEC_SHOW_H

/* A line for each segment: address, bytes, hash, what is copied. */
void kexec_show(void);

#endif
