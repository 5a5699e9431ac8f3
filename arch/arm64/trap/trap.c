// SPDX-License-Identifier: BSD-2-Clause
/*
 * Exceptions: the handler answers the expected ones; any other is a panic that says in words what
 * happened.
 *
 * It works once the image is relocated to the identity map (boot_main). Before that there is
 * neither a console nor a pointer that could be followed, and it says so by semihosting.
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
#define VECTOR_EL1H_IRQ    5
#define VECTOR_EL1H_SERROR 7

struct name {
	u8 value;
	char text[39];
};

static const struct name classes[] = {
	{ ESR_EC_UNKNOWN, "undefined instruction" },
	{ 0x01, "trapped WFI or WFE" },
	{ 0x07, "trapped FP or SIMD" },
	{ 0x0d, "branch target exception" },
	{ 0x0e, "illegal execution state" },
	{ ESR_EC_SVC, "SVC" },
	{ ESR_EC_HVC, "HVC" },
	{ 0x17, "SMC" },
	{ 0x18, "trapped system register" },
	{ ESR_EC_IABORT_EL0, "instruction abort from EL0" },
	{ ESR_EC_IABORT_EL1, "instruction abort" },
	{ ESR_EC_PC_ALIGN, "misaligned PC" },
	{ ESR_EC_DABORT_EL0, "data abort from EL0" },
	{ ESR_EC_DABORT_EL1, "data abort" },
	{ ESR_EC_SP_ALIGN, "misaligned stack pointer" },
	{ ESR_EC_FP, "floating-point exception" },
	{ 0x2f, "SError" },
	{ 0x31, "breakpoint" },
	{ 0x33, "single step" },
	{ 0x35, "watchpoint" },
	{ ESR_EC_BRK, "BRK" },
};

/* Status codes of an abort; where a kind has levels, that of level 0. */
static const struct name faults[] = {
	{ 0x00, "address size fault, level" }, { 0x04, "translation fault, level" },
	{ 0x08, "access flag fault, level" },  { 0x0c, "permission fault, level" },
	{ 0x10, "external abort, code" },      { 0x14, "external abort on a table walk, level" },
	{ 0x21, "alignment fault, code" },     { 0x30, "TLB conflict, code" },
};

extern const u8 semihost_hlt[], psci_begin[], psci_end[], probe_begin[], probe_end[],
	probe_exec_faulted[];

void (*trap_irq)(struct regs *regs);
bool (*trap_user_copy)(struct regs *regs);

static const char *name_of(const struct name *names, size_t count, unsigned value,
			   const char *otherwise)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].value == value)
			return names[i].text;
	return otherwise;
}

const char *trap_class_name(u64 esr)
{
	return name_of(classes, ARRAY_SIZE(classes), esr_class(esr),
		       "exception of a class without a name");
}

/* Do the last two bits of a status code say a level? */
static bool has_level(unsigned status)
{
	return status < 0x10 || status >> 2 == 5;
}

static void print_abort(const struct regs *regs)
{
	unsigned ec = esr_class(regs->esr), status = regs->esr & 0x3f;
	unsigned detail = has_level(status) ? status & 3 : status;
	const char *access = regs->esr & (1 << 6) ? "write" : "read";

	if (ec == ESR_EC_IABORT_EL0 || ec == ESR_EC_IABORT_EL1)
		access = "execution";
	printk("%s of %#llx: %s %u\n", access, regs->far,
	       name_of(faults, ARRAY_SIZE(faults), has_level(status) ? status & ~3U : status,
		       "fault with status code"),
	       detail);
	ptdump_address(vaddr(regs->far), NULL);
}

bool trap_is_abort(const struct regs *regs)
{
	unsigned ec = esr_class(regs->esr);

	return ec == ESR_EC_IABORT_EL0 || ec == ESR_EC_IABORT_EL1 || ec == ESR_EC_DABORT_EL0 ||
	       ec == ESR_EC_DABORT_EL1;
}

static bool is_translation_fault(u64 esr)
{
	return (esr & 0x3c) == 0x04; /* the last two bits are the level */
}

static bool lies_in(u64 address, const u8 *begin, const u8 *end)
{
	return address >= vaddr_of(begin).val && address < vaddr_of(end).val;
}

/* Exceptions that the kernel's own code provokes. True when the interrupted code can go on. */
static bool answer_expected(struct regs *regs, u64 kind)
{
	unsigned ec = esr_class(regs->esr);

	if (kind == VECTOR_EL1H_SERROR) {
		/* Once: it may still be asserted, and the CPU would take it again for ever. */
		if (this_cpu()->drops_serror)
			regs->pstate |= SPSR_A;
		return this_cpu()->drops_serror;
	}
	if (kind != VECTOR_EL1H_SYNC)
		return false;
	/* Another CPU was changing what maps it, and has done so. */
	if (ec == ESR_EC_DABORT_EL1 && is_translation_fault(regs->esr) &&
	    mmu_settle(vaddr(regs->far)))
		return true;
	if (ec == ESR_EC_DABORT_EL1 && trap_user_copy && trap_user_copy(regs))
		return true;
	if (ec == ESR_EC_UNKNOWN &&
	    (regs->pc == vaddr_of(semihost_hlt).val || lies_in(regs->pc, psci_begin, psci_end))) {
		regs->x[0] = ~0ULL;
		regs->pc += 4;
		return true;
	}
	if (ec == ESR_EC_DABORT_EL1 && lies_in(regs->pc, probe_begin, probe_end)) {
		regs->x[0] = (u64)-EFAULT;
		regs->pc = regs->x[30];
		return true;
	}
	if (ec == ESR_EC_IABORT_EL1 && lies_in(regs->x[30], probe_begin, probe_end)) {
		regs->x[0] = (u64)-EFAULT;
		regs->pc = vaddr_of(probe_exec_faulted).val;
		return true;
	}
	return false;
}

static void print_cause(const struct regs *regs, u64 kind)
{
	static const char origin[4][16] = { "EL1 on SP_EL0", "EL1", "EL0", "EL0 in AArch32" };
	static const char type[4][12] = { "synchronous", "IRQ", "FIQ", "SError" };

	printk("exception: %s from %s, %s, ESR %#llx\n", type[kind & 3], origin[kind >> 2 & 3],
	       trap_class_name(regs->esr), regs->esr);
	if (trap_is_abort(regs))
		print_abort(regs);
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
	/* Only an aligned stack pointer overflows; a misaligned one can't be used at all. */
	return kind & TRAP_OVERFLOW && IS_ALIGNED(regs->sp, STACK_ALIGN);
}

static void print(const struct regs *regs, u64 kind)
{
	if (is_overflow(regs, kind))
		printk("the stack is used up: sp is %#llx, and it ends at %#llx\n", regs->sp,
		       this_cpu()->stack_low);
	else if (kind & TRAP_OVERFLOW)
		printk("the stack can't be used: sp is %#llx, which is misaligned\n", regs->sp);
	print_cause(regs, kind);
	print_registers(regs);
}

void trap_open_serror(void)
{
	asm volatile("msr daifclr, #%0" ::"i"(DAIF_A) : "memory");
	isb(); /* the CPU takes what pends here, not somewhere later */
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
	return sysreg_read(isr_el1) & ISR_A;
}

void trap_settle_serror(void)
{
	if (serror_came())
		trap_open_serror();
}

bool trap_drop_serror(void)
{
	if (!serror_came())
		return false;
	this_cpu()->drops_serror = true;
	trap_open_serror();
	asm volatile("msr daifset, #%0" ::"i"(DAIF_A) : "memory");
	this_cpu()->drops_serror = false;
	return true;
}

void trap_handle(struct regs *regs, u64 kind)
{
	if (kind == VECTOR_EL1H_IRQ && trap_irq) {
		trap_irq(regs);
		return;
	}
	if (answer_expected(regs, kind))
		return;
	if (!boot_info.relocated)
		semihost_die("boot: exception before the MMU was on\n");
	/* The crash kernel is hashed by SIMD registers, which may be what trapped. */
	sysreg_write(cpacr_el1, CPACR_FPEN);
	isb();
	panic_begin(regs);
	printk("Kernel panic - not syncing: trap_handle: %s at %#llx\n",
	       is_overflow(regs, kind) ? "stack overflow" : "unexpected exception", regs->pc);
	print(regs, kind);
	panic_end(regs);
}
