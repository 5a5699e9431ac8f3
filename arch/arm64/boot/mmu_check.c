// SPDX-License-Identifier: BSD-2-Clause
/* Is what the live maps allow what they should allow? <arch/mmu.h> has the contract. */
#include <arch/mmu.h>

const char *mmu_check(vaddr_t *where)
{
	struct pgtable live[2];
	unsigned count = 0;

	count += mmu_read_regime(&live[count], true);
	count += mmu_read_regime(&live[count], false);
	return pgtable_check_aliases(live, count, where);
}
