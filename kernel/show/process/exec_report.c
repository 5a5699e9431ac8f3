// SPDX-License-Identifier: BSD-2-Clause
/*
 * What `exec --report` says to scripts/try: lines that begin with '@', a JSON object each
 * (kernel/process/output.c has those of the program's output).
 */
#include <kernel/json.h>
#include <kernel/process.h>
#include <kernel/version.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>

#include "exec_report.h"

static u32 runs; /* that were reported */

/* A document of lines, as one line: the reader takes the console line by line. */
static int print_joined(const char *format, ...)
{
	char text[PRINTK_BYTES];
	va_list args;
	int bytes;

	va_start(args, format);
	bytes = vscnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (char *at = text; (at = strchr(at, '\n'));)
		*at = ' ';
	printk("%s", text);
	return bytes;
}

static void begin_line(struct json *j, const char *event, const struct process_setup *setup)
{
	printk("@%s ", event);
	json_begin(j, print_joined);
	json_number(j, "run", runs);
	json_text(j, "pagesize", setup->granule->name);
}

static void end_line(struct json *j)
{
	json_end(j);
	printk("\n");
}

void exec_report_begin(const struct process_setup *setup)
{
	struct json j;

	runs++;
	begin_line(&j, "begin", setup);
	json_text(&j, "program", setup->path);
	json_text(&j, "version", VERSION_NUMBER);
	end_line(&j);
}

void exec_report_refused(const struct process_setup *setup, const char *why)
{
	struct json j;

	begin_line(&j, "refused", setup);
	json_text(&j, "why", why);
	end_line(&j);
}

static void report_missing(struct json *j, const struct calls_missing *missing)
{
	json_array(j, "missing");
	for (u32 i = 0; i < missing->kinds; i++) {
		u32 number = missing->call[i].number;
		const char *name = syscall_name(number);

		json_object(j, NULL);
		json_text(j, "call", name ? name : "unknown");
		json_number(j, "number", number);
		json_number(j, "count", missing->call[i].count);
		json_number(j, "influenced", !syscall_is_probe(number));
		json_close(j);
	}
	json_close(j);
}

void exec_report_end(const struct process_setup *setup, const struct process *process,
		     bool timed_out)
{
	const struct process_end *end = &process->end;
	struct json j;

	begin_line(&j, "end", setup);
	if (end->signal)
		json_number(&j, "signal", end->signal);
	else
		json_number(&j, "exit", end->exit);
	json_array(&j, "reasons");
	for (unsigned i = 0; i < process->reasons.count; i++)
		json_text(&j, NULL, process->reasons.text[i]);
	json_close(&j);
	json_number(&j, "peak_rss_bytes", end->peak_resident_bytes);
	json_number(&j, "faults", end->faults);
	json_number(&j, "table_bytes", end->table_bytes);
	json_number(&j, "mappings", end->peak_mappings);
	json_number(&j, "waste_bytes", end->waste_bytes);
	report_missing(&j, &process->missing);
	json_number(&j, "timed_out", timed_out);
	end_line(&j);
}
