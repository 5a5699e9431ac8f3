// SPDX-License-Identifier: BSD-2-Clause
/*
 * CPUs go off: to firmware by PSCI, or to the pen. <arch/cpu_pen.h> has the contract.
 *
 * Caches of a CPU in the pen. It leaves with dirty lines, and nothing cleans them all: as long as
 * it has power its caches answer those of others, its own MMU on or off, and maintenance by address
 * of any CPU reaches them (Arm ARM, DDI 0487 J.a, "Cache maintenance instructions", scope by
 * shareability). That is what the boot CPU relies on, too, when it leaves for another kernel
 * (arch/arm64/kexec/kexec.c). What it needs itself was cleaned when it was written: the loop and
 * the slots. Its accesses to them are Device or Non-cacheable, and never look into a cache.
 */
#include <arch/boot.h>
#include <arch/cache.h>
#include <arch/cpu.h>
#include <arch/cpu_pen.h>
#include <arch/layout.h>
#include <arch/psci.h>
#include <arch/sysreg.h>
#include <arch/trampoline.h>
#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <lib/devicetree_device.h>
#include <lib/string.h>

BUILD_ASSERT(offsetof(struct cpu_pen, slot) == CPU_PEN_SLOTS);
BUILD_ASSERT(sizeof(struct cpu_pen_slot) == CPU_PEN_SLOT_BYTES);
BUILD_ASSERT(offsetof(struct cpu_pen_slot, release) == CPU_PEN_RELEASE);
BUILD_ASSERT(offsetof(struct cpu_pen_slot, waits) == CPU_PEN_WAITS);
BUILD_ASSERT(offsetof(struct cpu_pen_slot, mpidr) == CPU_PEN_MPIDR);

#define SLOTS_MOST ((CPU_PEN_BYTES - CPU_PEN_SLOTS) / CPU_PEN_SLOT_BYTES - 1)

extern const u8 cpu_loop[CPU_PEN_SLOTS]; /* cpu_loop.S */
extern u8 _kexec_jump[], _kexec_jump_end[], cpu_leave[];

static struct cpu_pen *pen; /* in the linear map */
static paddr_t pen_pa;
static struct pgtable map; /* by which a CPU leaves for it */

const struct cpu_pen *cpu_pen(paddr_t *base)
{
	*base = pen_pa;
	return pen;
}

/* The next CPU of the tree that can wait in a pen. */
static bool __init next(const struct devicetree *dt, struct devicetree_cursor *cursor,
			struct devicetree_cpu *tree)
{
	while (devicetree_device_next_cpu(dt, cursor, tree))
		if (!tree->why && tree->enabled && tree->enable == DEVICETREE_ENABLE_SPIN_TABLE)
			return true;
	return false;
}

bool __init cpu_pen_is_needed(const struct devicetree *dt, paddr_t *base)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_cpu tree;
	bool needed = false;

	*base = paddr(0);
	while (dt->cpu_nodes > 1 && next(dt, &cursor, &tree)) {
		*base = paddr_down(paddr(tree.release_addr), CPU_PEN_BYTES);
		needed = true;
	}
	return needed;
}

static void use(paddr_t base)
{
	pen_pa = base;
	pen = vaddr_ptr(vaddr(base.val + LINEAR_BASE));
}

/* A CPU that isn't in it, whatever the tree says, has a slot without `waits`, or none. */
bool __init cpu_pen_find(paddr_t base)
{
	use(base);
	if (memcmp(pen->loop, cpu_loop, sizeof(pen->loop)))
		pen = NULL;
	return pen;
}

void __init cpu_pen_make(const struct devicetree *dt, paddr_t base)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_cpu tree;
	struct cpu_pen_slot *slot;

	use(base);
	memcpy(pen->loop, cpu_loop, sizeof(pen->loop));
	for (slot = pen->slot; slot < pen->slot + SLOTS_MOST && next(dt, &cursor, &tree); slot++)
		*slot = (struct cpu_pen_slot){ .mpidr = tree.mpidr };
	slot->mpidr = CPU_PEN_NOBODY;
	/* To memory: no CPU that comes looks into a cache, for instructions or for data. */
	cache_clean_poc(pen, slot + 1);
}

void cpu_pen_prepare(pgtable_alloc_fn *alloc)
{
	if (pen && (trampoline_init(&map, alloc, NULL) ||
		    trampoline_map(&map, paddr(boot_info.image_pa), _kexec_jump, _kexec_jump_end,
				   MAP_TEXT)))
		pen = NULL;
}

static const struct cpu_pen_slot *slot_of(u64 mpidr)
{
	return pen ? cpu_pen_slot(pen, mpidr) : NULL;
}

/* The CPU writes past the caches: what they hold of the slot may be older. No line is dirty. */
static bool waits(const struct cpu_pen_slot *slot)
{
	cache_clean_poc(slot, slot + 1);
	return __atomic_load_n(&slot->waits, __ATOMIC_RELAXED);
}

u64 cpu_pen_release(const struct devicetree_cpu *tree)
{
	const struct cpu_pen_slot *slot = slot_of(tree->mpidr);
	u64 there = slot ? pen_pa.val + cpu_pen_offset(pen, slot) : 0;

	if (slot && waits(slot))
		return there;
	return tree->release_addr == there ? 0 : tree->release_addr;
}

bool cpu_can_go_off(u64 mpidr)
{
	return psci_method() != PSCI_NONE || slot_of(mpidr);
}

bool cpu_is_on(u64 mpidr)
{
	const struct cpu_pen_slot *slot = slot_of(mpidr);

	return slot ? !waits(slot) : psci_cpu_is_on(mpidr);
}

void cpu_off(void)
{
	void (*leave)(u64, u64, u64) __noreturn =
		(__typeof__(leave))(uintptr_t)(boot_info.image_pa + image_offset(cpu_leave));

	psci_cpu_off();
	if (!slot_of(cpu_affinity()))
		return;
	trampoline_enable(&map);
	leave(pen_pa.val, 0, boot_info.has_el2);
}
