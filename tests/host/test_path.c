// SPDX-License-Identifier: BSD-2-Clause
/*
 * Names of files: the index of the initrd, and paths through directories and links.
 *
 * Sources: kernel/process/path.c kernel/process/path_walk.c kernel/process/files.c
 * Sources: kernel/process/file.c kernel/process/file_watch.c kernel/process/epoll.c
 * Sources: kernel/process/epoll_change.c
 * Sources: kernel/process/proc_text.c kernel/process/signal.c kernel/process/sigframe.c
 * Sources: kernel/process/signal_stack.c
 * Sources: kernel/process/syscall_task.c lib/initramfs.c lib/sha256.c arch/arm64/table/granule.c
 * Sources: tests/host/archive.c tests/host/fake_process.c
 * Sources: tests/host/fake_task.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/errno.h>
#include <lib/initramfs.h>

#include "../../kernel/process/path.h"
#include "archive.h"
#include "fake_process.h"

static struct path_index *index_of(void)
{
	struct path_index *index = path_index_create("/bin/program");

	assert_non_null(index);
	return index;
}

static void link_to(const char *name, const char *target)
{
	process_add(name, INITRAMFS_SYMLINK | 0777, target);
}

/* A tree with directories that have a member, and others that have none. */
static void make_tree(void)
{
	process_initrd.size = 0;
	process_add(".", INITRAMFS_DIRECTORY | 0755, "");
	process_add("bin", INITRAMFS_DIRECTORY | 0750, "");
	process_add("bin/program", INITRAMFS_REGULAR | 0755, "ELF");
	process_add("bin-2", INITRAMFS_REGULAR | 0644, "two");
	process_add("./lib/deep/er/file", INITRAMFS_REGULAR | 0600, "deep");
	process_add("/etc/conf", INITRAMFS_REGULAR | 0644, "old");
	process_add("etc/conf", INITRAMFS_REGULAR | 0644, "newer");
	link_to("sh", "bin/program");
	link_to("abs", "/lib/deep");
	link_to("lib/up", "../etc");
	link_to("loop", "loop");
	link_to("a", "b");
	link_to("b", "a");
	link_to("dangling", "nowhere");
	link_to("dir-link", "bin/");
	process_add("dev/null", INITRAMFS_REGULAR | 0644, "not the device");
	process_add("fifo", 0010644, "");
	archive_end(&process_initrd);
}

static const struct path_index *tree;

static int walk(const char *path, bool follow, struct path_node *node, bool *parent)
{
	static struct path_walk w;

	memset(&w, 0xa5, sizeof(w));
	w.place_bytes = 0;
	w.links = 0;
	snprintf(w.rest, sizeof(w.rest), "%s", path);
	return path_walk(tree, &w, follow, node, parent);
}

/* The place that a path leads to, as "/place", or an error. */
static void leads(const char *path, bool follow, int err, const char *place)
{
	struct path_node node;
	bool parent;
	int got = walk(path, follow, &node, &parent);

	if (got != err)
		fail_msg("%s: %d, not %d", path, got, err);
	if (err)
		return;
	if (node.name_bytes != strlen(place) || memcmp(node.name, place, node.name_bytes) != 0)
		fail_msg("%s: %.*s, not %s", path, (int)node.name_bytes, node.name, place);
}

static void paths(void **state)
{
	(void)state;
	make_tree();
	tree = index_of();
	leads("/", true, 0, "");
	leads("bin", true, 0, "bin");
	leads("//bin///program", true, 0, "bin/program");
	leads("./bin/./program", true, 0, "bin/program");
	leads("bin/../bin/program", true, 0, "bin/program");
	leads("../../../bin-2", true, 0, "bin-2");
	leads("lib", true, 0, "lib");
	leads("lib/deep/er/", true, 0, "lib/deep/er");
	leads("lib/dee", true, -ENOENT, NULL);
	leads("lib/deep/er/file", true, 0, "lib/deep/er/file");
	leads("lib/deep/er/file/", true, -ENOTDIR, NULL);
	leads("bin/program/x", true, -ENOTDIR, NULL);
	leads("bin/program/..", true, -ENOTDIR, NULL);
	leads("bin/none", true, -ENOENT, NULL);
	leads("none/none", true, -ENOENT, NULL);
	leads("", true, -ENOENT, NULL);
	process_initrd.size = 0;
	path_index_destroy((struct path_index *)tree);
	assert_int_equal(heap_live, 0);
}

static void links(void **state)
{
	(void)state;
	make_tree();
	tree = index_of();
	leads("sh", true, 0, "bin/program");
	leads("sh", false, 0, "sh");
	leads("abs/er/file", false, 0, "lib/deep/er/file");
	leads("abs", false, 0, "abs");
	leads("abs/", false, 0, "lib/deep");
	leads("lib/up/conf", true, 0, "etc/conf");
	leads("abs/../up/conf", true, 0, "etc/conf");
	leads("loop", true, -ELOOP, NULL);
	leads("loop", false, 0, "loop");
	leads("a/x", false, -ELOOP, NULL);
	leads("dangling", true, -ENOENT, NULL);
	leads("dir-link", true, 0, "bin");
	leads("dir-link/program", true, 0, "bin/program");
	leads("/proc/self/exe", true, 0, "bin/program");
	leads("/proc/self/exe", false, 0, "proc/self/exe");
	path_index_destroy((struct path_index *)tree);
}

/* Linux follows 40 links in a path, and not a 41st. */
static void many_links(void **state)
{
	char name[16], target[16];

	(void)state;
	for (unsigned count = 40; count <= 41; count++) {
		process_initrd.size = 0;
		process_add("0", INITRAMFS_REGULAR | 0644, "end");
		for (unsigned i = 1; i <= count; i++) {
			snprintf(name, sizeof(name), "%u", i);
			snprintf(target, sizeof(target), "%u", i - 1);
			link_to(name, target);
		}
		archive_end(&process_initrd);
		tree = index_of();
		leads(name, true, count == 40 ? 0 : -ELOOP, "0");
		path_index_destroy((struct path_index *)tree);
	}
}

static void lengths(void **state)
{
	static char path[PATH_BYTES + 300];

	(void)state;
	make_tree();
	tree = index_of();
	memset(path, 'x', 255);
	leads(path, true, -ENOENT, NULL);
	path[255] = 'x';
	leads(path, true, -ENAMETOOLONG, NULL);
	/* Up and down again: what was gone through doesn't count. */
	path[0] = '\0';
	while (strlen(path) + 7 < PATH_BYTES - 12)
		strcat(path, "bin/../");
	strcat(path, "bin/program");
	leads(path, true, 0, "bin/program");
	path_index_destroy((struct path_index *)tree);
}

static void whether_the_parent_is_there(void **state)
{
	struct path_node node;
	bool parent;

	(void)state;
	make_tree();
	tree = index_of();
	assert_int_equal(walk("bin/new", true, &node, &parent), -ENOENT);
	assert_true(parent);
	assert_int_equal(walk("none/new", true, &node, &parent), -ENOENT);
	assert_false(parent);
	assert_int_equal(walk("", true, &node, &parent), -ENOENT);
	assert_false(parent);
	path_index_destroy((struct path_index *)tree);
}

static void what_is_there(void **state)
{
	struct path_node node;
	bool parent;

	(void)state;
	make_tree();
	tree = index_of();
	assert_int_equal(walk("etc/conf", true, &node, &parent), 0);
	assert_int_equal(node.kind, PATH_REGULAR);
	assert_int_equal(node.bytes, 5);
	assert_memory_equal(node.data, "newer", 5);
	assert_int_equal(walk("bin", true, &node, &parent), 0);
	assert_int_equal(node.mode, 0040750);
	assert_int_equal(walk("lib", true, &node, &parent), 0);
	assert_int_equal(node.mode, 0040755);
	assert_int_equal(walk("fifo", true, &node, &parent), 0);
	assert_int_equal(node.kind, PATH_OTHER);
	assert_int_equal(walk("dev/null", true, &node, &parent), 0);
	assert_int_equal(node.kind, PATH_NULL);
	assert_int_equal(walk("proc/self/maps", true, &node, &parent), 0);
	assert_int_equal(node.kind, PATH_TEXT);
	path_index_destroy((struct path_index *)tree);
}

/* The names in a directory, as a line, in order; each once, and with what path_find says of it. */
static void has(const char *directory, const char *names)
{
	struct path_node node, child, again;
	char all[512] = "", place[512];
	u64 position = 0, bytes;
	const char *name;
	bool parent;

	assert_int_equal(walk(directory, true, &node, &parent), 0);
	while (path_child(tree, &node, &position, &child, &name, &bytes)) {
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%.*s ", (int)bytes, name);
		snprintf(place, sizeof(place), "%s/%.*s", directory, (int)bytes, name);
		assert_int_equal(walk(place, false, &again, &parent), 0);
		assert_int_equal(again.inode, child.inode);
		assert_int_equal(again.kind, child.kind);
	}
	assert_string_equal(all, names);
}

static void children(void **state)
{
	(void)state;
	make_tree();
	tree = index_of();
	has("/", "a abs b bin bin-2 dangling dev dir-link etc fifo lib loop sh proc ");
	has("/bin", "program ");
	has("/lib", "deep up ");
	has("/lib/deep", "er ");
	has("/dev", "null random urandom zero ");
	has("/proc", "self ");
	has("/proc/self", "auxv exe maps smaps statm status ");
	path_index_destroy((struct path_index *)tree);
	process_initrd.size = 0;
	tree = index_of();
	has("/", "dev proc ");
	path_index_destroy((struct path_index *)tree);
}

/* Random names, of few characters, so that many begin alike. Each is found, and nothing else. */
static void random_names(void **state)
{
	static char names[60][8];

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		unsigned count = 1 + (unsigned)host_random_below(60);
		struct path_node node;

		process_initrd.size = 0;
		for (unsigned i = 0; i < count; i++) {
			unsigned length = 1 + (unsigned)host_random_below(3);

			for (unsigned k = 0; k < length; k++) {
				names[i][2 * k] = "ab-."[host_random_below(3)];
				names[i][2 * k + 1] = '/';
			}
			names[i][2 * length - 1] = '\0';
			process_add(names[i], INITRAMFS_REGULAR | 0644, names[i]);
		}
		archive_end(&process_initrd);
		tree = index_of();
		for (unsigned i = 0; i < count; i++) {
			assert_int_equal(path_find(tree, names[i], strlen(names[i]), &node), 0);
			assert_int_equal(node.kind, PATH_REGULAR);
			assert_memory_equal(node.data, names[i], strlen(names[i]));
		}
		path_index_destroy((struct path_index *)tree);
	}
}

static void hard_links(void **state)
{
	struct path_node node;

	(void)state;
	process_initrd.size = 0;
	archive_add(
		&process_initrd,
		&(struct archive_member){ .name = "x", .links = 2, .inode = 9, .mode = 0100644 });
	archive_add(
		&process_initrd,
		&(struct archive_member){
			.name = "y", .links = 2, .inode = 9, .mode = 0100644, .data = "shared" });
	archive_end(&process_initrd);
	tree = index_of();
	assert_int_equal(path_find(tree, "x", 1, &node), 0);
	assert_int_equal(node.bytes, 6);
	assert_memory_equal(node.data, "shared", 6);
	path_index_destroy((struct path_index *)tree);
}

/* A broken archive, and one without memory. */
static void failures(void **state)
{
	struct path_node node;

	(void)state;
	make_tree();
	for (size_t cut = 0; cut < process_initrd.size; cut += 7) {
		size_t size = process_initrd.size;

		process_initrd.size = cut;
		tree = index_of();
		(void)!path_find(tree, "bin/program", 11, &node);
		path_index_destroy((struct path_index *)tree);
		process_initrd.size = size;
	}
	for (u64 fail = 1; fail <= 3; fail++) {
		heap_asked = 0;
		heap_fail_at = fail;
		assert_null(path_index_create("/x"));
		assert_int_equal(heap_live, 0);
	}
	heap_fail_at = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths),
		cmocka_unit_test(links),
		cmocka_unit_test(many_links),
		cmocka_unit_test(lengths),
		cmocka_unit_test(whether_the_parent_is_there),
		cmocka_unit_test(what_is_there),
		cmocka_unit_test(children),
		cmocka_unit_test(random_names),
		cmocka_unit_test(hard_links),
		cmocka_unit_test(failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
