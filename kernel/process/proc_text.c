// SPDX-License-Identifier: BSD-2-Clause
/*
 * Texts of /proc/self, as Linux 6.12 writes them.
 *
 * Page size: KernelPageSize and MMUPageSize are the process's, and so is the unit of statm: on a
 * Linux of that page size they would be.
 *
 * Source: Linux, Documentation/filesystems/proc.rst.
 */
#include <kernel/errno.h>
#include <kernel/process.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>
#include <mm/kmalloc.h>

#include "file.h"

/* A text that grows; `failed`: there was no memory. */
struct text {
	char *at;
	u64 bytes, room;
	bool failed;
};

#define PIECE_MOST 256 /* of one call, but for names */

static bool make_room(struct text *t, u64 bytes)
{
	u64 room = t->room ? t->room : 1024;
	char *bigger;

	while (room < t->bytes + bytes)
		room *= 2;
	if (t->failed || room == t->room)
		return !t->failed;
	bigger = krealloc(t->at, room, 0);
	t->failed = !bigger;
	if (!bigger)
		return false;
	t->at = bigger;
	t->room = room;
	return true;
}

static void __printf(2, 3) add(struct text *t, const char *format, ...)
{
	va_list args;

	if (!make_room(t, PIECE_MOST))
		return;
	va_start(args, format);
	t->bytes += (u64)vscnprintf(t->at + t->bytes, PIECE_MOST, format, args);
	va_end(args);
}

static void add_bytes(struct text *t, const void *from, u64 bytes)
{
	if (!bytes || !make_room(t, bytes))
		return;
	memcpy(t->at + t->bytes, from, (size_t)bytes);
	t->bytes += bytes;
}

/* ---- maps, smaps ---- */

/* Where names begin. */
#define NAME_COLUMN 73

static const char *name_of(const struct process *p, const struct space_view *view)
{
	if (view->source)
		return view->source->name;
	if (view->flags & SPACE_STACK)
		return "[stack]";
	if (view->flags & SPACE_HEAP)
		return "[heap]";
	(void)p;
	return NULL;
}

static void add_mapping(struct text *t, const struct process *p, const struct space_view *view)
{
	u64 line = t->bytes, column;
	const char *name = name_of(p, view);

	add(t, "%08llx-%08llx %c%c%c%c %08llx %02x:%02x %llu ", view->base, view->end,
	    view->prot & SPACE_READ ? 'r' : '-', view->prot & SPACE_WRITE ? 'w' : '-',
	    view->prot & SPACE_EXEC ? 'x' : '-', view->flags & SPACE_SHARED ? 's' : 'p',
	    view->source ? view->offset : 0, 0, view->source && view->source->id ? 1 : 0,
	    view->source ? view->source->id : 0);
	column = t->bytes - line;
	if (name) {
		add(t, "%*s", column < NAME_COLUMN ? (int)(NAME_COLUMN - column) : 1, "");
		add_bytes(t, name, strlen(name));
	}
	add_bytes(t, "\n", 1);
}

static void add_kib(struct text *t, const char *name, u64 bytes)
{
	add(t, "%-16s%8llu kB\n", name, bytes / KiB);
}

/* The private pages that it has touched are all that is known: they are anonymous, and dirty. */
static void add_details(struct text *t, const struct process *p, const struct space_view *view)
{
	static const char zero[][17] = {
		"KSM:",           "LazyFree:",       "AnonHugePages:",   "ShmemPmdMapped:",
		"FilePmdMapped:", "Shared_Hugetlb:", "Private_Hugetlb:", "Swap:",
		"SwapPss:",       "Locked:"
	};
	u64 page = space_page_bytes(p->space), resident = view->resident_bytes;

	add_kib(t, "Size:", view->end - view->base);
	add_kib(t, "KernelPageSize:", page);
	add_kib(t, "MMUPageSize:", page);
	add_kib(t, "Rss:", resident);
	add_kib(t, "Pss:", resident);
	add_kib(t, "Pss_Dirty:", resident);
	add_kib(t, "Shared_Clean:", 0);
	add_kib(t, "Shared_Dirty:", 0);
	add_kib(t, "Private_Clean:", 0);
	add_kib(t, "Private_Dirty:", resident);
	add_kib(t, "Referenced:", resident);
	add_kib(t, "Anonymous:", resident);
	for (unsigned i = 0; i < ARRAY_SIZE(zero); i++)
		add_kib(t, zero[i], 0);
	add(t, "THPeligible:           0\nVmFlags:%s%s%s%s mr mw me%s\n",
	    view->prot & SPACE_READ ? " rd" : "", view->prot & SPACE_WRITE ? " wr" : "",
	    view->prot & SPACE_EXEC ? " ex" : "", view->flags & SPACE_SHARED ? " sh" : "",
	    view->flags & SPACE_STACK ? " gd ac" : " ac");
}

static void add_mappings(struct text *t, const struct process *p, bool details)
{
	struct space_view view;

	for (u64 from = 0; space_next(p->space, from, &view); from = view.end) {
		add_mapping(t, p, &view);
		if (details)
			add_details(t, p, &view);
		sched_relax();
	}
}

/* ---- statm, status ---- */

/* Bytes of mappings that a program runs, and of its own writable ones. */
static void add_up(const struct process *p, u64 *text, u64 *data)
{
	struct space_view view;

	*text = *data = 0;
	for (u64 from = 0; space_next(p->space, from, &view); from = view.end) {
		if (view.prot & SPACE_EXEC && view.source)
			*text += view.end - view.base;
		if (view.prot & SPACE_WRITE && !(view.flags & SPACE_SHARED))
			*data += view.end - view.base;
	}
}

static void add_statm(struct text *t, const struct process *p)
{
	u64 page = space_page_bytes(p->space), text, data;

	add_up(p, &text, &data);
	add(t, "%llu %llu 0 %llu 0 %llu 0\n", p->space->mapped_bytes / page,
	    p->space->resident_bytes / page, text / page, data / page);
}

static void add_status(struct text *t, const struct process *p)
{
	u64 text, data;

	add_up(p, &text, &data);
	add(t, "Name:\t%s\nUmask:\t0022\nState:\tR (running)\nTgid:\t%u\nNgid:\t0\nPid:\t%u\n",
	    p->name, p->pid, p->pid);
	add(t, "PPid:\t%u\nTracerPid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t%u\n",
	    p->pid > 1, p->files->descriptors);
	add(t, "VmSize:\t%8llu kB\nVmHWM:\t%8llu kB\nVmRSS:\t%8llu kB\nVmData:\t%8llu kB\n",
	    p->space->mapped_bytes / KiB, p->space->peak_resident_bytes / KiB,
	    p->space->resident_bytes / KiB, data / KiB);
	add(t, "VmExe:\t%8llu kB\nThreads:\t1\n", text / KiB);
	add(t, "SigPnd:\t%016llx\nSigBlk:\t%016llx\n", task_here()->signals.pending.set,
	    task_here()->signals.mask);
}

char *proc_text(struct process *p, enum path_text which, u64 *bytes)
{
	struct text t = { .at = NULL };

	*bytes = 0;
	make_room(&t, 1);
	switch (which) {
	case PATH_AUXV:
		add_bytes(&t, p->files->auxv, p->files->auxv_bytes);
		break;
	case PATH_MAPS:
	case PATH_SMAPS:
		add_mappings(&t, p, which == PATH_SMAPS);
		break;
	case PATH_STATM:
		add_statm(&t, p);
		break;
	case PATH_STATUS:
		add_status(&t, p);
		break;
	}
	if (t.failed) {
		kfree(t.at);
		return NULL;
	}
	*bytes = t.bytes;
	return t.at;
}
