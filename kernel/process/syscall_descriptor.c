// SPDX-License-Identifier: BSD-2-Clause
/* System calls on descriptors, whatever they stand for: closing, copies, flags. */
#include <lib/string.h>

#include "calls.h"
#include "pipe.h"

s64 syscall_close(struct process *p, const u64 *a)
{
	return files_close(p->files, a[0]);
}

#define RANGE_UNSHARE 2u /* which it is */
#define RANGE_CLOEXEC 4u

/* Those that there are in it, with the last one cut to the table's. */
s64 syscall_close_range(struct process *p, const u64 *a)
{
	u32 first = (u32)a[0], last = (u32)a[1], flags = (u32)a[2];

	if (flags & ~(RANGE_UNSHARE | RANGE_CLOEXEC) || first > last)
		return -EINVAL;
	for (u64 at = first; at <= last && at < p->files->descriptors; at++) {
		if (flags & RANGE_CLOEXEC)
			(void)files_close_on_exec(p->files, at, true);
		else
			(void)files_close(p->files, at);
		sched_relax();
	}
	return 0;
}

static s64 add(struct process *p, struct file *file, u64 from, bool close_on_exec)
{
	int at;

	file_hold(file);
	at = files_add(p->files, file, from, p->limits.limit[LIMIT_NOFILE].now, close_on_exec);
	if (at < 0)
		file_release(file);
	return at;
}

s64 syscall_dup(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);
	s64 at = file ? add(p, file, 0, false) : -EBADF;

	files_let_go(p->files, file);
	return at;
}

s64 syscall_dup3(struct process *p, const u64 *a)
{
	struct file *file;
	u64 at = (u32)a[1];
	int err;

	if (a[2] & ~(u64)OPEN_CLOEXEC || (u32)a[0] == at)
		return -EINVAL;
	file = files_get(p->files, a[0]);
	if (!file)
		return -EBADF;
	/* Before what is open there goes: it may be the last other name of this file. */
	file_hold(file);
	err = files_put(p->files, file, at, p->limits.limit[LIMIT_NOFILE].now, a[2] & OPEN_CLOEXEC);
	if (err < 0)
		file_release(file);
	files_let_go(p->files, file);
	return err;
}

/* ---- fcntl ---- */

enum {
	F_DUP,
	F_GET_CLOEXEC,
	F_SET_CLOEXEC,
	F_GET_FLAGS,
	F_SET_FLAGS,
	F_GET_LOCK,
	F_SET_LOCK,
	F_WAIT_LOCK,
	F_SET_OWNER,
	F_GET_OWNER,
	F_DUP_CLOEXEC = 1030,
	F_SET_PIPE_BYTES = 1031,
	F_GET_PIPE_BYTES = 1032,
};

/* struct flock */
struct file_lock {
	u16 type;
	u16 whence;
	u64 start, length;
	u32 pid;
};

#define LOCK_NONE 2

/* Locks of one process never wait for each other; nobody else has any. */
static s64 lock(u64 command, u64 at)
{
	struct file_lock flock;

	if (user_copy_in(&flock, at, sizeof(flock)))
		return -EFAULT;
	if (flock.type > LOCK_NONE || flock.whence > 2)
		return -EINVAL;
	if (command != F_GET_LOCK)
		return 0;
	flock.type = LOCK_NONE;
	return call_give(at, &flock, sizeof(flock));
}

/* Packets are for pipes; what has no path can do nothing else directly. */
static s64 set_flags(struct file *file, u32 flags)
{
	if (flags & OPEN_DIRECT && file->node.kind == PATH_ANONYMOUS)
		return -EINVAL;
	file_set_flags(file, flags);
	return 0;
}

static s64 pipe_bytes(struct process *p, struct file *file)
{
	if (file->node.kind == PATH_OUTPUT)
		return (s64)(PIPE_SLOTS * call_page_bytes(p));
	return file->node.kind == PATH_PIPE ? pipe_capacity(file) : -EBADF;
}

static s64 control(struct process *p, struct file *file, const u64 *a)
{
	switch ((u32)a[1]) {
	case F_DUP:
	case F_DUP_CLOEXEC:
		if ((u32)a[2] >= p->limits.limit[LIMIT_NOFILE].now)
			return -EINVAL;
		return add(p, file, (u32)a[2], (u32)a[1] == F_DUP_CLOEXEC);
	case F_GET_CLOEXEC:
		return files_closes_on_exec(p->files, a[0]);
	case F_SET_CLOEXEC:
		return files_close_on_exec(p->files, a[0], a[2] & 1);
	case F_GET_FLAGS:
		return file->flags;
	case F_SET_FLAGS:
		return file->flags & OPEN_PATH ? -EBADF : set_flags(file, (u32)a[2]);
	case F_GET_LOCK:
	case F_SET_LOCK:
	case F_WAIT_LOCK:
		return file->flags & OPEN_PATH ? -EBADF : lock((u32)a[1], a[2]);
	case F_SET_OWNER:
	case F_GET_OWNER:
		return 0;
	case F_GET_PIPE_BYTES:
		return pipe_bytes(p, file);
	case F_SET_PIPE_BYTES:
		return file->node.kind == PATH_PIPE ? pipe_set_capacity(file, (u32)a[2]) : -EBADF;
	default:
		return -EINVAL;
	}
}

s64 syscall_fcntl(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);
	s64 answer = file ? control(p, file, a) : -EBADF;

	files_let_go(p->files, file);
	return answer;
}

/* ---- ioctl: nothing here is a terminal ---- */

#define IOCTL_NONBLOCK  0x5421 /* FIONBIO */
#define IOCTL_NOCLOEXEC 0x5450
#define IOCTL_CLOEXEC   0x5451

static s64 readable(const struct file *file, u64 to)
{
	u32 number = (u32)(file->node.bytes - MIN(file->position, file->node.bytes));

	return call_give(to, &number, sizeof(number));
}

static s64 control_device(struct process *p, struct file *file, const u64 *a)
{
	u32 number;

	switch ((u32)a[1]) {
	case IOCTL_CLOEXEC:
	case IOCTL_NOCLOEXEC:
		return files_close_on_exec(p->files, a[0], (u32)a[1] == IOCTL_CLOEXEC);
	case IOCTL_NONBLOCK:
		if (user_copy_in(&number, a[2], sizeof(number)))
			return -EFAULT;
		file_set_flags(file,
			       number ? file->flags | OPEN_NONBLOCK : file->flags & ~OPEN_NONBLOCK);
		return 0;
	default:
		if ((u32)a[1] == IOCTL_READABLE && file->node.kind == PATH_REGULAR)
			return readable(file, a[2]);
		return file->ops->control ? file->ops->control(file, (u32)a[1], a[2]) : -ENOTTY;
	}
}

s64 syscall_ioctl(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);
	s64 answer = -EBADF;

	if (file && !(file->flags & OPEN_PATH))
		answer = control_device(p, file, a);
	files_let_go(p->files, file);
	return answer;
}
