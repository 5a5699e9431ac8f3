// SPDX-License-Identifier: BSD-2-Clause
/* Runs the guest tests and reports them as KTAP. */
#include <kernel/completion.h>
#include <kernel/cpus.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <kernel/phase.h>
#include <kernel/selftest.h>
#include <kernel/thread.h>
#include <lib/log.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <lib/verdict.h>

CMDLINE_OPTION(test, "test");
CMDLINE_OPTION(test_cpu, "test_cpu");

extern const struct selftest _selftests[], _selftests_end[];

/* The next item of a comma list; false at its end. An empty list has no items. */
static bool next_item(const char **at, const char *end, const char **item, size_t *len)
{
	const char *comma;

	if (*at >= end)
		return false;
	comma = memchr(*at, ',', (size_t)(end - *at));
	*item = *at;
	*len = (size_t)((comma ? comma : end) - *at);
	*at += *len + 1;
	return true;
}

static bool is_named(const struct selftest *test, const char *item, size_t len)
{
	return strlen(test->name) == len && !memcmp(test->name, item, len);
}

static bool is_wanted(const struct selftest *test, const struct cmdline_option *opt)
{
	const char *at = opt->value, *item;
	size_t len;

	if (!opt->value_len)
		return true;
	while (next_item(&at, opt->value + opt->value_len, &item, &len))
		if (is_named(test, item, len))
			return true;
	return false;
}

/* Names that no test has: each counts as a failure of its own. */
static unsigned report_unknown(const struct cmdline_option *opt)
{
	const char *at = opt->value, *item;
	unsigned unknown = 0;
	size_t len;

	while (next_item(&at, opt->value + opt->value_len, &item, &len)) {
		const struct selftest *test = _selftests;

		while (test < _selftests_end && !is_named(test, item, len))
			test++;
		if (test < _selftests_end)
			continue;
		printk("# there is no test \"%.*s\"; `test` alone runs all, `test --list` at the "
		       "prompt lists them\n",
		       (int)MIN(len, 64UL), item);
		unknown++;
	}
	return unknown;
}

void selftest_failed(struct selftest_run *run, const char *file, int line, const char *fact)
{
	run->failed = true;
	printk("# %s:%d: %s does not hold\n", file, line, fact);
}

void selftest_expect_equal(struct selftest_run *run, const char *file, int line, const char *what,
			   u64 got, u64 want)
{
	if (got == want)
		return;
	run->failed = true;
	printk("# %s:%d: %s is %llu (%#llx), not %llu (%#llx)\n", file, line, what, got, got, want,
	       want);
}

static bool run_one(const struct selftest *test, unsigned number)
{
	struct selftest_run run = { 0 };

	test->run(&run);
	printk("%s %u %s%s%s\n", run.failed ? "not ok" : "ok", number, test->name,
	       run.skipped ? " # SKIP " : "", run.skipped ? run.skipped : "");
	return !run.failed;
}

unsigned selftest_run(const struct cmdline_option *opt)
{
	unsigned plan = 0, number = 0, failed = 0, unknown;

	for (const struct selftest *test = _selftests; test < _selftests_end; test++)
		plan += is_wanted(test, opt);
	printk("KTAP version 1\n1..%u\n", plan);
	unknown = report_unknown(opt);
	for (const struct selftest *test = _selftests; test < _selftests_end; test++)
		if (is_wanted(test, opt))
			failed += !run_one(test, ++number);
	printk("# %u of %u passed\n", plan - failed, plan);
	return plan ? failed + unknown : 1;
}

COMPLETER(TEST)
{
	for (const struct selftest *test = _selftests; test < _selftests_end; test++)
		completion_offer(c, test->name);
}

COMMAND(test, "[--list | TEST,TEST...]", "run the guest tests, all or these, or list them")
{
	struct cmdline_option opt = { 0 };

	if (argc > 2) {
		printk("test: %.64s: write the names in one word, with commas between them\n",
		       argv[2]);
		return -EINVAL;
	}
	if (argc == 2 && !strcmp(argv[1], "--list")) {
		for (const struct selftest *test = _selftests; test < _selftests_end; test++)
			printk("%s\n", test->name);
		return 0;
	}
	if (argc == 2) {
		opt.value = argv[1];
		opt.value_len = strlen(argv[1]);
	}
	return selftest_run(&opt) ? -EINVAL : 0;
}

/* The CPU that test_cpu= names; NULL, and a line says so: none of that number runs. */
static struct cpu *cpu_for_tests(const char *cmdline)
{
	struct cmdline_option opt;
	struct cpu *cpu = &boot_cpu;
	u64 number;

	if (!cmdline_find_last(cmdline, "test_cpu", &opt))
		return cpu;
	if (parse_u64(opt.value, opt.value_len, &number) || number >= cpus_online())
		cpu = NULL;
	else
		cpu = cpus_online_at((u32)number);
	if (!cpu)
		printk("test_cpu=%.*s: write the number of a CPU that runs, less than %u\n",
		       (int)MIN(opt.value_len, 64UL), opt.value, cpus_online());
	return cpu;
}

static unsigned failed_there;

static void run_there(void *opt)
{
	failed_there = selftest_run(opt);
}

/* On the boot CPU by the boot thread, on any other one by a thread that is bound to it. */
static enum verdict run_on(struct cpu *cpu, struct cmdline_option *opt)
{
	struct thread *thread;

	if (cpu == &boot_cpu)
		return selftest_run(opt) ? VERDICT_FAIL : VERDICT_PASS;
	thread = thread_create("test", run_there, opt, THREAD_NORMAL, cpu);
	if (!thread) {
		printk("# no memory for a thread\n");
		return VERDICT_FAIL;
	}
	thread_join(thread);
	return failed_there ? VERDICT_FAIL : VERDICT_PASS;
}

BOOT_PHASE(30, selftest)
{
	struct cmdline_option opt;
	struct cpu *cpu;

	if (!cmdline_find_last(cmdline, "test", &opt))
		return;
	cpu = cpu_for_tests(cmdline);
	if (!cpu)
		verdict_end(VERDICT_USAGE);
	log_bare(); /* KTAP */
	verdict_end(run_on(cpu, &opt));
}
