// SPDX-License-Identifier: BSD-2-Clause
/* What may stand where a line ends; <kernel/completion.h> has the contracts. */
#include <kernel/completion.h>
#include <lib/string.h>

/* Can it be typed as it is, without quotes? */
static bool is_plain(const char *word)
{
	for (; *word; word++)
		if (*word <= ' ' || *word >= 0x7f || strchr("\"'\\;", *word))
			return false;
	return true;
}

void completion_offer(struct completion *c, const char *word)
{
	const char *typed = c->prefix + c->stem;
	size_t len = 0;

	if (strncmp(word, typed, strlen(typed)) || strlen(word) + c->stem >= COMPLETION_BYTES ||
	    !is_plain(word))
		return;
	if (!c->count++) {
		memcpy(c->common, c->prefix, c->stem);
		strscpy(c->common + c->stem, word, sizeof(c->common) - c->stem);
		c->common_len = c->stem + strlen(word);
	}
	while (c->stem + len < c->common_len && c->common[c->stem + len] == word[len])
		len++;
	c->common_len = c->stem + len;
	c->common[c->common_len] = '\0';
	if (c->found)
		c->found(word);
}

/* ---- a usage, read word by word ---- */

struct token {
	const char *text;
	size_t len;
};

/* Brackets say that something may be left out, which doesn't matter here. */
static bool is_between(char c)
{
	return c == ' ' || c == '[' || c == ']';
}

static bool is_literal(char c)
{
	return (c >= 'a' && c <= 'z') || c == '-';
}

/* The next word or `|`. False at the end. */
static bool next_token(const char **at, struct token *token)
{
	while (is_between(**at))
		++*at;
	token->text = *at;
	if (**at == '|')
		++*at;
	else
		while (**at && !is_between(**at) && **at != '|')
			++*at;
	token->len = (size_t)(*at - token->text);
	return token->len;
}

static bool token_is(const struct token *token, const char *word)
{
	return strlen(word) == token->len && !memcmp(token->text, word, token->len);
}

/* May `word`, typed already, stand where the usage has this? */
static bool token_allows(const struct token *token, const char *word)
{
	return !is_literal(*token->text) || token_is(token, word);
}

/* FILE; or NAME,NAME... where names stand in one word, of which the last is asked for. */
static void offer_names(struct completion *c, const struct token *token,
			const struct completer *completers, const struct completer *end)
{
	const char *comma = memchr(token->text, ',', token->len), *last = strrchr(c->prefix, ',');
	struct token name = { token->text, comma ? (size_t)(comma - token->text) : token->len };

	if (comma && last)
		c->stem = (size_t)(last - c->prefix) + 1;
	for (const struct completer *i = completers; i < end; i++)
		if (token_is(&name, i->name))
			i->offer(c);
	c->stem = 0;
}

/* A literal, a name, or both: "--initrd=FILE", where the name comes once the rest is typed. */
static void offer_token(struct completion *c, const struct token *token,
			const struct completer *completers, const struct completer *end)
{
	const char *equals = memchr(token->text, '=', token->len);
	size_t stem = equals ? (size_t)(equals - token->text) + 1 : token->len;
	char literal[COMPLETION_BYTES];

	if (!is_literal(*token->text)) {
		offer_names(c, token, completers, end);
	} else if (equals && !strncmp(c->prefix, token->text, stem)) {
		struct token name = { token->text + stem, token->len - stem };

		c->stem = stem;
		offer_names(c, &name, completers, end);
	} else if (stem < sizeof(literal)) {
		memcpy(literal, token->text, stem);
		literal[stem] = '\0';
		completion_offer(c, literal);
	}
}

/* One alternative: from *at on, up to its `|` or the end. */
static void offer_alternative(struct completion *c, const char **at, const struct words *words,
			      const struct completer *completers, const struct completer *end)
{
	bool options = !*c->prefix || *c->prefix == '-', fits = true;
	struct token token;
	int i = 1;

	while (next_token(at, &token) && *token.text != '|') {
		bool option = *token.text == '-' && i > 1;

		if (!fits)
			continue;
		/* Options may stand anywhere after the first word, and take no place. */
		if (option) {
			if (options && words->argc > 2)
				offer_token(c, &token, completers, end);
			continue;
		}
		while (i > 1 && i < words->argc - 1 && *words->argv[i] == '-')
			i++;
		if (i < words->argc - 1)
			fits = token_allows(&token, words->argv[i]);
		else if (i == words->argc - 1)
			offer_token(c, &token, completers, end);
		i++;
	}
}

void completion_by_usage(struct completion *c, const char *usage, const struct words *words,
			 const struct completer *completers, const struct completer *end)
{
	while (*usage)
		offer_alternative(c, &usage, words, completers, end);
}
