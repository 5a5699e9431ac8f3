// SPDX-License-Identifier: BSD-2-Clause
/*
 * Open files, and what is read from and written to them: see file.h.
 *
 * What is copied to or from a program goes in pieces of PIECE_BYTES, with a chance for others to
 * run in between: the kernel is preempted nowhere else.
 */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/output.h>
#include <kernel/process.h>
#include <lib/string.h>
#include <mm/kmalloc.h>

#include "event.h"
#include "watch.h"

#define PIECE_BYTES  (64 * KiB)
#define OUTPUT_BYTES 1024 /* on the stack */

LOCK_CLASS_OF_MANY(file, LOCK_FILE, NULL);

void file_init(struct file *file, const struct file_ops *ops, u32 flags)
{
	*file = (struct file){
		.ops = ops, .references = 1, .flags = flags, .lock = SPINLOCK(file), .mutex = MUTEX
	};
}

struct file *file_open(struct process *p, const struct path_node *node, u32 flags)
{
	struct file *file = file_create(node, flags, 0);

	if (!file || node->kind != PATH_TEXT)
		return file;
	file->text = proc_text(p, node->text, &file->node.bytes);
	file->node.data = file->text;
	if (file->text)
		return file;
	file_release(file);
	return NULL;
}

struct file *file_create_anonymous(const struct file_ops *ops, u64 bytes, u32 flags)
{
	struct file *file = kmalloc(bytes, KMALLOC_ZERO);

	if (!file)
		return NULL;
	file_init(file, ops, flags);
	file->node = (struct path_node){ .kind = PATH_ANONYMOUS, .mode = 0600, .inode = 1 };
	return file;
}

void file_release(struct file *file)
{
	/* Release and acquire: who frees it sees what others did with it. */
	if (__atomic_sub_fetch(&file->references, 1, __ATOMIC_ACQ_REL))
		return;
	if (unlikely(file->epolled))
		epoll_forget(file);
	file->ops->close(file);
}

s64 file_give_descriptor(struct process *p, struct file *file, bool close_on_exec)
{
	u64 limit = p->limits.limit[LIMIT_NOFILE].now;
	int at = file ? files_add(p->files, file, 0, limit, close_on_exec) : -ENOMEM;

	if (at < 0 && file)
		file_release(file);
	return at;
}

void file_set_flags(struct file *file, u32 flags)
{
	u64 saved = spin_lock_irq(&file->lock);

	file->flags = (file->flags & ~OPEN_CHANGEABLE) | (flags & OPEN_CHANGEABLE);
	spin_unlock_irq(&file->lock, saved);
}

/* ---- reading what has a path ---- */

/* Copy out, or zeroes if `data` is NULL. How many bytes; -EFAULT for none of some. */
static s64 give(u64 to, const u8 *data, u64 bytes)
{
	u64 done = 0, left = 0;

	while (done < bytes && !left) {
		u64 piece = MIN(bytes - done, PIECE_BYTES);

		left = data ? user_copy_out(to + done, data + done, piece)
			    : user_zero(to + done, piece);
		done += piece - left;
		sched_relax();
	}
	return done || !bytes ? (s64)done : -EFAULT;
}

void file_random(struct files *files, void *to, u64 bytes)
{
	struct {
		u8 state[SHA256_BYTES];
		u64 fresh, use;
	} in = { .fresh = process_random() };
	u8 out[SHA256_BYTES];

	mutex_take(&files->random_mutex, "random numbers");
	memcpy(in.state, files->random, sizeof(in.state));
	in.use = 1; /* the output, from which the state can't be told */
	sha256_once(&in, sizeof(in), out);
	memcpy(to, out, (size_t)bytes);
	in.use = 2;
	sha256_once(&in, sizeof(in), files->random);
	mutex_let_go(&files->random_mutex);
}

s64 file_give_random(struct files *files, u64 to, u64 bytes)
{
	u8 some[SHA256_BYTES];
	u64 done = 0, left = 0;

	while (done < bytes && !left) {
		u64 piece = MIN(bytes - done, sizeof(some));

		file_random(files, some, piece);
		left = user_copy_out(to + done, some, piece);
		done += piece - left;
		sched_relax();
	}
	return done || !bytes ? (s64)done : -EFAULT;
}

static s64 read_path(struct process *p, struct file *file, u64 to, u64 bytes, u64 position)
{
	const struct path_node *node = &file->node;

	switch (node->kind) {
	case PATH_REGULAR:
	case PATH_TEXT:
		if (position >= node->bytes)
			return 0;
		return give(to, (const u8 *)node->data + position,
			    MIN(bytes, node->bytes - position));
	case PATH_ZERO:
		return give(to, NULL, bytes);
	case PATH_RANDOM:
		return file_give_random(p->files, to, bytes);
	case PATH_DIRECTORY:
		return -EISDIR;
	default:
		return 0;
	}
}

/* ---- writing ---- */

static s64 put_out(struct process *p, const struct file *file, u64 from, u64 bytes)
{
	char some[OUTPUT_BYTES];
	u64 done = 0, left = 0;

	while (done < bytes && !left) {
		u64 piece = MIN(bytes - done, sizeof(some));

		left = user_copy_in(some, from + done, piece);
		p->files->out->write(file->descriptor, some, piece - left);
		process_last_words(p, file->descriptor, some, piece - left);
		done += piece - left;
		sched_relax();
		if (signal_is_pending(task_here()))
			break;
	}
	return done || !bytes ? (s64)done : -EFAULT;
}

static s64 write_path(struct process *p, struct file *file, u64 from, u64 bytes)
{
	/* All others that can be open for writing throw it away, and don't look at it. */
	return file->node.kind == PATH_OUTPUT ? put_out(p, file, from, bytes) : (s64)bytes;
}

/* ---- the file ---- */

static u32 poll_output(struct file *file)
{
	(void)file;
	return POLL_WRITE;
}

static void close_path(struct file *file)
{
	kfree(file->text);
	kfree(file);
}

static const struct file_ops path_ops = { .read = read_path,
					  .write = write_path,
					  .close = close_path };
static const struct file_ops output_ops = { .write = write_path,
					    .poll = poll_output,
					    .close = close_path };

struct file *file_create(const struct path_node *node, u32 flags, unsigned descriptor)
{
	struct file *file = kmalloc(sizeof(*file), 0);

	if (!file)
		return NULL;
	file_init(file, node->kind == PATH_OUTPUT ? &output_ops : &path_ops, flags);
	file->node = *node;
	file->descriptor = descriptor;
	return file;
}
