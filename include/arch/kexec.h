/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaving for another kernel: the part of kexec that knows registers and translation tables.
 *
 * Nothing to copy. The next kernel lies where it will run. A trampoline (<arch/trampoline.h>) turns
 * the MMU off and jumps, at EL2 by what stayed there (arch/arm64/boot/el2_stub.S).
 *
 * Something to copy. What is copied may land on this kernel, its tables and all it knows. So before
 * that the kernel moves itself: a copy of the image, stack included, in memory that nothing is
 * copied to, and a map of its own, in memory of the same kind, by which the copy is where the image
 * was: every pointer stays as it is. From then on ordinary C copies, hashes and, if the hash is
 * wrong, says so and ends the machine. The map has
 *
 *   image    the copy, at the image's virtual addresses, with the image's permissions
 *   linear   all RAM, read-write, with the largest blocks there are; but what is executed is
 *            read-only: the copy's text, and up to the switch the jump of the first image
 *   devices  as they were
 *
 * in the boot stage's granule, whatever the kernel's page size: that has the smallest tables.
 *
 * All is made when a kernel is loaded, and takes no memory later. Locking: none, one CPU.
 */
#ifndef ARCH_KEXEC_H
#define ARCH_KEXEC_H

#include <arch/pgtable.h>
#include <kernel/compiler.h>
#include <kernel/types.h>

/* Memory that is read-only in the linear map. */
struct arch_kexec_seal {
	vaddr_t at;
	u64 bytes;
	unsigned level[2]; /* of the leaves that its ends had before */
};

#define ARCH_KEXEC_SEALS_MOST 8

struct arch_kexec {
	struct pgtable trampoline;
	struct pgtable map; /* of the copy; only with one */
	paddr_t image;      /* where the copy lies; 0: none */
	struct arch_kexec_seal seal[ARCH_KEXEC_SEALS_MOST];
	unsigned seals;
};

/*
 * The map of the copy has whole pages of so many bytes: of one that is memory only in part, or
 * no-map in part, nothing can be copied to.
 */
u64 arch_kexec_page_bytes(void);

/* Bytes of memory for a copy of the image, and what they are aligned to. */
u64 arch_kexec_image_bytes(void);
#define ARCH_KEXEC_IMAGE_ALIGN SEGMENT_ALIGN

/*
 * arch_kexec_prepare - make what leaving takes.
 *
 * `image`: arch_kexec_image_bytes at a multiple of ARCH_KEXEC_IMAGE_ALIGN for a copy, or 0. `alloc`
 * gives memory for tables, in the linear map; the caller knows where it is and frees it. Returns 0
 * or -ENOMEM.
 */
int arch_kexec_prepare(struct arch_kexec *kexec, paddr_t image,
		       pgtable_alloc_fn *alloc) __must_check;

/*
 * arch_kexec_prepare_seal - and what it takes to seal memory (arch/arm64/kexec/kexec_seal.c).
 *
 * After arch_kexec_prepare, before anything is sealed; its tables come from the same place. No
 * memory that is read-only now gets tables until all is unsealed. 0 or -ENOMEM.
 */
int arch_kexec_prepare_seal(struct arch_kexec *kexec) __must_check;

/*
 * arch_kexec_seal - nobody can write to [base, base + bytes) any more by the linear map.
 *
 * Whole pages of RAM, which no other map has: the caller knows. No other CPU is on. Returns 0; or
 * -ENOMEM with nothing changed: without memory for tables, or more ranges than there may be.
 */
int arch_kexec_seal(struct arch_kexec *kexec, paddr_t base, u64 bytes) __must_check;

/*
 * All that was sealed can be written again. With `join`, which takes that no other CPU is on,
 * leaves and tables are as they were before, too; without, leaves that were split stay small.
 */
void arch_kexec_unseal(struct arch_kexec *kexec, bool join);

/* What of the copy doesn't change any more: its bytes, and where it begins. */
u64 arch_kexec_constants(const struct arch_kexec *kexec, paddr_t *base);

/*
 * Count instructions from here to the next kernel's first, in event counter 1; where the CPU can't,
 * it doesn't.
 */
void arch_kexec_count(void);

/*
 * Exceptions are masked; timers and the performance monitor stop; with `counting` the latter goes
 * on, and its counter 0 begins anew.
 */
void arch_kexec_quiet(bool counting);

/*
 * arch_kexec_move - go on in the copy. Exceptions are masked, no other CPU runs.
 *
 * From here on only the image and memory that nobody copied to may be used. There is no way back.
 */
void arch_kexec_move(const struct arch_kexec *kexec);

/*
 * arch_kexec_turn - the last part of arch_kexec_move, for tests.
 *
 * From the switch on the trampoline has the jump of the copy, and no more that of the first image,
 * which something may be copied to.
 */
void arch_kexec_turn(const struct arch_kexec *kexec);

/* Copy any number of bytes in RAM, between multiples of this. They don't overlap. */
#define ARCH_KEXEC_COPY_ALIGN 64
void arch_kexec_copy(paddr_t to, paddr_t from, u64 bytes);

/*
 * arch_kexec_clean - memory has what was written to [base, base + bytes), and so has whoever looks
 * there with caches off.
 */
void arch_kexec_clean(paddr_t base, u64 bytes);

/*
 * arch_kexec_leave - jump to `entry`: MMU and caches off, exceptions masked, x0 = devicetree, x1 to
 * x3 = 0; at EL2 if this kernel was entered there, else at EL1.
 */
void arch_kexec_leave(const struct arch_kexec *kexec, paddr_t entry, paddr_t devicetree) __noreturn;

#endif
