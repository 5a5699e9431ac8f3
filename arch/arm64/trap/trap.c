// SPDX-License-Identifier: BSD-2-Clause
/*
 * Exceptions: the expected ones are answered, everything else is told in words and is a panic.
 *
 * It works from the moment that the image is relocated to the identity map (boot_main); before that
 * there is neither console nor a pointer that could be followed, and it says so by semihosting.
 *
 * Source: Arm ARM (DDI 0487, J.a), "ESR_EL1", "ISS encoding for an exception from a Data Abort".
 */
#include <arch/barrier.h>
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/ptdump.h>
#include <arch/semihost.h>
#include <arch/sysreg.h>
#include <arch/trap.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/panic.h>
#include <lib/printk.h>

BUILD_ASSERT(offsetof(struct regs, x[30]) == REGS_X30);
BUILD_ASSERT(offsetof(struct regs, sp) == REGS_X30 + 8);
BUILD_ASSERT(offsetof(struct regs, pc) == REGS_PC);
BUILD_ASSERT(offsetof(struct regs, esr) == REGS_ESR);
BUILD_ASSERT(sizeof(struct regs) == REGS_BYTES);

#define VECTOR_EL1H_SYNC   4
#define VECTOR_EL1H_SERROR 7

/* Exception classes, ESR_EL1[31:26]. */
#define EC_UNKNOWN    0x00
#define EC_IABORT_EL1 0x21
#define EC_DABORT_EL1 0x25

extern const u8 semihost_hlt[], psci_begin[], psci_end[], probe_begin[], probe_end[],
	probe_exec_faulted[];

/* The one that trap_drop_serror takes. */
static bool dropping;

static unsigned esr_class(u64 esr)
{
	return (esr >> 26) & 0x3f;
}

const char *trap_class_name(u64 esr)
{
	switch (esr_class(esr)) {
	case EC_UNKNOWN:
		return "undefined instruction";
	case 0x01:
		return "trapped WFI or WFE";
	case 0x07:
		return "trapped FP or SIMD";
	case 0x0d:
		return "branch target exception";
	case 0x0e:
		return "illegal execution state";
	case 0x15:
		return "SVC";
	case 0x16:
		return "HVC";
	case 0x17:
		return "SMC";
	case 0x18:
		return "trapped system register";
	case 0x20:
		return "instruction abort from EL0";
	case EC_IABORT_EL1:
		return "instruction abort";
	case 0x22:
		return "misaligned PC";
	case 0x24:
		return "data abort from EL0";
	case EC_DABORT_EL1:
		return "data abort";
	case 0x26:
		return "misaligned stack pointer";
	case 0x2c:
		return "floating-point exception";
	case 0x2f:
		return "SError";
	case 0x31:
		return "breakpoint";
	case 0x33:
		return "single step";
	case 0x35:
		return "watchpoint";
	case 0x3c:
		return "BRK";
	default:
		return "exception of a class without a name";
	}
}

/* The status code of an abort, its last two bits being a level where the kind has one. */
static const char *fault_name(unsigned status)
{
	switch (status >> 2) {
	case 0:
		return "address size fault, level";
	case 1:
		return "translation fault, level";
	case 2:
		return "access flag fault, level";
	case 3:
		return "permission fault, level";
	case 5:
		return "external abort on a table walk, level";
	default:
		break;
	}
	switch (status) {
	case 0x10:
		return "external abort, code";
	case 0x21:
		return "alignment fault, code";
	case 0x30:
		return "TLB conflict, code";
	default:
		return "fault with status code";
	}
}

/* Those whose last two bits are one. */
static bool has_level(unsigned status)
{
	return status < 0x10 || status >> 2 == 5;
}

static bool is_abort(unsigned ec)
{
	return ec == 0x20 || ec == EC_IABORT_EL1 || ec == 0x24 || ec == EC_DABORT_EL1;
}

bool trap_is_abort(const struct regs *regs)
{
	return is_abort(esr_class(regs->esr));
}

static bool is_translation_fault(u64 esr)
{
	return (esr & 0x3c) == 0x04; /* the last two bits are the level */
}

static bool in_probe(u64 address)
{
	return address >= (u64)(uintptr_t)probe_begin && address < (u64)(uintptr_t)probe_end;
}

/* The exceptions that somebody asked for. True when the interrupted code can go on. */
static bool answer_expected(struct regs *regs, u64 kind)
{
	unsigned ec = esr_class(regs->esr);

	if (kind == VECTOR_EL1H_SERROR) {
		/* Once: it may be asserted still, and would be taken again for ever. */
		if (dropping)
			regs->pstate |= SPSR_A;
		return dropping;
	}
	if (kind != VECTOR_EL1H_SYNC)
		return false;
	/* Another CPU was changing what maps it, and has done so. */
	if (ec == EC_DABORT_EL1 && is_translation_fault(regs->esr) && mmu_settle(vaddr(regs->far)))
		return true;
	if (ec == EC_UNKNOWN &&
	    (regs->pc == (u64)(uintptr_t)semihost_hlt ||
	     (regs->pc >= (u64)(uintptr_t)psci_begin && regs->pc < (u64)(uintptr_t)psci_end))) {
		regs->x[0] = ~0ULL;
		regs->pc += 4;
		return true;
	}
	if (ec == EC_DABORT_EL1 && in_probe(regs->pc)) {
		regs->x[0] = (u64)-EFAULT;
		regs->pc = regs->x[30];
		return true;
	}
	if (ec == EC_IABORT_EL1 && in_probe(regs->x[30])) {
		regs->x[0] = (u64)-EFAULT;
		regs->pc = (u64)(uintptr_t)probe_exec_faulted;
		return true;
	}
	return false;
}

static void print_cause(const struct regs *regs, u64 kind)
{
	static const char origin[4][16] = { "EL1 on SP_EL0", "EL1", "EL0", "EL0 in AArch32" };
	static const char type[4][12] = { "synchronous", "IRQ", "FIQ", "SError" };
	unsigned ec = esr_class(regs->esr);
	unsigned status = regs->esr & 0x3f;

	printk("exception: %s from %s, %s, ESR %#llx\n", type[kind & 3], origin[kind >> 2 & 3],
	       trap_class_name(regs->esr), regs->esr);
	if (!is_abort(ec))
		return;
	printk("%s of %#llx: %s %u\n",
	       ec == 0x20 || ec == EC_IABORT_EL1 ? "execution"
	       : regs->esr & (1 << 6)            ? "write"
						 : "read",
	       regs->far, fault_name(status), has_level(status) ? status & 3 : status);
	ptdump_address(vaddr(regs->far), NULL, NULL);
}

static void print_registers(const struct regs *regs)
{
	for (unsigned i = 0; i < 30; i += 3)
		printk("x%-2u %016llx  x%-2u %016llx  x%-2u %016llx\n", i, regs->x[i], i + 1,
		       regs->x[i + 1], i + 2, regs->x[i + 2]);
	printk("x30 %016llx  sp  %016llx  pc  %016llx\n", regs->x[30], regs->sp, regs->pc);
	printk("pstate %llx: %c%c%c%c, masked %c%c%c%c, EL%llu%c\n", regs->pstate,
	       regs->pstate >> 31 & 1 ? 'N' : 'n', regs->pstate >> 30 & 1 ? 'Z' : 'z',
	       regs->pstate >> 29 & 1 ? 'C' : 'c', regs->pstate >> 28 & 1 ? 'V' : 'v',
	       regs->pstate >> 9 & 1 ? 'D' : '-', regs->pstate >> 8 & 1 ? 'A' : '-',
	       regs->pstate >> 7 & 1 ? 'I' : '-', regs->pstate >> 6 & 1 ? 'F' : '-',
	       regs->pstate >> 2 & 3, regs->pstate & 1 ? 'h' : 't');
}

static bool is_overflow(const struct regs *regs, u64 kind)
{
	/* A misaligned one can't be used, and what overflows is aligned. */
	return kind & TRAP_OVERFLOW && IS_ALIGNED(regs->sp, STACK_ALIGN);
}

static void print(const struct regs *regs, u64 kind)
{
	if (is_overflow(regs, kind))
		printk("the stack is used up: sp is %#llx, and it ends at %#llx\n", regs->sp,
		       boot_cpu.stack_low);
	else if (kind & TRAP_OVERFLOW)
		printk("the stack can't be used: sp is %#llx, which is misaligned\n", regs->sp);
	print_cause(regs, kind);
	print_registers(regs);
}

static bool serror_pends(void)
{
	return sysreg_read(isr_el1) & ISR_A;
}

static void unmask_serror(void)
{
	asm volatile("msr daifclr, #%0" ::"i"(DAIF_A) : "memory");
	isb(); /* what pends is taken here, not somewhere behind */
}

void trap_open_serror(void)
{
	unmask_serror();
}

/*
 * The DSB completes what was done to memory, which makes known what is wrong with it; the ISB lets
 * no read of ISR_EL1 come earlier. Arm ARM (DDI 0487, J.a), "Data Synchronization Barrier",
 * "Asynchronous exception types".
 */
static bool serror_came(void)
{
	dsb_sy();
	isb();
	return serror_pends();
}

void trap_settle_serror(void)
{
	if (serror_came())
		unmask_serror();
}

bool trap_drop_serror(void)
{
	if (!serror_came())
		return false;
	dropping = true;
	unmask_serror();
	asm volatile("msr daifset, #%0" ::"i"(DAIF_A) : "memory");
	dropping = false;
	return true;
}

void trap_handle(struct regs *regs, u64 kind)
{
	if (answer_expected(regs, kind))
		return;
	if (!boot_info.relocated)
		semihost_die("boot: exception before the MMU was on\n");
	/* The crash kernel is hashed by SIMD registers, which may be what trapped. */
	sysreg_write(cpacr_el1, CPACR_FPEN);
	isb();
	panic_begin();
	printk("Kernel panic - not syncing: trap_handle: %s at %#llx\n",
	       is_overflow(regs, kind) ? "stack overflow" : "unexpected exception", regs->pc);
	print(regs, kind);
	panic_end(regs);
}
