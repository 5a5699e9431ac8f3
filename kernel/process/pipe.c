// SPDX-License-Identifier: BSD-2-Clause
/*
 * Pipes: see pipe.h.
 *
 * Locking: the pipe's mutex, which is held while bytes are copied to and from the program: what
 * faults there never waits for a pipe. `used` and `closed` are read without it, to see what an end
 * is ready for: they change before that is told.
 */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/process.h>
#include <mm/kmalloc.h>

#include "calls.h"
#include "pipe.h"
#include "pipe_bytes.h"
#include "watch.h"

#define SLOTS_MOST (1u << 16)
#define BYTES_MOST (1u << 31)

enum { READS, WRITES, ENDS };

struct slot {
	u32 from; /* so much of it was read */
	u32 bytes : 31;
	u32 packet : 1; /* one read takes it all, and nothing is added */
};

struct pipe {
	struct file end[ENDS];
	struct mutex mutex;
	u32 open; /* ends that aren't gone yet. Atomic */
	bool closed[ENDS];
	u32 slots; /* a power of two */
	u32 first; /* the next one to be read, modulo `slots` */
	u32 used;
	u64 slot_bytes;
	struct slot *slot; /* `own` or allocated */
	struct slot own[PIPE_SLOTS];
	struct pipe_bytes content;
};

static struct pipe *of_reads(struct file *file)
{
	return container_of(file, struct pipe, end[READS]);
}

static struct pipe *of_writes(struct file *file)
{
	return container_of(file, struct pipe, end[WRITES]);
}

static bool is_closed(const struct pipe *pipe, unsigned end)
{
	return __atomic_load_n(&pipe->closed[end], __ATOMIC_RELAXED);
}

static struct slot *slot_at(struct pipe *pipe, u32 after_first)
{
	return &pipe->slot[(pipe->first + after_first) & (pipe->slots - 1)];
}

static void set_used(struct pipe *pipe, u32 used)
{
	__atomic_store_n(&pipe->used, used, __ATOMIC_RELAXED);
}

/* ---- what each end is ready for ---- */

static u32 poll_reads(struct file *file)
{
	const struct pipe *pipe = of_reads(file);
	u32 ready = is_closed(pipe, WRITES) ? POLL_HANGUP : 0;

	return __atomic_load_n(&pipe->used, __ATOMIC_RELAXED) ? ready | POLL_READ : ready;
}

static u32 poll_writes(struct file *file)
{
	const struct pipe *pipe = of_writes(file);
	u32 ready = is_closed(pipe, READS) ? POLL_ERROR : 0;

	return __atomic_load_n(&pipe->used, __ATOMIC_RELAXED) <
			       __atomic_load_n(&pipe->slots, __ATOMIC_RELAXED)
		       ? ready | POLL_WRITE
		       : ready;
}

/* ---- reading ---- */

/* What fits of the next slot, which is there. Negative: nothing of it was read. */
static s64 read_slot(struct pipe *pipe, u64 to, u64 bytes)
{
	struct slot *slot = slot_at(pipe, 0);
	u64 some = MIN(bytes, (u64)slot->bytes);

	if (!pipe_bytes_give(&pipe->content, to, some))
		return -EFAULT;
	if (slot->packet)
		pipe_bytes_drop(&pipe->content, slot->bytes);
	else
		pipe_bytes_drop(&pipe->content, some);
	if (slot->packet || some == slot->bytes) {
		pipe->first++;
		set_used(pipe, pipe->used - 1);
	} else {
		slot->from += (u32)some;
		slot->bytes -= (u32)some & 0x7fffffff;
	}
	return (s64)some;
}

/* All that is there, up to `bytes`; a packet only by itself. */
static s64 read_slots(struct pipe *pipe, u64 to, u64 bytes)
{
	u64 done = 0;

	while (done < bytes && pipe->used) {
		bool packet = slot_at(pipe, 0)->packet;
		s64 some = read_slot(pipe, to + done, bytes - done);

		if (some < 0)
			return done ? (s64)done : some;
		done += (u64)some;
		if (packet)
			break;
		if (unlikely(done < bytes))
			sched_relax();
	}
	return (s64)done;
}

static s64 read_pipe(struct process *p, struct file *file, u64 to, u64 bytes, u64 position)
{
	struct pipe *pipe = of_reads(file);
	bool waited = false, was_full, more;
	s64 done = 0;

	(void)position;
	if (!bytes)
		return 0;
	mutex_take(&pipe->mutex, "a pipe");
	while (!pipe->used && !pipe->closed[WRITES] && !done) {
		if (file_is_nonblocking(file)) {
			done = -EAGAIN;
			break;
		}
		mutex_let_go(&pipe->mutex);
		done = file_wait(p, file, POLL_READ, "a pipe");
		waited = true;
		mutex_take(&pipe->mutex, "a pipe");
	}
	was_full = pipe->used == pipe->slots;
	if (!done)
		done = read_slots(pipe, to, bytes);
	was_full = was_full && pipe->used < pipe->slots;
	more = waited && pipe->used;
	mutex_let_go(&pipe->mutex);
	if (was_full)
		file_tell(&pipe->end[WRITES], POLL_WRITE);
	if (more)
		file_tell_one(file, POLL_READ);
	return done;
}

/* ---- writing ---- */

/* Of what is written, the part that isn't a multiple of a page, if it goes after the last slot. */
static u64 fits_last(struct pipe *pipe, u64 bytes)
{
	u64 rest = bytes & (pipe->slot_bytes - 1);
	const struct slot *last;

	if (!pipe->used || !rest)
		return 0;
	last = slot_at(pipe, pipe->used - 1);
	return !last->packet && last->from + last->bytes + rest <= pipe->slot_bytes ? rest : 0;
}

/* Into the last slot or a new one. -EAGAIN: none is free. */
static s64 write_slot(struct pipe *pipe, u64 from, u64 bytes, bool first, bool packet)
{
	u64 some = first ? fits_last(pipe, bytes) : 0;
	bool joins = some;
	s64 err;

	if (!joins) {
		if (pipe->used == pipe->slots)
			return -EAGAIN;
		some = MIN(bytes, pipe->slot_bytes);
	}
	err = pipe_bytes_take(&pipe->content, from, some);
	if (err)
		return err;
	if (joins) {
		slot_at(pipe, pipe->used - 1)->bytes += (u32)some & 0x7fffffff;
	} else {
		*slot_at(pipe, pipe->used) =
			(struct slot){ .bytes = (u32)some & 0x7fffffff, .packet = packet };
		set_used(pipe, pipe->used + 1);
	}
	return (s64)some;
}

/* As much as there is room for: how much, and *err why no more. */
static u64 write_slots(struct pipe *pipe, u64 from, u64 bytes, bool first, s64 *err)
{
	bool packet = pipe->end[WRITES].flags & OPEN_DIRECT;
	u64 done = 0;

	*err = 0;
	while (done < bytes) {
		s64 some = pipe->closed[READS] ? -EPIPE
					       : write_slot(pipe, from + done, bytes - done,
							    first && !done, packet);

		if (some < 0) {
			*err = some;
			break;
		}
		done += (u64)some;
		if (unlikely(done < bytes))
			sched_relax();
	}
	return done;
}

static s64 write_pipe(struct process *p, struct file *file, u64 from, u64 bytes)
{
	struct pipe *pipe = of_writes(file);
	bool waited = false, room = false;
	u64 done = 0;
	s64 err = 0;

	while (done < bytes && !err) {
		u64 some;

		mutex_take(&pipe->mutex, "a pipe");
		some = write_slots(pipe, from + done, bytes - done, !waited, &err);
		room = pipe->used < pipe->slots;
		mutex_let_go(&pipe->mutex);
		if (some)
			file_tell(&pipe->end[READS], POLL_READ);
		done += some;
		if (err != -EAGAIN || file_is_nonblocking(file))
			break;
		err = file_wait(p, file, POLL_WRITE, "a pipe");
		waited = true;
	}
	if (waited && room)
		file_tell_one(file, POLL_WRITE);
	if (err == -EPIPE)
		(void)!signal_send_task(p, task_here()->number, SIGNAL_PIPE, SIGNAL_BY_USER);
	return done ? (s64)done : err;
}

/* ---- the rest ---- */

static s64 control(struct pipe *pipe, u32 command, u64 argument)
{
	u32 bytes;

	if (command != IOCTL_READABLE)
		return -ENOTTY;
	mutex_take(&pipe->mutex, "a pipe");
	bytes = (u32)pipe->content.bytes;
	mutex_let_go(&pipe->mutex);
	return call_give(argument, &bytes, sizeof(bytes));
}

static s64 control_reads(struct file *file, u32 command, u64 argument)
{
	return control(of_reads(file), command, argument);
}

static s64 control_writes(struct file *file, u32 command, u64 argument)
{
	return control(of_writes(file), command, argument);
}

/* Whoever comes last frees it. */
static void close_end(struct pipe *pipe, unsigned end)
{
	mutex_take(&pipe->mutex, "a pipe");
	__atomic_store_n(&pipe->closed[end], true, __ATOMIC_RELAXED);
	mutex_let_go(&pipe->mutex);
	file_tell_all(&pipe->end[!end], POLL_READ | POLL_WRITE | POLL_ALWAYS);
	if (__atomic_sub_fetch(&pipe->open, 1, __ATOMIC_ACQ_REL))
		return;
	pipe_bytes_free(&pipe->content);
	if (pipe->slot != pipe->own)
		kfree(pipe->slot);
	kfree(pipe);
}

static void close_reads(struct file *file)
{
	close_end(of_reads(file), READS);
}

static void close_writes(struct file *file)
{
	close_end(of_writes(file), WRITES);
}

static const struct file_ops reads_ops = {
	.read = read_pipe, .poll = poll_reads, .control = control_reads, .close = close_reads
};
static const struct file_ops writes_ops = {
	.write = write_pipe, .poll = poll_writes, .control = control_writes, .close = close_writes
};

int pipe_create(u64 slot_bytes, u32 flags, struct file **reads, struct file **writes)
{
	static u64 last_inode = 2; /* after those of output */
	struct pipe *pipe = kmalloc(sizeof(*pipe), KMALLOC_ZERO);

	if (!pipe)
		return -ENOMEM;
	pipe->mutex = (struct mutex)MUTEX;
	pipe->open = ENDS;
	pipe->slots = PIPE_SLOTS;
	pipe->slot_bytes = slot_bytes;
	pipe->slot = pipe->own;
	file_init(&pipe->end[READS], &reads_ops, flags & OPEN_NONBLOCK);
	file_init(&pipe->end[WRITES], &writes_ops, flags | OPEN_WRITE);
	pipe->end[READS].node = pipe->end[WRITES].node = (struct path_node){
		.kind = PATH_PIPE,
		.mode = 0010600,
		.inode = __atomic_add_fetch(&last_inode, 1, __ATOMIC_RELAXED),
	};
	*reads = &pipe->end[READS];
	*writes = &pipe->end[WRITES];
	return 0;
}

static struct pipe *of_either(struct file *file)
{
	return file->ops == &reads_ops ? of_reads(file) : of_writes(file);
}

s64 pipe_capacity(struct file *file)
{
	const struct pipe *pipe = of_either(file);

	return (s64)(__atomic_load_n(&pipe->slots, __ATOMIC_RELAXED) * pipe->slot_bytes);
}

/* Other slots with the same content. */
static int resize(struct pipe *pipe, struct slot *slot, u32 slots)
{
	if (slots < pipe->used)
		return -EBUSY;
	for (u32 i = 0; i < pipe->used; i++)
		slot[i] = *slot_at(pipe, i);
	if (pipe->slot != pipe->own)
		kfree(pipe->slot);
	pipe->slot = slot;
	pipe->first = 0;
	__atomic_store_n(&pipe->slots, slots, __ATOMIC_RELAXED);
	return 0;
}

s64 pipe_set_capacity(struct file *file, u32 bytes)
{
	struct pipe *pipe = of_either(file);
	u64 slots = 1;
	struct slot *slot;
	int err;

	if (bytes > BYTES_MOST)
		return -EINVAL;
	while (slots * pipe->slot_bytes < bytes)
		slots *= 2;
	if (slots > SLOTS_MOST)
		return -ENOMEM;
	slot = kmalloc(slots * sizeof(*slot), 0);
	if (!slot)
		return -ENOMEM;
	mutex_take(&pipe->mutex, "a pipe");
	err = resize(pipe, slot, (u32)slots);
	mutex_let_go(&pipe->mutex);
	if (err) {
		kfree(slot);
		return err;
	}
	file_tell_all(&pipe->end[WRITES], POLL_WRITE);
	return (s64)(slots * pipe->slot_bytes);
}
