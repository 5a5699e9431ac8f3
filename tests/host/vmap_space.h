/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel address space for tests of areas: tables of the fake MMU, pages of the fake RAM. */
#ifndef VMAP_SPACE_H
#define VMAP_SPACE_H

#include "fake_mmu.h"
#include "fake_ram.h"

#include <mm/vmap.h>

extern struct pgtable vmap_space;

/* Areas' nodes that are allocated. They fail as tables and pages do, by fake_fail_after. */
extern u64 vmap_space_nodes;

/* An empty space, and it is live. */
void vmap_space_begin(void);

/* With no area left: nothing leaked, and no more tables are kept than <mm/vmap.h> says. */
void vmap_space_end(void);

/* Every invariant of areas and tables; forgets the flushes that were recorded. */
void vmap_space_check(void);

/* Everything that an operation that failed may not have changed. */
struct vmap_state {
	struct fake_snapshot *tables;
	struct vmap_stats stats;
	u64 pages_bytes;
	u64 nodes;
};

void vmap_space_save(struct vmap_state *state);
void vmap_space_expect_unchanged(struct vmap_state *state);

/* The permissions of the page at `va` as fake_translate writes them; "" where it isn't mapped. */
const char *vmap_space_access(u64 va);

/* What vmap_report and vmap_explain printed since. */
extern char vmap_space_text[];
int vmap_space_print(const char *format, ...) __printf(1, 2);

static inline u64 vmap_space_page(void)
{
	return 1ULL << host_page_shift;
}

#endif
