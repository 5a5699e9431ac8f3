/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The choice of the page size: what `pagesize=` asks for, against what the CPU has.
 *
 *   pagesize=64k          strict: this size, or the kernel stops and says why
 *   pagesize=16k,4k       an ordered preference: the first that the CPU has, or it stops
 *   pagesize=auto         by the amount of RAM, among what the CPU has; also the default
 *
 * Sizes are spelt 4k, 16k, 64k in either case, or 4096, 16384, 65536. `arm64.pagesize=` is the
 * same option. When it is there several times the last one counts, as everywhere on a
 * Linux-like command line: boot loaders put their defaults first.
 *
 * `auto` takes the largest granule whose threshold RAM reaches. A page of twice the size
 * wastes twice as much: on average half a page for each thing that has pages of its own (a
 * file in the cache, a stack, a heap). A general-purpose system has some ten thousand such
 * things, so
 *
 *   granule   waste, 10,000 half pages   threshold   waste of RAM there
 *   4k                  20 MiB                  0    -
 *   16k                 80 MiB              4 GiB    2.0%
 *   64k                320 MiB             16 GiB    2.0%
 *
 * The thresholds are where that is 2%: below, memory is worth more than the TLB reach and the
 * shorter tables that the larger granule would give.
 */
#ifndef KERNEL_PAGESIZE_H
#define KERNEL_PAGESIZE_H

#include <arch/boot.h>
#include <arch/granule.h>
#include <kernel/types.h>

#define PAGESIZE_AUTO_16K_BYTES (4 * GiB)
#define PAGESIZE_AUTO_64K_BYTES (16 * GiB)

#define PAGESIZE_WHY_BYTES 160

enum pagesize_outcome {
	PAGESIZE_CHOSEN,      /* shift is valid */
	PAGESIZE_BAD_REQUEST, /* not a page size: the user's error */
	PAGESIZE_UNSUPPORTED, /* a page size, but not one of this CPU */
};

struct pagesize_choice {
	enum pagesize_outcome outcome;
	u8 shift;                           /* 12, 14 or 16 when chosen */
	unsigned overridden;                /* earlier options that this one replaced */
	char requested[BOOT_REQUEST_BYTES]; /* as it was spelt, or "auto" */
	char why[PAGESIZE_WHY_BYTES]; /* a sentence: why this one, or what is wrong and right */
};

/* The granule that `len` characters spell, such as "4k" or "4096", in either case; or NULL. */
const struct granule *pagesize_granule(const char *text, size_t len);

/*
 * pagesize_choose - decide the page size.
 *
 * `cmdline`: the kernel command line, NULL for none. `id_aa64mmfr0`: of the CPU. `ram_bytes`: of
 * all memory that the kernel may use. Pure: fills `choice`, and holds no pointer afterwards.
 */
void pagesize_choose(const char *cmdline, u64 id_aa64mmfr0, u64 ram_bytes,
		     struct pagesize_choice *choice);

#endif
