// SPDX-License-Identifier: BSD-2-Clause
/*
 * The crash kernel: what it learns of the kernel that crashed, and starting it. See
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
#include <mm/memblock_crashkernel.h>

#include "inside.h"

struct contig_range kexec_crash_core(const struct kexec_image *image)
{
	paddr_t base = image->segment[KEXEC_CORE_HEADER].base;
	paddr_t end = paddr_add(image->notes.base, image->notes.bytes);

	return (struct contig_range){ base, paddr_diff(end, base) };
}

/*
 * The headers, and after them the notes, which may change up to the end: they are no segment and
 * not hashed.
 */
int kexec_crash_place(struct kexec_image *image)
{
	struct kexec_segment *segment = &image->segment[KEXEC_CORE_HEADER];
	u64 notes_bytes = crash_core_notes_bytes(devicetree_device_cpus(&boot_devicetree));
	struct crash_core_request request = {
		.notes_bytes = notes_bytes,
		.image = { vaddr(boot_info.image_va), paddr(boot_info.image_pa), image_offset(_end),
			   vaddr_of(&log_state) },
	};
	u64 bytes;
	int err;

	memblock_crashkernel(&request.without);
	bytes = crash_core_headers(NULL, 0, &request);
	if (!bytes) {
		printk("kexec: memory has more ranges than an ELF file has headers for\n");
		return -E2BIG;
	}
	err = kexec_place_segment(image, KEXEC_CORE_HEADER, bytes, 0);
	if (!err)
		err = kexec_place_memory(image, "notes of this kernel's registers", notes_bytes, 0,
					 &request.notes);
	if (err)
		return err;
	segment->file_bytes = bytes;
	image->notes = (struct contig_range){ request.notes, notes_bytes };
	crash_core_notes(vaddr_ptr(paddr_to_linear(request.notes)), notes_bytes, page_size(),
			 &request.image);
	crash_core_headers(vaddr_ptr(paddr_to_linear(segment->base)), bytes, &request);
	return 0;
}

void kexec_crash(const struct regs *regs)
{
	struct kexec_image *image = kexec_loaded(true);

	if (!image->loaded)
		return;
	printk("kexec: starting the crash kernel at %#llx\n", image->entry.val);
	if (crash_core_add_cpu(vaddr_ptr(paddr_to_linear(image->notes.base)), image->notes.bytes,
			       regs, 1))
		printk("kexec: the crash kernel won't know this CPU's registers: the notes are "
		       "damaged\n");
	arch_kexec_clean(image->notes.base, image->notes.bytes);
	/* Whatever it does: it doesn't use the memory that was set aside. */
	(void)kexec_others_are_off(true);
	console_flush();
	if (!kexec_is_whole(image, false, "the crash kernel is not started"))
		return;
	arch_kexec_quiet(false);
	if (trap_drop_serror())
		printk("kexec: a pending SError was dropped\n");
	arch_kexec_leave(&image->arch, image->entry, image->segment[KEXEC_DEVICETREE].base);
}
