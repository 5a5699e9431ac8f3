// SPDX-License-Identifier: BSD-2-Clause
/*
 * System calls on the space: what Linux checks before it looks at mappings, in its order; then
 * the space does it.
 *
 * Page size: all units are the process's own, of 4, 16 or 64 KiB, so that each sees the errors that
 * a Linux of that page size has.
 */
#include <lib/string.h>

#include "calls.h"
#include "file.h"

/* ---- mmap ---- */

#define MAP_SHARED    0x01u
#define MAP_PRIVATE   0x02u
#define MAP_VALIDATE  0x03u /* shared, and unknown flags are errors */
#define MAP_TYPE      0x0fu
#define MAP_FIXED     0x10u
#define MAP_ANONYMOUS 0x20u
#define MAP_GROWSDOWN 0x100u
#define MAP_HUGETLB   0x40000u
#define MAP_POPULATE  0x8000u
#define MAP_NOREPLACE 0x100000u
#define MAP_KNOWN     0x407f93fu /* what MAP_VALIDATE lets pass */

#define PROT_ALL       (SPACE_READ | SPACE_WRITE | SPACE_EXEC)
#define PROT_SEM       8u
#define PROT_GROWSDOWN 0x01000000u
#define PROT_GROWSUP   0x02000000u

/* What a mapping of this file shows: *source NULL is zeroes. */
static s64 source_of(const struct file *file, unsigned prot, u32 flags,
		     const struct space_source **source)
{
	if (flags & MAP_TYPE & MAP_SHARED && prot & SPACE_WRITE && !file_can_write(file))
		return -EACCES;
	if (!file_can_read(file))
		return -EACCES;
	if (file->node.kind == PATH_ZERO)
		return 0;
	if (file->node.kind != PATH_REGULAR || !file->node.entry)
		return -ENODEV;
	*source = path_source(&file->node);
	return *source ? 0 : -ENOMEM;
}

static s64 check_type(bool is_file, u32 flags)
{
	switch (flags & MAP_TYPE) {
	case MAP_PRIVATE:
		return 0;
	case MAP_SHARED:
		return !is_file && flags & MAP_GROWSDOWN ? -EINVAL : 0;
	case MAP_VALIDATE:
		if (!is_file)
			return -EINVAL;
		return flags & ~MAP_KNOWN ? -EOPNOTSUPP : 0;
	default:
		return -EINVAL;
	}
}

bool syscall_memory_is_page(struct process *p, u64 at)
{
	if (IS_ALIGNED(at, call_page_bytes(p)))
		return true;
	if (IS_ALIGNED(at, PAGE_SIZE_MIN))
		process_reason(p, "%s: %#llx is no multiple of this process's pages, which are %s",
			       syscall_name(task_here()->regs->x[8]), at, p->granule->name);
	return false;
}

/*
 * Touch each page: for writing, or else for reading. It may end early, without memory or by a
 * signal, and the call succeeds all the same.
 */
static void populate(struct process *p, u64 at, u64 bytes)
{
	for (u64 end = at + bytes; at < end && !signal_is_pending(task_here());
	     at += call_page_bytes(p)) {
		enum space_verdict verdict = space_fault(p->space, at, SPACE_ACCESS_WRITE);

		if (verdict == SPACE_DENIED)
			verdict = space_fault(p->space, at, SPACE_ACCESS_READ);
		if (verdict != SPACE_OK)
			return;
		sched_relax();
	}
}

static unsigned space_flags(u32 flags)
{
	return (flags & (MAP_FIXED | MAP_NOREPLACE) ? SPACE_FIXED : 0u) |
	       (flags & MAP_NOREPLACE ? SPACE_NOREPLACE : 0u) |
	       (flags & MAP_SHARED ? SPACE_SHARED : 0u) |
	       (flags & MAP_GROWSDOWN ? SPACE_GROWSDOWN : 0u);
}

/* NULL: of no file. */
static s64 map(struct process *p, const struct file *file, const u64 *a)
{
	u32 flags = (u32)a[3];
	bool is_file = !(flags & MAP_ANONYMOUS);
	struct space_request request = {
		.at = a[0],
		.bytes = call_page_up(p, a[1]),
		.prot = a[2] & PROT_ALL,
		.flags = space_flags(flags),
		.offset = a[5],
	};
	u64 at;
	s64 err;

	if (!syscall_memory_is_page(p, a[5]))
		return -EINVAL;
	if (is_file && (!file || file->flags & OPEN_PATH))
		return -EBADF;
	if (flags & MAP_HUGETLB)
		return is_file ? -EINVAL : -ENOMEM; /* there are no huge pages of this kind */
	if (!a[1])
		return -EINVAL;
	if (!request.bytes || request.bytes > USER_VA_END)
		return -ENOMEM;
	if (a[5] + request.bytes < a[5])
		return -EOVERFLOW;
	err = check_type(is_file, flags);
	if (!err && is_file)
		err = source_of(file, request.prot, flags, &request.source);
	if (!err)
		err = space_map(p->space, &request, &at);
	if (err)
		return err;
	p->files->shares |= request.source && flags & MAP_SHARED;
	if (flags & MAP_POPULATE)
		populate(p, at, request.bytes);
	return (s64)at;
}

s64 syscall_mmap(struct process *p, const u64 *a)
{
	struct file *file = (u32)a[3] & MAP_ANONYMOUS ? NULL : files_get(p->files, a[4]);
	s64 at = map(p, file, a);

	files_let_go(p->files, file);
	return at;
}

/* ---- what changes mappings ---- */

s64 syscall_munmap(struct process *p, const u64 *a)
{
	u64 bytes = call_page_up(p, a[1]);

	if (!syscall_memory_is_page(p, a[0]) || !call_range_is_user(a[0], a[1]) || !bytes)
		return -EINVAL;
	return space_unmap(p->space, a[0], bytes);
}

/*
 * Is a shared mapping of a file in the range? No file here is open for writing, so it can't be.
 * Few processes have one, and to look at mappings takes time.
 */
static bool has_shared_file(const struct process *p, u64 at, u64 end)
{
	struct space_view view;

	if (!p->files->shares)
		return false;
	for (; at < end && space_next(p->space, at, &view) && view.base < end; at = view.end)
		if (view.source && view.flags & SPACE_SHARED)
			return true;
	return false;
}

s64 syscall_mprotect(struct process *p, const u64 *a)
{
	u64 bytes = call_page_up(p, a[1]);
	u64 grows = a[2] & (PROT_GROWSDOWN | PROT_GROWSUP), prot = a[2] & ~grows;

	if (grows == (PROT_GROWSDOWN | PROT_GROWSUP) || !syscall_memory_is_page(p, a[0]))
		return -EINVAL;
	if (!a[1])
		return 0;
	if (a[0] + bytes <= a[0])
		return -ENOMEM;
	/* Nothing here grows; Linux says so of what isn't a stack. */
	if (prot & ~(u64)(PROT_ALL | PROT_SEM) || grows)
		return -EINVAL;
	if (!call_range_is_user(a[0], bytes))
		return -ENOMEM;
	if (prot & SPACE_WRITE && has_shared_file(p, a[0], a[0] + bytes))
		return -EACCES;
	return space_protect(p->space, a[0], bytes, prot & PROT_ALL);
}

s64 syscall_mremap(struct process *p, const u64 *a)
{
	u64 bytes = call_page_up(p, a[1]), new_bytes = call_page_up(p, a[2]), at;
	u64 flags = a[3];
	s64 err;

	if (flags & ~(u64)(SPACE_MOVE_MAYMOVE | SPACE_MOVE_FIXED | SPACE_MOVE_DONTUNMAP))
		return -EINVAL;
	if (flags & (SPACE_MOVE_FIXED | SPACE_MOVE_DONTUNMAP) && !(flags & SPACE_MOVE_MAYMOVE))
		return -EINVAL;
	if (flags & SPACE_MOVE_DONTUNMAP && a[1] != a[2])
		return -EINVAL;
	if (!syscall_memory_is_page(p, a[0]) || !new_bytes)
		return -EINVAL;
	if (flags & (SPACE_MOVE_FIXED | SPACE_MOVE_DONTUNMAP) &&
	    (!syscall_memory_is_page(p, a[4]) || !call_range_is_user(a[4], new_bytes)))
		return -EINVAL;
	if (flags & SPACE_MOVE_FIXED && a[0] + bytes > a[4] && a[4] + new_bytes > a[0])
		return -EINVAL;
	err = space_move(p->space, a[0], bytes, new_bytes, (unsigned)flags, a[4], &at);
	return err ? err : (s64)at;
}

s64 syscall_brk(struct process *p, const u64 *a)
{
	return (s64)space_set_brk(p->space, a[0]);
}

/* ---- what is said of mappings ---- */

/* A range from a page on. 1: it is empty, and that is fine. */
static s64 take_range(struct process *p, u64 at, u64 asked, u64 *bytes)
{
	*bytes = call_page_up(p, asked);
	if (!syscall_memory_is_page(p, at) || (asked && !*bytes) || at + *bytes < at)
		return -EINVAL;
	return !*bytes;
}

static s64 check_mapped(struct process *p, u64 at, u64 bytes)
{
	return call_range_is_user(at, bytes) ? space_is_mapped(p->space, at, bytes) : -ENOMEM;
}

enum {
	ADVICE_LAST_OLD = 4, /* NORMAL, RANDOM, SEQUENTIAL, WILLNEED, DONTNEED */
	ADVICE_DONTNEED = 4,
	ADVICE_FREE = 8,
	ADVICE_DONTFORK = 10,
	ADVICE_DOFORK = 11,
	ADVICE_HUGEPAGE = 14,
	ADVICE_POPULATE_READ = 22,
	ADVICE_POPULATE_WRITE = 23,
	ADVICE_DONTNEED_LOCKED = 24,
	ADVICE_COLLAPSE = 25,
};

/* Each page, as if the program touched it. */
static s64 touch(struct process *p, u64 at, u64 bytes, enum space_access access)
{
	for (u64 end = at + bytes; at < end; at += call_page_bytes(p)) {
		if (signal_is_pending(task_here()))
			return -EINTR;
		switch (space_fault(p->space, at, access)) {
		case SPACE_OK:
			break;
		case SPACE_DENIED:
			return -EINVAL;
		case SPACE_NOT_MAPPED:
		case SPACE_NO_MEMORY:
			return -ENOMEM;
		default:
			return -EFAULT;
		}
		sched_relax();
	}
	return 0;
}

static s64 advise(struct process *p, u64 at, u64 bytes, u64 advice)
{
	s64 hole = check_mapped(p, at, bytes);

	if (!call_range_is_user(at, bytes))
		return -ENOMEM;
	switch (advice) {
	case ADVICE_DONTNEED:
	case ADVICE_DONTNEED_LOCKED:
	case ADVICE_FREE:
		/* What is mapped beside a hole goes, too. */
		return space_discard(p->space, at, bytes) ?: hole;
	case ADVICE_POPULATE_READ:
	case ADVICE_POPULATE_WRITE:
		return hole
			       ?: touch(p, at, bytes,
					advice == ADVICE_POPULATE_READ ? SPACE_ACCESS_READ
								       : SPACE_ACCESS_WRITE);
	default:
		return hole; /* the others are hints, or say how to fork and dump */
	}
}

s64 syscall_madvise(struct process *p, const u64 *a)
{
	u64 bytes, advice = (u32)a[2];
	s64 err;

	if (advice > ADVICE_LAST_OLD && advice != ADVICE_FREE &&
	    (advice < ADVICE_DONTFORK || advice > ADVICE_COLLAPSE))
		return -EINVAL;
	err = take_range(p, a[0], a[1], &bytes);
	if (err)
		return err > 0 ? 0 : err;
	return advise(p, a[0], bytes, advice);
}

s64 syscall_mincore(struct process *p, const u64 *a)
{
	u64 page = call_page_bytes(p), bytes = call_page_up(p, a[1]), step = 256 * page;
	u8 vector[256];

	if (!syscall_memory_is_page(p, a[0]))
		return -EINVAL;
	if (!call_range_is_user(a[0], a[1]))
		return -ENOMEM;
	if (!call_range_is_user(a[2], bytes / page))
		return -EFAULT;
	for (u64 done = 0; done < bytes; done += step) {
		u64 piece = MIN(step, bytes - done);
		s64 err = space_resident(p->space, a[0] + done, piece, vector);

		if (err)
			return err;
		if (user_copy_out(a[2] + done / page, vector, piece / page))
			return -EFAULT;
		sched_relax();
	}
	return 0;
}

#define MSYNC_ASYNC 1u
#define MSYNC_ALL   7u
#define MSYNC_SYNC  4u

s64 syscall_msync(struct process *p, const u64 *a)
{
	u64 bytes = call_page_up(p, a[1]);
	u32 flags = (u32)a[2];

	if (flags & ~MSYNC_ALL || !syscall_memory_is_page(p, a[0]) ||
	    (flags & (MSYNC_ASYNC | MSYNC_SYNC)) == (MSYNC_ASYNC | MSYNC_SYNC))
		return -EINVAL;
	if (a[0] + bytes < a[0])
		return -ENOMEM;
	return bytes ? check_mapped(p, a[0], bytes) : 0;
}

/* Nothing is ever paged out, so that it be there is all of it. */
static s64 lock(struct process *p, u64 at, u64 asked, bool touches)
{
	u64 page = call_page_bytes(p), first = ALIGN_DOWN(at, page);
	u64 bytes = call_page_up(p, asked + (at - first));
	s64 err;

	if (first + bytes < first)
		return -EINVAL;
	err = bytes ? check_mapped(p, first, bytes) : 0;
	if (!err && touches)
		populate(p, first, bytes);
	return err;
}

s64 syscall_mlock(struct process *p, const u64 *a)
{
	return lock(p, a[0], a[1], true);
}

s64 syscall_mlock2(struct process *p, const u64 *a)
{
	return a[2] & ~1ULL ? -EINVAL : lock(p, a[0], a[1], !a[2]);
}

s64 syscall_munlock(struct process *p, const u64 *a)
{
	return lock(p, a[0], a[1], false);
}

s64 syscall_mlockall(struct process *p, const u64 *a)
{
	(void)p;
	return !a[0] || a[0] > 7 || a[0] == 4 ? -EINVAL : 0;
}

s64 syscall_munlockall(struct process *p, const u64 *a)
{
	(void)p, (void)a;
	return 0;
}
