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
 * Locking and context: boot, one CPU. No page size enters: everything is bytes.
 */
#ifndef MM_CRASH_OPTION_H
#define MM_CRASH_OPTION_H

#include <kernel/compiler.h>
#include <kernel/types.h>

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
	/* SIZE, or the list of ranges, in the text that was read, which the caller keeps. */
	const char *sizes;
	size_t sizes_len;
	paddr_t base;    /* fixed */
	const char *why; /* NULL, or what is wrong with the text, in words */
};

/*
 * Reads what stands behind `crashkernel=`. -EINVAL, with a why and the kind none, if the text isn't
 * of the form above. That the place is a multiple of the unit is for who reserves it.
 */
int crash_option_parse(const char *text, size_t len, struct crash_option *option) __must_check;

/*
 * The bytes that are asked for on a machine with so much RAM, rounded up to the unit, so far as
 * there are numbers; 0: none are. `option` isn't of the kind none.
 */
u64 crash_option_bytes(const struct crash_option *option, u64 ram_bytes);

/*
 * Finds the option on the command line, which has to stay as long as `option`, and reads it.
 * -EINVAL if it can't be read, after a line that says what is wrong and what to write.
 */
int crash_option_find(const char *cmdline, struct crash_option *option) __must_check;

#endif
