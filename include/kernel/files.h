/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process has open, and what it finds by path.
 *
 * There are the files of the initrd, read-only; a few of Linux's /dev and /proc/self; standard
 * input, which is bytes in memory, or typed; and output, which goes to whoever started the process.
 * All but what is typed are there at once, so reading and writing them never waits. And there are
 * pipes and the like, which have no path.
 *
 *   D1  nothing in the initrd changes while a process has files
 *
 * Locks: kernel/process/file.h. All threads of the process may use them at once, once it was said
 * (files_share) that there are several.
 */
#ifndef KERNEL_FILES_H
#define KERNEL_FILES_H

#include <kernel/compiler.h>
#include <kernel/types.h>

struct output;
struct process;
struct space_source;
struct terminal;

struct files_setup {
	const char *path;  /* of the program, absolute: /proc/self/exe */
	const void *input; /* standard input: stays; NULL is `terminal`, or else /dev/null */
	u64 input_bytes;
	struct terminal *terminal;
	const struct output *out; /* where descriptors 1 and 2 write */
};

/*
 * files_create - descriptors 0, 1 and 2 for a process, and its view of the initrd.
 *
 * NULL without memory. Takes time in proportion to the members of the initrd (and the logarithm of
 * that, to sort them); to find one of them takes the logarithm.
 */
struct files *files_create(const struct files_setup *setup) __must_check;

/* From here on other threads use them, too. By the only thread that did so far. */
void files_share(struct files *files);

/* Everything is closed. After the space is gone, which shows sources of these files. */
void files_destroy(struct files *files);

/*
 * files_keep_auxv - from here on /proc/self/auxv has what lies on the stack at `sp`, where argc is.
 *
 * Before the program runs, which may change it. Without memory the file stays empty.
 */
void files_keep_auxv(struct files *files, u64 sp);

/*
 * files_program - the regular file of the initrd at this path, for mapping; links are followed.
 *
 * 0 and a source that stays until files_destroy; -ENOENT, -EACCES (it isn't executable, or is no
 * regular file), -ELOOP, -ENOTDIR, -ENAMETOOLONG, -ENOMEM.
 */
int files_program(struct files *files, const char *path,
		  const struct space_source **source) __must_check;

#endif
