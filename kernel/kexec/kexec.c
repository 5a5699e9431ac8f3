// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is loaded, and leaving for it: see <kernel/kexec.h>.
 *
 * Where nothing is copied, kexec_exec takes a number of instructions that doesn't grow with the
 * segments: what does was done when they were loaded.
 */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/psci.h>
#include <arch/trap.h>
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
		[KEXEC_KERNEL] = "kernel",
		[KEXEC_INITRD] = "initrd",
		[KEXEC_DEVICETREE] = "devicetree",
		[KEXEC_CORE_HEADER] = "core header",
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
	struct sha256 hash;

	sha256_init(&hash);
	for (u32 i = segment->first; i < segment->first + segment->count; i++) {
		const struct kexec_extent *extent = &image->extent[i];
		paddr_t from = arrived ? extent->to : extent->from;

		sha256_update(&hash, vaddr_ptr(paddr_to_linear(from)), extent->bytes);
	}
	sha256_final(&hash, digest);
}

enum kexec_role kexec_find_changed(struct kexec_image *image, bool arrived)
{
	u8 digest[SHA256_BYTES];
	unsigned role = 0;

	/* For tests: a byte of the kernel changes, which may have been sealed. */
	if (fault_inject(FAULT_KEXEC)) {
		const struct kexec_extent *first =
			&image->extent[image->segment[KEXEC_KERNEL].first];
		u8 *at = vaddr_ptr(paddr_to_linear(arrived ? first->to : first->from));

		kexec_unseal(image);
		*at ^= 1;
	}
	for (; role < KEXEC_ROLES; role++) {
		if (!image->segment[role].bytes)
			continue;
		kexec_hash(image, role, arrived, digest);
		if (memcmp(digest, image->segment[role].digest, sizeof(digest)))
			break;
	}
	return role;
}

/* ---- leaving ---- */

bool kexec_other_cpu(u64 *mpidr)
{
	u64 here = cpu_affinity();
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_cpu cpu;

	while (devicetree_device_next_cpu(&boot_devicetree, &cursor, &cpu)) {
		*mpidr = cpu.mpidr;
		if (!cpu.why && cpu.enabled && cpu.mpidr != here && psci_cpu_is_on(cpu.mpidr))
			return true;
	}
	return false;
}

bool kexec_others_are_off(void)
{
	u64 mpidr;

	if (!kexec_other_cpu(&mpidr))
		return true;
	printk("kexec: CPU %#llx is on: only with all others off can the next kernel start\n",
	       mpidr);
	return false;
}

/* By extents, in the copy of this kernel; a wrong result ends the machine. */
static void copy(struct kexec_image *image)
{
	enum kexec_role changed;

	for (u32 i = 0; i < image->extents; i++) {
		const struct kexec_extent *extent = &image->extent[i];

		if (kexec_extent_moves(extent))
			arch_kexec_copy(extent->to, extent->from, extent->bytes);
	}
	changed = kexec_find_changed(image, true);
	if (changed != KEXEC_ROLES) {
		printk("kexec: %s: copied to %#llx, and its SHA-256 isn't what was loaded: "
		       "stopped\n",
		       kexec_role_name(changed), image->segment[changed].base.val);
		verdict_end(VERDICT_FAIL);
	}
	for (u32 i = 0; i < image->extents; i++)
		if (kexec_extent_moves(&image->extent[i]))
			arch_kexec_clean(image->extent[i].to, image->extent[i].bytes);
}

/* Is all of it what was loaded, and what leaving takes? -EIO, after a line, if it isn't. */
static int verify(struct kexec_image *image)
{
	enum kexec_role changed;

	if (!kexec_exit_is_whole(image)) {
		printk("kexec: the tables for leaving aren't what they were: refused; load it "
		       "again\n");
		return -EIO;
	}
	changed = kexec_find_changed(image, false);
	if (changed == KEXEC_ROLES)
		return 0;
	printk("kexec: %s at %#llx: its SHA-256 isn't what was loaded: refused; load it again\n",
	       kexec_role_name(changed), image->segment[changed].base.val);
	return -EIO;
}

int kexec_exec(unsigned how)
{
	struct kexec_image *image = &loaded[0];
	bool check = how & KEXEC_VERIFY || !image->sealed;

	if (how & KEXEC_COUNT)
		arch_kexec_count();
	if (!image->loaded) {
		printk("kexec: nothing is loaded; `kexec load IMAGE` does that\n");
		return -ENOENT;
	}
	if (!kexec_others_are_off())
		return -EBUSY;
	printk("kexec: starting the kernel at %#llx%s\n", image->entry.val,
	       check ? ", if all of it is still what was loaded"
		     : ", which was read-only since it was hashed");
	console_flush();
	if (check && verify(image))
		return -EIO;
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
