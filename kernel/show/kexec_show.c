// SPDX-License-Identifier: BSD-2-Clause
/* What `kexec show` prints. */
#include <arch/boot.h>
#include <kernel/kexec.h>
#include <kernel/kexec_show.h>
#include <lib/printk.h>

static void show_segment(const struct kexec_image *image, enum kexec_role role)
{
	const struct kexec_segment *segment = &image->segment[role];
	const u8 *d = segment->digest;

	printk("kexec: %s%-11s %#llx to %#llx, %llu bytes of %llu, sha256 "
	       "%02x%02x%02x%02x%02x%02x%02x%02x, ",
	       image->crash ? "crash: " : "", kexec_role_name(role), segment->base.val,
	       segment->base.val + segment->bytes, segment->file_bytes, segment->bytes, d[0], d[1],
	       d[2], d[3], d[4], d[5], d[6], d[7]);
	if (kexec_extent_moves(&image->extent[segment->first]))
		printk("copied there from %u piece%s\n", segment->count,
		       segment->count == 1 ? "" : "s");
	else
		printk("in place%s\n", image->sealed ? ", read-only" : "");
}

static void show(const struct kexec_image *image)
{
	for (unsigned role = 0; role < KEXEC_ROLES; role++)
		if (image->segment[role].bytes)
			show_segment(image, role);
	printk("kexec: %sentry at %#llx, EL%u, x0 = %#llx; tables %llu bytes\n",
	       image->crash ? "crash: " : "", image->entry.val, boot_info.has_el2 ? 2 : 1,
	       image->segment[KEXEC_DEVICETREE].base.val, image->table_bytes);
}

void kexec_show(void)
{
	const struct kexec_image *next = kexec_loaded(false), *crash = kexec_loaded(true);

	if (!next->loaded && !crash->loaded)
		printk("kexec: nothing is loaded; `kexec load IMAGE` does that\n");
	if (next->loaded)
		show(next);
	if (crash->loaded)
		show(crash);
}
