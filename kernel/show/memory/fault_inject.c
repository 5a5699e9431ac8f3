// SPDX-License-Identifier: BSD-2-Clause
/* Fault injection: see include/kernel/fault_inject.h. */
#include <arch/spinlock.h>
#include <kernel/assert.h>
#include <kernel/fault_inject.h>
#include <mm/pages.h>

u32 fault_inject_armed;

static struct {
	struct fault_rule rule;
	struct fault_counts counts;
	u64 random;
} sites[FAULT_SITES];

STATIC_SPINLOCK(lock, fault_inject, LOCK_FAULT_INJECT);

/* A 64-bit congruential generator; its upper bits are the good ones. */
static u64 next_random(u64 *state)
{
	*state = *state * 0xda942042e4dd58b5 + 0x9e3779b97f4a7c15;
	return *state >> 32;
}

static bool decide(enum fault_site site)
{
	const struct fault_rule *rule = &sites[site].rule;
	bool fails = false;
	u64 call;

	spin_lock(&lock);
	call = sites[site].counts.calls += rule->mode != FAULT_OFF;
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
	fault_injector = fault_inject_armed ? decide : NULL;
	spin_unlock(&lock);
	if (site == FAULT_PAGES)
		pages_set_hot(rule->mode == FAULT_OFF);
}

void fault_inject_off(void)
{
	spin_lock(&lock);
	fault_inject_armed = 0;
	fault_injector = NULL;
	for (unsigned site = 0; site < FAULT_SITES; site++)
		sites[site].rule.mode = FAULT_OFF;
	spin_unlock(&lock);
	pages_set_hot(true);
}

void fault_inject_rule(enum fault_site site, struct fault_rule *rule)
{
	ASSERT(site < FAULT_SITES);
	spin_lock(&lock);
	*rule = sites[site].rule;
	spin_unlock(&lock);
}

void fault_inject_counts(enum fault_site site, struct fault_counts *counts)
{
	ASSERT(site < FAULT_SITES);
	spin_lock(&lock);
	*counts = sites[site].counts;
	spin_unlock(&lock);
}
