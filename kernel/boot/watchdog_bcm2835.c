// SPDX-License-Identifier: BSD-2-Clause
/*
 * The watchdog of Raspberry Pi boards, which have no PSCI: it resets the machine, and the board's
 * firmware then looks which partition to start from. There is none of number 63, so that it halts
 * instead.
 *
 * Source: Linux, binding soc/bcm/brcm,bcm2835-pm.yaml and its driver, for the registers.
 */
#include <arch/boot.h>
#include <arch/mmu.h>
#include <arch/psci.h>
#include <kernel/phase.h>
#include <lib/devicetree_device.h>
#include <lib/power.h>
#include <lib/printk.h>
#include <lib/string.h>

#include <libfdt.h>

#define PM_RSTC 0x1c
#define PM_RSTS 0x20
#define PM_WDOG 0x24
#define PM_END  0x28

#define PM_PASSWORD 0x5a000000U /* of each write */
#define RSTC_CONFIG 0x00000030U
#define RSTC_RESET  0x00000020U
#define RSTS_HALT   0x00000555U /* bits 0, 2, ... 10: partition 63 */
#define WDOG_TICKS  10U         /* of 16 us */
#define PATH_MOST   128

static volatile u32 *registers;

static u32 read(unsigned offset)
{
	return registers[offset / sizeof(u32)];
}

static void write(unsigned offset, u32 value)
{
	registers[offset / sizeof(u32)] = PM_PASSWORD | value;
}

static void reset(void)
{
	write(PM_WDOG, WDOG_TICKS);
	write(PM_RSTC, (read(PM_RSTC) & ~RSTC_CONFIG & 0xffffff) | RSTC_RESET);
}

static void off(void)
{
	write(PM_RSTS, (read(PM_RSTS) & 0xffffff) | RSTS_HALT);
	reset();
}

static const struct power_device device = { .off = off, .reset = reset };

static bool find(struct devicetree_range *range)
{
	const struct devicetree *dt = &boot_devicetree;
	int node = fdt_node_offset_by_compatible(dt->fdt, -1, "brcm,bcm2835-pm-wdt");
	struct devicetree_path path;
	char name[PATH_MOST];

	return node >= 0 && !fdt_get_path(dt->fdt, node, name, sizeof(name)) &&
	       devicetree_device_find(dt, name, (u32)strlen(name), &path) &&
	       !devicetree_device_range(dt, &path, 0, range) && range->bytes >= PM_END;
}

BOOT_PHASE(10, watchdog_bcm2835)
{
	struct devicetree_range range;
	const char *fault;
	s32 version;
	vaddr_t at;

	(void)cmdline;
	if (psci_version(&version) != PSCI_NONE || !find(&range))
		return;
	fault = mmu_map_device(range.base, range.bytes, &at);
	if (fault) {
		printk("watchdog: bcm2835 at %#llx %s\n", range.base.val, fault);
		return;
	}
	registers = vaddr_ptr(at);
	power_device = &device;
	printk("watchdog: bcm2835 at %#llx switches the machine off\n", range.base.val);
}
