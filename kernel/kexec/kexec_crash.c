// SPDX-License-Identifier: BSD-2-Clause
/*
 * The crash kernel: what it is told of the kernel that crashed, and starting it. See
 * <kernel/kexec.h>.
 *
 * Nothing is allocated, locked or copied once there is a panic: its memory was set aside at boot,
 * its segments lie where they run, and the tables that the jump takes lie with them.
 */
#include <arch/boot.h>
#include <arch/page.h>
#include <arch/trap.h>
#include <kernel/crash_core.h>
#include <kernel/errno.h>
#include <kernel/kexec.h>
#include <lib/console.h>
#include <lib/devicetree_device.h>
#include <lib/log.h>
#include <lib/printk.h>
#include <mm/addr.h>
#include <mm/kmalloc.h>
#include <mm/mm_init.h>

#include "inside.h"

static struct crash_core_image this_image(void)
{
	return (struct crash_core_image){ vaddr(boot_info.image_va), paddr(boot_info.image_pa),
					  (u64)(_end - _text), vaddr_of(&log_state) };
}

/*
 * The headers, and behind them the notes, which may change up to the end: they are no segment and
 * not hashed.
 */
static int place_core(struct kexec_image *image, u64 count)
{
	struct kexec_segment *segment = &image->segment[KEXEC_CORE_HEADER];
	struct contig_range *notes = &image->notes;
	int err = kexec_place_segment(image, KEXEC_CORE_HEADER, crash_core_bytes(count), 0);

	segment->file_bytes = segment->bytes;
	notes->bytes = crash_core_notes_bytes(devicetree_device_cpus(&boot_devicetree));
	return err ? err
		   : kexec_place_memory(image, "notes of this kernel's registers", notes->bytes, 0,
					&notes->base);
}

static int fill_core(struct kexec_image *image, const struct region *ranges, u64 count)
{
	const struct kexec_segment *segment = &image->segment[KEXEC_CORE_HEADER];
	struct crash_core_request request = { .notes = image->notes.base,
					      .notes_bytes = image->notes.bytes,
					      .image = this_image(),
					      .ranges = ranges,
					      .count = count };

	crash_core_notes(vaddr_ptr(paddr_to_linear(image->notes.base)), image->notes.bytes,
			 page_size(), &request.image);
	return crash_core_fill(vaddr_ptr(paddr_to_linear(segment->base)), segment->bytes, &request);
}

struct contig_range kexec_crash_core(const struct kexec_image *image)
{
	paddr_t base = image->segment[KEXEC_CORE_HEADER].base;

	return (struct contig_range){ base, image->notes.base.val + image->notes.bytes - base.val };
}

int kexec_crash_place(struct kexec_image *image)
{
	struct region region, *ranges;
	u64 count, room;
	int err;

	mm_init_crashkernel(&region);
	/* How many there are, which is an error here; memory doesn't change any more. */
	err = crash_core_ranges(&region, NULL, 0, &room);
	ranges = kcalloc(MAX(room, 1ULL), sizeof(*ranges), 0);
	if (!ranges) {
		printk("kexec: no memory to list %llu ranges of memory\n", room);
		return -ENOMEM;
	}
	err = crash_core_ranges(&region, ranges, room, &count);
	if (!err)
		err = place_core(image, count);
	if (!err)
		err = fill_core(image, ranges, count);
	if (err == -E2BIG)
		printk("kexec: memory has %llu ranges, more than an ELF file has headers for\n",
		       count);
	kfree(ranges);
	return err;
}

void kexec_crash(const struct regs *regs)
{
	struct kexec_image *image = kexec_loaded(true);
	enum kexec_role changed;

	if (!image->loaded)
		return;
	printk("kexec: starting the crash kernel at %#llx\n", image->entry.val);
	if (crash_core_add_cpu(vaddr_ptr(paddr_to_linear(image->notes.base)), image->notes.bytes,
			       regs, 1))
		printk("kexec: the crash kernel won't know this CPU's registers: the notes are "
		       "damaged\n");
	arch_kexec_clean(image->notes.base, image->notes.bytes);
	/* Whatever it does: it doesn't use the memory that was set aside. */
	(void)kexec_others_are_off();
	console_flush();
	if (!kexec_exit_is_whole(image)) {
		printk("kexec: the crash kernel's tables were written to since it was loaded: not "
		       "started\n");
		return;
	}
	changed = kexec_find_changed(image, false);
	if (changed != KEXEC_ROLES) {
		printk("kexec: the crash kernel's %s was written to since it was loaded: not "
		       "started\n",
		       kexec_role_name(changed));
		return;
	}
	arch_kexec_quiet(false);
	if (trap_drop_serror())
		printk("kexec: a pending SError was dropped\n");
	arch_kexec_leave(&image->arch, image->entry, image->segment[KEXEC_DEVICETREE].base);
}
