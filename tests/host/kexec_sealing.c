// SPDX-License-Identifier: BSD-2-Clause
/* Memory that is sealed, played and checked, and what else is played: <kexec_world.h>. */
#include "kexec_world.h"

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/errno.h>

int arch_kexec_prepare_seal(struct arch_kexec *kexec)
{
	assert_int_equal(kexec->image.val, 0);
	return 0;
}

int arch_kexec_seal(struct arch_kexec *kexec, paddr_t base, u64 bytes)
{
	assert_true(bytes && page_is_aligned(base.val | bytes));
	assert_int_equal(kexec->seals, world.sealed_count);
	assert_false(world.other_on);
	if (world.sealed_count == ARCH_KEXEC_SEALS_MOST || (world.seal_fail && !--world.seal_fail))
		return -ENOMEM;
	world.sealed[world.sealed_count++] = (struct contig_range){ base, bytes };
	kexec->seals++;
	return 0;
}

void arch_kexec_unseal(struct arch_kexec *kexec, bool join)
{
	assert_int_equal(join, !world.other_on);
	if (kexec->seals)
		world.sealed_count = 0;
	kexec->seals = 0;
}

void arch_kexec_count(void)
{
	world.counted_all = true;
}

static bool is_sealed(u64 base, u64 bytes)
{
	for (unsigned i = 0; i < world.sealed_count; i++)
		if (world.sealed[i].base.val <= base &&
		    base + bytes <= world.sealed[i].base.val + world.sealed[i].bytes)
			return true;
	return false;
}

/* All of it, and what leaving takes; or nothing at all. */
void rules_check_seal(const struct kexec_image *image)
{
	assert_true(!image->sealed || (!image->copies && !image->crash));
	if (!image->sealed)
		assert_int_equal(image->arch.seals, 0);
	for (u32 i = 0; image->sealed && i < image->extents; i++)
		assert_true(is_sealed(image->extent[i].from.val, image->extent[i].bytes));
	for (u32 i = 0; image->sealed && i < image->segment[KEXEC_EXIT].count; i++)
		assert_true(is_sealed(image->exit[i].from.val, image->exit[i].bytes));
}
