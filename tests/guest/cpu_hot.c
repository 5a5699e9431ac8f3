// SPDX-License-Identifier: BSD-2-Clause
/*
 * The fast forms in arch/arm64/cpu/zero_hot.S and copy_hot.S against memset and memcpy of
 * lib/string.c. tests/guest/sha256.c does the same for sha256_hot.S. Below, what a CPU says of
 * itself, and by which steps caches are cleaned.
 */
#include <arch/cache.h>
#include <arch/copy.h>
#include <arch/cpu_id.h>
#include <arch/page.h>
#include <arch/sysreg.h>
#include <arch/zero.h>
#include <kernel/selftest.h>
#include <lib/string.h>
#include <mm/vmap.h>

#define AREA_BYTES (8 * KiB)
#define GUARD      64

/* Different at each byte for a good while, so that what is moved or left out shows. */
static void fill(u8 *area)
{
	for (unsigned at = 0; at < AREA_BYTES; at++)
		area[at] = (u8)(at * 7 + (at >> 8) + 1);
}

/* Lengths and alignments around the step of the unrolled loop; nothing outside is touched. */
SELFTEST(zero_fills_exactly)
{
	static const u16 lengths[] = { 0, 64, 128, 1024, 1984, 2048, 2112, 4032 };
	u8 *got = vmalloc(AREA_BYTES, 0), *want = vmalloc(AREA_BYTES, 0);
	bool both = got && want;

	EXPECT(both);
	for (unsigned i = 0; both && i < ARRAY_SIZE(lengths); i++) {
		for (unsigned start = 64; start <= 1024; start *= 2) {
			fill(got);
			fill(want);
			arch_zero(got + start, lengths[i]);
			memset(want + start, 0, lengths[i]);
			EXPECT(!memcmp(got, want, AREA_BYTES));
		}
	}
	vfree(want);
	vfree(got);
}

SELFTEST(copy_is_exact)
{
	u8 *from = vmalloc(AREA_BYTES, 0), *got = vmalloc(AREA_BYTES, 0);
	u8 *want = vmalloc(AREA_BYTES, 0);
	bool all = from && got && want;

	EXPECT(all);
	if (all) {
		fill(from);
		memset(got, 0xff, AREA_BYTES);
		memset(want, 0xff, AREA_BYTES);
		arch_copy_pages(got + GUARD, from + 2 * GUARD, PAGE_SIZE_MIN);
		memcpy(want + GUARD, from + 2 * GUARD, PAGE_SIZE_MIN);
		EXPECT(!memcmp(got, want, AREA_BYTES));
	}
	vfree(want);
	vfree(got);
	vfree(from);
}

SELFTEST(cpu_id_lacks_nothing_of_its_own)
{
	const struct cpu_id id = {
		.mmfr0 = sysreg_read(id_aa64mmfr0_el1),
		.pfr0 = sysreg_read(id_aa64pfr0_el1),
		.ctr = sysreg_read(ctr_el0),
	};

	EXPECT(!cpu_id_lacks(&id));
	EXPECT(cpu_id_all_have(granule_by_shift((u32)page_shift())));
}

/* Steps are of this CPU's lines, or of those of another with smaller ones. */
SELFTEST(cache_steps_by_the_smallest_line)
{
	u64 here = 4ULL << CTR_DMINLINE(sysreg_read(ctr_el0));
	u8 before = cache_line_least;

	EXPECT(cache_line_bytes() <= here);
	cache_line_least = 15;
	EXPECT(cache_line_bytes() == here);
	cache_line_least = CTR_DMINLINE(sysreg_read(ctr_el0)) - 1;
	EXPECT(cache_line_bytes() == here / 2);
	cache_line_least = before;
}
