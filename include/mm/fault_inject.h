/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fault injection: allocations that fail on demand, so that what happens then is tried.
 *
 *   fault_inject=SITE:RULE[,SITE:RULE]...
 *
 *   SITE  pages   pages_alloc and what is made of it
 *         slab    slab_alloc, kmalloc and its kin
 *         vmap    areas of kernel-virtual memory
 *         tables  translation tables
 *         migrate the steps of emptying a range: CMA claims, compaction
 *         kexec   before the hash of what is loaded: nothing fails, but a byte changes
 *         all     each of them
 *   RULE  nth=N           the Nth call fails, once
 *         every=N         every Nth call fails
 *         share=A/B       A of B calls fail, at random
 *         share=A/B:SEED  the same, with the generator started at SEED: the same calls each time
 *         off             none
 *
 * Calls are counted from when the rule is set. On the command line the option counts from the end
 * of boot on, since a kernel that can't boot tests nothing; it may be repeated, and the last rule
 * of a site counts. The prompt's `inject` sets rules later, and shows what they did.
 *
 * An allocation that must not fail (PAGES_MUST) doesn't ask. While there is a rule for pages, no
 * blocks are kept hot (mm/pages.h), so the shortest path of pages_alloc needn't ask. No page size
 * enters.
 *
 * Locks: one, for the counters. fault_inject may be called with any other held; rules are set with
 * none.
 */
#ifndef MM_FAULT_INJECT_H
#define MM_FAULT_INJECT_H

#include <kernel/compiler.h>
#include <kernel/types.h>

enum fault_site {
	FAULT_PAGES,
	FAULT_SLAB,
	FAULT_VMAP,
	FAULT_TABLES,
	FAULT_MIGRATE,
	FAULT_KEXEC,
	FAULT_SITES,
};

enum fault_mode {
	FAULT_OFF,
	FAULT_NTH,
	FAULT_EVERY,
	FAULT_SHARE,
};

struct fault_rule {
	enum fault_mode mode;
	u64 n;    /* nth, every: N (not 0). share: A */
	u64 of;   /* share: B (not 0) */
	u64 seed; /* share */
};

struct fault_counts {
	u64 calls; /* while there was a rule */
	u64 failed;
};

/* A bit for each site that has a rule. */
extern u32 fault_inject_armed;

/* The rest of fault_inject, for a site with a rule. */
bool fault_inject_decide(enum fault_site site);

/* Three instructions: load, test. */
static inline bool fault_inject_is_armed(enum fault_site site)
{
	return unlikely(fault_inject_armed & 1U << site);
}

/* fault_inject - shall this call fail? */
static inline bool fault_inject(enum fault_site site)
{
	return fault_inject_is_armed(site) && fault_inject_decide(site);
}

/* Set the rule of a site; its counters start at 0. */
void fault_inject_set(enum fault_site site, const struct fault_rule *rule);

/* No rule anywhere; the counters stay. */
void fault_inject_off(void);

void fault_inject_counts(enum fault_site site, struct fault_counts *counts);

/*
 * fault_inject_parse - set rules as a text of the above form says.
 *
 * Returns 0; -EINVAL, and nothing is set, if any part of it is wrong.
 */
int fault_inject_parse(const char *text, size_t len) __must_check;

/*
 * fault_inject_setup - do what the command line's options say.
 *
 * Returns 0; -EINVAL if an option is wrong: it has said which, and how it is written.
 */
int fault_inject_setup(const char *cmdline) __must_check;

/* A line for each site: rule, calls, failures. */
void fault_inject_report(int (*print)(const char *fmt, ...) __printf(1, 2));

#endif
