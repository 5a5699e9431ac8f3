/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls to what lies below the kernel, and accesses that may fault. An exception is expected in
 * these functions: arch/arm64/trap/trap.c knows their addresses and answers.
 */
#include <arch/semihost.h>
#include <kernel/linkage.h>

	.text

/*
 * semihost_call(x0 operation, x1 parameter) - the handler turns an HLT that is undefined here
 * into x0 = -1 and goes on after it.
 */
FUNC(semihost_call)
MARK(semihost_hlt)
	hlt	#SEMIHOST_HLT
	ret
END(semihost_call)

/*
 * psci_hvc, psci_smc(x0 function, x1 to x3) - the devicetree may name an instruction that this
 * CPU lacks. That one is undefined, and the handler answers as for semihosting.
 */
MARK(psci_begin)
FUNC(psci_hvc)
	hvc	#0
	ret
END(psci_hvc)

FUNC(psci_smc)
	smc	#0
	ret
END(psci_smc)
MARK(psci_end)

/*
 * Probes. An abort between probe_begin and probe_end returns -EFAULT to the probe's caller:
 * they are leaf functions that leave x30 alone, except probe_exec, to which the abort returns.
 */
MARK(probe_begin)
FUNC(arch_probe_read)
	ldrb	w2, [x0]
	strb	w2, [x1]
	mov	w0, #0
	ret
END(arch_probe_read)

FUNC(arch_probe_write)
	strb	w1, [x0]
	mov	w0, #0
	ret
END(arch_probe_write)

FUNC(arch_probe_exec)
	stp	x29, x30, [sp, #-16]!
	mov	x29, sp
	blr	x0
	mov	w0, #0
MARK(probe_exec_faulted)
	ldp	x29, x30, [sp], #16
	ret
END(arch_probe_exec)
MARK(probe_end)
	nop

/* hyp_call(x0 function, x1, x2): see <arch/hyp.h>. */
FUNC(hyp_call)
	hvc	#0
	ret
END(hyp_call)
