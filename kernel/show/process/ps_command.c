// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's commands about processes: `ps`, `space`, `kill`. */
#include <kernel/errno.h>
#include <kernel/json.h>
#include <kernel/monitor.h>
#include <kernel/process.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>

static void print_processes(void)
{
	struct process_info p = { 0 };

	printk("  pid pages  resident   mapped   tables mappings   faults name\n");
	while (process_read(p.pid, &p)) {
		printk("%5u %-5s", p.pid, p.granule->name);
		if (p.ended)
			printk(" %-45s %s\n", "has ended", p.name);
		else
			printk("%6llu KiB %4llu MiB %4llu KiB %8llu %8llu %s\n",
			       p.resident_bytes / KiB, p.mapped_bytes / MiB, p.table_bytes / KiB,
			       p.mappings, p.faults, p.name);
	}
}

static void print_processes_json(void)
{
	struct process_info p = { 0 };
	struct json j;

	json_begin(&j, printk);
	json_array(&j, "processes");
	while (process_read(p.pid, &p)) {
		json_object(&j, NULL);
		json_number(&j, "pid", p.pid);
		json_text(&j, "name", p.name);
		json_text(&j, "pagesize", p.granule->name);
		json_text(&j, "state", p.ended ? "ended" : "there");
		json_number(&j, "thread", p.thread);
		json_number(&j, "resident_bytes", p.resident_bytes);
		json_number(&j, "mapped_bytes", p.mapped_bytes);
		json_number(&j, "table_bytes", p.table_bytes);
		json_number(&j, "mappings", p.mappings);
		json_number(&j, "faults", p.faults);
		json_close(&j);
	}
	json_close(&j);
	json_end(&j);
}

COMMAND(ps, "[--json]", "processes: the page size of each, and the memory that it has")
{
	bool json;
	int err = monitor_parse_json(argc, argv, &json);

	if (err)
		return err;
	if (json)
		print_processes_json();
	else
		print_processes();
	return 0;
}

/* A number of a process in words of a line; says what is wrong. */
static int parse_pid(const char *command, const char *word, u32 *pid)
{
	u64 number;

	if (parse_u64(word, strlen(word), &number) || number > ~0U) {
		printk("%s: '%s' is no number of a process: `ps` lists them\n", command, word);
		return -EINVAL;
	}
	*pid = (u32)number;
	return 0;
}

static void print_view(const struct space_view *view)
{
	const char *what = "";

	if (view->flags & SPACE_HEAP)
		what = "heap";
	else if (view->flags & SPACE_STACK)
		what = "stack";
	else if (view->source)
		what = view->source->name;
	printk("%012llx-%012llx %c%c%c %8llu KiB %8llu KiB resident  %s\n", view->base, view->end,
	       view->prot & SPACE_READ ? 'r' : '-', view->prot & SPACE_WRITE ? 'w' : '-',
	       view->prot & SPACE_EXEC ? 'x' : '-', (view->end - view->base) / KiB,
	       view->resident_bytes / KiB, what);
}

static void print_space(struct space *space, void *context)
{
	struct space_view view = { 0 };

	(void)context;
	printk("space: pages of %s, ASID %u, tables %llu KiB\n", space->pt.granule->name,
	       space->arch.asid, space->pt.table_bytes / KiB);
	while (space_next(space, view.end, &view))
		print_view(&view);
}

static int no_process(const char *command, u32 pid)
{
	printk("%s: no process has number %u\n", command, pid);
	return -ENOENT;
}

COMMAND(space, "PID", "what a process has mapped, and how much of that it has touched")
{
	u32 pid;

	if (argc != 2) {
		printk("space: write space PID; `ps` lists them\n");
		return -EINVAL;
	}
	if (parse_pid("space", argv[1], &pid))
		return -EINVAL;
	return process_look(pid, print_space, NULL) ? 0 : no_process("space", pid);
}

/* By number, or by name with or without SIG. */
static bool read_signal(const char *word, unsigned *signal)
{
	u64 number;

	if (!parse_u64(word, strlen(word), &number)) {
		*signal = (unsigned)number;
		return number && number <= SIGNALS;
	}
	word += strncmp(word, "SIG", 3) ? 0 : 3;
	for (*signal = 1; *signal <= SIGNAL_SYS; (*signal)++)
		if (!strcmp(word, signal_name(*signal) + 3))
			return true;
	return false;
}

COMMAND(kill, "[-SIGNAL] PID", "end a process, or send it a signal: -INT, -SIGINT or -2")
{
	unsigned signal = SIGNAL_KILL;
	u32 pid;

	if (argc == 3 && argv[1][0] == '-' && !read_signal(argv[1] + 1, &signal)) {
		printk("kill: '%s' is no signal: write -TERM, -INT, -USR1 or the like, or -15\n",
		       argv[1] + 1);
		return -EINVAL;
	}
	if (argc != 2 && (argc != 3 || argv[1][0] != '-')) {
		printk("kill: write kill [-SIGNAL] PID; `ps` lists them\n");
		return -EINVAL;
	}
	if (parse_pid("kill", argv[argc - 1], &pid))
		return -EINVAL;
	return process_signal_by_number(pid, signal) ? 0 : no_process("kill", pid);
}
