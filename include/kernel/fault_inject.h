/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fault injection: allocations that fail on demand, so that what happens then is tried.
 *
 * Each site has a rule, and counts its calls from when the rule is set. <kernel/inject_command.h>
 * says how people write rules. No page size enters.
 *
 * While there is a rule for pages, no blocks are kept hot (mm/pages.h), so the shortest path of
 * pages_alloc needn't ask.
 *
 * Locks: one, for rules and counters. A site asks with any other held; rules are set with none.
 */
#ifndef KERNEL_FAULT_INJECT_H
#define KERNEL_FAULT_INJECT_H

#include <kernel/types.h>
#include <mm/hooks.h>

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

/* Set the rule of a site; its counters start at 0. */
void fault_inject_set(enum fault_site site, const struct fault_rule *rule);

/* No rule anywhere; the counters stay. */
void fault_inject_off(void);

/* The rule of a site, and what it did since it was set. */
void fault_inject_rule(enum fault_site site, struct fault_rule *rule);
void fault_inject_counts(enum fault_site site, struct fault_counts *counts);

#endif
