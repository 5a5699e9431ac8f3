// SPDX-License-Identifier: BSD-2-Clause
/*
 * System calls that read and write, and those on descriptors.
 *
 * Nothing here waits: all of a file is there, and output takes everything.
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

typedef s64 transfer_fn(struct process *p, struct file *file, u64 at, u64 bytes, u64 position);

static s64 do_read(struct process *p, struct file *file, u64 at, u64 bytes, u64 position)
{
	return file_read(p, file, at, bytes, position);
}

static s64 do_write(struct process *p, struct file *file, u64 at, u64 bytes, u64 position)
{
	(void)position;
	return file_write(p, file, at, bytes);
}

static s64 transfer(struct process *p, struct file *file, u64 at, u64 bytes, transfer_fn *one,
		    u64 *position)
{
	s64 done;

	if (!call_range_is_user(at, bytes))
		return -EFAULT;
	done = one(p, file, at, call_clip(p, bytes), *position);
	if (done > 0)
		*position += (u64)done;
	return done;
}

s64 syscall_read(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);

	if (!file || !file_can_read(file))
		return -EBADF;
	return transfer(p, file, a[1], a[2], do_read, &file->position);
}

s64 syscall_write(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);

	if (!file || !file_can_write(file))
		return -EBADF;
	return transfer(p, file, a[1], a[2], do_write, &file->position);
}

/* At a position of its own, which isn't kept. */
static s64 transfer_at(struct process *p, const u64 *a, transfer_fn *one, bool may)
{
	struct file *file = files_get(p->files, a[0]);
	u64 position = a[3];

	if ((s64)position < 0)
		return -EINVAL;
	if (!file)
		return -EBADF;
	if (file_is_pipe(file))
		return -ESPIPE;
	return may ? transfer(p, file, a[1], a[2], one, &position) : -EBADF;
}

s64 syscall_pread64(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);

	return transfer_at(p, a, do_read, file && file_can_read(file));
}

s64 syscall_pwrite64(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);

	return transfer_at(p, a, do_write, file && file_can_write(file));
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

static s64 transfer_list(struct process *p, struct file *file, u64 from, u64 count,
			 transfer_fn *one, bool may)
{
	struct iovec *list;
	s64 done = 0, err = take_iovecs(p, from, count, &list);

	if (!err && !may)
		err = -EBADF;
	for (u64 i = 0; i < count && !err; i++) {
		s64 some = transfer(p, file, list[i].at, list[i].bytes, one, &file->position);

		err = some < 0 ? some : 0;
		done += some < 0 ? 0 : some;
		if (some >= 0 && (u64)some < list[i].bytes)
			break;
	}
	kfree(list);
	return done ? done : err;
}

s64 syscall_readv(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);

	if (!file)
		return -EBADF;
	return transfer_list(p, file, a[1], a[2], do_read, file_can_read(file));
}

s64 syscall_writev(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);

	if (!file)
		return -EBADF;
	return transfer_list(p, file, a[1], a[2], do_write, file_can_write(file));
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

s64 syscall_lseek(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);
	s64 at;

	if (!file || file->flags & OPEN_PATH)
		return -EBADF;
	if (file_is_pipe(file))
		return -ESPIPE;
	if (file->node.kind >= PATH_NULL && file->node.kind <= PATH_RANDOM)
		return (u32)a[2] > SEEK_HOLE_FROM ? -EINVAL : 0;
	at = seek(file, (s64)a[1], (u32)a[2]);
	if (at >= 0)
		file->position = (u64)at;
	return at;
}

/* Everything is where it is to be already. */
s64 syscall_fsync(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);

	if (!file || file->flags & OPEN_PATH)
		return -EBADF;
	return file->node.kind == PATH_REGULAR || file->node.kind == PATH_DIRECTORY ? 0 : -EINVAL;
}

s64 syscall_fdatasync(struct process *p, const u64 *a)
{
	return syscall_fsync(p, a);
}

s64 syscall_fadvise64(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);

	if (!file || file->flags & OPEN_PATH)
		return -EBADF;
	if (file_is_pipe(file))
		return -ESPIPE;
	return (s64)a[2] < 0 || (u32)a[3] > 5 ? -EINVAL : 0;
}
