// SPDX-License-Identifier: BSD-2-Clause
/*
 * The prompt's machinery: lines, from a person or from run=, and the command table. The commands
 * stand in commands.c and with what they are about.
 */
#include <arch/boot.h>
#include <kernel/completion.h>
#include <kernel/errno.h>
#include <kernel/input.h>
#include <kernel/line_editor.h>
#include <kernel/monitor.h>
#include <kernel/phase.h>
#include <lib/cmdline.h>
#include <lib/console.h>
#include <lib/log.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <lib/verdict.h>

CMDLINE_OPTION(run, "run");

extern const struct monitor_command _commands[], _commands_end[];
extern const struct completer _completers[], _completers_end[];

#define PROMPT        "granule> "
#define PROMPT_FAILED "granule [failed]> "

static const struct monitor_command *find_command(const char *name)
{
	for (const struct monitor_command *c = _commands; c < _commands_end; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

/* ---- a line of commands ---- */

/* Is all of it to be understood, before any of it is run? Says what is not. */
static int check_line(const char *text, size_t bytes)
{
	struct words words;

	for (size_t at = 0; at < bytes; at += words.used) {
		if (words_split(&words, text + at, bytes - at)) {
			printk("command line: %s, in: %.*s\n", words.why,
			       (int)MIN(bytes - at, 64UL), text + at);
			return -EINVAL;
		}
		if (words.argc && !find_command(words.argv[0])) {
			printk("%.64s: no such command; `help` lists them\n", words.argv[0]);
			return -EINVAL;
		}
	}
	return 0;
}

/* Run the first command of `text`; says in *used what of the text it was. */
static int run_first(const char *text, size_t bytes, size_t *used)
{
	const struct monitor_command *command;
	struct words words;
	int err = words_split(&words, text, bytes);

	*used = words.used;
	if (err || !words.argc)
		return err;
	command = find_command(words.argv[0]);
	if (words.argc > 1 && !*command->arguments) {
		printk("%s: %.64s: it takes no arguments\n", command->name, words.argv[1]);
		return -EINVAL;
	}
	return command->run(words.argc, words.argv);
}

int monitor_parse_json(int argc, char **argv, bool *json)
{
	*json = argc == 2 && !strcmp(argv[1], "--json");
	if (argc == 1 || *json)
		return 0;
	printk("%s: \"%.64s\" is too much: write %s or %s --json\n", argv[0], argv[1], argv[0],
	       argv[0]);
	return -EINVAL;
}

int monitor_run(const char *text, size_t bytes)
{
	size_t at = 0, used;
	int err = check_line(text, bytes);

	for (; !err && at < bytes; at += used)
		err = run_first(text + at, bytes - at, &used);
	if (err && at && at < bytes)
		printk("not run: %.*s\n", (int)MIN(bytes - at, 64UL), text + at);
	return err;
}

/* ---- the tab key ---- */

/* Candidates, as many in a line as have room. */
static void print_candidate(const char *word)
{
	printk("%-15s ", word);
}

COMPLETER(COMMAND)
{
	for (const struct monitor_command *command = _commands; command < _commands_end; command++)
		completion_offer(c, command->name);
}

static void offer(struct completion *c, const struct words *words)
{
	const struct monitor_command *command = find_command(words->argv[0]);

	if (words->argc == 1)
		completer_COMMAND(c);
	else if (command)
		completion_by_usage(c, command->arguments, words, _completers, _completers_end);
}

/* The words up to the cursor, of the last command there. The last of them is to be completed. */
static bool words_to_complete(const struct line_editor *e, struct words *words)
{
	static char nothing[] = "";
	size_t at = 0;

	do {
		int err = words_split(words, e->text + at, e->cursor - at);

		if (err && !words->quote)
			return false;
		at += words->used;
	} while (at < e->cursor);
	if (!words->open || !words->argc) {
		if (words->argc == WORDS_MOST)
			return false;
		words->argv[words->argc++] = nothing;
	}
	return true;
}

/* Type what is certain of the word, and list what isn't. */
static void complete(struct line_editor *e)
{
	struct completion c = { 0 };
	struct words words;
	size_t typed;

	if (!words_to_complete(e, &words))
		return line_editor_bell(e);
	c.prefix = words.argv[words.argc - 1];
	typed = strlen(c.prefix);
	offer(&c, &words);
	if (!c.count)
		return line_editor_bell(e);
	if (c.common_len > typed && !line_editor_insert(e, c.common + typed, c.common_len - typed))
		return;
	if (c.count == 1) {
		if (!strchr("=/", c.common[c.common_len - 1]))
			line_editor_insert(e, " ", 1);
	} else if (c.common_len == typed) {
		c = (struct completion){ .prefix = c.prefix, .found = print_candidate };
		printk("\n");
		offer(&c, &words);
		printk("\n");
		line_editor_redraw(e);
	}
}

/* ---- the prompt ---- */

/* One line from the console. Sleeps meanwhile. False: more was typed than a line holds. */
static bool read_line(struct line_editor *e, struct line_history *history, const char *prompt)
{
	enum line_event event = LINE_EDITING;

	line_editor_begin(e, prompt, history, console_write);
	while (event != LINE_ENTERED && event != LINE_TOO_LONG) {
		event = line_editor_key(e, input_wait());
		if (event == LINE_COMPLETE) {
			complete(e);
		} else if (event == LINE_END) {
			printk("\n`poweroff` ends the machine\n");
			line_editor_redraw(e);
		}
	}
	return event == LINE_ENTERED;
}

static bool is_typed;

bool monitor_is_typed(void)
{
	return is_typed;
}

void monitor_prompt(void)
{
	static struct line_history history;
	struct line_editor editor = { 0 };
	int err = 0;

	if (!console_has_port()) {
		printk("prompt: there is no console to type at: write run= or test= on the "
		       "kernel's "
		       "command line\n");
		verdict_end(VERDICT_USAGE);
	}
	input_open(&boot_devicetree);
	is_typed = true;
	printk("Type `help` for the commands.\n");
	for (;;) {
		if (read_line(&editor, &history, err ? PROMPT_FAILED : PROMPT)) {
			err = monitor_run(editor.text, editor.len);
		} else {
			printk("command line: longer than %d characters: nothing of it was run\n",
			       LINE_EDITOR_BYTES - 1);
			err = -EINVAL;
		}
	}
}

static int help_about(const char *name)
{
	const struct monitor_command *command = find_command(name);

	if (!command) {
		printk("help: %.64s: no such command; `help` lists them\n", name);
		return -EINVAL;
	}
	printk("%s%s%s\n  %s\n", command->name, *command->arguments ? " " : "", command->arguments,
	       command->help);
	return 0;
}

COMMAND(help, "[COMMAND]", "list the commands, or say how one is written")
{
	if (argc > 2) {
		printk("help: %.64s: one command at a time\n", argv[2]);
		return -EINVAL;
	}
	if (argc == 2)
		return help_about(argv[1]);
	for (const struct monitor_command *c = _commands; c < _commands_end; c++)
		printk("%-12s %s\n", c->name, c->help);
	return 0;
}

BOOT_PHASE(40, monitor)
{
	struct cmdline_option opt;

	log_pause(true); /* answers, to the person who asked */
	if (cmdline_find_last(cmdline, "run", &opt))
		verdict_end(monitor_run(opt.value, opt.value_len) ? VERDICT_FAIL : VERDICT_PASS);
	monitor_prompt();
}
