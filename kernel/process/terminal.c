// SPDX-License-Identifier: BSD-2-Clause
/* Lines that are typed for a program: see <kernel/terminal.h>. */
#include <arch/user.h>
#include <kernel/process.h>
#include <kernel/terminal.h>
#include <lib/console.h>
#include <lib/string.h>
#include <mm/kmalloc.h>

#include "watch.h"

LOCK_CLASS_OF_MANY(terminal, LOCK_TERMINAL, NULL);

#define KEY_END       4 /* Ctrl-D */
#define KEY_BELL      7
#define KEY_BACK      8
#define KEY_KILL_LINE 21 /* Ctrl-U */
#define KEY_DELETE    0x7f

static void echo(const char *text)
{
	console_write(text, strlen(text));
}

/* ---- typing ---- */

/* What was typed is a line, or a piece of one, that can be read. With the lock. */
static void give(struct terminal *terminal)
{
	memcpy(terminal->lines + terminal->held, terminal->line, terminal->typed);
	terminal->held += terminal->typed;
	terminal->ends += !terminal->typed;
	terminal->typed = 0;
	if (terminal->file)
		file_tell(terminal->file, POLL_IN);
}

static void add(struct terminal *terminal, char key)
{
	u32 room = MIN(TERMINAL_LINE_BYTES, TERMINAL_BYTES - terminal->held) - terminal->typed;
	bool fits = room > (key != '\n'); /* the last place is for that */
	char text[] = { key, '\0' };

	if (fits)
		terminal->line[terminal->typed++] = key;
	else
		text[0] = KEY_BELL;
	echo(text);
	if (fits && key == '\n')
		give(terminal);
}

static void take_back(struct terminal *terminal)
{
	if (!terminal->typed)
		return;
	/* Of a character of several bytes, all: they begin with one that isn't 10xxxxxx. */
	while (--terminal->typed && (terminal->line[terminal->typed] & 0xc0) == 0x80)
		;
	echo("\b \b");
}

void terminal_type(struct terminal *terminal, char key)
{
	spin_lock(&terminal->lock);
	switch (key) {
	case KEY_BACK:
	case KEY_DELETE:
		take_back(terminal);
		break;
	case KEY_KILL_LINE:
		while (terminal->typed)
			take_back(terminal);
		break;
	case KEY_END:
		give(terminal);
		break;
	case '\r':
	case '\n':
		add(terminal, '\n');
		break;
	default:
		if ((u8)key >= ' ' || key == '\t')
			add(terminal, key);
	}
	spin_unlock(&terminal->lock);
}

/* ---- reading ---- */

struct terminal_file {
	struct file file;
	struct terminal *terminal;
};

static struct terminal *of(struct file *file)
{
	return container_of(file, struct terminal_file, file)->terminal;
}

static u32 poll_lines(struct file *file)
{
	struct terminal *terminal = of(file);
	bool ready;

	ready = __atomic_load_n(&terminal->held, __ATOMIC_RELAXED) ||
		__atomic_load_n(&terminal->ends, __ATOMIC_RELAXED);
	return ready ? POLL_READ : 0;
}

/* At most `bytes` of the first line. False: there is nothing, nor the end. */
static bool take(struct terminal *terminal, char *to, u64 *bytes)
{
	const char *end;
	u64 length;
	bool found;

	spin_lock(&terminal->lock);
	end = memchr(terminal->lines, '\n', terminal->held);
	length = MIN(*bytes, end ? (u64)(end - terminal->lines) + 1 : terminal->held);
	found = length || terminal->ends;
	if (!length && terminal->ends)
		terminal->ends--;
	memcpy(to, terminal->lines, length);
	terminal->held -= (u32)length;
	memmove(terminal->lines, terminal->lines + length, terminal->held);
	spin_unlock(&terminal->lock);
	*bytes = length;
	return found;
}

static s64 read_line(struct process *p, struct file *file, u64 to, u64 bytes, u64 position)
{
	char line[TERMINAL_LINE_BYTES];
	u64 length;
	s64 err;

	(void)position;
	if (!bytes)
		return 0;
	for (;;) {
		length = MIN(bytes, sizeof(line));
		if (take(of(file), line, &length))
			return user_copy_out(to, line, length) ? -EFAULT : (s64)length;
		if (file_is_nonblocking(file))
			return -EAGAIN;
		err = file_wait(p, file, POLL_IN, "input");
		if (err)
			return err;
	}
}

static void close_terminal(struct file *file)
{
	struct terminal *terminal = of(file);

	spin_lock(&terminal->lock);
	terminal->file = NULL;
	spin_unlock(&terminal->lock);
	kfree(container_of(file, struct terminal_file, file));
}

static const struct file_ops ops = { .read = read_line,
				     .poll = poll_lines,
				     .close = close_terminal };

struct file *terminal_open(struct terminal *terminal)
{
	struct file *file = file_create_anonymous(&ops, sizeof(struct terminal_file), 0);

	if (!file)
		return NULL;
	file->node = (struct path_node){
		.kind = PATH_TERMINAL, .mode = 0020620, .inode = 3, .name = "dev/console"
	};
	container_of(file, struct terminal_file, file)->terminal = terminal;
	spin_lock(&terminal->lock);
	terminal->file = file;
	spin_unlock(&terminal->lock);
	return file;
}
