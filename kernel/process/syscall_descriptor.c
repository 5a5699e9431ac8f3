// SPDX-License-Identifier: BSD-2-Clause
/* System calls on descriptors, whatever they stand for: closing, copies, flags, which are ready. */
#include <arch/counter.h>
#include <lib/string.h>

#include "calls.h"
#include "file.h"

s64 syscall_close(struct process *p, const u64 *a)
{
	return files_close(p->files, a[0]);
}

static s64 add(struct process *p, struct file *file, u64 from, bool close_on_exec)
{
	int at = files_add(p->files, file, from, p->limits.limit[LIMIT_NOFILE].now, close_on_exec);

	if (at >= 0)
		file->references++;
	return at;
}

s64 syscall_dup(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);

	return file ? add(p, file, 0, false) : -EBADF;
}

s64 syscall_dup3(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);
	u64 at = (u32)a[1];
	int err;

	if (a[2] & ~(u64)OPEN_CLOEXEC || (u32)a[0] == at)
		return -EINVAL;
	if (!file)
		return -EBADF;
	/* Before what is open there goes: it may be the last other name of this file. */
	file->references++;
	err = files_put(p->files, file, at, p->limits.limit[LIMIT_NOFILE].now, a[2] & OPEN_CLOEXEC);
	if (err < 0)
		file_release(file);
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
	F_GET_PIPE_BYTES = 1032,
};

/* struct flock */
struct file_lock {
	u16 type;
	u16 whence;
	u64 start, length;
	u32 pid;
};

#define LOCK_NONE  2
#define PIPE_PAGES 16

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

static s64 set_flags(struct file *file, u64 flags)
{
	file->flags = (file->flags & ~OPEN_CHANGEABLE) | ((u32)flags & OPEN_CHANGEABLE);
	return 0;
}

s64 syscall_fcntl(struct process *p, const u64 *a)
{
	struct descriptor *d = files_find(p->files, a[0]);
	struct file *file;

	if (!d)
		return -EBADF;
	file = d->file;
	switch ((u32)a[1]) {
	case F_DUP:
	case F_DUP_CLOEXEC:
		if ((u32)a[2] >= p->limits.limit[LIMIT_NOFILE].now)
			return -EINVAL;
		return add(p, file, (u32)a[2], (u32)a[1] == F_DUP_CLOEXEC);
	case F_GET_CLOEXEC:
		return d->close_on_exec;
	case F_SET_CLOEXEC:
		d->close_on_exec = a[2] & 1;
		return 0;
	case F_GET_FLAGS:
		return file->flags;
	case F_SET_FLAGS:
		return file->flags & OPEN_PATH ? -EBADF : set_flags(file, a[2]);
	case F_GET_LOCK:
	case F_SET_LOCK:
	case F_WAIT_LOCK:
		return file->flags & OPEN_PATH ? -EBADF : lock((u32)a[1], a[2]);
	case F_SET_OWNER:
	case F_GET_OWNER:
		return 0;
	case F_GET_PIPE_BYTES:
		return file_is_pipe(file) ? (s64)(PIPE_PAGES * call_page_bytes(p)) : -EBADF;
	default:
		return -EINVAL;
	}
}

/* ---- ioctl: nothing here is a terminal ---- */

#define IOCTL_READABLE  0x541b /* FIONREAD */
#define IOCTL_NONBLOCK  0x5421 /* FIONBIO */
#define IOCTL_NOCLOEXEC 0x5450
#define IOCTL_CLOEXEC   0x5451

s64 syscall_ioctl(struct process *p, const u64 *a)
{
	struct descriptor *d = files_find(p->files, a[0]);
	struct file *file;
	u32 number;

	if (!d || d->file->flags & OPEN_PATH)
		return -EBADF;
	file = d->file;
	switch ((u32)a[1]) {
	case IOCTL_CLOEXEC:
	case IOCTL_NOCLOEXEC:
		d->close_on_exec = (u32)a[1] == IOCTL_CLOEXEC;
		return 0;
	case IOCTL_NONBLOCK:
		if (user_copy_in(&number, a[2], sizeof(number)))
			return -EFAULT;
		return set_flags(file, number ? file->flags | OPEN_NONBLOCK
					      : file->flags & ~OPEN_NONBLOCK);
	case IOCTL_READABLE:
		if (file->node.kind != PATH_REGULAR)
			return -ENOTTY;
		number = (u32)(file->node.bytes - MIN(file->position, file->node.bytes));
		return call_give(a[2], &number, sizeof(number));
	default:
		return -ENOTTY;
	}
}

/* ---- which are ready: all, always ---- */

struct poll_one {
	s32 descriptor;
	u16 events;
	u16 found;
};

#define POLL_IN      0x001
#define POLL_OUT     0x004
#define POLL_INVALID 0x020
#define POLL_NORMAL  0x040 /* POLLRDNORM */
#define POLL_WRITE   0x100 /* POLLWRNORM */

static u16 ready(const struct process *p, const struct poll_one *one)
{
	const struct file *file = files_get(p->files, (u64)one->descriptor);
	u16 found = 0;

	if (one->descriptor < 0)
		return 0;
	if (!file)
		return POLL_INVALID;
	if (file_can_read(file))
		found |= POLL_IN | POLL_NORMAL;
	if (file_can_write(file))
		found |= POLL_OUT | POLL_WRITE;
	return found & one->events;
}

/* The signal mask for the time of waiting doesn't matter: nobody sends signals meanwhile. */
s64 syscall_ppoll(struct process *p, const u64 *a)
{
	struct call_timespec time;
	u64 until = ~0ULL;
	s64 count = 0, err;

	if (a[2]) {
		err = syscall_take_time(a[2], &time);
		if (err)
			return err;
		until = syscall_add_time(arch_counter_ns(), &time);
	}
	if (a[3] && a[4] != sizeof(u64))
		return -EINVAL;
	if ((u32)a[1] > p->limits.limit[LIMIT_NOFILE].now)
		return -EINVAL;
	for (u64 i = 0; i < (u32)a[1]; i++) {
		u64 at = a[0] + i * sizeof(struct poll_one);
		struct poll_one one;

		if (user_copy_in(&one, at, sizeof(one)))
			return -EFAULT;
		one.found = ready(p, &one);
		count += one.found != 0;
		if (user_copy_out(at, &one, sizeof(one)))
			return -EFAULT;
	}
	return count ? count : syscall_wait_until(p, until);
}
