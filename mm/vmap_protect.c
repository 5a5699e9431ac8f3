// SPDX-License-Identifier: BSD-2-Clause
/*
 * Other permissions for part of an area.
 *
 * All that can be refused is looked at first, then blocks that the ends of the range cut are
 * split, which may fail for want of tables, and then nothing can fail any more.
 *
 * Each function is a rule that says what a leaf of one kind becomes. There is none by which
 * memory becomes writable while it is executable, or executable while it is writable (rule R7).
 */
#include <arch/cache.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/printk.h>
#include <mm/vmap_inside.h>

/* A new kind for each of the three that can change; MAP_KINDS where it is refused. */
struct rule {
	const char *name;
	enum map_kind text;
	enum map_kind rodata;
	enum map_kind data;
	const char *refusal;
};

static const struct rule set_ro = { "vmap_set_ro", MAP_TEXT, MAP_RODATA, MAP_RODATA, "" };
static const struct rule set_nx = { "vmap_set_nx", MAP_RODATA, MAP_RODATA, MAP_DATA, "" };
static const struct rule set_rw = { "vmap_set_rw", MAP_KINDS, MAP_DATA, MAP_DATA,
				    "executable memory is never writable (W^X)" };
static const struct rule set_x = { "vmap_set_x", MAP_TEXT, MAP_TEXT, MAP_KINDS,
				   "writable memory is never executable (W^X)" };

static int refuse(const struct rule *rule, u64 at, const char *why, int err)
{
	printk("%s: %#llx: %s\n", rule->name, at, why);
	return err;
}

/* The leaf that maps `va`: its attributes, and the address behind it. False where there is none. */
static bool read_leaf(u64 va, u64 *attrs, u64 *end)
{
	const struct pgtable *pt = mmu_kernel_pgtable();
	struct pgtable_walk walk;
	u64 span;
	paddr_t pa;

	if (!pgtable_walk(pt, vaddr(va), &walk, &pa))
		return false;
	span = pgtable_span(pt, walk.last_level);
	*attrs = pte_leaf_attrs(walk.entry[walk.last_level]);
	*end = (va & ~(span - 1)) + span;
	return true;
}

/* What a leaf with these attributes becomes; -EINVAL and *why when it may not. */
static int apply(const struct rule *rule, u64 attrs, enum map_kind *kind, const char **why)
{
	*why = rule->refusal;
	if (attrs == pte_attrs(MAP_TEXT))
		*kind = rule->text;
	else if (attrs == pte_attrs(MAP_RODATA))
		*kind = rule->rodata;
	else if (attrs == pte_attrs(MAP_DATA))
		*kind = rule->data;
	else {
		*why = "Device and non-cacheable memory keeps its permissions";
		return -EINVAL;
	}
	return *kind == MAP_KINDS ? -EINVAL : 0;
}

/* May every leaf of [at, end) change? Says no for the first that may not. */
static int look(const struct rule *rule, u64 at, u64 end)
{
	while (at < end) {
		enum map_kind kind;
		const char *why;
		u64 attrs, next;

		if (!read_leaf(at, &attrs, &next))
			return refuse(rule, at, "nothing is mapped", -EINVAL);
		if (apply(rule, attrs, &kind, &why))
			return refuse(rule, at, why, -EINVAL);
		at = next;
	}
	return 0;
}

/* Change it, a request for each stretch of equal leaves. The tables are locked. */
static void change(struct pgtable *pt, const struct rule *rule, u64 at, u64 end)
{
	while (at < end) {
		u64 first = at, attrs, same, next;
		enum map_kind kind;
		const char *why;
		int err;

		ASSERT(read_leaf(at, &attrs, &next));
		do
			at = next;
		while (at < end && read_leaf(at, &same, &next) && same == attrs);
		err = apply(rule, attrs, &kind, &why);
		if (!err && pte_attrs(kind) != attrs)
			err = pgtable_protect(pt, vaddr(first), at - first, kind);
		ASSERT(!err);
	}
}

static int protect(const struct rule *rule, const void *from, u64 bytes, const void *caller)
{
	u64 at = vaddr_of(from).val, stack = vaddr_of(__builtin_frame_address(0)).val;
	const struct vmap_area *area;
	struct pgtable *pt;
	int err;

	if (!bytes || !page_is_aligned(at | bytes))
		return refuse(rule, at, "not whole pages", -EINVAL);
	area = vmap_holding(at, bytes);
	if (!area)
		return refuse(rule, at, "not in one area", -EINVAL);
	/* Instruction caches would have to follow each move, and nobody needs it. */
	if (rule == &set_x && area->type == VMAP_TYPE_MOVABLE)
		return refuse(rule, at, "movable memory is never executable", -EINVAL);
	/*
	 * Splitting a block takes away what it maps until the TLBs have forgotten it. No block is
	 * in two areas, so what the CPU runs on has to be in another than this one.
	 */
	if (stack - area->base < area->bytes || vaddr_of(caller).val - area->base < area->bytes)
		return refuse(rule, at, "the CPU runs on this area", -EBUSY);

	pt = vmap_tables_lock();
	err = look(rule, at, at + bytes);
	if (!err) {
		err = pgtable_split(pt, vaddr(at), bytes);
		/* What was written there as data is what is to be executed. */
		if (!err && rule == &set_x)
			cache_sync_icache(vaddr_ptr(vaddr(at)), vaddr_ptr(vaddr(at + bytes)));
		if (!err)
			change(pt, rule, at, at + bytes);
	}
	vmap_tables_unlock();
	return err;
}

int vmap_set_ro(void *at, u64 bytes)
{
	return protect(&set_ro, at, bytes, __builtin_return_address(0));
}

int vmap_set_rw(void *at, u64 bytes)
{
	return protect(&set_rw, at, bytes, __builtin_return_address(0));
}

int vmap_set_nx(void *at, u64 bytes)
{
	return protect(&set_nx, at, bytes, __builtin_return_address(0));
}

int vmap_set_x(void *at, u64 bytes)
{
	return protect(&set_x, at, bytes, __builtin_return_address(0));
}
