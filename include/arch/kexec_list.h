/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The classic relocator, to compare kexec's with: a list with an entry a page, walked with the MMU
 * off. For `bench` only.
 *
 * An entry is 8 bytes: the physical address of a page, and in the bits below it what it is for.
 *
 *   DESTINATION  the next pages go there, one behind the other
 *   SOURCE       a page to be copied
 *   INDIRECTION  the list goes on there
 *   DONE         it ends
 *
 * Source: Linux, include/linux/kexec.h, the struct kimage's list of entries.
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

/* What of it runs by the trampoline, and with arch_copy_pages what runs with the MMU off. */
extern u8 _kexec_list[], _kexec_list_end[];

#endif
#endif
