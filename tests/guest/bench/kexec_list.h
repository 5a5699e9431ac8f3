/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Relocators to compare kexec's with: a list with an entry a page, walked with the MMU off, which
 * is the classic way, or with the MMU on by a copy of the linear map, as Linux does since 5.16. For
 * `bench` only.
 *
 * An entry is 8 bytes: the physical address of a page, and in the bits below it what it is for.
 *
 *   DESTINATION  the next pages go there, one after the other
 *   SOURCE       a page to be copied
 *   INDIRECTION  the list goes on there
 *   DONE         it ends
 *
 * Source: Linux, include/linux/kexec.h, the struct kimage's list of entries;
 * arch/arm64/kernel/relocate_kernel.S and arch/arm64/mm/trans_pgd.c, 5.16.
 */
#ifndef ARCH_KEXEC_LIST_H
#define ARCH_KEXEC_LIST_H

/* Numbers of bits. */
#define KEXEC_LIST_DESTINATION 0
#define KEXEC_LIST_INDIRECTION 1
#define KEXEC_LIST_DONE        2
#define KEXEC_LIST_SOURCE      3
#define KEXEC_LIST_FLAGS       0xf

#ifndef __ASSEMBLER__

#include <kernel/types.h>

/*
 * kexec_list_walk - copy what the list at `list` says, in pages of `page_bytes`.
 *
 * Called at its physical address (<arch/trampoline.h>); when it returns, the MMU is on again.
 * Memory has the list, what is copied and this code, with arch_copy_pages; no cache has a dirty
 * line of the destination. Exceptions are masked.
 */
void kexec_list_walk(u64 list, u64 page_bytes);

/*
 * kexec_list_walk_mapped - the same by the map that TTBR1 has meanwhile: `ttbr1`, of the kernel's
 * granule, which has everything at its physical address plus `offset`. The trampoline has this code
 * and arch_copy_pages. Nothing else of the kernel need be mapped.
 */
void kexec_list_walk_mapped(u64 list, u64 page_bytes, u64 offset, u64 ttbr1);

/* What of it runs by the trampoline, and with arch_copy_pages what runs with the MMU off. */
extern u8 _kexec_list[], _kexec_list_end[];

#endif
#endif
