// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is loaded and will run in place is sealed: made read-only, hashed, and left alone until it
 * starts. See <kernel/kexec.h>.
 *
 * What that protects from. The only map of a loaded image's memory is the linear map: it was
 * allocated for the image, was never mapped anywhere else, and what is claimed never moves. A store
 * by this CPU, or by another one that is started later, faults there. So the hash that was taken
 * after the sealing still holds, and exec need not take it again.
 *
 * What it doesn't protect from: a device that writes to memory by itself. This kernel drives none
 * that does; where a loader may have left one running, `kexec exec --verify` hashes again.
 *
 * Not sealed, and so hashed again by exec: what will be copied (copying is linear in bytes anyway,
 * and is hashed once more after it); what was loaded while another CPU was on that can't be
 * switched off, and would fault while tables change; what there is no memory for tables to seal. A
 * crash kernel is never sealed: by the time it starts, tables are as little to be trusted as the
 * rest.
 */
#include <arch/page.h>
#include <kernel/cpus.h>
#include <kernel/kexec.h>
#include <mm/memblock.h>

#include "inside.h"

/* Does somebody have a part of [first, end), all of it in one page? */
static bool is_reserved(u64 first, u64 end)
{
	struct region region;

	return first < end && memblock_first_reserved(paddr(first), end - first, &region);
}

/* An initrd that stays where it lies is not in held[], and need not begin with a page. */
static bool seal_initrd(struct kexec_image *image)
{
	const struct kexec_segment *segment = &image->segment[KEXEC_INITRD];
	u64 base = segment->base.val, end = base + segment->bytes;
	u64 first = page_align_down(base), last = page_align_up(end);

	/* What else its first and last page hold may change. Free memory is whole pages. */
	return !is_reserved(first, base) && !is_reserved(end, last) &&
	       !arch_kexec_seal(&image->arch, paddr(first), last - first);
}

static bool seal_all(struct kexec_image *image)
{
	bool sealed = !kexec_exit_prepare_seal(image);

	for (u32 i = 0; sealed && i < image->held_count; i++)
		sealed = !arch_kexec_seal(&image->arch, image->held[i].base, image->held[i].bytes);
	return sealed && (!image->initrd_stays || seal_initrd(image));
}

/* Other CPUs would fault while tables change: they are off meanwhile, where that is possible. */
static bool stop_others(void)
{
	return !cpus_stop() && kexec_others_are_off(false);
}

void kexec_seal(struct kexec_image *image)
{
	image->sealed = !image->copies && !image->crash && stop_others() && seal_all(image);
	cpus_resume();
	if (!image->sealed)
		kexec_unseal(image);
	/* After sealing: what is hashed is what stays. */
	for (unsigned role = 0; role < KEXEC_ROLES; role++)
		kexec_hash(image, role, false, image->segment[role].digest);
}

/* Leaves become large again only while no other CPU is on. */
void kexec_unseal(struct kexec_image *image)
{
	if (image->arch.seals) {
		bool join = stop_others();

		arch_kexec_unseal(&image->arch, join);
		cpus_resume();
	}
	image->sealed = false;
}
