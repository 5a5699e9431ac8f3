/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of files: what of the initrd, /dev and /proc/self a path leads to.
 *
 * An index has the initrd's members sorted by name, so that one is found in a logarithm of their
 * number. A directory is there if a member says so, or a member lies in it. /dev and /proc go
 * before members of these names, as if they were mounted.
 *
 * A place is named by its path from the root without a slash at either end: "" is the root.
 */
#ifndef PROCESS_PATH_H
#define PROCESS_PATH_H

#include <kernel/types.h>
#include <mm/space.h>

/* As Linux: of a path with its NUL, of a component, and links followed in one path. */
#define PATH_BYTES           (4 * KiB)
#define PATH_COMPONENT_BYTES 255
#define PATH_LINKS_MOST      40

enum path_kind {
	PATH_REGULAR,
	PATH_DIRECTORY,
	PATH_LINK,
	PATH_OTHER, /* a device or the like in the initrd: it can't be opened */
	PATH_NULL,
	PATH_ZERO,
	PATH_RANDOM,
	PATH_TEXT, /* made when it is opened: enum path_text */
	/* No path leads to these. */
	PATH_OUTPUT, /* descriptors 1 and 2 */
	PATH_PIPE,
	PATH_ANONYMOUS, /* an eventfd or the like */
	PATH_TERMINAL,  /* what is typed */
};

enum path_text {
	PATH_AUXV,
	PATH_MAPS,
	PATH_SMAPS,
	PATH_STATM,
	PATH_STATUS,
};

struct path_node {
	u8 kind; /* enum path_kind */
	u8 text; /* enum path_text */
	u32 mode;
	u64 inode;
	const void *data; /* of a regular file; of a link: where it leads, without a NUL */
	u64 bytes;
	const char *name; /* stays; `name_bytes` of it */
	u64 name_bytes;
	struct path_entry *entry; /* NULL: not a member of the initrd */
};

struct path_entry;
struct path_index;

/*
 * path_index_create - of the initrd; `program` is where /proc/self/exe leads.
 *
 * Members after a fault in the archive are not there. NULL without memory. Time: n log n.
 */
struct path_index *path_index_create(const char *program) __must_check;
void path_index_destroy(struct path_index *index);

/*
 * path_find - what is at this place; links are not followed. -ENOENT; *node is written on success.
 *
 * A file of several names takes time in proportion to the members of the initrd.
 */
int path_find(const struct path_index *index, const char *place, u64 bytes,
	      struct path_node *node) __must_check;

/*
 * path_child - the next member of a directory: *position is 0 at first.
 *
 * False after the last one. Each name comes once, the initrd's first, in the order of their bytes.
 */
bool path_child(const struct path_index *index, const struct path_node *directory, u64 *position,
		struct path_node *child, const char **name, u64 *name_bytes);

/* What a mapping of this regular file shows; stays as long as the index. NULL without memory. */
const struct space_source *path_source(const struct path_node *node);

/* A path on its way: too large for the stack. */
struct path_walk {
	char place[PATH_BYTES]; /* where it starts, and then has come to: `place_bytes` of it */
	u64 place_bytes;
	char rest[PATH_BYTES]; /* what is left, with a NUL */
	unsigned links;        /* followed so far */
};

/*
 * path_walk - follow `walk`, from its place or, if the rest is absolute, from the root.
 *
 * `follow`: also a link that is the last component. 0; -ENOENT, -ENOTDIR, -ELOOP, -ENAMETOOLONG.
 * After -ENOENT, *parent says whether all but the last component was there.
 */
int path_walk(const struct path_index *index, struct path_walk *walk, bool follow,
	      struct path_node *node, bool *parent) __must_check;

#endif
