// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fault injection: see include/mm/fault_inject.h, which has the option's form.
 */
#include <arch/spinlock.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <lib/cmdline.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/fault_inject.h>
#include <mm/pages.h>

#define OPTION "fault_inject"
#define FORM                                                                                   \
	"write SITE:RULE[,SITE:RULE], SITE one of pages, slab, vmap, tables, migrate, kexec, " \
	"all; RULE "                                                                           \
	"nth=N, "                                                                              \
	"every=N, share=A/B, share=A/B:SEED, off\n"

u32 fault_inject_armed;

static struct {
	struct fault_rule rule;
	struct fault_counts counts;
	u64 random;
} sites[FAULT_SITES];

static struct spinlock lock;

static const char *const site_names[FAULT_SITES] = {
	[FAULT_PAGES] = "pages",   [FAULT_SLAB] = "slab",       [FAULT_VMAP] = "vmap",
	[FAULT_TABLES] = "tables", [FAULT_MIGRATE] = "migrate", [FAULT_KEXEC] = "kexec",
};

/* A 64-bit congruential generator; its upper bits are the good ones. */
static u64 next_random(u64 *state)
{
	*state = *state * 0xda942042e4dd58b5 + 0x9e3779b97f4a7c15;
	return *state >> 32;
}

bool fault_inject_decide(enum fault_site site)
{
	const struct fault_rule *rule = &sites[site].rule;
	bool fails = false;
	u64 call;

	spin_lock(&lock);
	call = ++sites[site].counts.calls;
	if (rule->mode == FAULT_NTH)
		fails = call == rule->n;
	else if (rule->mode == FAULT_EVERY)
		fails = call % rule->n == 0;
	else if (rule->mode == FAULT_SHARE)
		fails = next_random(&sites[site].random) % rule->of < rule->n;
	sites[site].counts.failed += fails;
	spin_unlock(&lock);
	return fails;
}

void fault_inject_set(enum fault_site site, const struct fault_rule *rule)
{
	ASSERT(site < FAULT_SITES);
	ASSERT(rule->n || rule->mode == FAULT_OFF || rule->mode == FAULT_SHARE);
	ASSERT(rule->of || rule->mode != FAULT_SHARE);
	spin_lock(&lock);
	sites[site].rule = *rule;
	sites[site].counts = (struct fault_counts){ 0 };
	sites[site].random = rule->seed;
	if (rule->mode == FAULT_OFF)
		fault_inject_armed &= ~(1U << site);
	else
		fault_inject_armed |= 1U << site;
	spin_unlock(&lock);
	if (site == FAULT_PAGES)
		pages_set_hot(rule->mode == FAULT_OFF);
}

void fault_inject_off(void)
{
	spin_lock(&lock);
	fault_inject_armed = 0;
	for (unsigned site = 0; site < FAULT_SITES; site++)
		sites[site].rule.mode = FAULT_OFF;
	spin_unlock(&lock);
	pages_set_hot(true);
}

void fault_inject_counts(enum fault_site site, struct fault_counts *counts)
{
	ASSERT(site < FAULT_SITES);
	spin_lock(&lock);
	*counts = sites[site].counts;
	spin_unlock(&lock);
}

/* Split at the first `c`: what is before it, and what is behind; false if there is none. */
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

int fault_inject_parse(const char *text, size_t len)
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

int fault_inject_setup(const char *cmdline)
{
	struct cmdline_option opt;

	while (cmdline_next(&cmdline, &opt)) {
		if (!cmdline_name_is(&opt, OPTION))
			continue;
		if (fault_inject_parse(opt.value, opt.value_len)) {
			printk(OPTION "=%.*s: " FORM, (int)opt.value_len, opt.value);
			fault_inject_off();
			return -EINVAL;
		}
	}
	if (fault_inject_armed)
		fault_inject_report(printk);
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

void fault_inject_report(int (*print)(const char *fmt, ...) __printf(1, 2))
{
	for (unsigned site = 0; site < FAULT_SITES; site++) {
		print(OPTION ": %s:", site_names[site]);
		report_rule(print, &sites[site].rule);
		print(", %llu of %llu calls failed\n", sites[site].counts.failed,
		      sites[site].counts.calls);
	}
}

COMMAND(inject, "[SITE:RULE,...]", "make allocations fail; without rules, show what did")
{
	if (argc > 1 && fault_inject_parse(argv[1], strlen(argv[1]))) {
		printk("inject: " FORM);
		return -EINVAL;
	}
	fault_inject_report(printk);
	return 0;
}
