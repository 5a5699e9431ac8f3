// SPDX-License-Identifier: BSD-2-Clause
/*
 * System calls on names of files, and on what a file is.
 *
 * Everything is read-only: a change is refused with EROFS, after all that Linux finds
 * wrong before that. The process is root (uid 0), so permissions keep it from nothing but executing
 * what has no x.
 */
#include <lib/initramfs.h>
#include <lib/string.h>
#include <mm/kmalloc.h>

#include "calls.h"
#include "file.h"

#define AT_CWD          ((u64)(u32)-100)
#define AT_NOFOLLOW     0x100u
#define AT_NO_AUTOMOUNT 0x800u
#define AT_EMPTY        0x1000u

/* ---- following a path ---- */

/* Where a relative path begins. */
static int start_at(const struct process *p, u64 descriptor, struct path_walk *walk)
{
	struct path_node from;
	struct file *file;

	walk->place_bytes = 0;
	if (walk->rest[0] == '/')
		return 0;
	if ((u32)descriptor == AT_CWD) {
		files_here(p->files, &from);
	} else {
		file = files_get(p->files, descriptor);
		if (!file)
			return -EBADF;
		from = file->node; /* its name stays */
		files_let_go(p->files, file);
	}
	if (from.kind != PATH_DIRECTORY)
		return -ENOTDIR;
	memcpy(walk->place, from.name, (size_t)from.name_bytes);
	walk->place_bytes = from.name_bytes;
	return 0;
}

/* -ENOENT with *parent: only the last component isn't there. */
static int find(const struct process *p, u64 descriptor, u64 path, bool follow,
		struct path_node *node, bool *parent)
{
	struct path_walk *walk = kmalloc(sizeof(*walk), 0);
	s64 err;

	*parent = false;
	if (!walk)
		return -ENOMEM;
	walk->links = 0;
	err = user_copy_string(walk->rest, path, sizeof(walk->rest));
	if (err == 0)
		err = -ENOENT;
	if (err > 0)
		err = start_at(p, descriptor, walk);
	if (!err)
		err = path_walk(p->files->index, walk, follow, node, parent);
	kfree(walk);
	return (int)err;
}

/* ---- opening ---- */

/* What is there can't be opened so; 0: it can. */
static int check_open(const struct path_node *node, u32 flags)
{
	bool writes = flags & (OPEN_ACCESS | OPEN_TRUNCATE);

	if (flags & OPEN_CREATE && flags & OPEN_EXCLUSIVE)
		return -EEXIST;
	if (node->kind == PATH_LINK)
		return -ELOOP; /* OPEN_NOFOLLOW: else it was followed */
	if (flags & OPEN_DIRECTORY && node->kind != PATH_DIRECTORY)
		return -ENOTDIR;
	if (node->kind == PATH_DIRECTORY)
		return writes || flags & OPEN_CREATE ? -EISDIR : 0;
	if (node->kind == PATH_OTHER)
		return -ENXIO;
	if (node->kind == PATH_TEXT)
		return writes ? -EACCES : 0;
	return node->kind == PATH_REGULAR && writes ? -EROFS : 0;
}

s64 syscall_openat(struct process *p, const u64 *a)
{
	u32 flags = (u32)a[2];
	bool exclusive = flags & OPEN_CREATE && flags & OPEN_EXCLUSIVE, parent;
	struct path_node node;
	struct file *file;
	int err = find(p, a[0], a[1], !(flags & OPEN_NOFOLLOW) && !exclusive, &node, &parent);

	if (err == -ENOENT && flags & OPEN_CREATE && parent)
		return -EROFS;
	if (!err)
		err = check_open(&node, flags);
	if (err)
		return err;
	file = file_open(p, &node,
			 (flags & (OPEN_ACCESS | OPEN_CHANGEABLE | OPEN_DIRECTORY | OPEN_NOFOLLOW |
				   OPEN_PATH)) |
				 OPEN_LARGE);
	return file_give_descriptor(p, file, flags & OPEN_CLOEXEC);
}

/* ---- what a file is ---- */

/* struct stat of arm64. */
struct file_stat {
	u64 device, inode;
	u32 mode, links, user, group;
	u64 special, pad;
	u64 bytes;
	u32 block_bytes, pad_too;
	u64 blocks; /* of 512 bytes */
	u64 times[6];
	u32 unused[2];
};
BUILD_ASSERT(sizeof(struct file_stat) == 128);

/* Device numbers: of the initrd, of pipes; 1:3, 1:5, 1:9 of null, zero, urandom. */
#define DEVICE_FILES     1
#define DEVICE_PIPES     12
#define DEVICE_ANONYMOUS 13

static u64 device_of(const struct path_node *node)
{
	if (node->kind == PATH_ANONYMOUS)
		return DEVICE_ANONYMOUS;
	return node->kind < PATH_OUTPUT ? DEVICE_FILES : DEVICE_PIPES;
}

static u64 special_of(const struct path_node *node)
{
	switch (node->kind) {
	case PATH_NULL:
		return 1 << 8 | 3;
	case PATH_ZERO:
		return 1 << 8 | 5;
	case PATH_RANDOM:
		return 1 << 8 | 9;
	case PATH_TERMINAL:
		return 5 << 8 | 1;
	default:
		return 0;
	}
}

/* st_blksize is the process's page, as that of Linux's tmpfs and pipes. */
static s64 give_stat(const struct process *p, const struct path_node *node, u64 to)
{
	bool has_size = node->kind == PATH_REGULAR || node->kind == PATH_LINK;
	struct file_stat stat = {
		.device = device_of(node),
		.inode = node->inode,
		.mode = node->mode,
		.links = node->kind == PATH_DIRECTORY ? 2 : 1,
		.special = special_of(node),
		.bytes = has_size ? node->bytes : 0,
		.block_bytes = (u32)call_page_bytes(p),
		.blocks = has_size ? call_page_up(p, node->bytes) / 512 : 0,
	};

	return call_give(to, &stat, sizeof(stat));
}

s64 syscall_fstat(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);
	s64 answer = file ? give_stat(p, &file->node, a[1]) : -EBADF;

	files_let_go(p->files, file);
	return answer;
}

s64 syscall_newfstatat(struct process *p, const u64 *a)
{
	struct path_node node;
	bool parent;
	char first;
	int err;

	if (a[3] & ~(u64)(AT_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY))
		return -EINVAL;
	if (a[3] & AT_EMPTY) {
		if (user_copy_in(&first, a[1], 1))
			return -EFAULT;
		if (!first && (u32)a[0] != AT_CWD)
			return syscall_fstat(p, (const u64[]){ a[0], a[2] });
		if (!first) {
			files_here(p->files, &node);
			return path_find(p->files->index, node.name, node.name_bytes, &node)
				       ?: give_stat(p, &node, a[2]);
		}
	}
	err = find(p, a[0], a[1], !(a[3] & AT_NOFOLLOW), &node, &parent);
	return err ? err : give_stat(p, &node, a[2]);
}

#define ACCESS_EXECUTE 1u
#define ACCESS_WRITE   2u
#define ACCESS_MODES   7u

s64 syscall_faccessat(struct process *p, const u64 *a)
{
	struct path_node node;
	bool parent;
	int err;

	if ((u32)a[2] & ~ACCESS_MODES)
		return -EINVAL;
	err = find(p, a[0], a[1], true, &node, &parent);
	if (err)
		return err;
	if (a[2] & ACCESS_WRITE && (node.kind == PATH_REGULAR || node.kind == PATH_DIRECTORY))
		return -EROFS;
	if (a[2] & ACCESS_EXECUTE && node.kind != PATH_DIRECTORY && !(node.mode & 0111))
		return -EACCES;
	return 0;
}

s64 syscall_readlinkat(struct process *p, const u64 *a)
{
	struct path_node node;
	s64 bytes = (s32)a[3];
	bool parent;
	int err;

	if (bytes <= 0)
		return -EINVAL;
	err = find(p, a[0], a[1], false, &node, &parent);
	if (err)
		return err;
	if (node.kind != PATH_LINK)
		return -EINVAL;
	bytes = MIN(bytes, (s64)node.bytes);
	return call_give(a[2], node.data, (u64)bytes) ?: bytes;
}

/* ---- the working directory ---- */

s64 syscall_getcwd(struct process *p, const u64 *a)
{
	struct path_node here;
	u64 bytes;

	files_here(p->files, &here);
	bytes = 1 + here.name_bytes + 1;
	if (a[1] < bytes)
		return -ERANGE;
	if (user_copy_out(a[0], "/", 1) || user_copy_out(a[0] + 1, here.name, here.name_bytes) ||
	    user_copy_out(a[0] + bytes - 1, "", 1))
		return -EFAULT;
	return (s64)bytes;
}

static s64 go_to(struct process *p, const struct path_node *node)
{
	if (node->kind != PATH_DIRECTORY)
		return -ENOTDIR;
	files_go(p->files, node);
	return 0;
}

s64 syscall_chdir(struct process *p, const u64 *a)
{
	struct path_node node;
	bool parent;
	int err = find(p, AT_CWD, a[0], true, &node, &parent);

	return err ? err : go_to(p, &node);
}

s64 syscall_fchdir(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);

	s64 answer = file ? go_to(p, &file->node) : -EBADF;

	files_let_go(p->files, file);
	return answer;
}

/* ---- reading directories ---- */

/* struct linux_dirent64, and then the name with its NUL. */
struct directory_entry {
	u64 inode;
	u64 next; /* where the one after it is */
	u16 bytes;
	u8 type; /* of the mode, >> 12 */
	char name[PATH_COMPONENT_BYTES + 1];
};
#define ENTRY_HEAD_BYTES offsetof(struct directory_entry, name)

/* What is at this position of a directory: ".", "..", then its members. False: nothing more. */
static bool entry_at(const struct process *p, const struct path_node *directory, u64 *position,
		     struct directory_entry *entry)
{
	struct path_node child = *directory;
	const char *name = "..";
	u64 at = *position, bytes = at + 1;

	if (at < 2) {
		at++;
	} else {
		at -= 2;
		if (!path_child(p->files->index, directory, &at, &child, &name, &bytes))
			return false;
		at += 2;
	}
	bytes = MIN(bytes, (u64)PATH_COMPONENT_BYTES);
	*position = at;
	entry->inode = child.inode;
	entry->next = at;
	entry->bytes = (u16)ALIGN_UP(ENTRY_HEAD_BYTES + bytes + 1, sizeof(u64));
	entry->type = (u8)((child.mode & INITRAMFS_TYPE) >> 12);
	memset(entry->name, 0, sizeof(entry->name));
	memcpy(entry->name, name, (size_t)bytes);
	return true;
}

/* With the file's mutex. */
static s64 give_entries(struct process *p, struct file *file, const u64 *a)
{
	struct directory_entry entry;
	u64 done = 0, most = (u32)a[2], position;

	for (position = file->position; entry_at(p, &file->node, &position, &entry);
	     file->position = position) {
		if (entry.bytes > most - done)
			return done ? (s64)done : -EINVAL;
		if (user_copy_out(a[1] + done, &entry, entry.bytes))
			return done ? (s64)done : -EFAULT;
		done += entry.bytes;
		sched_relax();
	}
	return (s64)done;
}

s64 syscall_getdents64(struct process *p, const u64 *a)
{
	struct file *file = files_get(p->files, a[0]);
	s64 done = -EBADF;

	if (file && !(file->flags & OPEN_PATH)) {
		done = -ENOTDIR;
		if (file->node.kind == PATH_DIRECTORY) {
			mutex_take(&file->mutex, "a file's position");
			done = give_entries(p, file, a);
			mutex_let_go(&file->mutex);
		}
	}
	files_let_go(p->files, file);
	return done;
}
