// SPDX-License-Identifier: BSD-2-Clause
/* Descriptors of a process: see <kernel/files.h> and file.h. */
#include <arch/index.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/process.h>
#include <kernel/terminal.h>
#include <lib/string.h>
#include <mm/kmalloc.h>

#include "file.h"

#define DESCRIPTORS_FIRST 32u
#define AUXV_BYTES_MOST   1024u

LOCK_CLASS_OF_MANY(descriptors, LOCK_DESCRIPTORS, NULL);

/* Standard input and output. What fails is undone by files_destroy. */
static bool open_standard(struct files *files, const struct files_setup *setup)
{
	struct path_node nodes[3] = {
		{
			.kind = setup->input ? PATH_REGULAR : PATH_NULL,
			.mode = setup->input ? 0100444 : 0020666,
			.inode = 1,
			.data = setup->input,
			.bytes = setup->input_bytes,
			.name = "",
		},
		{ .kind = PATH_OUTPUT, .mode = 0010600, .inode = 1, .name = "" },
		{ .kind = PATH_OUTPUT, .mode = 0010600, .inode = 2, .name = "" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(nodes); i++) {
		files->descriptor[i].file = i || setup->input || !setup->terminal
						    ? file_create(&nodes[i], i ? OPEN_WRITE : 0, i)
						    : terminal_open(setup->terminal);
		if (!files->descriptor[i].file)
			return false;
	}
	return true;
}

struct files *files_create(const struct files_setup *setup)
{
	struct files *files = kmalloc(sizeof(*files), KMALLOC_ZERO);

	if (!files)
		return NULL;
	files->lock.class = &lock_class_descriptors;
	files->random_mutex.lock.class = &lock_class_mutex;
	files->out = setup->out;
	files->index = path_index_create(setup->path);
	files->here = (struct path_node){ .kind = PATH_DIRECTORY, .name = "" }; /* the root */
	files->descriptor = kmalloc(DESCRIPTORS_FIRST * sizeof(*files->descriptor), KMALLOC_ZERO);
	if (files->descriptor)
		files->descriptors = DESCRIPTORS_FIRST;
	files->first_free = 3;
	if (files->index && files->descriptor && open_standard(files, setup))
		return files;
	files_destroy(files);
	return NULL;
}

void files_destroy(struct files *files)
{
	for (u32 i = 0; i < files->descriptors; i++)
		if (files->descriptor[i].file)
			file_release(files->descriptor[i].file);
	if (files->index)
		path_index_destroy(files->index);
	kfree(files->descriptor);
	kfree(files->auxv);
	kfree(files);
}

void files_share(struct files *files)
{
	files->shared = true;
}

/* Two lists of pointers come before it, each with a NULL at its end. */
static bool find_auxv(u64 sp, u64 *at)
{
	u64 word;

	*at = sp + sizeof(word);
	for (unsigned lists = 0; lists < 2; *at += sizeof(word)) {
		if (user_copy_in(&word, *at, sizeof(word)))
			return false;
		lists += !word;
	}
	return true;
}

void files_keep_auxv(struct files *files, u64 sp)
{
	u64 at, bytes = 0, pair[2] = { 1, 0 };

	if (!find_auxv(sp, &at))
		return;
	for (; pair[0] && bytes < AUXV_BYTES_MOST; bytes += sizeof(pair))
		if (user_copy_in(pair, at + bytes, sizeof(pair)))
			return;
	files->auxv = kmalloc(bytes, 0);
	if (files->auxv && !user_copy_in(files->auxv, at, bytes))
		files->auxv_bytes = bytes;
}

/* The place of this descriptor, or NULL: it is closed. */
static struct descriptor *find(const struct files *files, u64 descriptor)
{
	u64 at = (u32)descriptor;
	struct descriptor *d;

	if (at >= files->descriptors)
		return NULL;
	d = &files->descriptor[arch_index_below(at, files->descriptors)];
	return d->file ? d : NULL;
}

/* Another thread might close it meanwhile. */
static __noinline struct file *get_shared(struct files *files, u64 descriptor)
{
	const struct descriptor *d;
	struct file *file = NULL;

	spin_lock(&files->lock);
	d = find(files, descriptor);
	if (d) {
		file = d->file;
		file_hold(file);
	}
	spin_unlock(&files->lock);
	return file;
}

struct file *files_get(struct files *files, u64 descriptor)
{
	const struct descriptor *d;

	if (unlikely(files->shared))
		return get_shared(files, descriptor);
	d = find(files, descriptor);
	return d ? d->file : NULL;
}

/* ---- opening and closing: with the lock but for what allocates and frees ---- */

/* Places for descriptors up to `at`. */
static int grow(struct files *files, u64 at)
{
	struct descriptor *bigger, *old;
	u64 count = DESCRIPTORS_FIRST;

	while (count <= at)
		count *= 2;
	if (count <= files->descriptors)
		return 0;
	bigger = kmalloc(count * sizeof(*bigger), KMALLOC_ZERO);
	if (!bigger)
		return -ENOMEM;
	spin_lock(&files->lock);
	old = bigger;
	if (count > files->descriptors) {
		old = files->descriptor;
		memcpy(bigger, old, files->descriptors * sizeof(*bigger));
		files->descriptor = bigger;
		files->descriptors = (u32)count;
	}
	spin_unlock(&files->lock);
	kfree(old);
	return 0;
}

/* The lowest one that is free, which may be the end of the table. */
static u64 lowest_free(struct files *files, u64 from)
{
	u64 at = MAX(from, (u64)files->first_free);

	while (at < files->descriptors && files->descriptor[at].file)
		at++;
	return at;
}

/* What was there. */
static struct file *put(struct files *files, u64 at, struct file *file, bool close_on_exec)
{
	struct descriptor *d = &files->descriptor[arch_index_below(at, files->descriptors)];
	struct file *old = d->file;

	*d = (struct descriptor){ file, close_on_exec };
	return old;
}

int files_put(struct files *files, struct file *file, u64 at, u64 limit, bool close_on_exec)
{
	int err = at < MIN(limit, (u64)FILES_MOST) ? grow(files, at) : -EBADF;
	struct file *old;

	if (err)
		return err;
	spin_lock(&files->lock);
	old = put(files, at, file, close_on_exec);
	spin_unlock(&files->lock);
	if (old)
		file_release(old);
	return (int)at;
}

int files_add(struct files *files, struct file *file, u64 from, u64 limit, bool close_on_exec)
{
	int err = 0;
	u64 at = 0;

	while (!err) {
		bool fits;

		spin_lock(&files->lock);
		at = lowest_free(files, from);
		fits = at < files->descriptors && at < MIN(limit, (u64)FILES_MOST);
		if (fits) {
			put(files, at, file, close_on_exec);
			if (from <= files->first_free)
				files->first_free = (u32)at + 1;
		}
		spin_unlock(&files->lock);
		if (fits)
			return (int)at;
		err = at < MIN(limit, (u64)FILES_MOST) ? grow(files, at) : -EMFILE;
	}
	return err;
}

int files_close(struct files *files, u64 descriptor)
{
	struct file *file = NULL;
	struct descriptor *d;

	spin_lock(&files->lock);
	d = find(files, descriptor);
	if (d) {
		file = d->file;
		d->file = NULL;
		files->first_free = MIN(files->first_free, (u32)(d - files->descriptor));
	}
	spin_unlock(&files->lock);
	if (!file)
		return -EBADF;
	file_release(file);
	return 0;
}

/* ---- the working directory ---- */

void files_here(struct files *files, struct path_node *here)
{
	spin_lock(&files->lock);
	*here = files->here;
	spin_unlock(&files->lock);
}

void files_go(struct files *files, const struct path_node *here)
{
	spin_lock(&files->lock);
	files->here = *here;
	spin_unlock(&files->lock);
}

/* ---- execve ---- */

int files_closes_on_exec(struct files *files, u64 descriptor)
{
	const struct descriptor *d;
	int closes;

	spin_lock(&files->lock);
	d = find(files, descriptor);
	closes = d ? d->close_on_exec : -EBADF;
	spin_unlock(&files->lock);
	return closes;
}

int files_close_on_exec(struct files *files, u64 descriptor, bool closes)
{
	struct descriptor *d;

	spin_lock(&files->lock);
	d = find(files, descriptor);
	if (d)
		d->close_on_exec = closes;
	spin_unlock(&files->lock);
	return d ? 0 : -EBADF;
}

int files_program(struct files *files, const char *path, const struct space_source **source)
{
	struct path_walk *walk = kmalloc(sizeof(*walk), KMALLOC_ZERO);
	struct path_node node;
	bool parent;
	int err;

	if (!walk)
		return -ENOMEM;
	err = strscpy(walk->rest, path, sizeof(walk->rest)) < 0
		      ? -ENAMETOOLONG
		      : path_walk(files->index, walk, true, &node, &parent);
	kfree(walk);
	if (err)
		return err;
	if (node.kind != PATH_REGULAR || !(node.mode & 0111))
		return -EACCES;
	*source = path_source(&node);
	return *source ? 0 : -ENOMEM;
}
