// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is loaded, and leaving for it: see <kernel/kexec.h>.
 *
 * Where nothing is copied, kexec_exec takes a number of instructions that doesn't grow with the
 * segments: what does was done when they were loaded.
 */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/cpu_pen.h>
#include <arch/trap.h>
#include <kernel/cpus.h>
#include <kernel/errno.h>
#include <kernel/kexec.h>
#include <lib/console.h>
#include <lib/devicetree_device.h>
#include <lib/panic.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <lib/verdict.h>
#include <mm/addr.h>
#include <mm/hooks.h>

#include "inside.h"

/* In the image, since after arch_kexec_move all else may be overwritten. */
static struct kexec_image loaded[2]; /* the second: for a crash */

const char *kexec_role_name(enum kexec_role role)
{
	static const char *const names[] = {
		[KEXEC_KERNEL] = "kernel",           [KEXEC_INITRD] = "initrd",
		[KEXEC_DEVICETREE] = "devicetree",   [KEXEC_CORE_HEADER] = "core header",
		[KEXEC_EXIT] = "tables for leaving",
	};

	return names[role];
}

struct kexec_image *kexec_loaded(bool crash)
{
	return &loaded[crash];
}

void kexec_unload(bool crash)
{
	if (crash)
		panic_successor = NULL;
	kexec_unseal(&loaded[crash]);
	kexec_place_undo(&loaded[crash]);
}

void kexec_replace(const struct kexec_image *image)
{
	kexec_unload(image->crash);
	loaded[image->crash] = *image;
	loaded[image->crash].loaded = true;
	kexec_seal(&loaded[image->crash]);
	if (image->crash)
		panic_successor = kexec_crash;
}

/* ---- hashes ---- */

void kexec_hash(const struct kexec_image *image, enum kexec_role role, bool arrived,
		u8 digest[SHA256_BYTES])
{
	const struct kexec_segment *segment = &image->segment[role];
	const struct kexec_extent *extent =
		role == KEXEC_EXIT ? image->exit : &image->extent[segment->first];
	struct sha256 hash;

	sha256_init(&hash);
	for (u32 i = 0; i < segment->count; i++) {
		paddr_t from = arrived ? extent[i].to : extent[i].from;

		sha256_update(&hash, vaddr_ptr(paddr_to_linear(from)), extent[i].bytes);
	}
	sha256_final(&hash, digest);
}

/* For tests: a byte of the kernel changes, which may have been sealed. */
static void spoil(struct kexec_image *image, bool arrived)
{
	const struct kexec_extent *first = &image->extent[image->segment[KEXEC_KERNEL].first];
	u8 *at = vaddr_ptr(paddr_to_linear(arrived ? first->to : first->from));

	/* Never after a copy, which isn't sealed: the devicetree may be overwritten by then. */
	if (image->sealed)
		kexec_unseal(image);
	*at ^= 1;
}

bool kexec_is_whole(struct kexec_image *image, bool arrived, const char *or_else)
{
	const unsigned roles = arrived ? KEXEC_EXIT : KEXEC_ROLES;

	if (fault_inject(FAULT_KEXEC))
		spoil(image, arrived);
	for (unsigned role = 0; role < roles; role++) {
		const struct kexec_segment *segment = &image->segment[role];
		u8 digest[SHA256_BYTES];

		kexec_hash(image, role, arrived, digest);
		if (!memcmp(digest, segment->digest, sizeof(digest)))
			continue;
		printk("kexec: %s at %#llx: its SHA-256 isn't what was loaded: %s\n",
		       kexec_role_name(role), segment->base.val, or_else);
		return false;
	}
	return true;
}

/* ---- leaving ---- */

bool kexec_others_are_off(bool say)
{
	u64 here = cpu_affinity();
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_cpu cpu;

	while (devicetree_device_next_cpu(&boot_devicetree, &cursor, &cpu)) {
		if (cpu.why || !cpu.enabled || cpu.mpidr == here || !cpu_is_on(cpu.mpidr))
			continue;
		if (say)
			printk("kexec: CPU %#llx is on: only with all others off can the next "
			       "kernel start\n",
			       cpu.mpidr);
		return false;
	}
	return true;
}

/* By extents, in the copy of this kernel; a wrong result ends the machine. */
static void copy(struct kexec_image *image)
{
	for (u32 i = 0; i < image->extents; i++) {
		const struct kexec_extent *extent = &image->extent[i];

		if (kexec_extent_moves(extent))
			arch_kexec_copy(extent->to, extent->from, extent->bytes);
	}
	if (!kexec_is_whole(image, true, "stopped"))
		verdict_end(VERDICT_FAIL);
	for (u32 i = 0; i < image->extents; i++)
		if (kexec_extent_moves(&image->extent[i]))
			arch_kexec_clean(image->extent[i].to, image->extent[i].bytes);
}

int kexec_exec(unsigned how)
{
	struct kexec_image *image = &loaded[0];
	bool check = how & KEXEC_VERIFY || !image->sealed;
	const char *lacks;

	if (how & KEXEC_COUNT)
		arch_kexec_count();
	if (!image->loaded) {
		printk("kexec: nothing is loaded; `kexec load IMAGE` does that\n");
		return -ENOENT;
	}
	lacks = cpus_stop();
	if (lacks)
		printk("kexec: a CPU %s\n", lacks);
	if (lacks || !kexec_others_are_off(true)) {
		cpus_resume();
		return -EBUSY;
	}
	printk("kexec: starting the kernel at %#llx%s\n", image->entry.val,
	       check ? ", if all of it is still what was loaded"
		     : ", which was read-only since it was hashed");
	console_flush();
	if (check && !kexec_is_whole(image, false, "refused; load it again")) {
		cpus_resume();
		return -EIO;
	}
	arch_kexec_quiet(how & KEXEC_COUNT);
	if (image->copies) {
		/* A panic in the copy starts nothing: what a crash kernel leaves by is gone. */
		loaded[1].loaded = false;
		panic_successor = NULL;
		arch_kexec_move(&image->arch);
		copy(image);
	}
	trap_settle_serror();
	arch_kexec_leave(&image->arch, image->entry, image->segment[KEXEC_DEVICETREE].base);
}
