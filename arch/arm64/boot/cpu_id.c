// SPDX-License-Identifier: BSD-2-Clause
/* What a further CPU lacks, and what all of them have. <arch/cpu_id.h> has the contract. */
#include <arch/boot.h>
#include <arch/cache.h>
#include <arch/cpu_id.h>
#include <arch/sysreg.h>

/* ID_AA64PFR0_EL1: 15 stands for none; anything else is one of FP's, and of SIMD's, versions. */
#define PFR0_FP(id)      ((id) >> 16 & 0xf)
#define PFR0_ADVSIMD(id) ((id) >> 20 & 0xf)
#define PFR0_NONE        0xf

/* By the index in granules[]. */
static const char *const lacks_pages[GRANULE_COUNT] = {
	"lacks 4K pages",
	"lacks 16K pages",
	"lacks 64K pages",
};

/* A bit for each of granules[] that a CPU lacks which has joined. Atomic. */
static u32 lacking;

static unsigned index_of(const struct granule *g)
{
	return (unsigned)(g - granules);
}

const char *cpu_id_lacks(const struct cpu_id *other)
{
	const unsigned shifts[] = { boot_info.page_shift, boot_info.boot_shift };

	for (unsigned i = 0; i < ARRAY_SIZE(shifts); i++) {
		const struct granule *g = granule_by_shift(shifts[i]);

		if (!granule_supported(g, other->mmfr0))
			return lacks_pages[index_of(g)];
	}
	if (pa_range_clamped(other->mmfr0) < pa_range_clamped(boot_info.id_aa64mmfr0))
		return "reaches fewer physical addresses than the boot CPU";
	if (PFR0_FP(other->pfr0) == PFR0_NONE || PFR0_ADVSIMD(other->pfr0) == PFR0_NONE)
		return "lacks FP or SIMD";
	return NULL;
}

void cpu_id_join(const struct cpu_id *other)
{
	u8 line = CTR_DMINLINE(other->ctr);
	u32 lacks = lacking;

	for (unsigned i = 0; i < GRANULE_COUNT; i++)
		if (!granule_supported(&granules[i], other->mmfr0))
			lacks |= 1U << i;
	__atomic_store_n(&lacking, lacks, __ATOMIC_RELAXED);
	if (line < cache_line_least)
		__atomic_store_n(&cache_line_least, line, __ATOMIC_RELAXED);
}

bool cpu_id_all_have(const struct granule *g)
{
	return granule_supported(g, boot_info.id_aa64mmfr0) &&
	       !(__atomic_load_n(&lacking, __ATOMIC_RELAXED) >> index_of(g) & 1);
}
