/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own address space: the upper half, at the chosen granule.
 *
 *   mmu_build_kernel_map   boot stage: image with its permissions, devicetree
 *   mmu_enter              kernel, first thing: the space can be changed again
 *   mmu_map_device         device registers, from then on
 *   mmu_map_early          a piece of memory that is needed before
 *   mmu_map_ram            RAM, once memblock knows it
 *
 * Locking: mmu_lock around changes, once boot is over.
 *
 * Break-before-make. Another CPU may use what a changing entry maps: a page that moves, the rest of
 * a block that is split or of a run. Between break and make mmu_lock is held (the walker asserts
 * it), and a CPU that faults meanwhile waits for the lock in its handler (mmu_settle) and tries
 * again. Whoever can't wait must not be able to fault: interrupt handlers, code under spin locks
 * that changes are made under, stacks, text and the tables lie in memory that never moves and
 * whose leaves nobody splits or cuts. (One does, with no other CPU on:
 * arch/arm64/kexec/kexec_seal.c.)
 */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H

#include <arch/granule.h>
#include <arch/pgtable.h>
#include <kernel/types.h>

/*
 * mmu_build_kernel_map - tables for the image at boot_info.image_va, with the granule that
 * boot_info.page_shift names.
 *
 * Boot stage. Returns 0 or -ENOMEM. Not live until mmu_enable_upper; `ttbr1` and `tcr` are for it.
 */
int mmu_build_kernel_map(u64 *ttbr1, u64 *tcr);

/* The image runs in the kernel map now: reach tables by their new addresses. */
void mmu_enter(void);

/*
 * mmu_device_fault - may [pa, pa + bytes) be mapped as Device memory? NULL, or why not, as the end
 * of a sentence about a device: "has registers that lie in memory".
 *
 * Refused are addresses that no descriptor holds, more than `most` bytes, and memory: what the
 * devicetree says is memory or reserved, the image, the tree. A second mapping of another memory
 * type loses coherence (Arm ARM, "Mismatched memory attributes"). Whatever maps a device asks
 * this. The answer doesn't depend on the page size. Context: once the devicetree is open.
 */
const char *mmu_device_fault(paddr_t pa, u64 bytes, u64 most);

/* What a device lacks that could not be mapped for want of tables. */
#define MMU_NO_TABLES "has registers that there are no tables left for"

/*
 * mmu_map_device - map registers as Device memory; *at is where `pa` now is.
 *
 * Any alignment; rounded outwards to pages: in the window, or in the linear map what that has no
 * room for. NULL, or why it can't be done: see mmu_device_fault. Nothing is ever unmapped here.
 */
const char *mmu_map_device(paddr_t pa, u64 bytes, vaddr_t *at);

/*
 * mmu_map_early - map memory where the linear map will have it. Once.
 *
 * A multiple of PAGE_SIZE_MAX, in place and size, and no part of the image. 0 or -ENOMEM.
 */
int mmu_map_early(paddr_t pa, u64 bytes);

/*
 * mmu_map_ram - map RAM in [base, end) at its place in the linear map, with the largest leaves.
 *
 * Whole pages within it; the image's text and rodata are read-only there too. Tables come from the
 * space's allocator. Boot. Returns 0 or -ENOMEM.
 */
int mmu_map_ram(paddr_t base, paddr_t end);

/* A part of memory, whole pages at any granule's, by physical address. */
struct mmu_span {
	u64 first;
	u64 end;
};

/*
 * mmu_map_linear - the same in a space like the kernel's, read-only in `count` spans that ascend.
 *
 * The read-only ones are mapped by pages, whose permissions can change in place.
 */
int mmu_map_linear(struct pgtable *pt, paddr_t base, paddr_t end, const struct mmu_span *read_only,
		   unsigned count);

/*
 * mmu_map_image - map [first, end), offsets in the image, at its place in the window.
 *
 * `image` is where its first byte is: the kernel's or a copy. Rounded outwards to pages of `pt`.
 */
int mmu_map_image(struct pgtable *pt, paddr_t image, u64 first, u64 end, enum map_kind kind);

/*
 * mmu_boot_table - memory for a table, from the image and its boot pool: the kernel's space
 * allocates by it until mm_init has better. Returns 0 or -ENOMEM.
 */
int mmu_boot_table(struct pgtable *pt, u64 bytes, paddr_t *table);

/* Where the devicetree is mapped, read-only; NULL when there is none. */
const void *mmu_devicetree(void);

/*
 * mmu_move_devicetree - reach the devicetree by the linear map, and give its part of the window up.
 *
 * Once the linear map is there; QEMU's tree claims 1 MiB for 8 KiB of content, and the rest is
 * memory like any other. Returns where it is now: where it was if it does not lie in memory.
 */
const void *mmu_move_devicetree(void);

/* The kernel's space. Whoever changes it after boot locks it, and unlocks it soon. */
struct pgtable *mmu_kernel_pgtable(void);
struct pgtable *mmu_lock(void);
void mmu_unlock(void);

/* Has this CPU the lock? */
bool mmu_is_locked_here(void);

/*
 * mmu_settle - did `va` fault because its entry was being changed?
 *
 * For the handler of translation faults of data: waits until no CPU changes the kernel's map. True
 * when `va` is mapped by then, so that the access will succeed. False for anything else: before
 * the kernel's map is live and after kexec has left it, if this CPU is the one that changes it, or
 * another one does nothing else for MMU_SETTLE_NS. That is long, since a hypervisor may have taken
 * that CPU away.
 */
#define MMU_SETTLE_NS 10000000000ULL

/* Where time can't be told: so many looks at the lock, some seconds. */
#define MMU_SETTLE_LOOKS (1ULL << 26)
bool mmu_settle(vaddr_t va);

/* How many accesses waited for a change, and then went on. */
u64 mmu_waits(void);

/*
 * mmu_read_regime - describe one half as the registers have it. False when it is off.
 *
 * For reading only: the result can't allocate.
 */
bool mmu_read_regime(struct pgtable *pt, bool upper);

/*
 * mmu_check - can this CPU write what it can execute, or use memory as Device and as Normal memory,
 * by whatever addresses of its live maps?
 *
 * NULL, or a sentence about the first such mapping, and where it is.
 */
const char *mmu_check(vaddr_t *where);

#endif
