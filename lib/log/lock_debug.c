// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a build for debugging checks of spin locks: <arch/spinlock.h> has the rules. Each CPU notes
 * the locks that it holds. Of CPUs, not threads: a run queue's lock is taken by one thread, and
 * released by the next.
 *
 * Here, beside panic, since the log and the console have locks, too.
 */
#include <arch/cpu.h>
#include <arch/irqflags.h>
#include <arch/spinlock.h>
#include <kernel/assert.h>
#include <lib/panic.h>

/* A panic takes locks that nobody may ever release. */
static bool is_off;

void lock_debug_off(void)
{
	is_off = true;
}

static bool is_checking(void)
{
	return GRANULE_DEBUG && !__atomic_load_n(&is_off, __ATOMIC_RELAXED);
}

/* An interrupt while another lock is held takes this one: nobody has it open to interrupts. */
static void check_interrupts(const struct lock_class *class)
{
	if (class->rank >= LOCK_FIRST_IRQ && irq_is_open())
		panic("spin_lock: %s is taken with interrupts open, and handlers take it",
		      class->name);
	if (class->rank < LOCK_FIRST_IRQ && this_cpu()->interrupted)
		panic("spin_lock: %s is taken by an interrupt handler", class->name);
}

void lock_debug_check(const struct spinlock *lock, bool second)
{
	const struct lock_class *class = lock->class;
	const struct cpu *cpu = this_cpu();

	if (!is_checking())
		return;
	if (!class)
		panic("spin_lock: the lock at %p has no class", (const void *)lock);
	for (u32 i = 0; i < cpu->held_count; i++) {
		const struct lock_class *held = cpu->held[i]->class;

		if (cpu->held[i] == lock)
			panic("spin_lock: %s is taken again by its holder", class->name);
		if (class->rank < held->rank || (class->rank == held->rank && !second))
			panic("spin_lock: %s is taken while %s is held, against the order",
			      class->name, held->name);
	}
	check_interrupts(class);
}

void lock_debug_taken(const struct spinlock *lock)
{
	struct cpu *cpu = this_cpu();
	u64 saved;

	if (!is_checking())
		return;
	saved = irq_save(); /* a handler would use the same place */
	ASSERT(cpu->held_count < CPU_HELD_MOST);
	cpu->held[cpu->held_count++] = lock;
	irq_restore(saved);
}

void lock_debug_release(const struct spinlock *lock)
{
	struct cpu *cpu = this_cpu();
	u32 i = 0;
	u64 saved;

	if (!is_checking())
		return;
	saved = irq_save();
	while (i < cpu->held_count && cpu->held[i] != lock)
		i++;
	if (i == cpu->held_count)
		panic("spin_unlock: this CPU does not hold %s", lock->class->name);
	for (cpu->held_count--; i < cpu->held_count; i++)
		cpu->held[i] = cpu->held[i + 1];
	irq_restore(saved);
}

void lock_debug_sleep(const char *function, const struct spinlock *except)
{
	const struct cpu *cpu = this_cpu();

	if (!is_checking())
		return;
	if (cpu->interrupted)
		panic("%s: an interrupt handler sleeps", function);
	for (u32 i = 0; i < cpu->held_count; i++)
		if (cpu->held[i] != except)
			panic("%s: %s is held across a sleep", function, cpu->held[i]->class->name);
}
