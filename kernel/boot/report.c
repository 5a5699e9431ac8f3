// SPDX-License-Identifier: BSD-2-Clause
/* The lines of boot: what this is, what was found, what was chosen. <kernel/report.h> has them. */
#include <arch/boot.h>
#include <arch/counter.h>
#include <arch/cpu.h>
#include <arch/errata.h>
#include <arch/mmu.h>
#include <arch/sysreg.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/report.h>
#include <kernel/version.h>
#include <lib/cmdline.h>
#include <lib/console.h>
#include <lib/cpu_option.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_device.h>
#include <lib/printk.h>
#include <lib/verdict.h>

u64 report_boot_ns;

void report_banner(void)
{
	const char *args;
	int err = devicetree_chosen_bootargs(&boot_devicetree, &args);

	printk("Granule " VERSION_TEXT "\n");
	console_describe();
	printk("Machine model: %s\n", devicetree_model(&boot_devicetree));
	if (devicetree_chosen_of_acpi(&boot_devicetree))
		printk("devicetree: made of ACPI's tables\n");
	printk("Kernel command line: ");
	if (err == -EINVAL)
		args = "(ignored: /chosen/bootargs is not one string that ends in a zero byte)";
	else if (err)
		args = "(none: /chosen/bootargs is absent)";
	printk_text(args);
	printk("\n");
}

void report_pagesize(void)
{
	u64 tcr = sysreg_read(tcr_el1);
	struct pgtable pt;
	char supported[GRANULE_LIST_BYTES];

	ASSERT(mmu_read_regime(&pt, true));
	granule_list_supported(sysreg_read(id_aa64mmfr0_el1), supported);
	printk("pagesize=%s requested=%s supported=%s levels=%u va_bits=%u pa_bits=%u\n",
	       pt.granule->name, boot_info.requested, supported,
	       granule_levels(pt.granule, pt.va_bits), pt.va_bits,
	       pa_range_bits((tcr >> TCR_IPS_SHIFT) & 7));
}

void report_image(void)
{
	static const char *const kaslr[] = {
		[KASLR_ON] = "random, by kaslr-seed",
		[KASLR_NO_SEED] = "not random: the devicetree has no kaslr-seed",
		[KASLR_OFF] = "not random: nokaslr",
	};

	printk("boot: entered at EL%u, image at %#llx, devicetree at %#llx, identity map by %s\n",
	       boot_info.entry_el, boot_info.image_pa, boot_info.fdt_pa,
	       granule_by_shift(boot_info.boot_shift)->name);
	printk("image: %llu KiB at %#llx (%s), %u relocations, %u page-size sites patched\n",
	       image_offset(_end) / 1024, boot_info.image_va, kaslr[boot_info.kaslr],
	       boot_info.relocations, boot_info.page_sites);
}

void report_cpu(void)
{
	u64 midr = sysreg_read(midr_el1);
	u32 count = devicetree_device_cpus(&boot_devicetree), cursor = 0;
	const struct erratum *e;

	printk("cpu: %s r%llup%llu (MIDR %#llx), %u-bit physical addresses; 1 CPU of %u\n",
	       cpu_name(midr), midr >> 20 & 0xf, midr & 0xf, midr,
	       pa_range_bits(boot_info.id_aa64mmfr0 & 0xf), count);
	while ((e = errata_next(midr, &cursor)))
		if (!e->mended)
			printk("cpu: erratum %s: %s; there is no workaround here\n", e->number,
			       e->what);
}

void report_clock(void)
{
	u64 hz;

	switch (arch_counter_check(&hz)) {
	case ARCH_COUNTER_BY_REGISTER:
		break;
	case ARCH_COUNTER_BY_TREE:
		printk("clock: %llu Hz, by the timer's clock-frequency; CNTFRQ_EL0 says %llu\n", hz,
		       sysreg_read(cntfrq_el0));
		break;
	case ARCH_COUNTER_NO_UNIT:
		printk("clock: none: CNTFRQ_EL0 is 0, and the timer's node has no "
		       "clock-frequency\n");
		break;
	case ARCH_COUNTER_STOPPED:
		printk("clock: none: CNTPCT_EL0 stands still at %#llx\n", sysreg_read(cntpct_el0));
		break;
	}
}

void report_unknown_options(const char *cmdline)
{
	const char *cursor = cmdline;
	struct cmdline_option opt;
	bool any = false;

	while (cmdline_next_unknown(&cursor, _options, _options_end, &opt)) {
		printk("%s %.*s",
		       any ? "" : "cmdline: unknown options, ignored:", (int)opt.name_len,
		       opt.name);
		any = true;
	}
	if (any)
		printk("\n");
}

void report_wrong_options(const char *cmdline)
{
	struct cmdline_option opt;
	u32 most;

	if (!cpu_option_find(cmdline, &most, &opt))
		return;
	printk("maxcpus=%.*s: not a number; write maxcpus=N, with 1 for the boot CPU alone\n",
	       (int)opt.value_len, opt.value);
	verdict_end(VERDICT_USAGE);
}
