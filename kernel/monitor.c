// SPDX-License-Identifier: BSD-2-Clause
/*
 * The prompt's machinery: a line, its words, the command table. The commands stand in
 * commands.c and with what they are about.
 */
#include <kernel/console.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <kernel/printk.h>
#include <lib/string.h>

extern const struct monitor_command _commands[], _commands_end[];

static const struct monitor_command *find_command(const char *name)
{
	for (const struct monitor_command *c = _commands; c < _commands_end; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Cut `line` into words in place; returns how many, MONITOR_ARGS_MOST + 1 for too many. */
static int split_words(char *line, char **argv)
{
	int argc = 0;

	for (;;) {
		while (is_blank(*line))
			*line++ = '\0';
		if (!*line)
			return argc;
		if (argc == MONITOR_ARGS_MOST)
			return argc + 1;
		argv[argc++] = line;
		while (*line && !is_blank(*line))
			line++;
	}
}

static int run_line(char *line)
{
	char *argv[MONITOR_ARGS_MOST + 1] = { 0 };
	int argc = split_words(line, argv);
	const struct monitor_command *command;

	if (!argc)
		return 0;
	if (argc > MONITOR_ARGS_MOST) {
		printk("%s: more than %d words\n", argv[0], MONITOR_ARGS_MOST);
		return -EINVAL;
	}
	command = find_command(argv[0]);
	if (!command) {
		printk("%s: no such command; `help` lists them\n", argv[0]);
		return -EINVAL;
	}
	return command->run(argc, argv);
}

int monitor_run(const char *text, size_t bytes)
{
	const char *end = text + bytes;
	char line[MONITOR_LINE_BYTES];

	while (text < end) {
		const char *stop = memchr(text, ';', (size_t)(end - text));
		size_t len = (size_t)((stop ? stop : end) - text);
		int err;

		if (len >= sizeof(line)) {
			printk("run: a command of %zu characters; %d are the most\n", len,
			       MONITOR_LINE_BYTES - 1);
			return -EINVAL;
		}
		memcpy(line, text, len);
		line[len] = '\0';
		err = run_line(line);
		if (err)
			return err;
		text += len + 1;
	}
	return 0;
}

/* One line from the console, echoed; backspace and ^U work. Waits by polling. */
static void read_line(char *line)
{
	size_t len = 0;

	for (;;) {
		int c = console_read();

		if (c < 0)
			continue;
		if (c == '\r' || c == '\n') {
			printk("\n");
			break;
		}
		if ((c == '\b' || c == 0x7f) && len) {
			len--;
			printk("\b \b");
		} else if (c == 0x15) {
			for (; len; len--)
				printk("\b \b");
		} else if (c >= ' ' && c < 0x7f && len < MONITOR_LINE_BYTES - 1) {
			line[len++] = (char)c;
			printk("%c", c);
		}
	}
	line[len] = '\0';
}

void monitor_prompt(void)
{
	char line[MONITOR_LINE_BYTES];
	int err = 0;

	printk("Type `help` for the commands.\n");
	for (;;) {
		printk(err ? "granule [failed]> " : "granule> ");
		read_line(line);
		err = run_line(line);
	}
}

COMMAND(help, "", "list the commands")
{
	(void)argc, (void)argv;
	for (const struct monitor_command *c = _commands; c < _commands_end; c++)
		printk("%-10s %-10s %s\n", c->name, c->arguments, c->help);
	return 0;
}
