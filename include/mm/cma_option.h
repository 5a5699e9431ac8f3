/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line's `cma=`: how large CMA's default region is, and where.
 *
 *   cma=SIZE              anywhere
 *   cma=SIZE@BASE         there, and nowhere else
 *   cma=SIZE@BASE-LIMIT   wherever there is room within [BASE, LIMIT)
 *   cma=0                 no default region
 *
 * With any of them, a devicetree node that is linux,cma-default doesn't count. The meaning is
 * Linux' (Documentation/admin-guide/kernel-parameters.txt, cma=nn[MG]@[start[MG][-end[MG]]]).
 * Numbers are those of parse_size(). The last `cma=` on the line is the one that counts.
 *
 * Locking and context: boot, one CPU. No page size enters: everything is bytes, as asked for,
 * rounded to CMA's unit when it is reserved (<mm/memblock_reservations.h>).
 */
#ifndef MM_CMA_OPTION_H
#define MM_CMA_OPTION_H

#include <kernel/compiler.h>
#include <kernel/types.h>

enum cma_option_kind {
	CMA_OPTION_NONE, /* the option isn't there: the devicetree decides */
	CMA_OPTION_OFF,
	CMA_OPTION_ANYWHERE,
	CMA_OPTION_FIXED,
	CMA_OPTION_RANGE,
};

struct cma_option {
	enum cma_option_kind kind;
	u64 bytes;     /* not 0, unless it is none or off */
	paddr_t base;  /* fixed, range */
	paddr_t limit; /* range; above base */
};

/*
 * Reads what follows `cma=`. A fixed region ends below 2^64. Returns NULL, or what is wrong with
 * the text, in words; the kind is none then.
 */
const char *cma_option_parse(const char *text, size_t len, struct cma_option *option) __must_check;

/*
 * Finds the option on the command line and reads it. -EINVAL if it can't be read, after a line that
 * says what is wrong and what to write.
 */
int cma_option_find(const char *cmdline, struct cma_option *option) __must_check;

#endif
