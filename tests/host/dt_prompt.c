// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's `dt`, for tests; the contract is in the header. */
#include <stdio.h>
#include <string.h>

#include <arch/boot.h>
#include <kernel/monitor.h>

#include "dt_prompt.h"
#include "tree.h"

extern const struct monitor_command command_entry_dt;

struct devicetree boot_devicetree;
struct boot_info boot_info;

char dt_printed[1 << 20];
static size_t used;

static void listen(const char *text)
{
	size_t len = strlen(text);

	assert_true(used + len < sizeof(dt_printed));
	for (const char *c = text; *c; c++)
		assert_true(*c == '\n' || (*c >= ' ' && *c < 0x7f));
	memcpy(dt_printed + used, text, len + 1);
	used += len;
}

void dt_run(int err, const char *a, const char *b, const char *c)
{
	char word[4][256] = { "dt" };
	char *argv[] = { word[0], word[1], word[2], word[3] };

	snprintf(word[1], sizeof(word[1]), "%s", a ? a : "");
	snprintf(word[2], sizeof(word[2]), "%s", b ? b : "");
	snprintf(word[3], sizeof(word[3]), "%s", c ? c : "");
	used = 0;
	dt_printed[0] = '\0';
	host_printk_hook = listen;
	assert_int_equal(command_entry_dt.run(1 + !!a + !!b + !!c, argv), err);
}

void dt_gives(int err, const char *a, const char *b, const char *text)
{
	dt_run(err, a, b, NULL);
	if (strcmp(dt_printed, text) != 0)
		fail_msg("dt %s %s gave:\n%s\nnot:\n%s", a ? a : "", b ? b : "", dt_printed, text);
}

void dt_begins(const char *text)
{
	if (strncmp(dt_printed, text, strlen(text)) != 0)
		fail_msg("this does not begin with %s: %s", text, dt_printed);
}

void dt_has_line(const char *name, const char *text)
{
	const char *line = dt_printed;

	for (; *line; line = strchr(line, '\n') + 1) {
		const char *word = line + strspn(line, " ");
		size_t len = strcspn(word, "\n");

		if (strncmp(word, name, strlen(name)) != 0 || strcspn(word, " \n") != strlen(name))
			continue;
		word += strlen(name);
		len -= strlen(name);
		while (*word == ' ')
			word++, len--;
		if (len != strlen(text) || memcmp(word, text, len) != 0)
			fail_msg("%s: %.*s\nnot: %s", name, (int)len, word, text);
		return;
	}
	fail_msg("no line of %s in:\n%s", name, dt_printed);
}

void dt_use(void *tree)
{
	tree_open(&boot_devicetree, tree);
	boot_info.fdt_bytes = tree_bytes(tree);
}
