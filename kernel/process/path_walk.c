// SPDX-License-Identifier: BSD-2-Clause
/* Following a path component by component: see path.h. */
#include <kernel/errno.h>
#include <kernel/process.h>
#include <lib/string.h>

#include "path.h"

/* The place that holds this one. */
static void go_up(struct path_walk *walk)
{
	while (walk->place_bytes && walk->place[--walk->place_bytes] != '/')
		;
}

static int go_down(struct path_walk *walk, const char *component, u64 bytes)
{
	u64 slash = walk->place_bytes != 0;

	if (bytes > PATH_COMPONENT_BYTES || walk->place_bytes + slash + bytes >= PATH_BYTES)
		return -ENAMETOOLONG;
	if (slash)
		walk->place[walk->place_bytes] = '/';
	memcpy(walk->place + walk->place_bytes + slash, component, (size_t)bytes);
	walk->place_bytes += slash + bytes;
	return 0;
}

/* The rest is where the link leads, and then what was left: `rest`, in walk->rest. */
static int follow(struct path_walk *walk, const struct path_node *link, const char *rest)
{
	u64 rest_bytes = strlen(rest) + 1;

	if (++walk->links > PATH_LINKS_MOST)
		return -ELOOP;
	if (!link->bytes)
		return -ENOENT;
	if (link->bytes + rest_bytes > PATH_BYTES)
		return -ENAMETOOLONG;
	memmove(walk->rest + link->bytes, rest, (size_t)rest_bytes);
	memcpy(walk->rest, link->data, (size_t)link->bytes);
	/* A NUL in it ends it, and Linux would have cut it there. */
	if (memchr(walk->rest, '\0', (size_t)link->bytes))
		return -ENOENT;
	go_up(walk);
	return 0;
}

static const char *skip_slashes(const char *rest)
{
	while (*rest == '/')
		rest++;
	return rest;
}

static u64 component_bytes(const char *rest)
{
	u64 bytes = 0;

	while (rest[bytes] && rest[bytes] != '/')
		bytes++;
	return bytes;
}

/* Begin at the root, or where the walk is: what is there? */
static int start(const struct path_index *index, struct path_walk *walk, struct path_node *node)
{
	if (walk->rest[0] == '/')
		walk->place_bytes = 0;
	return path_find(index, walk->place, walk->place_bytes, node);
}

int path_walk(const struct path_index *index, struct path_walk *walk, bool follow_last,
	      struct path_node *node, bool *parent)
{
	const char *rest = walk->rest;
	int err = *rest ? start(index, walk, node) : -ENOENT;

	*parent = false;
	while (!err) {
		const char *component = skip_slashes(rest);
		u64 bytes = component_bytes(component);

		/* A slash at the end stands for "and it is a directory". */
		if ((component != rest || bytes) && node->kind != PATH_DIRECTORY)
			return -ENOTDIR;
		if (!bytes)
			return 0;
		rest = component + bytes;
		if (bytes == 1 && component[0] == '.')
			continue;
		if (bytes == 2 && component[0] == '.' && component[1] == '.')
			go_up(walk);
		else
			err = go_down(walk, component, bytes);
		*parent = !*skip_slashes(rest);
		if (!err)
			err = path_find(index, walk->place, walk->place_bytes, node);
		if (!err && node->kind == PATH_LINK && (follow_last || *rest)) {
			err = follow(walk, node, rest);
			rest = walk->rest;
			if (!err)
				err = start(index, walk, node);
		}
	}
	return err;
}
