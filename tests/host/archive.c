// SPDX-License-Identifier: BSD-2-Clause
/* Archives for host tests; the contract is in the header. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive.h"

static void die(const char *what, const char *detail)
{
	fprintf(stderr, "archive: %s: %s\n", what, detail);
	abort();
}

void archive_append(struct archive *a, const void *data, size_t size)
{
	if (size > sizeof(a->bytes) - a->size)
		die("no room for", "that");
	memcpy(a->bytes + a->size, data, size);
	a->size += size;
}

void archive_align(struct archive *a, size_t multiple)
{
	while (a->size % multiple)
		archive_append(a, "", 1);
}

void archive_add(struct archive *a, const struct archive_member *m)
{
	const char *data = m->data ? m->data : "";
	size_t size = m->size ? m->size : strlen(data);
	char header[160];
	u32 sum = 0;

	for (size_t i = 0; m->format == '2' && i < size; i++)
		sum += (unsigned char)data[i];
	snprintf(header, sizeof(header),
		 "07070%c%08X%08x%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08x",
		 m->format ? m->format : '1', m->inode, m->mode ? m->mode : 0100644, 0, 0,
		 m->links ? m->links : 1, 0, size, 8, 1, 0, 0, strlen(m->name) + 1, sum);
	archive_append(a, header, strlen(header));
	archive_append(a, m->name, strlen(m->name) + 1);
	archive_align(a, 4);
	archive_append(a, data, size);
	archive_align(a, 4);
}

void archive_end(struct archive *a)
{
	archive_add(a, &(struct archive_member){ .name = "TRAILER!!!" });
}

void archive_from_cpio(struct archive *a, const char *format, const char *commands)
{
	char line[1024];
	FILE *pipe;
	size_t size;

	snprintf(line, sizeof(line),
		 "set -e; umask 022; d=$(mktemp -d); trap 'rm -rf \"$d\"' EXIT; cd \"$d\"; %s; "
		 "find . | LC_ALL=C sort | cpio -o -H %s --quiet",
		 commands, format);
	pipe = popen(line, "r");
	if (!pipe)
		die("can't run", line);
	size = fread(a->bytes + a->size, 1, sizeof(a->bytes) - a->size, pipe);
	a->size += size;
	if (pclose(pipe) || !size || a->size == sizeof(a->bytes))
		die("made no archive, or too large a one", line);
}

u8 *archive_tight(const struct archive *a, size_t size)
{
	u8 *copy = malloc(size + 1);

	if (!copy || size > a->size)
		die("no memory for", "a copy");
	memcpy(copy + 1, a->bytes, size);
	return copy + 1;
}

void archive_free(u8 *copy)
{
	free(copy - 1);
}
