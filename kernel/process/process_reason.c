// SPDX-License-Identifier: BSD-2-Clause
/*
 * Why a program died, as far as its file, its last fault and its last words tell: sentences for
 * people. None of it decides anything.
 */
#include <kernel/elf_misfit.h>
#include <kernel/errno.h>
#include <kernel/process.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>

#include "inside.h"

/* Once is enough. */
static void add_reason(struct process_reasons *reasons, const char *format, va_list args)
{
	char *text = reasons->text[reasons->count];

	if (reasons->count == PROCESS_REASONS_MOST)
		return;
	vscnprintf(text, PROCESS_WHY_BYTES, format, args);
	for (unsigned i = 0; i < reasons->count; i++)
		if (!strcmp(reasons->text[i], text))
			return;
	reasons->count++;
}

void process_reason(struct process *process, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	spin_lock(&process->lock);
	add_reason(&process->reasons, format, args);
	spin_unlock(&process->lock);
	va_end(args);
}

void process_last_words(struct process *process, unsigned descriptor, const char *text, u64 bytes)
{
	u64 start = bytes;

	if (descriptor != 2)
		return;
	/* The last line, without its end. */
	while (start && (text[start - 1] == '\n' || text[start - 1] == '\r'))
		start--;
	bytes = start;
	while (start && text[start - 1] != '\n')
		start--;
	bytes = MIN(bytes - start, sizeof(process->last_words) - 1);
	if (!bytes)
		return;
	memcpy(process->last_words, text + start, bytes);
	process->last_words[bytes] = 0;
}

static void say(void *context, const char *sentence)
{
	process_reason(context, "%s", sentence);
}

static enum space_access access_of(enum user_access access)
{
	switch (access) {
	case USER_WRITE:
		return SPACE_ACCESS_WRITE;
	case USER_EXECUTE:
		return SPACE_ACCESS_EXEC;
	default:
		return SPACE_ACCESS_READ;
	}
}

static const char *access_name(enum user_access access)
{
	static const char *const names[] = {
		[USER_READ] = "a read of",
		[USER_WRITE] = "a write to",
		[USER_EXECUTE] = "execution of",
	};

	return names[access];
}

/* A death by a fault: the instruction, and what its file says of the place. */
static void explain_fault(struct task *task)
{
	const struct user_fault *fault = &task->fault;
	struct process *process = task->process;
	char why[ELF_MISFIT_BYTES];

	if (!fault->signal)
		return;
	process_reason(process, "%s %#llx, by the instruction at %#llx",
		       access_name(task->fault_access), fault->address, task->regs->pc);
	if (elf_misfit_death(&process->program, process->bias, fault->address,
			     access_of(task->fault_access), why))
		process_reason(process, "%s", why);
}

void process_explain_death(struct task *task, unsigned signal)
{
	struct process *process = task->process;

	switch (signal) {
	case SIGNAL_SEGV:
	case SIGNAL_BUS:
		explain_fault(task);
		elf_misfit(&process->program, say, process);
		break;
	case SIGNAL_ILL:
	case SIGNAL_TRAP:
		process_reason(process, "the instruction at %#llx is none, or not for programs",
			       task->regs->pc);
		elf_misfit(&process->program, say, process);
		break;
	case SIGNAL_ABRT:
		break;
	default:
		return;
	}
	if (process->last_words[0])
		process_reason(process, "%s after writing \"%s\"",
			       signal == SIGNAL_ABRT ? "abort" : "it died", process->last_words);
}

void process_explain_load(struct process *process, int err)
{
	if (err == -ENOMEM)
		process_reason(process, "there was no memory, or no room, to map it");
	else if (err == -EEXIST)
		process_reason(process, "its first segment lies where its stack is");
	else if (!elf_misfit(&process->program, say, process))
		process_reason(process,
			       "its stack, or the zeroes after a segment, can't be written");
}
