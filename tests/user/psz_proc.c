/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Facts that /proc/self shows: sizes of mappings, and what counts in pages.
 *
 * Neighbours: psz.h. A file that isn't there makes its facts "-".
 */
#include "psz.h"

static char text[256 * KIB];

/* A whole file into `text`, with a 0 after it; how long it is, 0 for none. */
static size_t read_whole(const char *path)
{
	int file = (int)CALL(CALL_OPENAT, AT_CWD, path, OPEN_RDONLY);
	size_t length = 0;

	while (!call_failed(file) && length < sizeof(text) - 1) {
		long got = CALL(CALL_READ, file, text + length, sizeof(text) - 1 - length);

		if (got <= 0)
			break;
		length += (size_t)got;
	}
	text[length] = 0;
	if (!call_failed(file))
		CALL(CALL_CLOSE, file);
	return length;
}

/* Where `word` stands in [at, end of its line), or NULL. */
static const char *in_line(const char *at, const char *word)
{
	for (; *at && *at != '\n'; at++) {
		const char *a = at, *w = word;

		while (*w && *a == *w)
			a++, w++;
		if (!*w)
			return at;
	}
	return NULL;
}

static const char *next_line(const char *at)
{
	while (*at && *at != '\n')
		at++;
	return *at ? at + 1 : at;
}

static uint64_t hex_at(const char **at)
{
	uint64_t value = 0;

	for (;; (*at)++) {
		char c = **at;

		if (c >= '0' && c <= '9')
			value = value * 16 + (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value * 16 + (uint64_t)(c - 'a' + 10);
		else
			return value;
	}
}

/* The first two of /proc/self/smaps: all are of this size. */
static void say_smaps(void)
{
	int said = 0;

	if (read_whole("/proc/self/smaps"))
		for (const char *at = text; *at && said < 2; at = next_line(at)) {
			struct line line = { .length = 0 };

			if (in_line(at, "MMUPageSize:") != at)
				continue;
			while (*at && *at != '\n')
				put_char(&line, *at++);
			put_char(&line, 0);
			psz_text("smaps", line.text);
			said++;
		}
	while (said++ < 2)
		psz_text("smaps", "-");
}

struct seen {
	uint64_t heap, vvar, vdso, stack, all, lines, odd;
};

static struct seen look_at_maps(void)
{
	struct seen seen = { .heap = 0 };

	read_whole("/proc/self/maps");
	for (const char *at = text; *at; at = next_line(at)) {
		const char *name = at;
		uint64_t from = hex_at(&name), bytes;

		name++;
		bytes = hex_at(&name) - from;
		seen.lines++;
		seen.odd += from % psz.page || bytes % psz.page;
		seen.all += bytes;
		if (in_line(name, "[heap]"))
			seen.heap += bytes;
		if (in_line(name, "[vvar"))
			seen.vvar += bytes;
		if (in_line(name, "[vdso]"))
			seen.vdso += bytes;
		if (in_line(name, "[stack]"))
			seen.stack += bytes;
	}
	return seen;
}

static void say_size(const char *name, uint64_t bytes)
{
	if (bytes)
		psz_number(name, bytes);
	else
		psz_text(name, "-");
}

static void say_limit(const char *name, int what)
{
	uint64_t limit[2];
	long answer = CALL(CALL_PRLIMIT64, 0, what, 0, limit);

	if (call_failed(answer))
		psz_answer(name, answer);
	else
		psz_number(name, limit[0]);
}

void psz_proc(void)
{
	struct seen seen;

	say_smaps();
	seen = look_at_maps();
	say_size("heap vma size", seen.heap);
	say_size("vvar size", seen.vvar);
	say_size("vdso size", seen.vdso);
	say_size("stack vma size", seen.stack);
	if (seen.lines)
		psz_pair("maps lines / not page aligned", seen.lines, seen.odd);
	else
		psz_text("maps lines / not page aligned", "-");
	say_limit("RLIMIT_MEMLOCK", LIMIT_MEMLOCK);
	say_limit("RLIMIT_STACK", LIMIT_STACK);
	if (!read_whole("/proc/self/statm"))
		psz_text("statm size/rss pages", "-");
	else /* a mapping for the kernel's own use may be counted here and not there */
		psz_text("statm size/rss pages",
			 bare_number(text) * psz.page / BLOCK + 8 > seen.all / BLOCK &&
					 bare_number(text) * psz.page / BLOCK < seen.all / BLOCK + 8
				 ? "in pages"
				 : "in another unit");
}
