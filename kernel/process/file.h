/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files and descriptors, as the calls on them see them (kernel/process/syscall_*.c).
 */
#ifndef PROCESS_FILE_H
#define PROCESS_FILE_H

#include <kernel/compiler.h>
#include <kernel/files.h>
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

struct file {
	u32 references;
	u32 flags; /* as fcntl says */
	u64 position;
	struct path_node node;
	unsigned descriptor; /* PATH_OUTPUT: 1 or 2 */
	char *text;          /* PATH_TEXT: node.bytes of it, its own */
};

struct descriptor {
	struct file *file; /* NULL: closed */
	bool close_on_exec;
};

struct files {
	struct path_index *index;
	struct path_node here; /* the working directory */
	const struct output *out;
	void *auxv;
	u64 auxv_bytes;
	bool shares;             /* a file was mapped shared, and may still be */
	u8 random[SHA256_BYTES]; /* the state of file_random; all zero before its first use */
	u32 descriptors;         /* so many places `descriptor` has; it grows */
	struct descriptor *descriptor;
};

/*
 * files_find  the place of this descriptor, open; or NULL (-EBADF). Until others are opened
 * files_get   its file
 *
 * As on Linux, a number is cut to 32 bits. The index is masked (<arch/index.h>).
 */
struct descriptor *files_find(const struct files *files, u64 descriptor);
struct file *files_get(const struct files *files, u64 descriptor);

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

/* One reference fewer; the last one frees it. */
void file_release(struct file *file);

/* An open file with one reference; `descriptor`: of a PATH_OUTPUT. NULL without memory. */
struct file *file_create(const struct path_node *node, u32 flags, unsigned descriptor);

/* The same, by a path: a PATH_TEXT is made now. */
struct file *file_open(struct process *p, const struct path_node *node, u32 flags);

/*
 * file_read - into user memory, from `position`; how many bytes, 0 at the end.
 *
 * -EFAULT: not even the first could be written. -EISDIR, -EBADF (open for writing only).
 */
s64 file_read(struct process *p, const struct file *file, u64 to, u64 bytes, u64 position);

/* From user memory; *file takes all. -EBADF: not open for writing. */
s64 file_write(struct process *p, const struct file *file, u64 from, u64 bytes);

/* Pipes have no position. */
static inline bool file_is_pipe(const struct file *file)
{
	return file->node.kind == PATH_OUTPUT;
}

static inline bool file_can_read(const struct file *file)
{
	return (file->flags & OPEN_ACCESS) != OPEN_WRITE && !(file->flags & OPEN_PATH);
}

static inline bool file_can_write(const struct file *file)
{
	return file->flags & OPEN_ACCESS && !(file->flags & OPEN_PATH);
}

/*
 * file_random - at most SHA256_BYTES random bytes, made of process_random() and of those before.
 */
void file_random(struct files *files, void *to, u64 bytes);

/* Text of /proc/self, made as the process is now; NULL without memory. kfree gives it back. */
char *proc_text(struct process *p, enum path_text which, u64 *bytes);

#endif
