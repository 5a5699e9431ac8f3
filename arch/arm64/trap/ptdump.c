// SPDX-License-Identifier: BSD-2-Clause
/* One walk of translation tables in words, and the regime, a line on both halves; <arch/ptdump.h>
 * has the contracts. */
#include <arch/mmu.h>
#include <arch/pgtable_geometry.h>
#include <arch/ptdump.h>
#include <arch/pte_text.h>
#include <arch/sysreg.h>
#include <lib/panic.h>
#include <lib/printk.h>

static void print_entry(const struct pgtable *pt, unsigned level, paddr_t table, u64 va,
			pte_t entry)
{
	const char *kind = pte_text_kind(pt->granule, level, entry);
	char attributes[PTE_TEXT_SIZE] = "";

	if (pte_is_leaf(entry, level))
		pte_text(attributes, sizeof(attributes), entry);
	printk("  level %u table at %#llx [%4u of %4u] %016llx %s", level, table.val,
	       pgtable_index(pt, level, va), pgtable_entries(pt, level), entry.val, kind);
	if (pte_valid(entry))
		printk(" at %#llx%s%s", pte_addr(entry).val, *attributes ? ", " : "", attributes);
	printk("\n");
}

bool ptdump_address(vaddr_t va, struct ptdump_leaf *leaf)
{
	bool upper = va.val >> 63;
	struct pgtable_walk walk;
	struct pgtable pt;
	bool on = mmu_read_regime(&pt, upper);
	paddr_t table = pt.root, to;
	pte_t entry = { 0 };

	if (va.val < pgtable_base(&pt) || va.val > pgtable_last(&pt)) {
		printk("walk: %#llx is outside both halves of a %u-bit address space\n", va.val,
		       pt.va_bits);
		return false;
	}
	if (!on) {
		printk("walk: TTBR%d is switched off: nothing is mapped there\n", upper);
		return false;
	}
	printk("walk: TTBR%d, granule %s, root %#llx\n", upper, pt.granule->name, pt.root.val);
	pgtable_walk(&pt, va, &walk, &to);
	for (unsigned level = walk.root_level; level <= walk.last_level; level++) {
		entry = walk.entry[level];
		print_entry(&pt, level, table, va.val, entry);
		table = pte_addr(entry);
	}
	if (!pte_maps(pt.granule, entry, walk.last_level))
		return false;
	if (leaf)
		*leaf = (struct ptdump_leaf){ pt.granule, walk.last_level, entry, to };
	return true;
}

PANIC_REPORT(20, regime)
{
	struct pgtable pt;

	(void)regs;
	for (int upper = 1; upper >= 0; upper--) {
		bool on = mmu_read_regime(&pt, upper);

		printk("%s TTBR%d: ", upper ? "granule:" : ",", upper);
		if (on)
			printk("granule %s, levels %u to 3, %u bits", pt.granule->name,
			       pgtable_root_level(&pt), pt.va_bits);
		else
			printk("off");
	}
	printk("\n");
}
