/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files and descriptors, as the calls on them see them (kernel/process/syscall_*.c).
 *
 * A file is what its operations make of it: of a path (file.c), or a pipe and the like, which lie
 * around their struct file. It is there as long as a descriptor names it, or a call has it.
 *
 *   F1  references are as many as descriptors that name it, and calls that work with it
 *   F2  who waits for a file has a reference, and is out of its list before that goes; what an
 *       epoll watches has none, and is forgotten there when the last reference is gone
 *
 * Locking: a file's spin lock, of its watches, its flags, and of what its kind says. Its mutex, of
 * the position, where several threads may read.
 */
#ifndef PROCESS_FILE_H
#define PROCESS_FILE_H

#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <kernel/files.h>
#include <kernel/mutex.h>
#include <kernel/types.h>
#include <lib/sha256.h>

#include "path.h"

/* O_* of Linux on arm64. */
#define OPEN_ACCESS    03u /* the bits of: */
#define OPEN_WRITE     01u
#define OPEN_READWRITE 02u
#define OPEN_CREATE    0100u
#define OPEN_EXCLUSIVE 0200u
#define OPEN_TRUNCATE  01000u
#define OPEN_APPEND    02000u
#define OPEN_NONBLOCK  04000u
#define OPEN_DIRECTORY 040000u
#define OPEN_NOFOLLOW  0100000u
#define OPEN_DIRECT    0200000u
#define OPEN_LARGE     0400000u
#define OPEN_NOATIME   01000000u
#define OPEN_CLOEXEC   02000000u
#define OPEN_PATH      010000000u

/* What fcntl may change later. */
#define OPEN_CHANGEABLE (OPEN_APPEND | OPEN_NONBLOCK | OPEN_DIRECT | OPEN_NOATIME)

/* More than the limit that a process begins with (LIMIT_NOFILE); what it may raise that to. */
#define FILES_MOST (4u << 10)

struct epoll_item;
struct file;
struct watch;

struct file_ops {
	/* As file_read and file_write; NULL: -EINVAL. */
	s64 (*read)(struct process *p, struct file *file, u64 to, u64 bytes, u64 position);
	s64 (*write)(struct process *p, struct file *file, u64 from, u64 bytes);
	/* POLL_* that it is ready for; NULL: it always is, and nobody can wait for it. */
	u32 (*poll)(struct file *file);
	/* ioctl; NULL: -ENOTTY. */
	s64 (*control)(struct file *file, u32 command, u64 argument);
	/* The last reference is gone: frees it. */
	void (*close)(struct file *file);
};

struct file {
	const struct file_ops *ops;
	u32 references; /* atomic */
	u32 flags;      /* as fcntl says */
	u64 position;
	struct spinlock lock;       /* with interrupts masked */
	struct watch *watches;      /* of whom this file wakes: watch.h */
	struct epoll_item *epolled; /* of those that watch it: epoll.c's */
	struct mutex mutex;
	struct path_node node;
	unsigned descriptor; /* PATH_OUTPUT: 1 or 2 */
	char *text;          /* PATH_TEXT: node.bytes of it, its own */
};

struct descriptor {
	struct file *file; /* NULL: closed */
	bool close_on_exec;
};

/*
 * All threads of a process have the same one. Locking: `lock`, of the places and of `here`. As long
 * as there is one thread, it looks without the lock, and takes no references.
 */
struct files {
	struct spinlock lock;
	bool shared; /* several threads have it, or had */
	struct path_index *index;
	struct path_node here; /* the working directory */
	const struct output *out;
	void *auxv;
	u64 auxv_bytes;
	bool shares; /* a file was mapped shared, and may still be */
	struct mutex random_mutex;
	u8 random[SHA256_BYTES]; /* the state of file_random; all zero before its first use */
	u32 descriptors;         /* so many places `descriptor` has; it grows */
	u32 first_free;          /* all before it are open */
	struct descriptor *descriptor;
};

/*
 * files_get     the file of this descriptor, which stays until files_let_go; or NULL (-EBADF)
 * files_let_go  NULL is nothing
 *
 * As on Linux, a number is cut to 32 bits. The index is masked (<arch/index.h>).
 */
struct file *files_get(struct files *files, u64 descriptor);
void file_release(struct file *file);

static inline void files_let_go(struct files *files, struct file *file)
{
	if (unlikely(files->shared) && file)
		file_release(file);
}

/*
 * files_add - the lowest free descriptor from `from` on for this file.
 *
 * Takes one reference over on success. -EMFILE: none below `limit`; -ENOMEM.
 */
int files_add(struct files *files, struct file *file, u64 from, u64 limit,
	      bool close_on_exec) __must_check;

/* files_put - the file at exactly this descriptor, below `limit`; what was there is closed. */
int files_put(struct files *files, struct file *file, u64 at, u64 limit,
	      bool close_on_exec) __must_check;

/* -EBADF: it wasn't open. */
int files_close(struct files *files, u64 descriptor);

/* The working directory; and another one. */
void files_here(struct files *files, struct path_node *here);
void files_go(struct files *files, const struct path_node *here);

/* Does execve close it: 0 or 1, or -EBADF. And set that. */
int files_closes_on_exec(struct files *files, u64 descriptor);
int files_close_on_exec(struct files *files, u64 descriptor, bool closes);

/* One reference more. One fewer is file_release: the last one frees it, which may sleep. */
static inline void file_hold(struct file *file)
{
	__atomic_fetch_add(&file->references, 1, __ATOMIC_RELAXED);
}

/* What all files begin with, and one reference. */
void file_init(struct file *file, const struct file_ops *ops, u32 flags);

/* An open file with one reference; `descriptor`: of a PATH_OUTPUT. NULL without memory. */
struct file *file_create(const struct path_node *node, u32 flags, unsigned descriptor);

/* The same, by a path: a PATH_TEXT is made now. */
struct file *file_open(struct process *p, const struct path_node *node, u32 flags);

/* A file without a path, of these operations, in `bytes` of memory that begin with it. */
struct file *file_create_anonymous(const struct file_ops *ops, u64 bytes, u32 flags);

/* A descriptor for a new file, whose reference it takes over: it is closed if that fails. */
s64 file_give_descriptor(struct process *p, struct file *file, bool close_on_exec);

/*
 * file_read - into user memory, from `position`; how many bytes, 0 at the end. Of what can be read.
 *
 * -EFAULT: not even the first could be written. -EISDIR, -EINVAL, -EAGAIN and so on. Sleeps.
 */
static inline s64 file_read(struct process *p, struct file *file, u64 to, u64 bytes, u64 position)
{
	return likely(file->ops->read) ? file->ops->read(p, file, to, bytes, position) : -EINVAL;
}

/* From user memory, to what can be written. Sleeps. */
static inline s64 file_write(struct process *p, struct file *file, u64 from, u64 bytes)
{
	return likely(file->ops->write) ? file->ops->write(p, file, from, bytes) : -EINVAL;
}

/* Pipes and terminals have no position. */
static inline bool file_is_stream(const struct file *file)
{
	return file->node.kind == PATH_OUTPUT || file->node.kind == PATH_PIPE ||
	       file->node.kind == PATH_TERMINAL;
}

/* What has a path has a position. */
static inline bool file_has_position(const struct file *file)
{
	return file->node.kind < PATH_OUTPUT;
}

static inline bool file_can_read(const struct file *file)
{
	return (file->flags & OPEN_ACCESS) != OPEN_WRITE && !(file->flags & OPEN_PATH);
}

static inline bool file_can_write(const struct file *file)
{
	return file->flags & OPEN_ACCESS && !(file->flags & OPEN_PATH);
}

/* Would it wait? */
static inline bool file_is_nonblocking(const struct file *file)
{
	return file->flags & OPEN_NONBLOCK;
}

/* Of struct files: flags that OPEN_CHANGEABLE has. */
void file_set_flags(struct file *file, u32 flags);

/*
 * file_random       at most SHA256_BYTES random bytes, made of process_random() and those before
 * file_give_random  any number of them to the program, as file_read
 */
void file_random(struct files *files, void *to, u64 bytes);
s64 file_give_random(struct files *files, u64 to, u64 bytes);

/* Text of /proc/self, made as the process is now; NULL without memory. kfree gives it back. */
char *proc_text(struct process *p, enum path_text which, u64 *bytes);

#endif
