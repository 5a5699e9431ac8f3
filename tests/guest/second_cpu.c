// SPDX-License-Identifier: BSD-2-Clause
/* Starts a second CPU: see second_cpu.h. */
#include <stddef.h>

#include <arch/boot.h>
#include <arch/cache.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/psci.h>
#include <arch/spinlock.h>
#include <arch/sysreg.h>
#include <arch/trampoline.h>
#include <kernel/assert.h>
#include <lib/devicetree_device.h>
#include <mm/addr.h>
#include <mm/table_pages.h>
#include <mm/vmap.h>

#include "second_cpu.h"

#define STACK_BYTES_HERE (16 * KiB)

/* Neither piece of its code is longer. */
#define SECOND_CPU_CODE_BYTES 128

static struct {
	u64 mair, tcr;
	u64 ttbr0, ttbr1;
	u64 sctlr, upper;
	u64 stack, cpu;
	u64 vbar, run;
} params;

BUILD_ASSERT(offsetof(__typeof__(params), vbar) == SECOND_CPU_VBAR);
BUILD_ASSERT(offsetof(__typeof__(params), stack) == SECOND_CPU_STACK);

static struct cpu second;
static struct pgtable idmap;
static void *stack;
static void (*work_of_second)(void);
static u32 is_running, is_done;
static u64 mpidr_of_second;

void second_cpu_entry(void), second_cpu_upper(void);

/* On the second CPU. */
static void run(void)
{
	__atomic_store_n(&is_running, 1, __ATOMIC_RELEASE);
	work_of_second();
	__atomic_store_n(&is_done, 1, __ATOMIC_RELEASE);
	psci_cpu_off();
	for (;;)
		asm volatile("wfi");
}

/* The physical address of what lies in the image. */
static u64 image_address(const void *at)
{
	return boot_info.image_pa + image_offset(at);
}

static int map_identity(const void *first, u64 bytes, enum map_kind kind)
{
	return trampoline_map(&idmap, paddr(boot_info.image_pa), first, (const u8 *)first + bytes,
			      kind);
}

static int make_idmap(void)
{
	int err = trampoline_init(&idmap, table_pages_alloc, table_pages_free);

	if (!err)
		err = map_identity(vaddr_ptr(vaddr((u64)(uintptr_t)second_cpu_entry)),
				   SECOND_CPU_CODE_BYTES, MAP_TEXT);
	if (!err)
		err = map_identity(vaddr_ptr(vaddr((u64)(uintptr_t)second_cpu_upper)),
				   SECOND_CPU_CODE_BYTES, MAP_TEXT);
	return err ? err : map_identity(&params, sizeof(params), MAP_DATA);
}

/* It reads them with its caches off. */
static void clean_params(void)
{
	cache_clean_poc(&params, &params + 1);
}

static bool find_cpu(u64 *mpidr)
{
	struct devicetree_cursor cursor = { 0 };
	u64 here = cpu_affinity();
	struct devicetree_cpu cpu;

	while (devicetree_device_next_cpu(&boot_devicetree, &cursor, &cpu)) {
		*mpidr = cpu.mpidr;
		if (!cpu.why && cpu.enabled && cpu.mpidr != here)
			return true;
	}
	return false;
}

static void fill_params(void)
{
	u8 *top = (u8 *)stack + 2 * STACK_BYTES_HERE;

	second = (struct cpu){ .stack_low = vaddr_of(top).val - STACK_BYTES_HERE,
			       .overflow_top = vaddr_of(top).val - STACK_BYTES_HERE };
	params.mair = sysreg_read(mair_el1);
	params.tcr = sysreg_read(tcr_el1) & ~(u64)TCR_EPD0;
	params.ttbr0 = idmap.root.val;
	params.ttbr1 = sysreg_read(ttbr1_el1);
	params.sctlr = sysreg_read(sctlr_el1);
	params.upper = (u64)(uintptr_t)second_cpu_upper;
	params.stack = vaddr_of(top).val;
	params.cpu = vaddr_of(&second).val;
	params.vbar = sysreg_read(vbar_el1);
	params.run = (u64)(uintptr_t)run;
	clean_params();
}

static void give_back(void)
{
	idmap.live = false;
	if (idmap.root.val)
		pgtable_destroy(&idmap);
	vfree(stack);
}

const char *second_cpu_start(void (*work)(void))
{
	if (boot_info.has_el2)
		return "a second CPU would begin at EL2";
	if (!find_cpu(&mpidr_of_second))
		return "there is no second CPU";
	stack = vmalloc(2 * STACK_BYTES_HERE, 0);
	if (!stack || make_idmap()) {
		give_back();
		return "no memory";
	}
	work_of_second = work;
	is_running = is_done = 0;
	fill_params();
	if (psci_cpu_on(mpidr_of_second,
			paddr(image_address(vaddr_ptr(vaddr((u64)(uintptr_t)second_cpu_entry)))),
			image_address(&params))) {
		give_back();
		return "PSCI does not start it";
	}
	/* Until it runs, PSCI may still say that it is off. */
	while (!__atomic_load_n(&is_running, __ATOMIC_ACQUIRE))
		spin_pause();
	return NULL;
}

void second_cpu_end(void)
{
	while (!__atomic_load_n(&is_done, __ATOMIC_ACQUIRE))
		spin_pause();
	/* It has a few instructions more to go on that stack. */
	while (psci_cpu_is_on(mpidr_of_second))
		spin_pause();
	give_back();
}
