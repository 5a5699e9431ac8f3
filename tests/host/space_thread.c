// SPDX-License-Identifier: BSD-2-Clause
/* What runs programs in <space_world.h>'s machine: a thread for each space, and a TLB. */
#include <string.h>

#include "space_world.h"

#include <cmocka.h>

#include <arch/copy.h>
#include <arch/pgtable_geometry.h>
#include <arch/tlb.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <mm/addr.h>
#include <mm/buddy.h>

u64 world_flushes, world_copies;

/* ---- the TLB ---- */

#define TLB_ENTRIES 1024

struct tlb_entry {
	bool valid;
	u64 va; /* of the page */
	pte_t leaf;
};

static struct cpu_space {
	struct space *space;
	struct tlb_entry tlb[TLB_ENTRIES];
} running[WORLD_SPACES];

static struct cpu_space *of(const struct space *space)
{
	for (unsigned i = 0; i < WORLD_SPACES; i++)
		if (running[i].space == space)
			return &running[i];
	fail_msg("no space");
	return NULL;
}

static struct tlb_entry *entry_of(struct cpu_space *r, u64 va)
{
	return &r->tlb[(va >> r->space->pt.granule->shift) % TLB_ENTRIES];
}

/* Of all spaces: it is asked for without an ASID. */
static void forget(u64 va)
{
	world_flushes++;
	for (unsigned i = 0; i < WORLD_SPACES; i++) {
		struct tlb_entry *e;

		if (!running[i].space)
			continue;
		e = entry_of(&running[i], va);
		if (e->valid && !((e->va ^ va) >> running[i].space->pt.granule->shift))
			e->valid = false;
	}
}

void tlb_flush_pages(const vaddr_t *va, unsigned count)
{
	assert_true(count > 0);
	while (count--)
		forget(va[count].val);
}

void tlb_flush_all(void)
{
	for (unsigned i = 0; i < WORLD_SPACES; i++)
		memset(running[i].tlb, 0, sizeof(running[i].tlb));
}

/* More than some are all of them, as on the machine. */
void tlb_flush_range(u64 va, u64 bytes, const struct granule *g)
{
	if (bytes >> g->shift > 512) {
		tlb_flush_all();
		return;
	}
	for (u64 at = va; at < va + bytes; at += granule_page_bytes(g))
		forget(at);
}

/* A store to a table: no entry becomes another page's without having been invalid. */
static void on_write(const pte_t *entry, pte_t value)
{
	u64 both = entry->val & value.val & PTE_VALID;

	if (both && (entry->val ^ value.val) & PTE_ADDR_MASK)
		fail_msg("%#llx becomes %#llx, and was not broken before", entry->val, value.val);
}

/* ---- what a space needs of the CPU ---- */

static unsigned asids;

int arch_space_init(struct arch_space *arch, const struct pgtable *pt)
{
	struct space *space = container_of(pt, struct space, pt);

	if (fault_inject(FAULT_KEXEC)) /* a site that nothing else here asks */
		return -EAGAIN;
	arch->asid = (u16)++asids;
	for (unsigned i = 0; i < WORLD_SPACES; i++)
		if (!running[i].space) {
			memset(&running[i], 0, sizeof(running[i]));
			running[i].space = space;
			return 0;
		}
	return -EAGAIN;
}

void arch_space_exit(struct arch_space *arch)
{
	of(container_of(arch, struct space, arch))->space = NULL;
}

/* No thread can reach what is carried over. What is left behind is junk; a file's bytes stay. */
void arch_copy_pages(void *to, const void *from, u64 bytes)
{
	u64 pa = linear_to_paddr(vaddr_of(from)).val;

	if (!buddy_spans(paddr(pa), bytes)) {
		memcpy(to, from, bytes);
		return;
	}
	for (unsigned i = 0; i < WORLD_SPACES; i++)
		for (unsigned j = 0; running[i].space && j < TLB_ENTRIES; j++)
			if (running[i].tlb[j].valid &&
			    pte_addr(running[i].tlb[j].leaf).val - pa < bytes)
				fail_msg("%#llx moves, and can be reached", pa);
	memcpy(to, from, bytes);
	memset((void *)(uintptr_t)from, 0x5c, 64);
	world_copies++;
}

/* ---- a thread ---- */

static bool grants(pte_t leaf, enum space_access access)
{
	if (!(leaf.val & PTE_AP_EL0))
		return false;
	if (access == SPACE_ACCESS_EXEC)
		return !(leaf.val & PTE_UXN);
	return access == SPACE_ACCESS_READ || !(leaf.val & PTE_AP_RO);
}

/* The TLB's answer, or the table's; NULL where neither grants it. */
static u8 *translate(struct cpu_space *r, u64 va, enum space_access access)
{
	u64 mask = space_page_bytes(r->space) - 1;
	struct tlb_entry *e = entry_of(r, va);
	struct pgtable_walk walk;
	paddr_t pa;

	if (!e->valid || (e->va ^ va) & ~mask || !grants(e->leaf, access)) {
		if (!pgtable_walk(&r->space->pt, vaddr(va), &walk, &pa))
			return NULL;
		e->valid = true;
		e->va = va & ~mask;
		e->leaf = walk.entry[walk.last_level];
		if (!grants(e->leaf, access))
			return NULL;
	}
	return (u8 *)vaddr_ptr(paddr_to_linear(pte_addr(e->leaf))) + (va & mask);
}

static enum space_verdict access_byte(struct space *space, u64 va, enum space_access access,
				      u8 **byte)
{
	struct cpu_space *r = of(space);

	for (unsigned i = 0; i < 3; i++) {
		enum space_verdict verdict;

		*byte = va < SPACE_END ? translate(r, va, access) : NULL;
		if (*byte)
			return SPACE_OK;
		verdict = space_fault(space, va, access);
		if (verdict != SPACE_OK)
			return verdict;
	}
	fail_msg("%#llx faults for ever", va);
	return SPACE_DENIED;
}

enum space_verdict world_read(struct space *space, u64 va, u8 *byte)
{
	u8 *at;
	enum space_verdict verdict = access_byte(space, va, SPACE_ACCESS_READ, &at);

	if (verdict == SPACE_OK)
		*byte = *at;
	return verdict;
}

enum space_verdict world_write(struct space *space, u64 va, u8 byte)
{
	u8 *at;
	enum space_verdict verdict = access_byte(space, va, SPACE_ACCESS_WRITE, &at);

	if (verdict == SPACE_OK)
		*at = byte;
	return verdict;
}

enum space_verdict world_exec(struct space *space, u64 va)
{
	u8 *at;

	return access_byte(space, va, SPACE_ACCESS_EXEC, &at);
}

/* What the TLB has is what the tables say. */
void world_check_thread(struct space *space)
{
	struct cpu_space *r = of(space);
	struct pgtable_walk walk;
	paddr_t pa;

	for (unsigned i = 0; i < TLB_ENTRIES; i++) {
		const struct tlb_entry *e = &r->tlb[i];

		if (!e->valid)
			continue;
		if (!pgtable_walk(&r->space->pt, vaddr(e->va), &walk, &pa) ||
		    walk.entry[walk.last_level].val != e->leaf.val)
			fail_msg("%#llx: a TLB has what is no more", e->va);
	}
}

void world_threads_begin(void)
{
	host_on_pgtable_write = NULL;
	memset(running, 0, sizeof(running));
}

void world_threads_watch(void)
{
	host_on_pgtable_write = on_write;
}
