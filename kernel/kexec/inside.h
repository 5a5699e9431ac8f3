/* SPDX-License-Identifier: BSD-2-Clause */
/* What only the files of this folder share. */
#ifndef KERNEL_KEXEC_INSIDE_H
#define KERNEL_KEXEC_INSIDE_H

#include <kernel/kexec.h>

/*
 * Is all of it what was loaded, and what leaving takes? Or, with `arrived`, the segments where they
 * have to be: what leaving takes has served by then. If not, a line says what, and `or_else`.
 */
bool kexec_is_whole(struct kexec_image *image, bool arrived, const char *or_else);

/* Memory that is no segment, where nothing is copied to. -ENOMEM, after a line that names it. */
int kexec_place_memory(struct kexec_image *image, const char *what, u64 bytes, u64 align,
		       paddr_t *base) __must_check;

/* Make an image read-only if that can be, and hash it: from there on it is what was loaded. */
void kexec_seal(struct kexec_image *image);

/* The headers and notes of this kernel's memory. -ENOMEM or -E2BIG, after a line. */
int kexec_crash_place(struct kexec_image *image) __must_check;

/* Another CPU that is on would run code that is gone. False, and with `say` a line names it. */
bool kexec_others_are_off(bool say);

/*
 * What the crash kernel must leave alone in its memory until it has read it: headers and notes.
 * It learns of them by one range (linux,elfcorehdr), so they are adjacent. Bytes 0:
 * it is no crash kernel.
 */
struct contig_range kexec_crash_core(const struct kexec_image *image);

/* Let `image` be what is loaded; what was loaded before goes. */
void kexec_replace(const struct kexec_image *image);

#endif
