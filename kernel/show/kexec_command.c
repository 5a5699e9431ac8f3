// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's `kexec`: words to a request. */
#include <kernel/errno.h>
#include <kernel/kexec.h>
#include <kernel/kexec_show.h>
#include <kernel/monitor.h>
#include <kernel/words.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>

/* What stands after " -- ", in one line. */
static char args[MONITOR_LINE_BYTES];

static bool read_dest(const char *text, struct kexec_request *request)
{
	request->forced = true;
	return !parse_size(text, strlen(text), NULL, &request->dest.val);
}

/* False for an option that is none, or has a wrong value. The second of a pair is kexec-tools'. */
static bool read_option(const char *word, struct kexec_request *request)
{
	const char *value;

	if (!strcmp(word, "--reuse-initrd") || !strcmp(word, "--reuseinitrd"))
		request->reuse_initrd = true;
	else if (!strcmp(word, "--reuse-cmdline"))
		request->reuse_cmdline = true;
	else if (!strcmp(word, "--crash"))
		request->crash = true;
	else if (words_option(word, "--initrd=", &value) ||
		 words_option(word, "--ramdisk=", &value))
		request->initrd = value;
	else if (words_option(word, "--dtb=", &value))
		request->dtb = value;
	else if (words_option(word, "--args=", &value))
		request->args_file = value;
	else if (words_option(word, "--append=", &value) ||
		 words_option(word, "--command-line=", &value))
		request->args = value;
	else if (words_option(word, "--dest=", &value))
		return read_dest(value, request);
	else
		return false;
	return true;
}

static int say_usage(const char *word)
{
	printk("kexec: %s: not understood; write\n", word);
	printk("  kexec load IMAGE [--initrd=NAME | --reuse-initrd] [--dtb=NAME] [--dest=ADDRESS]\n"
	       "             [--crash] [--args=NAME | --append=TEXT | --reuse-cmdline | -- TEXT]\n"
	       "  kexec show | unload [--crash] | exec [--verify] [--count]\n"
	       "with names of files in the initrd; or, as kexec-tools has them, -l IMAGE, -p IMAGE "
	       "(load\n"
	       "--crash), -S, -u, -p -u and -e\n");
	return -EINVAL;
}

/* The words after `load`, or after what stands for it. */
static int load(int argc, char **argv, bool crash)
{
	struct kexec_request request = { .crash = crash };
	unsigned ways;
	int i = 0, err;

	for (; i < argc && strcmp(argv[i], "--"); i++) {
		if (argv[i][0] != '-' && !request.image)
			request.image = argv[i];
		else if (!read_option(argv[i], &request))
			return say_usage(argv[i]);
	}
	ways = (unsigned)(i < argc) + (request.args != NULL) + (request.args_file != NULL) +
	       request.reuse_cmdline;
	if (!request.image || ways > 1 || (request.initrd && request.reuse_initrd) ||
	    (request.crash && request.forced))
		return say_usage(!request.image ? "load without an image"
						: "two options that exclude each other");
	if (!words_join(args, sizeof(args), MAX(argc - i - 1, 0), argv + MIN(i + 1, argc)))
		return say_usage("a command line of more than 511 characters");
	if (!request.args)
		request.args = args;
	err = kexec_load(&request);
	if (!err)
		kexec_show();
	return err;
}

static int exec(int argc, char **argv)
{
	unsigned how = 0;

	for (int i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--count"))
			how |= KEXEC_COUNT;
		else if (!strcmp(argv[i], "--verify"))
			how |= KEXEC_VERIFY;
		else
			return say_usage(argv[i]);
	}
	return kexec_exec(how);
}

/* What is to be done, as the prompt says it and as kexec-tools do. */
static bool is_word(const char *word, const char *name, const char *letter, const char *option)
{
	return !strcmp(word, name) || !strcmp(word, letter) || !strcmp(word, option);
}

COMMAND(kexec,
	"[show | load IMAGE [--initrd=FILE] [--reuse-initrd] [--dtb=FILE] [--dest=ADDRESS] "
	"[--crash] "
	"[--args=FILE] [--append=TEXT] [--reuse-cmdline] [-- TEXT] | exec [--verify] [--count] | "
	"unload [--crash] | "
	"-l FILE | -p FILE | -p -u | -u | -e | -S]",
	"another kernel: load, show, exec, unload")
{
	const char *what = argc > 1 ? argv[1] : "show", *last = argc == 3 ? argv[2] : "";
	bool crash = is_word(what, "--load-panic", "-p", "-p");

	if (crash && is_word(last, "-u", "-u", "--unload")) {
		kexec_unload(true);
		return 0;
	}
	if (argc > 2 && (crash || is_word(what, "load", "-l", "--load")))
		return load(argc - 2, argv + 2, crash);
	if (is_word(what, "exec", "-e", "--exec"))
		return exec(argc - 2, argv + 2);
	if (is_word(what, "show", "-S", "--status") && argc <= 2) {
		kexec_show();
		return 0;
	}
	crash = !strcmp(last, "--crash");
	if (is_word(what, "unload", "-u", "--unload") && (argc == 2 || crash)) {
		kexec_unload(crash);
		return 0;
	}
	return say_usage(what);
}
