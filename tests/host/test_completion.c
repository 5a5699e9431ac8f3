// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel/prompt/completion.c: a usage says what may stand where a line ends.
 *
 * Sources: kernel/prompt/completion.c kernel/prompt/words.c lib/string.c
 */
#include <stdio.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/compiler.h>
#include <kernel/completion.h>

static char found[512];

static void find(const char *word)
{
	sprintf(found + strlen(found), "%s ", word);
}

COMPLETER(FILE)
{
	completion_offer(c, "Image");
	completion_offer(c, "Initrd");
	completion_offer(c, "linux");
}

COMPLETER(PATH)
{
	/* As a tree's: what is offered depends on what is typed. */
	completion_offer(c, strncmp(c->prefix, "/cpus/", 6) == 0 ? "/cpus/cpu@0" : "/cpus");
}

static const char usage[] = "[show | load FILE [--initrd=FILE] [--reuse] [NUMBER] | exec [--count] "
			    "| dt [PATH] | -l FILE | -n FILE,FILE...]";

/* What is offered for the last word of `line`, and how far that is all the same. */
static void offers(const char *line, const char *words, const char *common)
{
	const struct completer completers[] = { completer_entry_FILE, completer_entry_PATH };
	struct completion c = { .found = find };
	static char nothing[] = "";
	struct words split;

	(void)!words_split(&split, line, strlen(line));
	if (!split.open)
		split.argv[split.argc++] = nothing;
	c.prefix = split.argv[split.argc - 1];
	found[0] = '\0';
	completion_by_usage(&c, usage, &split, completers, completers + ARRAY_SIZE(completers));
	assert_string_equal(found, words);
	assert_string_equal(c.common, common);
	assert_int_equal(c.common_len, strlen(common));
}

static void words_of_a_usage(void **state)
{
	(void)state;
	offers("x ", "show load exec dt -l -n ", "");
	offers("x l", "load ", "load");
	offers("x s", "show ", "show");
	offers("x -", "-l -n ", "-");
	offers("x q", "", "");
	offers("x show ", "", "");
	offers("x exec ", "--count ", "--count");
	offers("x exec --c", "--count ", "--count");
	offers("x nonsense ", "", "");
}

static void names_of_things(void **state)
{
	(void)state;
	offers("x load ", "Image Initrd linux --initrd= --reuse ", "");
	offers("x load I", "Image Initrd ", "I");
	offers("x load Im", "Image ", "Image");
	offers("x -l l", "linux ", "linux");
	offers("x -n linux,I", "Image Initrd ", "linux,I");
	offers("x -n a,b,Im", "Image ", "a,b,Image");
	offers("x -n l", "linux ", "linux");
	offers("x -l linux,I", "", "");
	offers("x load 'In", "Initrd ", "Initrd");
	offers("x dt ", "/cpus ", "/cpus");
	offers("x dt /cpus/c", "/cpus/cpu@0 ", "/cpus/cpu@0");
	offers("x dt /x", "", "");
}

static void options_with_names(void **state)
{
	(void)state;
	offers("x load Image --", "--initrd= --reuse ", "--");
	offers("x load Image --i", "--initrd= ", "--initrd=");
	offers("x load --reuse I", "Image Initrd ", "I");
	offers("x load Image --initrd=", "Image Initrd linux ", "--initrd=");
	offers("x load Image --initrd=I", "Image Initrd ", "--initrd=I");
	offers("x load Image --initrd=li", "linux ", "--initrd=linux");
	offers("x load Image --other=", "", "");
}

static void long_and_odd_names_are_left_alone(void **state)
{
	struct completion c = { .prefix = "a" };
	char name[COMPLETION_BYTES + 1];

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	completion_offer(&c, name);
	assert_int_equal(c.count, 0);
	name[sizeof(name) - 2] = '\0';
	completion_offer(&c, name);
	assert_int_equal(c.count, 1);
	assert_string_equal(c.common, name);
	completion_offer(&c, "a b");
	completion_offer(&c, "a\"b");
	completion_offer(&c, "a\n");
	assert_int_equal(c.count, 1);
	completion_offer(&c, "ab");
	assert_int_equal(c.count, 2);
	assert_string_equal(c.common, "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_a_usage),
		cmocka_unit_test(names_of_things),
		cmocka_unit_test(options_with_names),
		cmocka_unit_test(long_and_odd_names_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
