// SPDX-License-Identifier: BSD-2-Clause
/*
 * The index of names, and what is at a place: see path.h.
 *
 *   I1  entries ascend by name, as bytes, and no two have the same name
 *   I2  no name is empty, begins or ends with a slash, or begins with "./"
 */
#include <kernel/errno.h>
#include <kernel/process.h>
#include <lib/initramfs.h>
#include <lib/string.h>
#include <mm/boot_memory.h>
#include <mm/kmalloc.h>

#include "path.h"

struct path_entry {
	const char *name;
	u32 name_bytes;
	u32 mode;
	u32 links;
	const void *data;
	u64 bytes;
	u64 offset; /* of its header in the initrd: its inode number, and which came later */
	struct space_source *source; /* made when it is first mapped */
};

struct path_index {
	u64 count;
	struct path_entry *entry;
	char *program;
};

/* ---- what is there without an initrd ---- */

static const struct fixed {
	char name[18];
	u8 kind;
	u8 text;
	u32 mode;
} fixed[] = {
	{ "dev", PATH_DIRECTORY, 0, 0040755 },
	{ "dev/null", PATH_NULL, 0, 0020666 },
	{ "dev/random", PATH_RANDOM, 0, 0020666 },
	{ "dev/urandom", PATH_RANDOM, 0, 0020666 },
	{ "dev/zero", PATH_ZERO, 0, 0020666 },
	{ "proc", PATH_DIRECTORY, 0, 0040555 },
	{ "proc/self", PATH_DIRECTORY, 0, 0040555 },
	{ "proc/self/auxv", PATH_TEXT, PATH_AUXV, 0100400 },
	{ "proc/self/exe", PATH_LINK, 0, 0120777 },
	{ "proc/self/maps", PATH_TEXT, PATH_MAPS, 0100444 },
	{ "proc/self/smaps", PATH_TEXT, PATH_SMAPS, 0100444 },
	{ "proc/self/statm", PATH_TEXT, PATH_STATM, 0100444 },
	{ "proc/self/status", PATH_TEXT, PATH_STATUS, 0100444 },
};

/* Inode numbers of the initrd are even, from 4 on; these are odd. */
static void set_fixed(const struct path_index *index, const struct fixed *f, struct path_node *node)
{
	*node = (struct path_node){ .kind = f->kind,
				    .text = f->text,
				    .mode = f->mode,
				    .inode = 2 * (u64)(f - fixed) + 3,
				    .name = f->name,
				    .name_bytes = strlen(f->name) };
	if (f->kind == PATH_LINK) {
		node->data = index->program;
		node->bytes = strlen(index->program);
	}
}

/* ---- the index ---- */

/*
 * As bytes, but a slash before all others: what lies in a directory follows it at once, so "a",
 * "a/b", "a-c" and not as their bytes would have it.
 */
static int compare(const char *a, u64 a_bytes, const char *b, u64 b_bytes)
{
	for (u64 i = 0; i < a_bytes && i < b_bytes; i++)
		if (a[i] != b[i])
			return (a[i] == '/' ? 0 : (u8)a[i]) - (b[i] == '/' ? 0 : (u8)b[i]);
	return (a_bytes > b_bytes) - (a_bytes < b_bytes);
}

static bool comes_after(const struct path_entry *a, const struct path_entry *b)
{
	int order = compare(a->name, a->name_bytes, b->name, b->name_bytes);

	return order ? order > 0 : a->offset > b->offset;
}

/* Heapsort: in place, without recursion, n log n whatever order members stand in. */
static void sift(struct path_entry *e, u64 root, u64 count)
{
	for (u64 child; (child = 2 * root + 1) < count; root = child) {
		if (child + 1 < count && comes_after(&e[child + 1], &e[child]))
			child++;
		if (!comes_after(&e[child], &e[root]))
			return;
		struct path_entry swapped = e[root];

		e[root] = e[child];
		e[child] = swapped;
	}
}

static void sort(struct path_entry *e, u64 count)
{
	for (u64 root = count / 2; root--;)
		sift(e, root, count);
	for (u64 end = count; end-- > 1;) {
		struct path_entry largest = e[0];

		e[0] = e[end];
		e[end] = largest;
		sift(e, 0, end);
	}
}

/* Of members with one name, the last counts. */
static u64 drop_replaced(struct path_entry *e, u64 count)
{
	u64 kept = 0;

	for (u64 i = 0; i < count; i++)
		if (i + 1 == count ||
		    compare(e[i].name, e[i].name_bytes, e[i + 1].name, e[i + 1].name_bytes) != 0)
			e[kept++] = e[i];
	return kept;
}

/* Members with a name that has something in it; into `entry` unless that is NULL. */
static u64 read_members(struct path_entry *entry)
{
	struct initramfs_file file;
	struct initramfs fs;
	u64 bytes, count = 0;
	const void *start = boot_memory_initrd(&bytes);

	if (!start)
		return 0;
	initramfs_open(&fs, start, bytes);
	while (!initramfs_next(&fs, &file)) {
		const char *name = file.name;
		u64 name_bytes;

		while (name[0] == '/' || (name[0] == '.' && name[1] == '/'))
			name++;
		name_bytes = strlen(name);
		while (name_bytes && name[name_bytes - 1] == '/')
			name_bytes--;
		if (!name_bytes || (name_bytes == 1 && name[0] == '.'))
			continue;
		if (entry)
			entry[count] = (struct path_entry){ .name = name,
							    .name_bytes = (u32)name_bytes,
							    .mode = file.mode,
							    .links = file.links,
							    .data = file.data,
							    .bytes = file.bytes,
							    .offset = file.offset };
		count++;
	}
	return count;
}

struct path_index *path_index_create(const char *program)
{
	u64 count = read_members(NULL), program_bytes = strlen(program) + 1;
	struct path_index *index = kmalloc(sizeof(*index), KMALLOC_ZERO);

	if (!index)
		return NULL;
	index->program = kmalloc(program_bytes, 0);
	if (count)
		index->entry = kmalloc(count * sizeof(*index->entry), PAGES_COMPACT);
	if (!index->program || (count && !index->entry)) {
		path_index_destroy(index);
		return NULL;
	}
	memcpy(index->program, program, (size_t)program_bytes);
	if (count) {
		read_members(index->entry);
		sort(index->entry, count);
		index->count = drop_replaced(index->entry, count);
	}
	return index;
}

void path_index_destroy(struct path_index *index)
{
	for (u64 i = 0; i < index->count; i++)
		kfree(index->entry[i].source);
	kfree(index->entry);
	kfree(index->program);
	kfree(index);
}

/* The first entry whose name isn't less. */
static u64 lower_bound(const struct path_index *index, const char *name, u64 bytes)
{
	u64 low = 0, high = index->count;

	while (low < high) {
		u64 middle = low + (high - low) / 2;
		const struct path_entry *e = &index->entry[middle];

		if (compare(e->name, e->name_bytes, name, bytes) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_member(const struct path_index *index, u64 at, const char *name, u64 bytes)
{
	const struct path_entry *e = &index->entry[at];

	return at < index->count && e->name_bytes == bytes && !memcmp(e->name, name, (size_t)bytes);
}

/* Does the entry lie in the directory of this name? */
static bool is_inside(const struct path_index *index, u64 at, const char *name, u64 bytes)
{
	const struct path_entry *e = &index->entry[at];

	return at < index->count && (!bytes || (e->name_bytes > bytes && e->name[bytes] == '/' &&
						!memcmp(e->name, name, (size_t)bytes)));
}

/* The first entry after that of this name, if there is one, and all that lie in it. */
static u64 end_of(const struct path_index *index, u64 at, const char *name, u64 bytes)
{
	u64 high = index->count;

	while (at < high) {
		u64 middle = at + (high - at) / 2;

		if (is_member(index, middle, name, bytes) || is_inside(index, middle, name, bytes))
			at = middle + 1;
		else
			high = middle;
	}
	return at;
}

static u8 kind_of(u32 mode)
{
	switch (mode & INITRAMFS_TYPE) {
	case INITRAMFS_REGULAR:
		return PATH_REGULAR;
	case INITRAMFS_DIRECTORY:
		return PATH_DIRECTORY;
	case INITRAMFS_SYMLINK:
		return PATH_LINK;
	default:
		return PATH_OTHER;
	}
}

/* Data of a file with several names may stand with another one. */
static void find_shared_data(struct path_node *node)
{
	struct initramfs_file file;
	struct initramfs fs;
	u64 bytes;
	const void *start = boot_memory_initrd(&bytes);

	initramfs_open(&fs, start, bytes);
	if (initramfs_find(&fs, node->name, &file))
		return;
	node->data = file.data;
	node->bytes = file.bytes;
}

static void set_member(struct path_entry *e, struct path_node *node)
{
	*node = (struct path_node){ .kind = kind_of(e->mode),
				    .mode = e->mode & (INITRAMFS_TYPE | 07777u),
				    .inode = 2 * (e->offset / 4) + 4,
				    .data = e->data,
				    .bytes = e->bytes,
				    .name = e->name,
				    .name_bytes = e->name_bytes,
				    .entry = e };
	if (node->kind == PATH_REGULAR && e->links > 1 && !e->bytes)
		find_shared_data(node);
}

int path_find(const struct path_index *index, const char *place, u64 bytes, struct path_node *node)
{
	u64 at;

	for (unsigned i = 0; i < ARRAY_SIZE(fixed); i++)
		if (!compare(fixed[i].name, strlen(fixed[i].name), place, bytes)) {
			set_fixed(index, &fixed[i], node);
			return 0;
		}
	at = lower_bound(index, place, bytes);
	if (is_member(index, at, place, bytes)) {
		set_member(&index->entry[at], node);
		return 0;
	}
	/* A directory that only its members speak of; the root. */
	if (bytes && !is_inside(index, at, place, bytes))
		return -ENOENT;
	*node = (struct path_node){ .kind = PATH_DIRECTORY,
				    .mode = 0040755,
				    .inode = bytes ? 2 * (index->entry[at].offset / 4) + 5 : 1,
				    .name = bytes ? index->entry[at].name : "",
				    .name_bytes = bytes };
	return 0;
}

/* The fixed place of this number, if it lies in the directory and wasn't among the entries. */
static bool fixed_child(const struct path_index *index, const struct path_node *directory, u64 at,
			struct path_node *child)
{
	const char *name = fixed[at].name, *slash = strrchr(name, '/');
	u64 parent_bytes = slash ? (u64)(slash - name) : 0, there;

	if (compare(name, parent_bytes, directory->name, directory->name_bytes) != 0)
		return false;
	set_fixed(index, &fixed[at], child);
	there = lower_bound(index, name, child->name_bytes);
	return !is_member(index, there, name, child->name_bytes) &&
	       !is_inside(index, there, name, child->name_bytes);
}

bool path_child(const struct path_index *index, const struct path_node *directory, u64 *position,
		struct path_node *child, const char **name, u64 *name_bytes)
{
	u64 bytes = directory->name_bytes, skip = bytes ? bytes + 1 : 0;
	u64 at = lower_bound(index, directory->name, bytes);

	at = MAX(*position, at + is_member(index, at, directory->name, bytes));
	if (is_inside(index, at, directory->name, bytes)) {
		const struct path_entry *e = &index->entry[at];
		const char *slash = memchr(e->name + skip, '/', (size_t)(e->name_bytes - skip));

		*name = e->name + skip;
		*name_bytes = slash ? (u64)(slash - *name) : e->name_bytes - skip;
		*position = end_of(index, at, e->name, skip + *name_bytes);
		return !path_find(index, e->name, skip + *name_bytes, child);
	}
	for (at = MAX(*position, index->count); at - index->count < ARRAY_SIZE(fixed); at++) {
		if (!fixed_child(index, directory, at - index->count, child))
			continue;
		*name = child->name + skip;
		*name_bytes = child->name_bytes - skip;
		*position = at + 1;
		return true;
	}
	return false;
}

const struct space_source *path_source(const struct path_node *node)
{
	struct path_entry *e = node->entry;
	u64 bytes = node->name_bytes + 2;
	struct space_source *source, *first = NULL;
	char *name;

	source = __atomic_load_n(&e->source, __ATOMIC_ACQUIRE);
	if (source)
		return source;
	source = kmalloc(sizeof(*source) + bytes, 0);
	if (!source)
		return NULL;
	name = (char *)(source + 1);
	name[0] = '/';
	memcpy(name + 1, node->name, (size_t)node->name_bytes);
	name[bytes - 1] = '\0';
	*source = (struct space_source){
		.data = node->data, .bytes = node->bytes, .id = node->inode, .name = name
	};
	/* Another thread may have come first. */
	if (__atomic_compare_exchange_n(&e->source, &first, source, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return source;
	kfree(source);
	return first;
}
