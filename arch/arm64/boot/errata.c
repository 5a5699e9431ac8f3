// SPDX-License-Identifier: BSD-2-Clause
/*
 * The table of errata. What can be mended for all CPUs without a cost is, and the row says where;
 * the rest is named at boot. Left out are those of what this kernel doesn't use: AArch32,
 * virtualization, debug and trace, hardware's update of flags, ASIDs.
 *
 * Source: Linux, Documentation/arch/arm64/silicon-errata.rst, and for revisions its arm64
 * cpu_errata.c; the Software Developers Errata Notice of each core.
 */
#include <arch/errata.h>
#include <kernel/compiler.h>

#define ARM      0x41
#define QUALCOMM 0x51

#define CORTEX_A53  0xd03
#define CORTEX_A55  0xd05
#define CORTEX_A57  0xd07
#define CORTEX_A73  0xd09
#define CORTEX_A76  0xd0b
#define CORTEX_A77  0xd0d
#define CORTEX_A510 0xd46
#define FALKOR_1    0x800
#define FALKOR_2    0xc00

#define ALL 0xff

#define EARLY_TLBI "a TLB invalidation may end before another CPU's accesses do"

static const struct erratum errata[] = {
	/* cache.S cleans by DC CIVAC, never by DC CVAC or CVAU */
	{ ARM, CORTEX_A53, 0x00, 0x01, true, "819472", "cleaning a cache line may lose data" },
	{ ARM, CORTEX_A53, 0x00, 0x02, true, "824069, 826319, 827319",
	  "cleaning a cache line may lose data" },
	/* the compiler's -mfix-cortex-a53-835769, the linker's --fix-cortex-a53-843419 */
	{ ARM, CORTEX_A53, 0x00, 0x04, true, "835769", "a multiplication may be wrong" },
	{ ARM, CORTEX_A53, 0x00, 0x04, true, "843419", "an ADRP may give a wrong address" },

	{ ARM, CORTEX_A55, 0x00, ALL, false, "2441007", EARLY_TLBI },
	{ ARM, CORTEX_A57, 0x00, 0x12, false, "832075",
	  "a load from a device may deadlock with an exclusive access" },
	{ ARM, CORTEX_A73, 0x00, ALL, false, "858921",
	  "the counter may be read wrong when its lower half overflows" },
	{ ARM, CORTEX_A76, 0x00, 0x30, false, "1286807", EARLY_TLBI },
	{ ARM, CORTEX_A77, 0x00, 0x10, false, "1508412",
	  "a load from a device may deadlock with an exclusive access" },
	{ ARM, CORTEX_A510, 0x00, 0x11, false, "2441009", EARLY_TLBI },
	{ QUALCOMM, FALKOR_1, 0x00, 0x00, false, "1009", EARLY_TLBI },
	/* an ISB stands before the MMU goes off: kexec_jump.S, and arch/arm64/efi/entry.S */
	{ QUALCOMM, FALKOR_1, 0x00, ALL, true, "1041",
	  "switching the MMU off may fetch from a wrong address" },
	{ QUALCOMM, FALKOR_2, 0x00, ALL, true, "1041",
	  "switching the MMU off may fetch from a wrong address" },
};

const struct erratum *errata_next(u64 midr, u32 *cursor)
{
	u64 implementer = midr >> 24 & 0xff, part = midr >> 4 & 0xfff;
	u64 revision = (midr >> 20 & 0xf) << 4 | (midr & 0xf);

	while (*cursor < ARRAY_SIZE(errata)) {
		const struct erratum *e = &errata[(*cursor)++];

		if (e->implementer == implementer && e->part == part && revision >= e->first &&
		    revision <= e->last)
			return e;
	}
	return NULL;
}
