// SPDX-License-Identifier: BSD-2-Clause
/*
 * `fault_inject=` and the prompt's `inject`: rules as text. <kernel/inject_command.h> has their
 * form.
 */
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <kernel/fault_inject.h>
#include <kernel/inject_command.h>
#include <kernel/monitor.h>
#include <kernel/phase.h>
#include <lib/cmdline.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <lib/verdict.h>

CMDLINE_OPTION(fault_inject, "fault_inject");

#define OPTION "fault_inject"
#define FORM                                                                                   \
	"write SITE:RULE[,SITE:RULE], SITE one of pages, slab, vmap, tables, migrate, kexec, " \
	"all; RULE "                                                                           \
	"nth=N, "                                                                              \
	"every=N, share=A/B, share=A/B:SEED, off\n"

static const char *const site_names[FAULT_SITES] = {
	[FAULT_PAGES] = "pages",   [FAULT_SLAB] = "slab",       [FAULT_VMAP] = "vmap",
	[FAULT_TABLES] = "tables", [FAULT_MIGRATE] = "migrate", [FAULT_KEXEC] = "kexec",
};

/* Split at the first `c`: what is before it, and what is after; false if there is none. */
static bool split(const char *s, size_t len, char c, size_t *before, const char **behind)
{
	const char *at = memchr(s, c, len);

	*before = at ? (size_t)(at - s) : len;
	*behind = at ? at + 1 : s + len;
	return at != NULL;
}

static bool is_text(const char *s, size_t len, const char *text)
{
	return strlen(text) == len && !memcmp(s, text, len);
}

/* A/B or A/B:SEED. A share of more than all is refused. */
static int parse_share(const char *s, size_t len, struct fault_rule *rule)
{
	const char *end = s + len, *of, *seed;
	size_t n_len, of_len;

	if (!split(s, len, '/', &n_len, &of))
		return -EINVAL;
	if (split(of, (size_t)(end - of), ':', &of_len, &seed) &&
	    parse_u64(seed, (size_t)(end - seed), &rule->seed))
		return -EINVAL;
	if (parse_u64(s, n_len, &rule->n) || parse_u64(of, of_len, &rule->of))
		return -EINVAL;
	return rule->of && rule->of <= UINT32_MAX && rule->n <= rule->of ? 0 : -EINVAL;
}

static int parse_rule(const char *s, size_t len, struct fault_rule *rule)
{
	const char *value;
	size_t name_len, value_len;

	*rule = (struct fault_rule){ 0 };
	if (is_text(s, len, "off"))
		return 0;
	if (!split(s, len, '=', &name_len, &value))
		return -EINVAL;
	value_len = len - name_len - 1;
	if (is_text(s, name_len, "share")) {
		rule->mode = FAULT_SHARE;
		return parse_share(value, value_len, rule);
	}
	if (is_text(s, name_len, "nth"))
		rule->mode = FAULT_NTH;
	else if (is_text(s, name_len, "every"))
		rule->mode = FAULT_EVERY;
	else
		return -EINVAL;
	return parse_u64(value, value_len, &rule->n) || !rule->n ? -EINVAL : 0;
}

/* One SITE:RULE, for each site that it names. */
static int parse_one(const char *s, size_t len, struct fault_rule rules[], bool set[])
{
	struct fault_rule rule;
	const char *behind;
	size_t site_len;
	bool any = false;

	if (!split(s, len, ':', &site_len, &behind) ||
	    parse_rule(behind, len - site_len - 1, &rule))
		return -EINVAL;
	for (unsigned site = 0; site < FAULT_SITES; site++) {
		if (!is_text(s, site_len, "all") && !is_text(s, site_len, site_names[site]))
			continue;
		rules[site] = rule;
		any = set[site] = true;
	}
	return any ? 0 : -EINVAL;
}

int inject_command_parse(const char *text, size_t len)
{
	struct fault_rule rules[FAULT_SITES];
	bool set[FAULT_SITES] = { false };
	const char *behind;
	size_t one_len;
	bool more;

	do {
		more = split(text, len, ',', &one_len, &behind);
		if (parse_one(text, one_len, rules, set))
			return -EINVAL;
		len -= one_len + more;
		text = behind;
	} while (more);
	for (unsigned site = 0; site < FAULT_SITES; site++)
		if (set[site])
			fault_inject_set((enum fault_site)site, &rules[site]);
	return 0;
}

int inject_command_setup(const char *cmdline)
{
	struct cmdline_option opt;

	while (cmdline_next(&cmdline, &opt)) {
		if (!cmdline_name_is(&opt, OPTION))
			continue;
		if (inject_command_parse(opt.value, opt.value_len)) {
			printk(OPTION "=%.*s: " FORM, (int)opt.value_len, opt.value);
			fault_inject_off();
			return -EINVAL;
		}
	}
	if (fault_inject_armed)
		inject_command_report(printk);
	return 0;
}

static void report_rule(int (*print)(const char *fmt, ...) __printf(1, 2),
			const struct fault_rule *rule)
{
	if (rule->mode == FAULT_OFF)
		print("off");
	else if (rule->mode == FAULT_SHARE)
		print("share=%llu/%llu:%llu", rule->n, rule->of, rule->seed);
	else
		print("%s=%llu", rule->mode == FAULT_NTH ? "nth" : "every", rule->n);
}

void inject_command_report(int (*print)(const char *fmt, ...) __printf(1, 2))
{
	for (unsigned i = 0; i < FAULT_SITES; i++) {
		enum fault_site site = (enum fault_site)i;
		struct fault_counts counts;
		struct fault_rule rule;

		fault_inject_rule(site, &rule);
		fault_inject_counts(site, &counts);
		print(OPTION ": %s:", site_names[site]);
		report_rule(print, &rule);
		print(", %llu of %llu calls failed\n", counts.failed, counts.calls);
	}
}

COMMAND(inject, "[SITE:RULE,...]", "make allocations fail; without rules, show what did")
{
	if (argc > 1 && inject_command_parse(argv[1], strlen(argv[1]))) {
		printk("inject: " FORM);
		return -EINVAL;
	}
	inject_command_report(printk);
	return 0;
}

/* What is to fail from here on. */
BOOT_PHASE(20, fault_inject)
{
	if (inject_command_setup(cmdline))
		verdict_end(VERDICT_USAGE);
}
