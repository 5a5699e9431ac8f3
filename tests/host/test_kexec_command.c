// SPDX-License-Identifier: BSD-2-Clause
/*
 * The prompt's `kexec`: which words ask for what, and which are refused.
 *
 * Sources: kernel/show/kexec_command.c lib/parse.c lib/string.c kernel/prompt/words.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/errno.h>
#include <kernel/kexec.h>
#include <kernel/kexec_show.h>
#include <kernel/monitor.h>

extern const struct monitor_command command_entry_kexec;

static struct kexec_request asked;
static char names[256];            /* that it has: image, initrd, devicetree, file of arguments */
static char done[256], said[4096]; /* what was called, what was said */
static int answer;

static void note(const char *what)
{
	strcat(done, what);
}

int kexec_load(const struct kexec_request *request)
{
	static char args[WORDS_BYTES];

	asked = *request;
	/* It is the caller's, as long as this runs. */
	if (asked.args)
		asked.args = strcpy(args, asked.args);
	snprintf(names, sizeof(names), "%s %s %s %s", request->image,
		 request->initrd ? request->initrd : "-", request->dtb ? request->dtb : "-",
		 request->args_file ? request->args_file : "-");
	note("load ");
	return answer;
}

void kexec_unload(bool crash)
{
	note(crash ? "unload-crash " : "unload ");
}

void kexec_show(void)
{
	note("show ");
}

int kexec_exec(unsigned how)
{
	note(how & KEXEC_VERIFY ? "verify-" : "");
	note(how & KEXEC_COUNT ? "exec-counting " : "exec ");
	return answer;
}

static void hear(const char *text)
{
	size_t len = strlen(said);

	snprintf(said + len, sizeof(said) - len, "%s", text);
}

/* As the prompt hands words over: the strings are its own. */
static int type(const char *line)
{
	struct words *split = malloc(sizeof(*split));
	int err;

	assert_int_equal(words_split(split, line, strlen(line)), 0);
	done[0] = said[0] = '\0';
	memset(&asked, 0, sizeof(asked));
	host_printk_hook = hear;
	err = command_entry_kexec.run(split->argc, split->argv);
	host_printk_hook = NULL;
	/* What is kept of the line isn't in it, but for names, while it runs. */
	free(split);
	return err;
}

static void does(const char *line, const char *what)
{
	answer = 0;
	assert_int_equal(type(line), 0);
	assert_string_equal(done, what);
	assert_string_equal(said, "");
}

static void misunderstands(const char *line, const char *word)
{
	char text[128];

	answer = 0;
	snprintf(text, sizeof(text), "kexec: %s: not understood; write\n  kexec load IMAGE", word);
	assert_int_equal(type(line), -EINVAL);
	assert_string_equal(done, "");
	if (strncmp(said, text, strlen(text)))
		fail_msg("%s", said);
}

static void words(void **state)
{
	(void)state;
	does("kexec", "show ");
	does("kexec show", "show ");
	does("kexec unload", "unload ");
	does("kexec unload --crash", "unload-crash ");
	does("kexec exec", "exec ");
	does("kexec exec --count", "exec-counting ");
	does("kexec exec --verify", "verify-exec ");
	does("kexec exec --verify --count", "verify-exec-counting ");
	does("kexec exec --count --verify", "verify-exec-counting ");
	does("kexec load a", "load show ");
	misunderstands("kexec load", "load");
	misunderstands("kexec lod a", "lod");
	misunderstands("kexec show all", "show");
	misunderstands("kexec show --crash", "show");
	misunderstands("kexec unload all", "unload");
	misunderstands("kexec unload --count", "unload");
	misunderstands("kexec unload --crash --crash", "unload");
	misunderstands("kexec exec --crash", "--crash");
	misunderstands("kexec exec --count now", "now");
	answer = -EIO;
	assert_int_equal(type("kexec exec"), -EIO);
	assert_int_equal(type("kexec load a"), -EIO);
	assert_string_equal(done, "load ");
}

static void options(void **state)
{
	(void)state;
	does("kexec load a", "load show ");
	assert_string_equal(names, "a - - -");
	assert_true(!asked.reuse_cmdline && !asked.reuse_initrd && !asked.crash && !asked.forced);
	assert_string_equal(asked.args, "");
	does("kexec load --reuse-initrd a --reuse-cmdline --crash", "load show ");
	assert_string_equal(names, "a - - -");
	assert_true(asked.reuse_cmdline && asked.reuse_initrd && asked.crash);
	does("kexec load --initrd=b --dtb=c a --args=d", "load show ");
	assert_string_equal(names, "a b c d");
	assert_true(!asked.reuse_cmdline && !asked.reuse_initrd && !asked.crash && !asked.forced);
	misunderstands("kexec load a b", "b");
	misunderstands("kexec load a -b", "-b");
	misunderstands("kexec load -a", "-a");
	misunderstands("kexec load a -", "-");
	misunderstands("kexec load a --initrd", "--initrd");
	misunderstands("kexec load a --initrd=", "--initrd=");
	misunderstands("kexec load a --dtb=", "--dtb=");
	misunderstands("kexec load a --args=", "--args=");
	misunderstands("kexec load a --crash=1", "--crash=1");
	misunderstands("kexec load a --reuse-initrdx", "--reuse-initrdx");
	misunderstands("kexec load a --Crash", "--Crash");
	misunderstands("kexec load --crash", "load without an image");
	misunderstands("kexec load -- a", "load without an image");
}

static void as_kexec_tools_have_it(void **state)
{
	(void)state;
	does("kexec -l a --ramdisk=b --command-line='c d'", "load show ");
	assert_string_equal(names, "a b - -");
	assert_string_equal(asked.args, "c d");
	assert_false(asked.crash);
	does("kexec --load a --append=x=\"y z\" --reuseinitrd", "load show ");
	assert_string_equal(asked.args, "x=y z");
	assert_true(asked.reuse_initrd);
	does("kexec -p a", "load show ");
	assert_true(asked.crash);
	does("kexec --load-panic a -- b", "load show ");
	assert_true(asked.crash);
	assert_string_equal(asked.args, "b");
	does("kexec -S", "show ");
	does("kexec --status", "show ");
	does("kexec -e", "exec ");
	does("kexec --exec --count", "exec-counting ");
	does("kexec -u", "unload ");
	does("kexec -p -u", "unload-crash ");
	misunderstands("kexec -x", "-x");
	misunderstands("kexec -l", "-l");
	misunderstands("kexec -p", "-p");
	misunderstands("kexec -p a --dest=2M", "two options that exclude each other");
	misunderstands("kexec -l a --append=", "--append=");
	misunderstands("kexec -S now", "-S");
}

static void exclusions(void **state)
{
	static const char *const lines[] = {
		"kexec load a --args=b --reuse-cmdline",
		"kexec load a --args=b -- c",
		"kexec load a --args=b --",
		"kexec load a --reuse-cmdline -- c",
		"kexec load a --args=b --reuse-cmdline -- c",
		"kexec load a --initrd=b --reuse-initrd",
		"kexec load a --crash --dest=2M",
		"kexec load a --append=b -- c",
		"kexec load a --append=b --reuse-cmdline",
		"kexec load a --append=b --args=c",
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(lines); i++)
		misunderstands(lines[i], "two options that exclude each other");
}

static void joined(void **state)
{
	char line[WORDS_BYTES] = "kexec load a -- ", expected[WORDS_BYTES] = "";

	(void)state;
	does("kexec load a --", "load show ");
	assert_string_equal(asked.args, "");
	does("kexec load a -- b", "load show ");
	assert_string_equal(asked.args, "b");
	does("kexec load a --   b=c   --crash -- d", "load show ");
	assert_string_equal(asked.args, "b=c --crash -- d");
	assert_false(asked.crash);
	/* The next one has nothing of the last. */
	does("kexec load a", "load show ");
	assert_string_equal(asked.args, "");
	/* As one reads it again: quotes around what has blanks. */
	does("kexec load a -- run='b; c' 'd \"e f\"'", "load show ");
	assert_string_equal(asked.args, "\"run=b; c\" d \"e f\"");
	/* As much as a line holds. */
	for (unsigned i = 0; i < MONITOR_ARGS_MOST - 4; i++)
		strcat(expected, i ? " abcdefghijklmnop" : "abcdefghijklmnop");
	strcat(line, expected);
	assert_true(strlen(line) < MONITOR_LINE_BYTES);
	does(line, "load show ");
	assert_string_equal(asked.args, expected);
}

static void goes_to(const char *word, u64 dest)
{
	char line[128];

	snprintf(line, sizeof(line), "kexec load a --dest=%s", word);
	does(line, "load show ");
	assert_true(asked.forced);
	assert_int_equal(asked.dest.val, dest);
}

static void addresses(void **state)
{
	static const char *const wrong[] = {
		"--dest=",    "--dest=x",    "--dest=0x",  "--dest=1Q",
		"--dest=-1",  "--dest=0x1h", "--dest=2MM", "--dest=0x10000000000000000",
		"--dest=16E", "--dest=2M+1",
	};

	(void)state;
	goes_to("0x40200000", 0x40200000);
	goes_to("0X4020abCD", 0x4020abcd);
	goes_to("1075838976", 0x40200000);
	goes_to("1026M", 0x40200000);
	goes_to("2048k", 0x200000);
	goes_to("3G", 3 * GiB);
	goes_to("0", 0);
	goes_to("0xffffffffffffffff", ~0ULL);
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		char line[128];

		snprintf(line, sizeof(line), "kexec load a %s", wrong[i]);
		misunderstands(line, wrong[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(options),
		cmocka_unit_test(as_kexec_tools_have_it),
		cmocka_unit_test(exclusions),
		cmocka_unit_test(joined),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
