// SPDX-License-Identifier: BSD-2-Clause
/* What a bug in the kernel ends in. */
#include <stdarg.h>

#include <arch/backtrace.h>
#include <arch/psci.h>
#include <arch/ptdump.h>
#include <arch/semihost.h>
#include <arch/trap.h>
#include <kernel/assert.h>
#include <kernel/kexec.h>
#include <lib/console.h>
#include <lib/log.h>
#include <lib/panic.h>
#include <lib/printk.h>
#include <lib/verdict.h>
#include <lib/vsnprintf.h>

/* A panic while one is being printed must not print for ever. */
static unsigned panicking;

static void begin(void)
{
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
	console_bust_lock();
	log_panic();
}

void panic(const char *format, ...)
{
	/* No exception: where the caller goes on, and its frame, from which a debugger unwinds. */
	struct regs regs = { .x[29] = (u64)(uintptr_t)__builtin_frame_address(0),
			     .sp = (u64)(uintptr_t)__builtin_frame_address(0),
			     .pc = (u64)(uintptr_t)__builtin_return_address(0) };
	char message[192];
	va_list args;

	begin();
	va_start(args, format);
	vscnprintf(message, sizeof(message), format, args);
	va_end(args);
	printk("Kernel panic - not syncing: %s\n", message);
	ptdump_regime();
	backtrace_print(0, (u64)(uintptr_t)__builtin_frame_address(0));
	log_print_before_panic();
	kexec_crash(&regs);
	verdict_end(VERDICT_PANIC);
}

void panic_trap(const struct regs *regs, u64 kind)
{
	begin();
	printk("Kernel panic - not syncing: trap_handle: %s at %#llx\n",
	       trap_is_overflow(regs, kind) ? "stack overflow" : "unexpected exception", regs->pc);
	trap_print(regs, kind);
	ptdump_regime();
	backtrace_print(regs->pc, regs->x[29]);
	log_print_before_panic();
	kexec_crash(regs);
	verdict_end(VERDICT_PANIC);
}

void assert_failed(const char *function, const char *fact)
{
	panic("%s: %s does not hold", function, fact);
}
