// SPDX-License-Identifier: BSD-2-Clause
/* Devicetrees for host tests; the contract is in the header. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libfdt.h>

#include "tree.h"

static void die(const char *what, const char *detail)
{
	fprintf(stderr, "tree: %s: %s\n", what, detail);
	abort();
}

/* The output of a command, as a tree in a buffer of its totalsize. */
static void *tree_from_command(const char *command)
{
	FILE *pipe = popen(command, "r");
	static char buffer[4 << 20] __attribute__((aligned(8)));
	size_t bytes;
	void *tree;
	int status;

	if (!pipe)
		die("can't run", command);
	bytes = fread(buffer, 1, sizeof(buffer), pipe);
	status = pclose(pipe);
	if (status != 0 || bytes < sizeof(struct fdt_header) || fdt_totalsize(buffer) > bytes)
		die("gave no tree", command);
	tree = malloc(fdt_totalsize(buffer));
	if (!tree)
		die("no memory for", command);
	return memcpy(tree, buffer, fdt_totalsize(buffer));
}

static char *temporary_file(const char *content)
{
	char *name = strdup("/tmp/granule-tree-XXXXXX");
	int fd = name ? mkstemp(name) : -1;
	size_t bytes = strlen(content);

	if (fd < 0 || write(fd, content, bytes) != (ssize_t)bytes)
		die("can't write", "a temporary file");
	close(fd);
	return name;
}

void *tree_from_text(const char *source)
{
	char text[65536];
	char command[256];
	char *name;
	void *tree;

	snprintf(text, sizeof(text), "/dts-v1/;\n%s\n", source);
	name = temporary_file(text);
	snprintf(command, sizeof(command), "dtc -f -q -q -I dts -O dtb %s", name);
	tree = tree_from_command(command);
	unlink(name);
	free(name);
	return tree;
}

void *tree_from_file(const char *name)
{
	char command[256];

	snprintf(command, sizeof(command), "dtc -q -q -I dts -O dtb tests/host/dts/%s.dts", name);
	return tree_from_command(command);
}

void *tree_from_qemu(const char *options, const char *arguments)
{
	char command[1024];
	char *name;
	void *tree;

	if (system("command -v qemu-system-aarch64 >/dev/null 2>&1") != 0)
		return NULL;
	name = temporary_file("");
	snprintf(command, sizeof(command),
		 "qemu-system-aarch64 -M virt,dumpdtb=%s%s%s -nographic -nic none %s "
		 ">/dev/null 2>&1; cat %s",
		 name, *options ? "," : "", options, arguments, name);
	tree = tree_from_command(command);
	unlink(name);
	free(name);
	return tree;
}

u32 tree_bytes(const void *tree)
{
	return fdt_totalsize(tree);
}

void *tree_open(struct devicetree *dt, void *tree)
{
	struct devicetree_fault fault = { 0 };

	if (devicetree_open(dt, tree, tree_bytes(tree), &fault))
		die("refused", fault.why);
	return tree;
}
