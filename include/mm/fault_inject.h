/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fault injection: allocations that fail on demand, so that what happens then is tried.
 *
 * Sites and rules are set by the tools: <kernel/inject_command.h>. Calls are counted from when a
 * rule is set.
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

/* Does this call fail? */
static inline bool fault_inject(enum fault_site site)
{
	return fault_inject_is_armed(site) && fault_inject_decide(site);
}

/* Set the rule of a site; its counters start at 0. */
void fault_inject_set(enum fault_site site, const struct fault_rule *rule);

/* No rule anywhere; the counters stay. */
void fault_inject_off(void);

/* The rule of a site, and what it did since it was set. */
void fault_inject_rule(enum fault_site site, struct fault_rule *rule);
void fault_inject_counts(enum fault_site site, struct fault_counts *counts);

#endif
