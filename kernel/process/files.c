// SPDX-License-Identifier: BSD-2-Clause
/* Descriptors of a process: see <kernel/files.h> and file.h. */
#include <arch/index.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/process.h>
#include <lib/string.h>
#include <mm/kmalloc.h>

#include "file.h"

#define DESCRIPTORS_FIRST 32u
#define AUXV_BYTES_MOST   1024u

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
		files->descriptor[i].file = file_create(&nodes[i], i ? OPEN_WRITE : 0, i);
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
	files->out = setup->out;
	files->index = path_index_create(setup->path);
	files->here = (struct path_node){ .kind = PATH_DIRECTORY, .name = "" }; /* the root */
	files->descriptor = kmalloc(DESCRIPTORS_FIRST * sizeof(*files->descriptor), KMALLOC_ZERO);
	if (files->descriptor)
		files->descriptors = DESCRIPTORS_FIRST;
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

struct descriptor *files_find(const struct files *files, u64 descriptor)
{
	u64 at = (u32)descriptor;
	struct descriptor *d;

	if (at >= files->descriptors)
		return NULL;
	d = &files->descriptor[arch_index_below(at, files->descriptors)];
	return d->file ? d : NULL;
}

struct file *files_get(const struct files *files, u64 descriptor)
{
	const struct descriptor *d = files_find(files, descriptor);

	return d ? d->file : NULL;
}

/* Places for descriptors up to `at`. */
static int grow(struct files *files, u64 at)
{
	u32 count = files->descriptors;
	struct descriptor *bigger;

	while (count <= at)
		count *= 2;
	if (count == files->descriptors)
		return 0;
	bigger = krealloc(files->descriptor, count * sizeof(*bigger), 0);
	if (!bigger)
		return -ENOMEM;
	memset(bigger + files->descriptors, 0, (count - files->descriptors) * sizeof(*bigger));
	files->descriptor = bigger;
	files->descriptors = count;
	return 0;
}

int files_put(struct files *files, struct file *file, u64 at, u64 limit, bool close_on_exec)
{
	int err = at < MIN(limit, (u64)FILES_MOST) ? grow(files, at) : -EBADF;

	if (err)
		return err;
	at = arch_index_below(at, files->descriptors);
	if (files->descriptor[at].file)
		file_release(files->descriptor[at].file);
	files->descriptor[at] = (struct descriptor){ file, close_on_exec };
	return (int)at;
}

int files_add(struct files *files, struct file *file, u64 from, u64 limit, bool close_on_exec)
{
	u64 at = from;

	while (at < files->descriptors && files->descriptor[at].file)
		at++;
	if (at >= MIN(limit, (u64)FILES_MOST))
		return -EMFILE;
	return files_put(files, file, at, limit, close_on_exec);
}

int files_close(struct files *files, u64 descriptor)
{
	struct descriptor *d = files_find(files, descriptor);

	if (!d)
		return -EBADF;
	file_release(d->file);
	d->file = NULL;
	return 0;
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
