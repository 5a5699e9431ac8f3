// SPDX-License-Identifier: BSD-2-Clause
/* What a bug in the kernel ends in. */
#include <stdarg.h>

#include <arch/context.h>
#include <arch/irqflags.h>
#include <arch/psci.h>
#include <arch/semihost.h>
#include <arch/spinlock.h>
#include <arch/sysreg.h>
#include <kernel/assert.h>
#include <lib/console.h>
#include <lib/log.h>
#include <lib/panic.h>
#include <lib/printk.h>
#include <lib/verdict.h>
#include <lib/vsnprintf.h>

/* A panic while one is being printed must not print for ever. */
static unsigned panicking;

static u64 owner; /* TPIDR_EL1 of the CPU that panics; 0: none. Atomic */

extern panic_report_fn *const _panic_reports[], *const _panic_reports_end[];

void (*panic_successor)(const struct regs *regs);
void (*panic_stop_others)(void);
__noreturn void (*panic_stop_here)(const struct regs *regs);

/* The first CPU that asks. Relaxed: what the others wrote is seen once they have stopped. */
static bool is_ours(void)
{
	u64 here = sysreg_read(tpidr_el1), before = 0;

	return __atomic_compare_exchange_n(&owner, &before, here, false, __ATOMIC_RELAXED,
					   __ATOMIC_RELAXED) ||
	       before == here;
}

void panic_begin(const struct regs *regs)
{
	irq_mask();
	if (!is_ours()) {
		if (panic_stop_here)
			panic_stop_here(regs);
		arch_halt();
	}
	lock_debug_off();
	if (panicking++ > 1) {
		/* Nothing is left but what needs neither console nor log. */
		semihost_write("panic: lost\nverdict: panic\n");
		semihost_exit(1);
		arch_halt();
	}
	if (panicking > 1) {
		console_bust_lock();
		log_panic();
		printk("panic within a panic\n");
		verdict_end(VERDICT_PANIC);
	}
	if (panic_stop_others)
		panic_stop_others();
	console_bust_lock();
	log_panic();
}

void panic_end(const struct regs *regs)
{
	for (panic_report_fn *const *report = _panic_reports; report < _panic_reports_end; report++)
		(*report)(regs);
	log_print_before_panic();
	if (panic_successor)
		panic_successor(regs);
	verdict_end(VERDICT_PANIC);
}

void panic(const char *format, ...)
{
	/* No exception: the call, and the frame of the function that made it. */
	const u64 *frame = __builtin_frame_address(0);
	struct regs regs = { .x[29] = frame[0],
			     .sp = (u64)(uintptr_t)frame,
			     .pc = (u64)(uintptr_t)__builtin_return_address(0) - 4 };
	char message[192];
	va_list args;

	panic_begin(&regs);
	va_start(args, format);
	vscnprintf(message, sizeof(message), format, args);
	va_end(args);
	printk("Kernel panic - not syncing: %s\n", message);
	panic_end(&regs);
}

void assert_failed(const char *function, const char *fact)
{
	panic("%s: %s does not hold", function, fact);
}

/*
 * What libfdt's objects, which are built with -fstack-protector, expect of a C library.
 *
 * The kernel's own files are built without: their stack has a guard page. The value is a
 * constant, with a zero byte that stops string overruns, because libfdt is called before
 * anything random is known.
 */
extern unsigned long __stack_chk_guard;
__noreturn void __stack_chk_fail(void);

unsigned long __stack_chk_guard = 0x595e9fbd94fda700UL;

void __stack_chk_fail(void)
{
	panic("__stack_chk_fail: a function of libfdt wrote beyond its array");
}
