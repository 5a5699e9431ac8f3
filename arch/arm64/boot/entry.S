/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What state a loader leaves, and what becomes of it. The kernel takes over nothing that the boot
 * protocol (Linux, Documentation/arch/arm64/booting.rst) doesn't promise, and of that only what it
 * can't get otherwise.
 *
 *   state                     promised   found in the wild        what is done
 *   ------------------------  ---------  -----------------------  --------------------------------
 *   PSTATE.DAIF               masked     SError open (U-Boot)     masked by the first instruction
 *   PSTATE.SP                 no         SP_EL0 (bare stubs)      1, by the ERET of enter_el1, as
 *   PSTATE.PAN, UAO, DIT,     no         PAN set (Linux' kexec),  all of PSTATE: every other bit
 *     SSBS, TCO, BTYPE, IL,              SSBS, DIT by firmware    is 0, whatever the CPU has
 *     SS, ALLINT, PM, NZCV
 *   PSTATE.SM, ZA             no         -                        SVCR = 0: libfdt's SIMD may trap
 *   MMU, data cache           off        on (EFI without a stub)  trusted: what is dirty in a cache
 *                                                                 couldn't be seen
 *   stale instructions        none       -                        trusted; IC IALLU after patching
 *   SCTLR_EL1, SCTLR_EL2      M, C = 0   EE, WXN, nTLSMD, SA0,    one value, before the first load:
 *                                        keys of PAuth, tags      EE would swap what it reads
 *   SCTLR2, TCR2_EL1, and     GCSCR = 0  by a kernel before       0: then PIR, POR and MAIR2 don't
 *     GCSCR_EL1                                                   count, nor do guarded stacks
 *   TCR_EL1, MAIR_EL1,        no         EFI's, a kernel's        one value each in mmu_on, the
 *     TTBR0_EL1                                                   TLB invalidated before MMU on
 *   TTBR1_EL1                 no         the same                 not walked (EPD1) until written
 *   CPACR_EL1                 no         0, or all open           FP open, SVE, SME, trace closed
 *   VBAR_EL1, TPIDR_EL1       no         firmware's               ours, with the stack
 *   CONTEXTIDR_EL1            no         a process' number        0
 *   ESR, FAR, ELR, SPSR_EL1   no         the loader's exceptions   0: none of ours so far
 *   LORC_EL1                  no         -                        0: no regions of limited order
 *   MDSCR_EL1                 no         KDE, MDE, SS (debuggers) 0: no step, break or watchpoint
 *   DBGBCRn, DBGWCRn, OSLAR   no         armed, locked or not     left: MDSCR_EL1 holds them off
 *   PMUSERENR, PMCR, PMINTEN, no         counting, EL0 let in,    0: nothing counts or interrupts;
 *     PMCNTEN                            interrupts enabled       the counters' values are kept
 *   AMUSERENR_EL0             no         EL0 let in               0
 *   CNTKCTL_EL1               no         EL0 let in, event stream 0
 *   CNTV_CTL_EL0              no         enabled (EFI, KVM)       0
 *   CNTP_CTL_EL0              no         enabled                  0, where EL2 is ours: else it may
 *                                                                 trap, EL1PCEN isn't promised
 *   CNTVOFF, CNTFRQ           right                               CNTVOFF 0 from EL2 (el2.S)
 *   a pending SError          no         left by firmware         taken when the console stands
 *   the GIC                   no         interrupts pending,      left: masked until irq_init has
 *                                        priorities set           set it up anew; FIQs always
 *   EL2 and EL3               see el2.S                           see el2.S
 *   ACTLR, AMAIR, AFSR        no         the CPU's own            left: it is for firmware to know
 *   x1 to x3                  0          junk (EFI)               not read
 */
#include <arch/sysreg_levels.h>
#include <kernel/linkage.h>

	.text

/*
 * entry_state(x0 the level the loader entered us at) - the registers of EL1, as the table says.
 *
 * At EL1, MMU off. Uses x0 and x1.
 */
FUNC(entry_state)
	msr	mdscr_el1, xzr
	msr	contextidr_el1, xzr
	msr	esr_el1, xzr
	msr	far_el1, xzr
	msr	elr_el1, xzr
	msr	spsr_el1, xzr
	msr	cntkctl_el1, xzr
	msr	cntv_ctl_el0, xzr
	cmp	x0, #1
	b.eq	.Lentered_at_el1
	msr	cntp_ctl_el0, xzr
.Lentered_at_el1:
	zero_where HAS_TCR2, 1, TCR2_EL1
	zero_where HAS_SCTLR2, 1, SCTLR2_EL1
	zero_where HAS_GCS, 1, GCSCR_EL1
	zero_where HAS_LOR, 1, LORC_EL1
	zero_where HAS_AMU, 1, AMUSERENR_EL0
	unless_pmu .Lno_pmu
	mov	w0, #-1
	msr	pmcntenclr_el0, x0
	msr	pmintenclr_el1, x0
	msr	pmuserenr_el0, xzr
	msr	pmcr_el0, xzr
.Lno_pmu:
	unless	HAS_SME, 1, .Lno_sme
	write	cpacr_el1, CPACR_SMEN
	isb				/* SVCR traps until then */
	msr	SVCR, xzr
.Lno_sme:
	write	cpacr_el1, CPACR_FPEN
	isb
	ret
END(entry_state)
