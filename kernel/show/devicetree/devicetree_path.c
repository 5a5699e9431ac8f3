// SPDX-License-Identifier: BSD-2-Clause
/* Paths of nodes as people write them. The contract is in the header. */
#include <kernel/devicetree_path.h>
#include <lib/devicetree_node.h>

#include <libfdt.h>

/* The child of `parent` that is meant. Negative: none. `several`: and another one as well. */
static int find_child(const struct devicetree *dt, int parent, const char *part, u32 bytes,
		      bool *several)
{
	int child, found = -1;

	*several = false;
	fdt_for_each_subnode (child, dt->fdt, parent) {
		const char *name = devicetree_node_name(dt, child);

		if (!devicetree_node_is_named(name, part, bytes))
			continue;
		if (name[bytes] == '\0') {
			*several = false;
			return child;
		}
		*several = found >= 0;
		if (!*several)
			found = child;
	}
	return found;
}

static bool refuse(struct devicetree_path_fault *fault, enum devicetree_path_wrong wrong,
		   const char *part, u32 bytes)
{
	*fault = (struct devicetree_path_fault){ wrong, part, bytes };
	return false;
}

/* Goes on from `found`. */
static bool descend(const struct devicetree *dt, const char *text, u32 bytes,
		    struct devicetree_path *found, struct devicetree_path_fault *fault)
{
	const char *end = text + bytes;

	for (;;) {
		const char *part;
		bool several;
		int child;

		while (text < end && *text == '/')
			text++;
		if (text == end)
			return true;
		for (part = text; text < end && *text != '/';)
			text++;
		bytes = (u32)(text - part);
		child = find_child(dt, found->node[found->depth], part, bytes, &several);
		if (several)
			return refuse(fault, DEVICETREE_PATH_SEVERAL, part, bytes);
		if (child < 0)
			return refuse(fault, DEVICETREE_PATH_NO_CHILD, part, bytes);
		if (found->depth + 1 >= DEVICETREE_DEPTH_MAX)
			return refuse(fault, DEVICETREE_PATH_TOO_DEEP, part, bytes);
		found->node[++found->depth] = child;
	}
}

bool devicetree_path_find(const struct devicetree *dt, const char *text, u32 bytes,
			  struct devicetree_path *found, struct devicetree_path_fault *fault)
{
	const char *slash = memchr(text, '/', bytes);
	u32 alias_bytes = slash ? (u32)(slash - text) : bytes;
	const char *target = NULL;
	int target_bytes;

	*found = (struct devicetree_path){ .depth = 0 };
	if (bytes && *text == '/')
		return descend(dt, text, bytes, found, fault);
	if (alias_bytes && dt->aliases >= 0)
		target = fdt_getprop_namelen(dt->fdt, dt->aliases, text, (int)alias_bytes,
					     &target_bytes);
	if (!target)
		return refuse(fault, DEVICETREE_PATH_NO_ALIAS, text, alias_bytes);
	/* A full path: an alias that named an alias could name itself. */
	if (target_bytes < 2 || *target != '/' || target[target_bytes - 1] != '\0' ||
	    !descend(dt, target, (u32)strlen(target), found, fault)) {
		found->depth = 0;
		return refuse(fault, DEVICETREE_PATH_BAD_ALIAS, text, alias_bytes);
	}
	return descend(dt, text + alias_bytes, bytes - alias_bytes, found, fault);
}

/* A candidate: `kept` bytes of `prefix`, then `name`, which has to go on with the rest of it. */
static bool write_candidate(const char *prefix, size_t kept, const char *name, char *buf,
			    size_t size)
{
	size_t bytes = strlen(name);

	if (strncmp(name, prefix + kept, strlen(prefix + kept)) != 0 || kept + bytes >= size)
		return false;
	for (const char *c = name; *c; c++) {
		if (*c <= ' ' || *c >= 0x7f)
			return false;
	}
	memcpy(buf, prefix, kept);
	memcpy(buf + kept, name, bytes + 1);
	return true;
}

/* Where the walk over what may complete `prefix` begins: a child, or an alias. Negative: none. */
static int first_candidate(const struct devicetree *dt, const char *prefix, size_t kept)
{
	struct devicetree_path_fault fault;
	struct devicetree_path parent;

	if (!kept)
		return dt->aliases < 0 ? -1 : fdt_first_property_offset(dt->fdt, dt->aliases);
	if (!devicetree_path_find(dt, prefix, (u32)kept, &parent, &fault))
		return -1;
	return fdt_first_subnode(dt->fdt, parent.node[parent.depth]);
}

bool devicetree_path_complete(const struct devicetree *dt, const char *prefix, int *at, char *buf,
			      size_t size)
{
	const char *slash = strrchr(prefix, '/'), *name;
	size_t kept = slash ? (size_t)(slash + 1 - prefix) : 0;

	if (!*at) {
		*at = first_candidate(dt, prefix, kept);
		if (!slash && write_candidate(prefix, 0, "/", buf, size))
			return true;
	}
	while (*at >= 0) {
		if (slash) {
			name = devicetree_node_name(dt, *at);
			*at = fdt_next_subnode(dt->fdt, *at);
		} else {
			if (!fdt_getprop_by_offset(dt->fdt, *at, &name, NULL))
				return false;
			*at = fdt_next_property_offset(dt->fdt, *at);
		}
		if (write_candidate(prefix, kept, name, buf, size))
			return true;
	}
	return false;
}
