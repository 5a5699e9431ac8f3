// SPDX-License-Identifier: BSD-2-Clause
/*
 * Prints translation tables: one walk, or a whole half as merged ranges.
 *
 * In a panic the tables may be what is broken, so walks read the registers, follow only what the
 * walker's own reader follows, and never write.
 */
#include <arch/mmu.h>
#include <arch/ptdump.h>
#include <arch/sysreg.h>
#include <kernel/printk.h>
#include <lib/format.h>

static const char *memory_type(pte_t pte)
{
	switch ((pte.val & PTE_ATTR_MASK) >> PTE_ATTR_SHIFT) {
	case MAIR_NORMAL:
		return "normal";
	case MAIR_DEVICE_nGnRE:
		return "device";
	case MAIR_NORMAL_NC:
		return "uncached";
	default:
		return "reserved";
	}
}

static void print_attributes(pte_t pte)
{
	printk("%s%s%s%s %s%s", pte.val & PTE_AP_EL0 ? "u" : "r", pte_writable(pte) ? "w" : "-",
	       pte.val & PTE_PXN ? "-" : "x", pte.val & PTE_UXN ? "" : "X", memory_type(pte),
	       pte.val & PTE_CONTIG ? ", contiguous" : "");
}

void ptdump_address(vaddr_t va)
{
	struct pgtable pt;
	struct pgtable_walk walk;
	bool upper = va.val >> 63;
	paddr_t pa;

	if (!mmu_read_regime(&pt, upper)) {
		printk("walk: TTBR%d is switched off: nothing is mapped there\n", upper);
		return;
	}
	if (va.val < pgtable_base(&pt) || va.val > pgtable_last(&pt)) {
		printk("walk: %#llx is outside both halves of a %u-bit address space\n", va.val,
		       pt.va_bits);
		return;
	}
	printk("walk: TTBR%d, granule %s, root %#llx\n", upper, pt.granule->name, pt.root.val);
	pgtable_walk(&pt, va, &walk, &pa);
	for (unsigned level = walk.root_level; level <= walk.last_level; level++) {
		pte_t pte = walk.entry[level];

		printk("  level %u [%4u] %016llx ", level, pgtable_index(&pt, level, va.val),
		       pte.val);
		if (pte_is_table(pte, level))
			printk("table at %#llx", pte_addr(pte).val);
		else if (pte_valid(pte))
			print_attributes(pte);
		else
			printk("invalid");
		printk("\n");
	}
}

void ptdump_regime(void)
{
	struct pgtable pt;

	for (int upper = 1; upper >= 0; upper--) {
		if (mmu_read_regime(&pt, upper))
			printk("%s TTBR%d: granule %s, levels %u to 3, %u bits",
			       upper ? "granule:" : ",", upper, pt.granule->name,
			       pgtable_root_level(&pt), pt.va_bits);
		else
			printk("%s TTBR%d: off", upper ? "granule:" : ",", upper);
	}
	printk("\n");
}

/* A run of leaves that differ in nothing but the address. */
struct merge {
	u64 va;
	u64 end;
	u64 pa;
	u64 attrs;
	u64 leaf_bytes;
	pte_t first;
	bool open;
};

static void print_run(const struct merge *m)
{
	char total[FORMAT_BYTES_SIZE], each[FORMAT_BYTES_SIZE];

	if (!m->open)
		return;
	printk("%016llx-%016llx %012llx %10s by %-8s ", m->va, m->end, m->pa,
	       format_bytes(total, sizeof(total), m->end - m->va),
	       format_bytes(each, sizeof(each), m->leaf_bytes));
	print_attributes(m->first);
	printk("\n");
}

static void merge_leaf(void *ctx, vaddr_t va, unsigned level, pte_t leaf, u64 bytes)
{
	struct merge *m = ctx;
	u64 attrs = leaf.val & ~PTE_ADDR_MASK;

	(void)level;
	if (m->open && va.val == m->end && pte_addr(leaf).val == m->pa + (m->end - m->va) &&
	    attrs == m->attrs && bytes == m->leaf_bytes) {
		m->end += bytes;
		return;
	}
	print_run(m);
	*m = (struct merge){ .va = va.val,
			     .end = va.val + bytes,
			     .pa = pte_addr(leaf).val,
			     .attrs = attrs,
			     .leaf_bytes = bytes,
			     .first = leaf,
			     .open = true };
}

void ptdump_kernel(void)
{
	struct pgtable pt;
	struct merge m = { 0 };
	char tables[FORMAT_BYTES_SIZE];

	if (!mmu_read_regime(&pt, true))
		return;
	pgtable_for_each_leaf(&pt, merge_leaf, &m);
	print_run(&m);
	printk("tables: %s\n", format_bytes(tables, sizeof(tables), pgtable_total_bytes(&pt)));
}
