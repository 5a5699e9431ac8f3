// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel command line; <lib/cmdline.h> has the grammar and the contracts.
 *
 * Everything rests on cmdline_next, one pass over the line that keeps nothing but
 * the caller's cursor. Looking an option up reads the line again: it is short,
 * and there are few options.
 *
 * Runs before there is any memory to allocate, on text that may be anything.
 */
#include <lib/cmdline.h>
#include <lib/string.h>

/* ASCII white space, as isspace() has it in the C locale. */
static inline bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Takes the quotes off a text that starts with one. */
static void strip_quotes(const char **text, size_t *len)
{
	if (*len == 0 || (*text)[0] != '"')
		return;
	(*text)++;
	(*len)--;
	if (*len && (*text)[*len - 1] == '"')
		(*len)--;
}

/* Divides the option `text`, whose outer quotes are gone, at its `=`. */
static void split(const char *text, size_t len, struct cmdline_option *opt)
{
	const char *equals = len ? memchr(text + 1, '=', len - 1) : NULL;

	opt->name = text;
	opt->name_len = equals ? (size_t)(equals - text) : len;
	opt->has_value = equals != NULL;
	opt->value = equals ? equals + 1 : text + len;
	opt->value_len = (size_t)(text + len - opt->value);
	strip_quotes(&opt->value, &opt->value_len);
}

bool cmdline_next(const char **cursor, struct cmdline_option *opt)
{
	const char *start = *cursor;
	const char *end;
	bool quoted = false;
	size_t len;

	if (!start)
		return false;
	while (is_blank(*start))
		start++;
	*cursor = start;

	for (end = start; *end && (quoted || !is_blank(*end)); end++)
		if (*end == '"')
			quoted = !quoted;
	if (end == start)
		return false;

	len = (size_t)(end - start);
	strip_quotes(&start, &len);
	split(start, len, opt);
	opt->unterminated = quoted;
	if (len == 2 && memcmp(start, "--", 2) == 0)
		return false;

	*cursor = end;
	return true;
}

static inline char fold(char c)
{
	return c == '-' ? '_' : c;
}

static bool names_equal(const char *a, const char *b, size_t len)
{
	while (len && fold(*a) == fold(*b)) {
		a++;
		b++;
		len--;
	}
	return len == 0;
}

bool cmdline_name_is(const struct cmdline_option *opt, const char *name)
{
	return opt->name_len == strlen(name) && names_equal(opt->name, name, opt->name_len);
}

bool cmdline_value_is(const struct cmdline_option *opt, const char *value)
{
	return opt->has_value && opt->value_len == strlen(value) &&
	       strncasecmp(opt->value, value, opt->value_len) == 0;
}

bool cmdline_find_last(const char *cmdline, const char *name, struct cmdline_option *out)
{
	struct cmdline_option opt;
	bool found = false;

	while (cmdline_next(&cmdline, &opt)) {
		if (cmdline_name_is(&opt, name)) {
			*out = opt;
			found = true;
		}
	}
	return found;
}

unsigned cmdline_count(const char *cmdline, const char *name)
{
	struct cmdline_option opt;
	unsigned count = 0;

	while (cmdline_next(&cmdline, &opt))
		count += cmdline_name_is(&opt, name);
	return count;
}

bool cmdline_next_unknown(const char **cursor, const char *const *known, const char *const *end,
			  struct cmdline_option *opt)
{
	while (cmdline_next(cursor, opt)) {
		const char *const *name = known;

		while (name < end && !cmdline_name_is(opt, *name))
			name++;
		if (name == end && !memchr(opt->name, '.', opt->name_len))
			return true;
	}
	return false;
}
