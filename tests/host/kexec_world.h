/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine for tests of kexec: its memory is fake_contig's, and the rest is played here. Leaving
 * for the next kernel is written down, and comes back to the test.
 *
 *   0x40000000  64 KiB of firmware's
 *   0x40200000  the image (fake_image.S)
 *   0x44000123  the initrd, of what world_file() packed
 *   0x4e000000  16 MiB for a crash kernel
 *   0x50000000  the end of RAM
 */
#ifndef KEXEC_WORLD_H
#define KEXEC_WORLD_H

#include "fake_contig.h"

#include <kernel/cpus.h>
#include <kernel/kexec.h>
#include <mm/region_list.h>

#define WORLD_START       0x40000000ULL
#define WORLD_BYTES       0x10000000ULL
#define WORLD_IMAGE       0x40200000ULL
#define WORLD_INITRD      0x44000123ULL
#define WORLD_CRASH       0x4e000000ULL
#define WORLD_CRASH_BYTES 0x1000000ULL
#define WORLD_RANGES_MOST 64

extern struct world {
	u64 initrd_bytes; /* 0: there is none */
	u64 initrd_at;
	struct region crash;
	const char *cmdline;
	bool other_on;         /* another CPU is */
	bool has_random;       /* this CPU has RNDR */
	unsigned kmalloc_fail; /* so many calls succeed, the next one doesn't; 0: all do */
	int kmallocs;          /* not yet freed */
	unsigned tables;       /* of so many bytes each arch_kexec_prepare wants some */
	u64 table_bytes;
	bool spoil;         /* what arch_kexec_copy copies */
	unsigned seal_fail; /* this call to seal memory fails, counted down; 0: none */
	struct contig_range sealed[ARCH_KEXEC_SEALS_MOST];
	unsigned sealed_count;
	char said[16384];
	char events[1024]; /* "quiet move copy clean leave " and the like */
	struct contig_range cleaned[WORLD_RANGES_MOST];
	unsigned cleaned_count;
	u64 entry, devicetree;      /* that it left for */
	bool counting, counted_all; /* since kexec_exec began */
} world;

/* The machine above, with a devicetree of two CPUs and these properties of /chosen (or NULL). */
void world_begin(const char *chosen);

/* Another one: tests add memory within the span and reserve some; world_ready() ends that. */
void world_begin_empty(u64 start, u64 bytes);
void world_tree(const char *chosen);
void world_ready(void);

/* Pack a file. An Image: `file_bytes`, random after the header; returns where in the initrd. */
void world_file(const char *name, const void *data, u64 bytes);
#define WORLD_ANYWHERE 8ULL
u64 world_image(const char *name, u64 file_bytes, u64 image_bytes, u64 text_offset, u64 flags);

/* Hand over what was packed, at that address. */
void world_initrd(u64 at);
void world_end(void);

/* Returns -1000 when it left, -1001 when it ended with a verdict, else kexec_exec's error. */
#define WORLD_LEFT  (-1000)
#define WORLD_ENDED (-1001)
int world_exec(unsigned how);
int world_crash(void);

/* Physical memory. */
u8 *world_at(u64 pa);

/* Forget what was said; was this said? */
void world_hush(void);
bool world_said(const char *text);

#define assert_said(text)                                             \
	do {                                                          \
		if (!world_said(text))                                \
			fail_msg("not \"%s\": %s", text, world.said); \
	} while (0)

/* Was all of it cleaned? */
bool world_is_clean(u64 base, u64 bytes);

/* All of an image is sealed, and what leaving takes; or nothing at all (kexec_sealing.c). */
void rules_check_seal(const struct kexec_image *image);

/* ---- kexec_rules.c ---- */

/* K1 to K3 and the boot protocol of what is placed. */
void rules_check(const struct kexec_image *image);

/* These two (or NULL) hold everything that is allocated, and nothing else; kmalloc has all back. */
void rules_check_books(const struct kexec_image *one, const struct kexec_image *other);

/* The end of a test that loads: nothing stays. */
void rules_finish(void);

/* SHA-256 by another program. */
void rules_sha256(const struct kexec_image *image, enum kexec_role role, char hex[65]);

#endif
