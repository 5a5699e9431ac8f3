// SPDX-License-Identifier: BSD-2-Clause
/*
 * What both halves of boot use: the devicetree, its command line, and the way from one half to the
 * other. <arch/boot.h> has the contracts.
 */
#include <arch/boot.h>
#include <arch/cache.h>
#include <arch/reloc.h>
#include <lib/devicetree_chosen.h>

struct devicetree boot_devicetree;

const char *boot_cmdline(void)
{
	const char *args;

	return devicetree_chosen_bootargs(&boot_devicetree, &args) ? "" : args;
}

void __noreturn __init boot_enter_kernel_map(const struct granule *g, u64 ttbr1, u64 tcr)
{
	mmu_enable_upper(ttbr1, tcr);
	boot_info.relocations = reloc_apply(boot_info.image_va);
	boot_info.page_sites = reloc_page_sites(g);
	cache_sync_icache(_text_patched, _text_patched_end);
	mmu_switch(boot_info.image_va - boot_info.image_pa);
}
