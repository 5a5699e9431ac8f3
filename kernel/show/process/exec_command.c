// SPDX-License-Identifier: BSD-2-Clause
/*
 * The commands `exec`, a program of the initrd runs, at a page size of its own, and `wait`.
 *
 * With --report it is scripts/try that asks (exec_report.c).
 */
#include <arch/counter.h>
#include <arch/page.h>
#include <kernel/completion.h>
#include <kernel/errno.h>
#include <kernel/initrd.h>
#include <kernel/monitor.h>
#include <kernel/output.h>
#include <kernel/pagesize.h>
#include <kernel/process.h>
#include <kernel/sched.h>
#include <kernel/terminal.h>
#include <kernel/thread.h>
#include <kernel/wait.h>
#include <kernel/words.h>
#include <lib/console.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>
#include <mm/kmalloc.h>

#include "exec_keys.h"
#include "exec_report.h"

#define LOOK_NS 20000000ULL /* how often keys are looked for */

/* Words in a file of --from, and the argument and environment words that a line may have. */
#define WORDS_FROM_MOST 4000

/* A request, in one piece of memory: it may outlive the command that it came by. */
struct exec {
	struct process_setup setup;
	bool report, background;
	const char *from, *input;
	unsigned argc, envc;
	u64 timeout_ns, times;
	bool timed_out; /* the last run */
	struct exec_keys keys;
	u32 exits[256], signals[SIGNALS + 1];   /* how many runs ended so */
	char path[MONITOR_LINE_BYTES];          /* absolute: programs are told it */
	char text[MONITOR_LINE_BYTES];          /* what `words` points to */
	const char *words[WORDS_FROM_MOST + 2]; /* argv, NULL, envp, NULL */
	struct terminal terminal;
};

static const char *const plain_environment[] = { "HOME=/", "PATH=/bin:/usr/bin", "TERM=dumb" };

/* ---- what is said ---- */

static void say_reasons(const struct process *process)
{
	for (unsigned i = 0; i < process->reasons.count; i++)
		printk("exec: %s\n", process->reasons.text[i]);
}

static void say_timeout(const struct exec *exec)
{
	if (exec->timed_out)
		printk("exec: %s: ended after %llu s\n", exec->setup.path,
		       exec->timeout_ns / 1000000000);
}

/* For a person. */
static void say_end(const struct exec *exec, const struct process *process)
{
	const struct process_end *end = &process->end;

	say_timeout(exec);
	if (end->signal)
		printk("exec: %s: %s, pages of %s\n", exec->setup.path, signal_name(end->signal),
		       exec->setup.granule->name);
	else if (end->exit)
		printk("exec: %s: exit status %u, pages of %s\n", exec->setup.path, end->exit,
		       exec->setup.granule->name);
	if (end->signal)
		say_reasons(process);
}

/*
 * One of many: the first that ends by a signal says why. -EINTR after SIGKILL, the last: there was
 * no memory, its time was up, or somebody has had enough.
 */
static int count_end(struct exec *exec, const struct process *process)
{
	const struct process_end *end = &process->end;

	say_timeout(exec);
	if (!end->signal)
		exec->exits[end->exit]++;
	else if (!exec->signals[end->signal]++)
		say_reasons(process);
	return end->signal == SIGNAL_KILL ? -EINTR : 0;
}

static void say_ends(const struct exec *exec)
{
	const char *path = exec->setup.path, *pages = exec->setup.granule->name;

	for (unsigned i = 0; i < ARRAY_SIZE(exec->exits); i++)
		if (exec->exits[i])
			printk("exec: %s: %u x exit %u, pages of %s\n", path, exec->exits[i], i,
			       pages);
	for (unsigned i = 0; i < ARRAY_SIZE(exec->signals); i++)
		if (exec->signals[i])
			printk("exec: %s: %u x %s, pages of %s\n", path, exec->signals[i],
			       signal_name(i), pages);
}

/* ---- what is asked for ---- */

static int refuse(const char *word)
{
	printk("exec: %s: write [--pagesize=4k|16k|64k] [--stdin=FILE] [--timeout=SECONDS] "
	       "[--times=N] [--layout=compact] [--from=FILE] [--report] FILE [ARGUMENT...] [&]\n",
	       word);
	return -EINVAL;
}

/* 1 to 1,000,000. */
static bool read_number(const char *text, u64 *number)
{
	return !parse_u64(text, strlen(text), number) && *number && *number <= 1000000;
}

static int read_option(struct exec *exec, const char *word)
{
	const char *value;
	u64 seconds;

	if (words_option(word, "--pagesize=", &value))
		exec->setup.granule = pagesize_granule(value, strlen(value));
	else if (words_option(word, "--from=", &value))
		exec->from = value;
	else if (words_option(word, "--stdin=", &value))
		exec->input = value;
	else if (!strcmp(word, "--layout=compact"))
		exec->setup.compact = true;
	else if (!strcmp(word, "--report"))
		exec->report = true;
	else if (words_option(word, "--timeout=", &value) && read_number(value, &seconds))
		exec->timeout_ns = seconds * 1000000000;
	else if (!words_option(word, "--times=", &value) || !read_number(value, &exec->times))
		return refuse(word);
	return exec->setup.granule ? 0 : refuse(word);
}

/* Words in a file: each ends in NUL; an empty one ends the arguments, a second the environment. */
static int read_words(struct exec *exec)
{
	struct initramfs_file file;
	const char *at, *end;
	int err = initrd_find("exec", exec->from, &file);

	if (err)
		return err;
	at = file.data;
	end = at + file.bytes;
	for (unsigned part = 0, count = 0; part < 2; count++) {
		const char *nul = memchr(at, 0, (size_t)(end - at));

		if (!nul || count == WORDS_FROM_MOST) {
			printk("exec: %s: %s\n", exec->from,
			       nul ? "more words than there may be"
				   : "arguments and environment have to end in an empty word each");
			return -EINVAL;
		}
		if (nul == at)
			part++;
		else if (part)
			exec->words[exec->argc + 1 + exec->envc++] = at;
		else
			exec->words[exec->argc++] = at;
		at = nul + 1;
	}
	return exec->argc ? 0 : refuse(exec->from);
}

/* A copy of the line's words; together they are shorter than a line. */
static void take_words(struct exec *exec, int argc, char **argv)
{
	char *at = exec->text;

	for (int i = 0; i < argc; i++) {
		exec->words[exec->argc++] = at;
		strscpy(at, argv[i], (size_t)(exec->text + sizeof(exec->text) - at));
		at += strlen(argv[i]) + 1;
	}
	for (; exec->envc < ARRAY_SIZE(plain_environment); exec->envc++)
		exec->words[exec->argc + 1 + exec->envc] = plain_environment[exec->envc];
}

/* Options, then words. */
static int read_line(struct exec *exec, int argc, char **argv)
{
	int at = 1, err = 0;

	exec->setup.granule = granule_by_shift((unsigned)page_shift());
	for (; !err && at < argc && !strncmp(argv[at], "--", 2); at++)
		err = read_option(exec, argv[at]);
	if (err)
		return err;
	if (exec->times && exec->report)
		return refuse("--times with --report");
	if (argc > at && !strcmp(argv[argc - 1], "&")) {
		exec->background = true;
		argc--;
	}
	if (exec->from ? argc > at : argc == at)
		return refuse(exec->from ? argv[at] : "exec");
	if (exec->from)
		return read_words(exec);
	take_words(exec, argc - at, argv + at);
	return 0;
}

static int complete(struct exec *exec)
{
	struct elf_arguments *arguments = &exec->setup.arguments;
	struct initramfs_file file;
	int err;

	if (exec->input) {
		err = initrd_find("exec", exec->input, &file);
		if (err)
			return err;
		exec->setup.input = file.data;
		exec->setup.input_bytes = file.bytes;
	}
	if ((size_t)snprintf(exec->path, sizeof(exec->path), "%s%s",
			     exec->words[0][0] == '/' ? "" : "/",
			     exec->words[0]) >= sizeof(exec->path)) {
		printk("exec: the name of the program is too long\n");
		return -EINVAL;
	}
	/* What is typed is the program's, until it has ended. */
	exec->terminal = (struct terminal)TERMINAL;
	if (monitor_is_typed() && !exec->input && !exec->background && !exec->report)
		exec->keys.terminal = exec->setup.terminal = &exec->terminal;
	exec->setup.path = exec->path;
	exec->setup.out = exec->report ? &output_lines : &output_plain;
	exec->setup.seed = process_seed();
	exec->setup.weigh = exec->report;
	*arguments = (struct elf_arguments){ .path = exec->path,
					     .argc = exec->argc,
					     .envc = exec->envc,
					     .argv = exec->words,
					     .envp = exec->words + exec->argc + 1 };
	return 0;
}

/* ---- doing it ---- */

/* Until it has ended, of itself, by a key if it is in the foreground, or because time is up. */
static void wait_for(struct exec *exec, struct process *process)
{
	u64 now = arch_counter_ns(),
	    until = exec->timeout_ns ? now + exec->timeout_ns : WAIT_FOREVER;

	exec->timed_out = exec->keys.quits = false;
	while (!process_wait(process, exec->background ? until : MIN(now + LOOK_NS, until))) {
		now = arch_counter_ns();
		if (now >= until) {
			exec->timed_out = true;
			until = WAIT_FOREVER;
			process_kill(process, SIGNAL_KILL);
		}
		if (!exec->background)
			exec_keys_take(&exec->keys, process);
	}
}

static int run_once(struct exec *exec)
{
	char why[PROCESS_WHY_BYTES];
	struct process *process;
	int err;

	if (exec->report)
		exec_report_begin(&exec->setup);
	err = process_start(&exec->setup, &process, why);
	if (err && exec->report) {
		exec_report_refused(&exec->setup, why);
		return 0;
	}
	if (err) {
		printk("exec: %s\n", why);
		return err;
	}
	wait_for(exec, process);
	if (exec->report)
		exec_report_end(&exec->setup, process, exec->timed_out);
	else if (exec->times)
		err = count_end(exec, process);
	else
		say_end(exec, process);
	process_release(process);
	return err;
}

/* One run after the other, each with addresses of its own. */
static int run_times(struct exec *exec)
{
	int err = 0;

	for (u64 n = 0; !err && !exec->keys.stopped && n < exec->times; n++) {
		exec->setup.seed = process_seed();
		err = run_once(exec);
		/* A short run ends before it is looked for. */
		if (!exec->background && n + 1 < exec->times && console_read() == EXEC_CTRL_C)
			exec->keys.stopped = true;
	}
	say_ends(exec);
	return err;
}

static int run(struct exec *exec)
{
	return exec->times ? run_times(exec) : run_once(exec);
}

/* Beside the prompt. Atomic. */
static u32 in_background;

static void run_in_background(void *argument)
{
	run(argument);
	kfree(argument);
	__atomic_fetch_sub(&in_background, 1, __ATOMIC_RELEASE);
}

static int start_in_background(struct exec *exec)
{
	struct thread *thread;

	__atomic_fetch_add(&in_background, 1, __ATOMIC_RELAXED);
	thread = thread_create("exec", run_in_background, exec, THREAD_NORMAL, NULL);
	if (!thread) {
		__atomic_fetch_sub(&in_background, 1, __ATOMIC_RELAXED);
		printk("exec: there is not enough memory\n");
		return -ENOMEM;
	}
	thread_abandon(thread);
	return 0;
}

COMMAND(exec, "[OPTION...] FILE [ARGUMENT...]",
	"run a program of the initrd: --pagesize=SIZE, --times=N; `&` last")
{
	struct exec *exec = kmalloc(sizeof(*exec), KMALLOC_ZERO);
	int err;

	if (!exec) {
		printk("exec: there is not enough memory\n");
		return -ENOMEM;
	}
	err = read_line(exec, argc, argv);
	if (!err)
		err = complete(exec);
	if (!err && exec->background) {
		err = start_in_background(exec);
		if (!err)
			return 0;
	} else if (!err) {
		err = run(exec);
	}
	kfree(exec);
	return err;
}

COMMAND(wait, "", "until programs beside the prompt have ended; Ctrl-C ends it")
{
	(void)argv;
	if (argc != 1) {
		printk("wait: write no more than that\n");
		return -EINVAL;
	}
	while (__atomic_load_n(&in_background, __ATOMIC_ACQUIRE) && console_read() != EXEC_CTRL_C)
		if (!wait_until(arch_counter_ns() + LOOK_NS))
			sched_relax();
	return 0;
}
