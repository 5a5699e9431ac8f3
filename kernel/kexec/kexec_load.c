// SPDX-License-Identifier: BSD-2-Clause
/*
 * Loading the next kernel: files are checked, placed, filled in. <kernel/kexec.h> has the
 * contract. All of it works on an image of its own, which takes the place of the loaded one when
 * nothing can fail any more.
 */
#include <arch/boot.h>
#include <arch/counter.h>
#include <arch/random.h>
#include <kernel/cpus.h>
#include <kernel/errno.h>
#include <kernel/image.h>
#include <kernel/initrd.h>
#include <kernel/kexec.h>
#include <kernel/kexec_dt.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_memory.h>
#include <lib/devicetree_node.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/boot_memory.h>
#include <mm/kmalloc.h>
#include <mm/memblock_crashkernel.h>

#include "inside.h"

/* The name of what isn't a file, for people. */
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
	bool initrd_stays;             /* where it lies */
	const struct devicetree *tree; /* this kernel's, or: */
	struct devicetree opened;
	void *dtb; /* a copy of the file, of kmalloc, which `opened` reads */
	const char *args;
	u64 args_bytes;
	u8 entropy[KEXEC_DT_ENTROPY_BYTES];
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
		load->initrd = boot_memory_initrd(&load->initrd_bytes);
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

static int say_no_memory(const char *name)
{
	say(name, "no memory to read it");
	return -ENOMEM;
}

/* A kernel without memory stops in silence. */
static bool has_memory(const struct devicetree *dt)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;

	while (devicetree_memory_next(dt, &cursor, &range))
		if (range.bytes)
			return true;
	return false;
}

/* Files lie at multiples of 4, and a devicetree at a multiple of 8: so it is read from a copy. */
static int open_dtb(struct load *load, const char *name, const struct initramfs_file *file)
{
	struct devicetree_fault fault;

	load->dtb = kmalloc(MAX(file->bytes, DEVICETREE_ALIGN), 0);
	if (!load->dtb)
		return say_no_memory(name);
	memcpy(load->dtb, file->data, file->bytes);
	if (devicetree_open(&load->opened, load->dtb, file->bytes, &fault)) {
		printk("kexec: %.128s: the devicetree %s %#llx\n", name, fault.why, fault.value);
		return -EINVAL;
	}
	load->tree = &load->opened;
	if (has_memory(load->tree))
		return 0;
	return say(name, "a devicetree without memory: it needs an enabled node of device_type = "
			 "\"memory\" with a reg");
}

static int find_dtb(struct load *load)
{
	const char *name = load->request->dtb;
	struct initramfs_file file;
	int err;

	load->tree = &boot_devicetree;
	if (!name)
		return 0;
	err = initrd_find("kexec", name, &file);
	if (err)
		return err;
	if (file.bytes > DEVICETREE_BYTES_MAX)
		return say(name, "a devicetree of more than 2 MiB, the most that the boot protocol "
				 "allows");
	return open_dtb(load, name, &file);
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
		memset(at + part, 0, image->extent[i].bytes - part);
		next += part;
		left -= part;
	}
}

static int make_devicetree(const struct kexec_image *image, const struct load *load, void *at,
			   u64 room, struct kexec_dt_result *result)
{
	const struct kexec_segment *initrd = &image->segment[KEXEC_INITRD];
	struct kexec_dt_request request = {
		.source = load->tree,
		.args = load->args,
		.args_bytes = load->args_bytes,
		.initrd = { initrd->base, initrd->bytes },
		.elfcorehdr = kexec_crash_core(image),
		.chosen_only = !load->header.is_granule && devicetree_chosen_of_acpi(load->tree),
		.entropy = load->has_entropy ? load->entropy : NULL,
		.old_devicetree = { paddr(boot_info.fdt_pa), boot_info.fdt_bytes },
	};
	struct region region;

	if (image->crash && memblock_crashkernel(&region))
		request.usable = (struct contig_range){ region.base, region.bytes };
	request.pen = cpu_pen(&request.pen_range.base);
	request.pen_range.bytes = request.pen ? CPU_PEN_BYTES : 0;
	request.old_initrd.base = boot_memory_initrd_place(&request.old_initrd.bytes);
	if (kexec_dt_make(&request, at, room, result))
		return say(load->request->dtb ? load->request->dtb : OWN_TREE, result->why);
	if (result->args_too_long)
		printk("kexec: a command line of %llu characters; Linux cuts it after %u\n",
		       load->args_bytes, KEXEC_DT_LINUX_ARGS_BYTES - 1);
	return 0;
}

/* It is made elsewhere, to learn how long it is. */
static int place_devicetree(struct kexec_image *image, const struct load *load)
{
	u64 room = MIN(devicetree_used_bytes(load->tree) + load->args_bytes + KEXEC_DT_ADDED_BYTES +
			       load->tree->cpu_nodes * KEXEC_DT_CPU_BYTES,
		       DEVICETREE_BYTES_MAX);
	void *made = kmalloc(room, 0);
	u64 align = DEVICETREE_ALIGN;
	struct kexec_dt_result result;
	int err;

	if (!made)
		return say_no_memory(OWN_TREE);
	err = make_devicetree(image, load, made, room, &result);
	while (align < result.bytes)
		align *= 2;
	if (!err)
		err = kexec_place_segment(image, KEXEC_DEVICETREE, result.bytes, align);
	if (!err)
		fill(image, KEXEC_DEVICETREE, made, result.bytes);
	kfree(made);
	return err;
}

static int place_kernel(struct kexec_image *image, const struct load *load)
{
	enum kexec_where where = load->header.anywhere ? KEXEC_ANYWHERE : KEXEC_LOWEST;
	int err;

	if (load->request->forced)
		where = KEXEC_FORCED;
	err = kexec_place_kernel(image, load->header.image_bytes, load->header.text_offset, where,
				 load->request->dest);
	if (!err)
		fill(image, KEXEC_KERNEL, load->kernel.data, load->kernel.bytes);
	return err;
}

static int place_initrd(struct kexec_image *image, const struct load *load)
{
	u64 bytes;
	int err;

	if (!load->initrd)
		return 0;
	if (load->request->reuse_initrd &&
	    kexec_place_initrd_stays(image, boot_memory_initrd_place(&bytes), load->initrd_bytes))
		return 0;
	err = kexec_place_segment(image, KEXEC_INITRD, load->initrd_bytes, 0);
	if (!err)
		fill(image, KEXEC_INITRD, load->initrd, load->initrd_bytes);
	return err;
}

/* All that needs memory, which is all that can fail: the first error counts. */
static int place(struct kexec_image *image, const struct load *load)
{
	return place_kernel(image, load) ?:
		place_initrd(image, load) ?:
		(image->crash ? kexec_crash_place(image) : 0) ?:
		place_devicetree(image, load) ?:
		kexec_place_exit(image);
}

/* Memory has all of each segment, whoever looks at it. */
static void clean(const struct kexec_image *image)
{
	for (u32 i = 0; i < image->extents; i++)
		arch_kexec_clean(image->extent[i].from, image->extent[i].bytes);
}

static int build(struct load *load)
{
	int err = kexec_place_begin(&building, load->request->crash);

	if (err)
		return err;
	/* There is one place for a crash kernel. */
	if (load->request->crash)
		kexec_unload(true);
	make_entropy(load);
	cpus_gather();
	err = place(&building, load);
	if (err)
		kexec_place_undo(&building);
	else
		clean(&building);
	return err;
}

int kexec_load(const struct kexec_request *request)
{
	struct load load = { .request = request };
	/* The first error counts. */
	int err = find_kernel(&load) ?:
			  find_initrd(&load) ?:
			  find_dtb(&load) ?:
			  find_args(&load) ?:
			  build(&load);

	kfree(load.dtb);
	if (!err)
		kexec_replace(&building);
	return err;
}
