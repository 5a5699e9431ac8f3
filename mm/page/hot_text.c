// SPDX-License-Identifier: BSD-2-Clause
/* Asks other CPUs for what they keep: <mm/hot_text.h> says why that is sound. */
#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/sections.h>
#include <arch/spinlock.h>
#include <kernel/ipi.h>
#include <mm/hot_text.h>

struct call {
	void (*function)(void *);
	void *argument;
};

static bool is_hot_text(u64 pc)
{
	return pc >= (uintptr_t)_hot_text && pc < (uintptr_t)_hot_text_end;
}

/* In the other CPU's interrupt, or as it goes off: then nothing was interrupted. */
static bool run(void *argument)
{
	const struct regs *interrupted = this_cpu()->interrupted;
	const struct call *call = argument;

	if (interrupted && is_hot_text(interrupted->pc))
		return false;
	call->function(call->argument);
	return true;
}

bool hot_text_ask(struct cpu *cpu, void (*function)(void *), void *argument)
{
	struct call call = { function, argument };

	while (cpu_is_online(cpu) && !mmu_is_locked_here()) {
		if (ipi_call(cpu, run, &call))
			return true;
		spin_pause();
	}
	return false;
}
