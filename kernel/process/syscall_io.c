// SPDX-License-Identifier: BSD-2-Clause
/*
 * System calls that read and write, and those on positions.
 *
 * What has a path never waits: all of a file is there, and output takes everything.
 */
#include <lib/string.h>
#include <mm/kmalloc.h>

#include "calls.h"
#include "file.h"

struct iovec {
	u64 at, bytes;
};

#define IOVECS_MOST 1024u /* UIO_MAXIOV */

/* ---- reading and writing ---- */

enum way { READS, WRITES };

static __always_inline bool may(const struct file *file, enum way way)
{
	return way == READS ? file_can_read(file) : file_can_write(file);
}

static __always_inline s64 transfer(struct process *p, struct file *file, enum way way, u64 at,
				    u64 bytes, u64 position)
{
	if (!call_range_is_user(at, bytes))
		return -EFAULT;
	bytes = call_clip(p, bytes);
	return way == READS ? file_read(p, file, at, bytes, position)
			    : file_write(p, file, at, bytes);
}

/* Have the position for this thread alone. True: file->mutex is held. */
static bool take_position(const struct process *p, struct file *file)
{
	if (likely(!p->files->shared) || !file_has_position(file))
		return false;
	mutex_take(&file->mutex, "a file's position");
	return true;
}

static __noinline s64 transfer_shared(struct process *p, struct file *file, enum way way, u64 at,
				      u64 bytes)
{
	bool taken = take_position(p, file);
	s64 done = transfer(p, file, way, at, bytes, file->position);

	if (done > 0)
		file->position += (u64)done;
	if (taken)
		mutex_let_go(&file->mutex);
	file_release(file);
	return done;
}

/* Once there are several threads, the file is held, and its position is for one at a time. */
static __always_inline s64 transfer_here(struct process *p, const u64 *a, enum way way)
{
	struct file *file = files_get(p->files, a[0]);
	s64 done;

	if (!file || !may(file, way)) {
		files_let_go(p->files, file);
		return -EBADF;
	}
	if (unlikely(p->files->shared))
		return transfer_shared(p, file, way, a[1], a[2]);
	done = transfer(p, file, way, a[1], a[2], file->position);
	if (done > 0)
		file->position += (u64)done;
	return done;
}

s64 syscall_read(struct process *p, const u64 *a)
{
	return transfer_here(p, a, READS);
}

s64 syscall_write(struct process *p, const u64 *a)
{
	return transfer_here(p, a, WRITES);
}

/* At a position of its own, which isn't kept. */
static __always_inline s64 transfer_at(struct process *p, const u64 *a, enum way way)
{
	struct file *file;
	s64 done = -EBADF;

	if ((s64)a[3] < 0)
		return -EINVAL;
	file = files_get(p->files, a[0]);
	if (file && !file_has_position(file))
		done = -ESPIPE;
	else if (file && may(file, way))
		done = transfer(p, file, way, a[1], a[2], a[3]);
	files_let_go(p->files, file);
	return done;
}

s64 syscall_pread64(struct process *p, const u64 *a)
{
	return transfer_at(p, a, READS);
}

s64 syscall_pwrite64(struct process *p, const u64 *a)
{
	return transfer_at(p, a, WRITES);
}

/* A copy of the list, checked as a whole before anything is done. */
static s64 take_iovecs(const struct process *p, u64 from, u64 count, struct iovec **list)
{
	u64 left = call_clip(p, ~0ULL);

	*list = NULL;
	if (count > IOVECS_MOST)
		return -EINVAL;
	if (!count)
		return 0;
	*list = kmalloc(count * sizeof(**list), 0);
	if (!*list)
		return -ENOMEM;
	if (user_copy_in(*list, from, count * sizeof(**list)))
		return -EFAULT;
	for (u64 i = 0; i < count; i++) {
		struct iovec *v = &(*list)[i];

		if ((s64)v->bytes < 0)
			return -EINVAL;
		if (!call_range_is_user(v->at, v->bytes))
			return -EFAULT;
		v->bytes = MIN(v->bytes, left);
		left -= v->bytes;
	}
	return 0;
}

static s64 transfer_list(struct process *p, struct file *file, enum way way,
			 const struct iovec *list, u64 count)
{
	bool taken = take_position(p, file);
	s64 done = 0, err = 0;

	for (u64 i = 0; i < count && !err; i++) {
		s64 some = transfer(p, file, way, list[i].at, list[i].bytes, file->position);

		err = some < 0 ? some : 0;
		some = MAX(some, 0);
		done += some;
		file->position += (u64)some;
		if ((u64)some < list[i].bytes)
			break;
	}
	if (taken)
		mutex_let_go(&file->mutex);
	return done ? done : err;
}

static s64 transfer_vector(struct process *p, const u64 *a, enum way way)
{
	struct file *file = files_get(p->files, a[0]);
	struct iovec *list;
	s64 done;

	if (!file)
		return -EBADF;
	done = take_iovecs(p, a[1], a[2], &list);
	if (!done && !may(file, way))
		done = -EBADF;
	if (!done)
		done = transfer_list(p, file, way, list, a[2]);
	kfree(list);
	files_let_go(p->files, file);
	return done;
}

s64 syscall_readv(struct process *p, const u64 *a)
{
	return transfer_vector(p, a, READS);
}

s64 syscall_writev(struct process *p, const u64 *a)
{
	return transfer_vector(p, a, WRITES);
}

/* ---- positions ---- */

enum { SEEK_FROM_START, SEEK_FROM_HERE, SEEK_FROM_END, SEEK_DATA_FROM, SEEK_HOLE_FROM };

static s64 seek(const struct file *file, s64 offset, u64 whence)
{
	u64 size = file->node.bytes;
	s64 base = 0;

	switch (whence) {
	case SEEK_FROM_START:
		break;
	case SEEK_FROM_HERE:
		base = (s64)file->position;
		break;
	case SEEK_FROM_END:
		base = (s64)size;
		break;
	case SEEK_DATA_FROM:
	case SEEK_HOLE_FROM:
		/* All of a file is data, and its end the one hole. */
		if (offset < 0 || (u64)offset >= size)
			return -ENXIO;
		return whence == SEEK_DATA_FROM ? offset : (s64)size;
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(base, offset, &base) || base < 0)
		return -EINVAL;
	return base;
}

static s64 lseek(struct process *p, struct file *file, const u64 *a)
{
	bool taken;
	s64 at;

	if (!file || file->flags & OPEN_PATH)
		return -EBADF;
	if (file_is_stream(file))
		return -ESPIPE;
	if (file->node.kind == PATH_ANONYMOUS ||
	    (file->node.kind >= PATH_NULL && file->node.kind <= PATH_RANDOM))
		return (u32)a[2] > SEEK_HOLE_FROM ? -EINVAL : 0;
	taken = take_position(p, file);
	at = seek(file, (s64)a[1], (u32)a[2]);
	if (at >= 0)
		file->position = (u64)at;
	if (taken)
		mutex_let_go(&file->mutex);
	return at;
}

s64 syscall_lseek(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);
	s64 at = lseek(p, file, a);

	files_let_go(p->files, file);
	return at;
}

/* Everything is where it is to be already. */
s64 syscall_fsync(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);
	s64 answer = -EINVAL;

	if (!file || file->flags & OPEN_PATH)
		answer = -EBADF;
	else if (file->node.kind == PATH_REGULAR || file->node.kind == PATH_DIRECTORY)
		answer = 0;
	files_let_go(p->files, file);
	return answer;
}

s64 syscall_fdatasync(struct process *p, const u64 *a)
{
	return syscall_fsync(p, a);
}

s64 syscall_fadvise64(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);
	s64 answer = (s64)a[2] < 0 || (u32)a[3] > 5 ? -EINVAL : 0;

	if (!file || file->flags & OPEN_PATH)
		answer = -EBADF;
	else if (file_is_stream(file))
		answer = -ESPIPE;
	files_let_go(p->files, file);
	return answer;
}
