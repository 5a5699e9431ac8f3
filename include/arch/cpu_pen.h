/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where CPUs wait that firmware started by a spin table, and can't switch off: the pen.
 *
 * It is 64 KiB of memory, whole pages at each granule, that no allocator has: a loop, and a slot
 * for each CPU, which finds its own by its affinity. A CPU that goes off leaves for the loop, MMU
 * and caches off, at the level that it was entered at. It clears its slot's `release`, sets
 * `waits`, and waits until `release` isn't 0: then it goes there, x0 to x3 = 0. So `release` is
 * what a devicetree's cpu-release-addr names (Linux, Documentation/arch/arm64/booting.rst).
 *
 * The pen outlives the kernel. The next one's devicetree has cpu-release-addr in it and reserves
 * it (/memreserve/); if that kernel is of our kind it knows the pen by its loop, and goes on with
 * it where it is. Its memory is never mapped executable: the loop runs with the MMU off.
 *
 * Who writes what. The loop writes its own slot past the caches, as the CPU comes and as it leaves.
 * Others write `release` of a slot that has `waits`, one slot at a time, and clean it. So no line
 * of a cache is dirty that holds what the loop writes meanwhile. They read a slot after dropping
 * its line, which may be older.
 *
 * With PSCI there is none, and going off is a call of firmware.
 */
#ifndef ARCH_CPU_PEN_H
#define ARCH_CPU_PEN_H

/* Layout, for assembly. */
#define CPU_PEN_SLOTS      128
#define CPU_PEN_SLOT_BYTES 64
#define CPU_PEN_RELEASE    0
#define CPU_PEN_WAITS      8
#define CPU_PEN_MPIDR      16

#ifndef __ASSEMBLER__

#include <arch/pgtable.h>
#include <kernel/compiler.h>
#include <kernel/types.h>

struct devicetree;
struct devicetree_cpu;

#define CPU_PEN_BYTES (64 * KiB)

/* No CPU's affinity: the slot after the last. */
#define CPU_PEN_NOBODY (~0ULL)

struct cpu_pen_slot {
	u64 release;
	u64 waits; /* 1: its CPU is in the loop */
	u64 mpidr;
	u64 unused[5]; /* up to the line of a cache */
};

struct cpu_pen {
	u8 loop[CPU_PEN_SLOTS];
	struct cpu_pen_slot slot[];
};

/* The slot of the CPU of this affinity, or NULL. */
static inline const struct cpu_pen_slot *cpu_pen_slot(const struct cpu_pen *pen, u64 mpidr)
{
	for (const struct cpu_pen_slot *slot = pen->slot; slot->mpidr != CPU_PEN_NOBODY; slot++)
		if (slot->mpidr == mpidr)
			return slot;
	return NULL;
}

/* Its bytes from the pen's first. */
static inline u64 cpu_pen_offset(const struct cpu_pen *pen, const struct cpu_pen_slot *slot)
{
	return CPU_PEN_SLOTS + (u64)(slot - pen->slot) * CPU_PEN_SLOT_BYTES;
}

/* The pen, in the linear map, and where it lies; NULL: there is none. */
const struct cpu_pen *cpu_pen(paddr_t *base);

/* ---- at boot ---- */

/* Does the devicetree have CPUs that need one? `base`: which it says that they are in, or 0. */
bool cpu_pen_is_needed(const struct devicetree *dt, paddr_t *base);

/*
 * cpu_pen_find  go on with the pen at `base`: false if that isn't one of ours, by its loop
 * cpu_pen_make  make one there, of CPU_PEN_BYTES at a multiple of that, which are nobody's
 *
 * Both take that the linear map has the memory.
 */
bool cpu_pen_find(paddr_t base);
void cpu_pen_make(const struct devicetree *dt, paddr_t base);

/* What it takes to leave for it: an identity map, of tables by `alloc`. Without memory, no pen. */
void cpu_pen_prepare(pgtable_alloc_fn *alloc);

/* ---- later, any context ---- */

/*
 * Where the CPU of the tree looks for where it is to begin: in the pen, if it waits there, else
 * what the tree says. 0: not even that, since it should be in the pen, and isn't.
 */
u64 cpu_pen_release(const struct devicetree_cpu *tree);

/* Where the CPU that calls it is going, by PSCI or to the pen. Returns only if there is no way. */
void cpu_off(void);

/* Could the CPU of this affinity do that? Is it on, or on its way; false if nobody can tell. */
bool cpu_can_go_off(u64 mpidr);
bool cpu_is_on(u64 mpidr);

#endif

#endif
