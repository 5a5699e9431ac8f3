/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line's `crashkernel=`: how much memory is kept for a second kernel, which runs when
 * this one has crashed, and where.
 *
 *   crashkernel=SIZE                             anywhere
 *   crashkernel=SIZE@OFFSET                      there, and nowhere else
 *   crashkernel=START-[END]:SIZE[,...][@OFFSET]  the SIZE of the first range that has the machine's
 *                                                RAM: START or more, and less than END, if there is
 *                                                one; in none of them, nothing
 *   crashkernel=0                                nothing
 *
 * The meaning is Linux' (Documentation/admin-guide/kdump/kdump.rst, "Extended crashkernel syntax",
 * and kernel-parameters.txt), but for SIZE,high and SIZE,low, which are refused. Linux has them for
 * devices that reach the lowest 4 GiB only: `high` looks above these, `low` asks for a second
 * region there. Here a region may lie anywhere, and there is one, so the first would say
 * nothing, and the second something that isn't done.
 * Numbers are those of parse_size(). The last `crashkernel=` on the line is the one that counts.
 *
 * It has exactly the size and place that were asked for, or it isn't there: a crash kernel that is
 * loaded into less wouldn't fit, and one that somebody else's memory is in the middle of is no use
 * to anyone. That is no error. Where nothing is reserved, a line says why.
 *
 * The region is mapped like any other memory, since a kernel is loaded into it, and belongs to
 * nobody else until the machine is switched off.
 *
 * Locking and context: memblock's (boot, one CPU). No page size enters: places and sizes are
 * multiples of CRASH_OPTION_UNIT.
 */
#ifndef MM_MEMBLOCK_CRASHKERNEL_H
#define MM_MEMBLOCK_CRASHKERNEL_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <lib/parse.h>
#include <mm/region_list.h>

/*
 * What a region's place and size are multiples of: the unit in which the boot protocol places an
 * image (IMAGE_ALIGN), so that a kernel can stand at the region's first byte.
 */
#define CRASH_OPTION_UNIT (2 * MiB)

/*
 * RAM is rounded up to this before it is compared with ranges, as Linux does
 * (kernel/crash_reserve.c): firmware keeps some of it, and a machine that was sold with 1 GiB
 * is meant by 1G-, with less than that in its devicetree.
 */
#define CRASH_OPTION_RAM_UNIT (128 * MiB)

enum crash_option_kind {
	CRASH_OPTION_NONE, /* the option isn't there */
	CRASH_OPTION_ANYWHERE,
	CRASH_OPTION_FIXED,
};

struct crash_option {
	enum crash_option_kind kind;
	struct parse_rest sizes; /* from SIZE or the list of ranges on; the caller keeps the text */
	paddr_t base;            /* fixed */
};

/*
 * Reads what follows `crashkernel=`. Returns NULL, or what is wrong with the text, in words; the
 * kind is none then. Whether the place is a multiple of the unit is seen when it is reserved.
 */
const char *memblock_crashkernel_parse(const char *text, size_t len,
				       struct crash_option *option) __must_check;

/*
 * The bytes that are asked for on a machine with so much RAM, rounded up to the unit, so far as
 * there are numbers; 0: none are. `option` isn't of the kind none.
 */
u64 memblock_crashkernel_bytes(const struct crash_option *option, u64 ram_bytes);

/*
 * Finds the option on the command line, which has to stay as long as `option`, and reads it.
 * -EINVAL if it can't be read, after a line that says what is wrong and what to write.
 */
int memblock_crashkernel_find(const char *cmdline, struct crash_option *option) __must_check;

/*
 * Reserves the region of an option of this kind, fixed or anywhere: the highest free place. Does
 * nothing for an option of another kind. Errors are those of memblock_reserve().
 */
int memblock_crashkernel_reserve(const struct crash_option *option,
				 enum crash_option_kind kind) __must_check;

/* Prints the region's place. Once all is reserved. */
void memblock_crashkernel_note(void);

/*
 * The region that `crashkernel=` reserved: in multiples of CRASH_OPTION_UNIT, mapped.
 *
 * False, and 0 bytes: there is none (the boot log has the reason, if one was asked for). After
 * mm_init, for good.
 */
bool memblock_crashkernel(struct region *region);

#endif
