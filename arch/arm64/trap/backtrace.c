// SPDX-License-Identifier: BSD-2-Clause
/*
 * Backtraces by frame records (AAPCS64: x29 points to {previous x29, return address}), with
 * symbols.
 */
#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/sections.h>
#include <kernel/compiler.h>
#include <lib/panic.h>
#include <lib/printk.h>
#include <lib/symbols.h>

#define BACKTRACE_MOST 32

/* Both stacks of the CPU, and nothing between them: is [frame, frame + 16) on one? */
static bool on_a_stack(u64 frame)
{
	u64 top = (u64)(uintptr_t)_stack_top;
	u64 overflow_top = (u64)(uintptr_t)_overflow_stack_top;

	if (!IS_ALIGNED(frame, STACK_ALIGN))
		return false;
	return (frame >= boot_cpu.stack_low && frame <= top - 16) ||
	       (frame >= overflow_top - OVERFLOW_STACK_BYTES && frame <= overflow_top - 16);
}

static void print_entry(u64 address)
{
	char name[SYMBOLS_FORMAT_SIZE];

	printk("  %016llx %s\n", address, symbols_format(name, sizeof(name), vaddr(address)));
}

/* Recursion, folded into a line. */
static void print_repeats(unsigned *repeats)
{
	if (*repeats)
		printk("  ... and %u times more\n", *repeats);
	*repeats = 0;
}

/*
 * Print the callers from a frame record on, the interrupted function first. Stops at the first
 * record that lies outside the CPU's stacks, is misaligned or does not go up: a broken stack can't
 * make it fault or hang.
 */
PANIC_REPORT(30, backtrace)
{
	u64 last = 0, frame = regs->x[29];
	unsigned repeats = 0, lines = 0;

	printk("call trace:\n");
	print_entry(regs->pc);
	while (lines < BACKTRACE_MOST && on_a_stack(frame)) {
		const u64 *record = (const u64 *)(uintptr_t)frame;

		if (record[1] == last) {
			repeats++;
		} else {
			print_repeats(&repeats);
			last = record[1];
			lines++;
			/* A return address; the call is the instruction before. */
			if (last)
				print_entry(last - 4);
		}
		if (record[0] <= frame)
			break;
		frame = record[0];
	}
	print_repeats(&repeats);
}
