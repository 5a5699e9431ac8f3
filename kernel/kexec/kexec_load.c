// SPDX-License-Identifier: BSD-2-Clause
/*
 * Loading the next kernel: files are checked, placed, filled in. <kernel/kexec.h> has the
 * contract. All of it works on an image of its own, which takes the place of the loaded one when
 * nothing can fail any more.
 */
#include <arch/boot.h>
#include <arch/pmu.h>
#include <arch/random.h>
#include <arch/zero.h>
#include <kernel/errno.h>
#include <kernel/image.h>
#include <kernel/initrd.h>
#include <kernel/kexec.h>
#include <kernel/kexec_dt.h>
#include <lib/devicetree_memory.h>
#include <lib/devicetree_node.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/kmalloc.h>
#include <mm/mm_init.h>

#include "inside.h"

/* What names this kernel's own devicetree, for people. */
#define OWN_TREE "this kernel's devicetree"

/* What is being loaded. */
static struct kexec_image building;

/* What a load goes by. */
struct load {
	const struct kexec_request *request;
	struct image header;
	struct initramfs_file kernel;
	const void *initrd; /* NULL: none */
	u64 initrd_bytes;
	bool initrd_stays; /* where it lies */
	void *dtb;         /* a copy, of kmalloc; NULL: not yet */
	u64 dtb_bytes;
	const char *args;
	u64 args_bytes;
	u8 entropy[KEXEC_DT_ENTROPY_BYTES] __aligned(
		DEVICETREE_ALIGN); /* a buffer of no room, too */
	bool has_entropy;
};

/* ---- what there is ---- */

/* What is wrong with a file. */
static int say(const char *name, const char *why)
{
	printk("kexec: %.128s: %s\n", name, why);
	return -EINVAL;
}

static int find_kernel(struct load *load)
{
	const char *name = load->request->image;
	int err = initrd_find("kexec", name, &load->kernel);

	if (err)
		return err;
	err = image_parse(load->kernel.data, load->kernel.bytes, &load->header);
	if (!err)
		err = image_check_cpu(&load->header, boot_info.id_aa64mmfr0);
	if (err)
		say(name, load->header.why);
	return err;
}

static int find_initrd(struct load *load)
{
	struct initramfs_file file;
	int err;

	/* There is one: the kernel was found in it. */
	if (load->request->reuse_initrd)
		load->initrd = mm_init_initrd(&load->initrd_bytes);
	if (!load->request->initrd)
		return 0;
	err = initrd_find("kexec", load->request->initrd, &file);
	if (err)
		return err;
	if (!file.bytes)
		return say(load->request->initrd,
			   "an initrd of no bytes; leave --initrd= out for none");
	load->initrd = file.data;
	load->initrd_bytes = file.bytes;
	return 0;
}

/*
 * A copy to work from. Files lie at multiples of 4, and numbers in a devicetree at multiples of 8;
 * and of this kernel's own tree only what is used is still there: the rest of its size has been
 * given to others, perhaps to what is being made.
 */
static int copy_dtb(struct load *load, const char *name, const void *from, u64 bytes)
{
	load->dtb = kmalloc(MAX(bytes, DEVICETREE_ALIGN), 0);
	if (!load->dtb) {
		say(name, "no memory to read it");
		return -ENOMEM;
	}
	memcpy(load->dtb, from, bytes);
	load->dtb_bytes = bytes;
	return 0;
}

/* A kernel without memory stops in silence. What else is wrong is found out later. */
static int check_memory(struct load *load, const char *name)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	struct devicetree_fault fault;
	struct devicetree dt;

	if (devicetree_open(&dt, load->dtb, load->dtb_bytes, &fault))
		return 0;
	while (devicetree_memory_next(&dt, &cursor, &range))
		if (range.bytes)
			return 0;
	return say(name, "a devicetree without memory: it needs an enabled node of device_type = "
			 "\"memory\" with a reg");
}

static int find_dtb(struct load *load)
{
	const char *name = load->request->dtb;
	struct initramfs_file file;
	int err;

	if (!name) {
		err = copy_dtb(load, OWN_TREE, boot_devicetree.fdt,
			       devicetree_used_bytes(&boot_devicetree));
		if (!err)
			devicetree_trim(&boot_devicetree, load->dtb);
		return err;
	}
	err = initrd_find("kexec", name, &file);
	if (err)
		return err;
	if (file.bytes > DEVICETREE_BYTES_MAX)
		return say(name, "a devicetree of more than 2 MiB, the most that the boot protocol "
				 "allows");
	err = copy_dtb(load, name, file.data, file.bytes);
	return err ? err : check_memory(load, name);
}

static int find_args(struct load *load)
{
	struct initramfs_file file;
	int err;

	load->args = load->request->reuse_cmdline ? boot_cmdline() : load->request->args;
	if (!load->request->args_file) {
		load->args_bytes = strlen(load->args);
		return 0;
	}
	err = initrd_find("kexec", load->request->args_file, &file);
	if (err)
		return err;
	load->args = file.data;
	load->args_bytes = file.bytes;
	while (load->args_bytes && load->args[load->args_bytes - 1] == '\n')
		load->args_bytes--;
	return 0;
}

/*
 * Fresh entropy, from what the loader gave (rng-seed) and the CPU has (RNDR): hashed, so that the
 * next kernel's seeds say nothing of either. Without one of the two there is none to hand on.
 */
static void make_entropy(struct load *load)
{
	u32 seed_bytes = 0;
	const void *seed = NULL;
	u64 words[8] = { arch_counter_ns() };
	unsigned count = 1;
	struct sha256 hash;

	if (boot_devicetree.chosen >= 0)
		seed = devicetree_node_property(&boot_devicetree, boot_devicetree.chosen,
						"rng-seed", &seed_bytes);
	while (count < ARRAY_SIZE(words) && arch_random(&words[count]))
		count++;
	load->has_entropy = seed_bytes || count > 1;
	BUILD_ASSERT(KEXEC_DT_ENTROPY_BYTES == 2 * SHA256_BYTES);
	for (unsigned half = 0; half < 2; half++) {
		words[0] += half;
		sha256_init(&hash);
		sha256_update(&hash, seed, seed_bytes);
		sha256_update(&hash, words, sizeof(words));
		sha256_final(&hash, load->entropy + half * SHA256_BYTES);
	}
}

/* ---- content ---- */

/* At any address, any number. */
static void zero(u8 *at, u64 bytes)
{
	u64 before = MIN(bytes, -(u64)(uintptr_t)at % ZERO_UNIT_BYTES);
	u64 units = ALIGN_DOWN(bytes - before, ZERO_UNIT_BYTES);

	memset(at, 0, before);
	if (units)
		arch_zero(at + before, units);
	memset(at + before + units, 0, bytes - before - units);
}

/* Fill a segment: content from `data`, then zeroes. */
static void fill(struct kexec_image *image, enum kexec_role role, const void *data, u64 bytes)
{
	struct kexec_segment *segment = &image->segment[role];
	const u8 *next = data;
	u64 left = bytes;

	segment->file_bytes = bytes;
	for (u32 i = segment->first; i < segment->first + segment->count; i++) {
		u8 *at = vaddr_ptr(paddr_to_linear(image->extent[i].from));
		u64 part = MIN(left, image->extent[i].bytes);

		memcpy(at, next, part);
		zero(at + part, image->extent[i].bytes - part);
		next += part;
		left -= part;
	}
}

static struct kexec_dt_range range_of(const struct kexec_segment *segment)
{
	return (struct kexec_dt_range){ segment->base, segment->bytes };
}

/* The devicetree is made twice: to learn how long it is, and at its place. */
static int place_devicetree(struct kexec_image *image, struct load *load)
{
	const struct contig_range core = kexec_crash_core(image);
	struct kexec_dt_result result;
	struct kexec_dt_request request = {
		.source = load->dtb,
		.source_bytes = load->dtb_bytes,
		.args = load->args,
		.args_bytes = load->args_bytes,
		.initrd = range_of(&image->segment[KEXEC_INITRD]),
		.elfcorehdr = { core.base, core.bytes },
		.entropy = load->has_entropy ? load->entropy : NULL,
		.old_devicetree = { paddr(boot_info.fdt_pa), boot_info.fdt_bytes },
	};
	u64 align = DEVICETREE_ALIGN;
	struct region region;
	void *at;
	int err;

	if (image->crash && mm_init_crashkernel(&region))
		request.usable = (struct kexec_dt_range){ region.base, region.bytes };
	request.old_initrd.base = mm_init_initrd_place(&request.old_initrd.bytes);
	err = kexec_dt_make(&request, load->entropy, 0, &result);
	if (err != -ENOSPC)
		return say(load->request->dtb ? load->request->dtb : OWN_TREE, result.why);
	while (align < result.bytes)
		align *= 2;
	err = kexec_place_segment(image, KEXEC_DEVICETREE, result.bytes, align);
	if (err)
		return err;
	image->segment[KEXEC_DEVICETREE].file_bytes = result.bytes;
	at = vaddr_ptr(paddr_to_linear(image->segment[KEXEC_DEVICETREE].base));
	err = kexec_dt_make(&request, at, result.bytes, &result);
	if (err)
		return say(load->request->dtb ? load->request->dtb : OWN_TREE, result.why);
	if (result.args_too_long)
		printk("kexec: a command line of %llu characters; Linux cuts it behind %u\n",
		       load->args_bytes, KEXEC_DT_LINUX_ARGS_BYTES - 1);
	return 0;
}

static int place_kernel(struct kexec_image *image, const struct load *load)
{
	enum kexec_where where = load->header.anywhere ? KEXEC_ANYWHERE : KEXEC_LOWEST;

	if (load->request->forced)
		where = KEXEC_FORCED;
	return kexec_place_kernel(image, load->header.image_bytes, load->header.text_offset, where,
				  load->request->dest);
}

static int place_initrd(struct kexec_image *image, struct load *load)
{
	u64 bytes;

	if (!load->initrd)
		return 0;
	load->initrd_stays =
		load->request->reuse_initrd &&
		kexec_place_initrd_stays(image, mm_init_initrd_place(&bytes), load->initrd_bytes);
	if (load->initrd_stays)
		return 0;
	return kexec_place_segment(image, KEXEC_INITRD, load->initrd_bytes, 0);
}

/* All that needs memory, which is all that can fail. */
static int place(struct kexec_image *image, struct load *load)
{
	int err = place_kernel(image, load);

	if (!err)
		err = place_initrd(image, load);
	if (!err && image->crash)
		err = kexec_crash_place(image);
	if (!err)
		err = place_devicetree(image, load);
	return err ? err : kexec_place_exit(image);
}

/* Memory has all of each segment, whoever looks at it. */
static void clean(const struct kexec_image *image)
{
	for (u32 i = 0; i < image->extents; i++)
		arch_kexec_clean(image->extent[i].from, image->extent[i].bytes);
}

static int find(struct load *load)
{
	int err = find_kernel(load);

	if (!err)
		err = find_initrd(load);
	if (!err)
		err = find_dtb(load);
	return err ? err : find_args(load);
}

static int build(struct load *load)
{
	int err = find(load);

	if (!err)
		err = kexec_place_begin(&building, load->request->crash);
	if (err)
		return err;
	/* There is one place for a crash kernel. */
	if (load->request->crash)
		kexec_unload(true);
	make_entropy(load);
	err = place(&building, load);
	if (err) {
		kexec_place_undo(&building);
		return err;
	}
	fill(&building, KEXEC_KERNEL, load->kernel.data, load->kernel.bytes);
	if (load->initrd && !load->initrd_stays)
		fill(&building, KEXEC_INITRD, load->initrd, load->initrd_bytes);
	clean(&building);
	return 0;
}

int kexec_load(const struct kexec_request *request)
{
	struct load load = { .request = request };
	int err = build(&load);

	kfree(load.dtb);
	if (!err)
		kexec_replace(&building);
	return err;
}
