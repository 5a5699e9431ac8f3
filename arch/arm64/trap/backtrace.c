// SPDX-License-Identifier: BSD-2-Clause
/*
 * Backtraces by frame records (AAPCS64: x29 points to {previous x29, return address}), with
 * symbols.
 */
#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/trap.h>
#include <kernel/compiler.h>
#include <lib/panic.h>
#include <lib/printk.h>
#include <lib/symbols.h>

#define BACKTRACE_MOST 32
#define RECORD_BYTES   16

/* Is a record on the stack that begins at `low`? */
static bool is_on(u64 frame, u64 low, u64 bytes)
{
	return frame >= low && frame <= low + bytes - RECORD_BYTES;
}

/* Both stacks of the CPU, and nothing between them; the overflow stack may be the only one. */
static bool on_a_stack(const struct cpu *cpu, u64 frame)
{
	u64 overflow_low = cpu->overflow_top - OVERFLOW_STACK_BYTES;

	if (!IS_ALIGNED(frame, STACK_ALIGN))
		return false;
	return is_on(frame, overflow_low, OVERFLOW_STACK_BYTES) ||
	       (cpu->stack_low != overflow_low && is_on(frame, cpu->stack_low, STACK_BYTES));
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

/* What the interrupt that is being handled came to stands between two frames, and has none. */
static void print_interrupted(const struct cpu *cpu, u64 frame, u64 next)
{
	u64 at = (u64)(uintptr_t)cpu->interrupted;

	if (at > frame && (at < next || next <= frame))
		print_entry(cpu->interrupted->pc);
}

/*
 * From a frame record on, the interrupted function first. Stops at the first record that lies
 * outside the CPU's stacks, is misaligned or does not go up: a broken stack can't make it fault or
 * hang.
 */
void backtrace_print(const struct cpu *cpu, const struct regs *regs)
{
	u64 last = 0, frame = regs->x[29];
	unsigned repeats = 0, lines = 0;

	print_entry(regs->pc);
	while (lines < BACKTRACE_MOST && on_a_stack(cpu, frame)) {
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
		print_interrupted(cpu, frame, record[0]);
		if (record[0] <= frame)
			break;
		frame = record[0];
	}
	print_repeats(&repeats);
}

PANIC_REPORT(30, backtrace)
{
	printk("call trace:\n");
	backtrace_print(this_cpu(), regs);
}
