// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's `kexec`: words to a request. */
#include <kernel/errno.h>
#include <kernel/kexec.h>
#include <kernel/monitor.h>
#include <kernel/printk.h>
#include <lib/parse.h>
#include <lib/string.h>

/* What stands behind " -- ", in one line. */
static char args[MONITOR_LINE_BYTES];

/* The rest of `word` if it begins with `option`. */
static const char *value_of(const char *word, const char *option)
{
	size_t len = strlen(option);

	return strncmp(word, option, len) ? NULL : word + len;
}

static bool read_dest(const char *text, struct kexec_request *request)
{
	request->forced = true;
	return !parse_size(text, strlen(text), NULL, &request->dest.val);
}

/* False for an option that is none, or has a wrong value. */
static bool read_option(const char *word, struct kexec_request *request)
{
	const char *value;

	if (!strcmp(word, "--reuse-initrd"))
		request->reuse_initrd = true;
	else if (!strcmp(word, "--reuse-cmdline"))
		request->reuse_cmdline = true;
	else if (!strcmp(word, "--crash"))
		request->crash = true;
	else if ((value = value_of(word, "--initrd=")) && *value)
		request->initrd = value;
	else if ((value = value_of(word, "--dtb=")) && *value)
		request->dtb = value;
	else if ((value = value_of(word, "--args=")) && *value)
		request->args_file = value;
	else if ((value = value_of(word, "--dest=")))
		return read_dest(value, request);
	else
		return false;
	return true;
}

/* The words from argv[from] on, with a blank between them: shorter than the line they were in. */
static void join(int argc, char **argv, int from)
{
	size_t at = 0;

	args[0] = '\0';
	for (int i = from; i < argc; i++) {
		if (at)
			args[at++] = ' ';
		strscpy(args + at, argv[i], sizeof(args) - at);
		at += strlen(argv[i]);
	}
}

static int say_usage(const char *word)
{
	printk("kexec: %s: not understood; write\n"
	       "  kexec load IMAGE [--initrd=NAME | --reuse-initrd] [--dtb=NAME] [--dest=ADDRESS]\n"
	       "             [--crash] [--args=NAME | --reuse-cmdline | -- COMMAND LINE]\n"
	       "  kexec show | unload [--crash] | exec [--count]\n"
	       "with names of files in the initrd\n",
	       word);
	return -EINVAL;
}

static int load(int argc, char **argv)
{
	struct kexec_request request = { .args = args };
	unsigned ways;
	int i = 2;

	for (; i < argc && strcmp(argv[i], "--"); i++) {
		if (argv[i][0] != '-' && !request.image)
			request.image = argv[i];
		else if (!read_option(argv[i], &request))
			return say_usage(argv[i]);
	}
	ways = (unsigned)(i < argc) + (request.args_file != NULL) + request.reuse_cmdline;
	if (!request.image || ways > 1 || (request.initrd && request.reuse_initrd) ||
	    (request.crash && request.forced))
		return say_usage(!request.image ? "load without an image"
						: "two options that exclude each other");
	join(argc, argv, i + 1);
	return kexec_load(&request);
}

COMMAND(kexec, "load|...", "another kernel: load, show, exec, unload")
{
	const char *what = argc > 1 ? argv[1] : "show";
	bool crash = argc == 3 && !strcmp(argv[2], "--crash");
	bool count = argc == 3 && !strcmp(argv[2], "--count");
	int err;

	if (argc > 2 && !strcmp(what, "load")) {
		err = load(argc, argv);
		if (!err)
			kexec_show();
		return err;
	}
	if (!strcmp(what, "exec") && (argc == 2 || count))
		return kexec_exec(count);
	if (!strcmp(what, "show") && argc <= 2) {
		kexec_show();
		return 0;
	}
	if (!strcmp(what, "unload") && (argc == 2 || crash)) {
		kexec_unload(crash);
		return 0;
	}
	return say_usage(what);
}
