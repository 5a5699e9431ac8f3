/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls to what stays at EL2 (arch/arm64/boot/el2_stub.S, where they are described). */
#ifndef ARCH_HYP_H
#define ARCH_HYP_H

#define HYP_CALL_VERSION 0
#define HYP_CALL_EXEC    1
#define HYP_CALL_VECTORS 2

#ifndef __ASSEMBLER__
#include <kernel/types.h>

/* HVC with x0 to x2; only where the kernel was entered at EL2 or EL3. Returns x0. */
u64 hyp_call(u64 function, u64 x1, u64 x2);
#endif

#endif
