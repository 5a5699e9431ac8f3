// SPDX-License-Identifier: BSD-2-Clause
/* All processes, and looking at them. <kernel/process.h> has the contracts. */
#include <kernel/mutex.h>
#include <kernel/process.h>
#include <lib/string.h>

#include "inside.h"

LOCK_CLASS(processes, LOCK_WAIT_QUEUE, &process_list_lock);
struct spinlock process_list_lock = SPINLOCK(processes);
static struct process *first; /* by number, the highest first */
static u32 last_pid;          /* of all tasks, too */

/* While somebody looks at a process or its space, none goes. */
static struct mutex looking = MUTEX;

u32 process_list_number(void)
{
	u64 saved = spin_lock_irq(&process_list_lock);
	u32 number = ++last_pid;

	spin_unlock_irq(&process_list_lock, saved);
	return number;
}

void process_list_add(struct process *process)
{
	u64 saved = spin_lock_irq(&process_list_lock);

	process->pid = ++last_pid;
	process->next = first;
	first = process;
	spin_unlock_irq(&process_list_lock, saved);
}

void process_list_remove(struct process *process)
{
	struct process **at = &first;
	u64 saved;

	mutex_lock(&looking, "a process that is looked at");
	saved = spin_lock_irq(&process_list_lock);
	while (*at != process)
		at = &(*at)->next;
	*at = process->next;
	spin_unlock_irq(&process_list_lock, saved);
	mutex_unlock(&looking);
}

void process_list_hide(struct process *process)
{
	u64 saved;

	mutex_lock(&looking, "a space that is looked at");
	saved = spin_lock_irq(&process_list_lock);
	process->space = NULL;
	spin_unlock_irq(&process_list_lock, saved);
	mutex_unlock(&looking);
}

/* The one with the lowest number above `after`: the list is by number, the highest first. */
static struct process *find_above(u32 after)
{
	struct process *found = NULL;

	for (struct process *process = first; process && process->pid > after;
	     process = process->next)
		found = process;
	return found;
}

static struct process *find(u32 pid)
{
	struct process *process = pid ? find_above(pid - 1) : NULL;

	return process && process->pid == pid ? process : NULL;
}

static void describe(const struct process *process, struct process_info *info)
{
	const struct space *space = process->space;

	*info = (struct process_info){ .pid = process->pid,
				       .granule = process->granule,
				       .thread = process->first_thread,
				       .tasks = process->task_count,
				       .ended = !space };
	strscpy(info->name, process->name, sizeof(info->name));
	if (!space)
		return;
	info->resident_bytes = space->resident_bytes;
	info->table_bytes = space->pt.table_bytes;
	info->mapped_bytes = space->mapped_bytes;
	info->mappings = space->mappings.count;
	info->faults = space->faults;
}

bool process_read(u32 after, struct process_info *info)
{
	u64 saved = spin_lock_irq(&process_list_lock);
	struct process *process = find_above(after);

	if (process)
		describe(process, info);
	spin_unlock_irq(&process_list_lock, saved);
	return process;
}

bool process_look(u32 pid, void (*visit)(struct space *space, void *context), void *context)
{
	struct process *process;
	struct space *space;
	u64 saved;

	mutex_lock(&looking, "a space that is looked at");
	saved = spin_lock_irq(&process_list_lock);
	process = find(pid);
	space = process ? process->space : NULL;
	spin_unlock_irq(&process_list_lock, saved);
	if (space)
		visit(space, context);
	mutex_unlock(&looking);
	return space;
}

bool process_signal_by_number(u32 pid, unsigned signal)
{
	struct process *process;
	u64 saved;

	mutex_lock(&looking, "a process that is looked at");
	saved = spin_lock_irq(&process_list_lock);
	process = find(pid);
	spin_unlock_irq(&process_list_lock, saved);
	if (process && signal == SIGNAL_KILL)
		process_kill(process, signal);
	else if (process)
		signal_send(process, signal, SIGNAL_BY_USER);
	mutex_unlock(&looking);
	return process;
}
