// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's commands about the machine as a whole. */
#include <arch/mmu.h>
#include <arch/psci.h>
#include <arch/sysreg.h>
#include <kernel/console.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <kernel/printk.h>
#include <kernel/verdict.h>
#include <lib/format.h>

/* Column by column, the three granules; derived as the walker derives it. */
static void print_geometry(const struct granule *g, unsigned va_bits, bool has, bool chosen)
{
	char page[FORMAT_BYTES_SIZE], table[FORMAT_BYTES_SIZE];
	unsigned root = granule_root_level(g, va_bits);

	printk("%c %-4s %-9s page %-7s levels %u to 3, root of %u entries, table %s, leaves",
	       chosen ? '*' : ' ', g->name, has ? "supported" : "absent",
	       format_bytes(page, sizeof(page), granule_page_bytes(g)), root,
	       1U << granule_table_bits(g, root, va_bits),
	       format_bytes(table, sizeof(table), 8ULL << granule_index_bits(g)));
	for (unsigned level = root; level <= GRANULE_LAST_LEVEL; level++) {
		char leaf[FORMAT_BYTES_SIZE], run[FORMAT_BYTES_SIZE];
		u64 bytes = 1ULL << granule_level_shift(g, level);

		if (!granule_leaf_allowed(g, level))
			continue;
		printk(" %s (runs of %s)", format_bytes(leaf, sizeof(leaf), bytes),
		       format_bytes(run, sizeof(run), bytes << granule_contig_shift(g, level)));
	}
	printk("\n");
}

COMMAND(granule, "", "this CPU's granules, and which one was chosen")
{
	u64 mmfr0 = sysreg_read(id_aa64mmfr0_el1);
	struct pgtable pt;

	(void)argc, (void)argv;
	if (!mmu_read_regime(&pt, true))
		return -EINVAL;
	mmu_report();
	for (unsigned i = 0; i < GRANULE_COUNT; i++)
		print_geometry(&granules[i], pt.va_bits, granule_supported(&granules[i], mmfr0),
			       &granules[i] == pt.granule);
	return 0;
}

COMMAND(poweroff, "", "end the machine, with verdict: pass")
{
	(void)argc, (void)argv;
	verdict_end(VERDICT_PASS);
}

COMMAND(reboot, "", "start the machine anew")
{
	(void)argc, (void)argv;
	printk("verdict: pass\n");
	console_flush();
	arch_reset();
	printk("reboot: the firmware has no PSCI SYSTEM_RESET that works here\n");
	return -EOPNOTSUPP;
}
