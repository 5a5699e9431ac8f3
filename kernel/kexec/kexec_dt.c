// SPDX-License-Identifier: BSD-2-Clause
/*
 * The devicetree for the next kernel. <kernel/kexec_dt.h> has the contract.
 *
 * The source is copied, and then libfdt changes the copy. fdt_open_into() would do the copying, but
 * it wants room for the source's totalsize (QEMU's is 1 MiB for 8 KiB), and it cuts the memory
 * reservations at one of no size.
 */
#include <arch/fp.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/kexec_dt.h>
#include <lib/devicetree_device.h>
#include <lib/devicetree_node.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>

#include <libfdt.h>

#define CHOSEN     "chosen"
#define CHOSEN_LEN (sizeof(CHOSEN) - 1)

#define UEFI "linux,uefi-"

#define KASLR_SEED_BYTES 8
#define RNG_SEED_BYTES   (KEXEC_DT_ENTROPY_BYTES - KASLR_SEED_BYTES)

/* Properties of /chosen that aren't copied. One that ends in '-' stands for all that begin so. */
static const char left_out[][26] = {
	"bootargs",         "linux,initrd-start", "linux,initrd-end", "linux,usable-memory-range",
	"linux,elfcorehdr", "kaslr-seed",         "rng-seed",         "linux,ima-kexec-buffer",
	"linux,kho-",
};

/* A tree that is being made. */
struct making {
	const struct kexec_dt_request *request;
	struct kexec_dt_result *result;
	void *fdt;
	u64 room;
	int chosen;
	int grown;       /* of the nodes of CPUs */
	bool keeps_uefi; /* the source's properties linux,uefi-* hold */
};

static int __printf(2, 3) refuse(struct kexec_dt_result *result, const char *format, ...)
{
	va_list args;

	memset(result, 0, sizeof(*result));
	va_start(args, format);
	vsnprintf(result->why, sizeof(result->why), format, args);
	va_end(args);
	return -EINVAL;
}

/* After a change by libfdt: `error` is its own, negative, and `what` was to be changed. */
static int changed(const struct making *making, const char *what, int error)
{
	if (error >= 0)
		return 0;
	if (error == -FDT_ERR_NOSPACE)
		return refuse(making->result, "the devicetree takes more than %llu bytes",
			      making->room);
	return refuse(making->result, "libfdt fails at %s: its error is %d", what, error);
}

/* ---- the copy ---- */

static bool is_range(struct contig_range range, u64 base, u64 bytes)
{
	return range.base.val == base && range.bytes == bytes;
}

/* Copies the memory reservations but for what is left out; with `at` NULL, only measures them. */
static u32 copy_reservations(const struct making *making, void *at)
{
	const struct kexec_dt_request *request = making->request;
	struct fdt_reserve_entry *to = at;
	uint64_t base, bytes;
	u32 kept = 0, dropped = 0;
	bool end = false;

	for (int i = 0; !end && !fdt_get_mem_rsv(request->source->fdt, i, &base, &bytes); i++) {
		end = !base && !bytes;
		if (!end && (!bytes || is_range(request->old_initrd, base, bytes) ||
			     is_range(request->old_devicetree, base, bytes) ||
			     is_range(request->pen_range, base, bytes))) {
			dropped++;
			continue;
		}
		if (to)
			to[kept] = (struct fdt_reserve_entry){ cpu_to_fdt64(base),
							       cpu_to_fdt64(bytes) };
		kept++;
	}
	making->result->reservations_dropped = dropped;
	return kept * (u32)sizeof(*to);
}

/* The blocks, one after the other in libfdt's order: header, reservations, structure, strings. */
static int copy_source(const struct making *making)
{
	const void *fdt = making->request->source->fdt;
	const char *from = fdt;
	void *made = making->fdt;
	char *to = made;
	u32 reservations = sizeof(struct fdt_header);
	u32 structure = reservations + copy_reservations(making, NULL);
	u32 strings = structure + ALIGN_DOWN(fdt_size_dt_struct(fdt), FDT_TAGSIZE);

	if (strings + (u64)fdt_size_dt_strings(fdt) > making->room)
		return changed(making, "the source", -FDT_ERR_NOSPACE);
	fdt_set_magic(made, FDT_MAGIC);
	fdt_set_totalsize(made, (u32)making->room);
	fdt_set_off_dt_struct(made, structure);
	fdt_set_off_dt_strings(made, strings);
	fdt_set_off_mem_rsvmap(made, reservations);
	fdt_set_version(made, 17);
	fdt_set_last_comp_version(made, 16);
	fdt_set_boot_cpuid_phys(made, fdt_boot_cpuid_phys(fdt));
	fdt_set_size_dt_strings(made, fdt_size_dt_strings(fdt));
	fdt_set_size_dt_struct(made, strings - structure);

	copy_reservations(making, to + reservations);
	memcpy(to + structure, from + fdt_off_dt_struct(fdt), strings - structure);
	memcpy(to + strings, from + fdt_off_dt_strings(fdt), fdt_size_dt_strings(fdt));
	return 0;
}

/* ---- CPUs in a pen ---- */

/*
 * It is reserved, and each CPU looks for where to begin in its slot. Offsets into the copy are the
 * source's, but what lies after a CPU whose property grew lies higher by that.
 */
static int point_to_pen(struct making *making)
{
	const struct kexec_dt_request *request = making->request;
	u32 before = fdt_size_dt_struct(making->fdt);
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_cpu cpu;
	int error = request->pen ? fdt_add_mem_rsv(making->fdt, request->pen_range.base.val,
						   request->pen_range.bytes)
				 : 0;

	while (request->pen && !error &&
	       devicetree_device_next_cpu(request->source, &cursor, &cpu)) {
		const struct cpu_pen_slot *slot = cpu_pen_slot(request->pen, cpu.mpidr);

		if (cpu.why || !slot || cpu.enable != DEVICETREE_ENABLE_SPIN_TABLE)
			continue;
		error = fdt_setprop_u64(
			making->fdt, cursor.node + making->grown, "cpu-release-addr",
			request->pen_range.base.val + cpu_pen_offset(request->pen, slot));
		making->grown = (int)(fdt_size_dt_struct(making->fdt) - before);
	}
	return changed(making, "CPUs", error);
}

/* ---- its /chosen ---- */

/* Names that tell of the tree itself, which a Linux won't see. */
static bool is_of_tree(const char *name)
{
	return !strncmp(name, "granule,", 8) || !strcmp(name, "stdout-path");
}

static bool is_left_out(const struct making *making, const char *name)
{
	const struct kexec_dt_request *request = making->request;

	if (request->chosen_only && is_of_tree(name))
		return true;
	if (!strncmp(name, UEFI, sizeof(UEFI) - 1))
		return !making->keeps_uefi;
	for (u32 i = 0; i < ARRAY_SIZE(left_out); i++) {
		size_t bytes = strlen(left_out[i]);

		/* of a whole name, its NUL as well */
		if (!strncmp(name, left_out[i], bytes + (left_out[i][bytes - 1] != '-')))
			return true;
	}
	return false;
}

/* A deletion moves what follows, so the search begins again. */
static int open_chosen(struct making *making)
{
	void *fdt = making->fdt;
	const char *name;
	int at;

	/* The copy of the structure is what the source's is, but for CPUs, and so are offsets. */
	making->chosen = making->request->source->chosen;
	if (making->chosen > making->request->source->cpus)
		making->chosen += making->grown;
	making->keeps_uefi =
		making->chosen >= 0 && fdt_getprop(fdt, making->chosen, "granule,uefi", NULL);
	if (making->chosen < 0)
		making->chosen = fdt_add_subnode(fdt, 0, CHOSEN);
	if (making->chosen < 0)
		return changed(making, CHOSEN, making->chosen);
	at = fdt_first_property_offset(fdt, making->chosen);
	while (at >= 0) {
		fdt_getprop_by_offset(fdt, at, &name, NULL);
		if (is_left_out(making, name) && !fdt_delprop(fdt, making->chosen, name))
			at = fdt_first_property_offset(fdt, making->chosen);
		else
			at = fdt_next_property_offset(fdt, at);
	}
	return 0;
}

/* All but /chosen goes. What moves then is looked up again. */
static int drop_nodes(struct making *making)
{
	void *fdt = making->fdt;
	int node = making->request->chosen_only ? fdt_first_subnode(fdt, 0) : -1;

	while (node >= 0) {
		if (devicetree_node_is_named(fdt_get_name(fdt, node, NULL), CHOSEN, CHOSEN_LEN)) {
			making->chosen = node;
			node = fdt_next_subnode(fdt, node);
		} else if (fdt_del_node(fdt, node)) {
			return changed(making, "nodes", -FDT_ERR_INTERNAL);
		} else {
			node = fdt_first_subnode(fdt, 0);
		}
	}
	return 0;
}

static int add_args(struct making *making)
{
	u64 bytes = making->request->args_bytes;
	void *value;
	int error;

	if (!bytes)
		return 0;
	if (bytes >= making->room)
		return changed(making, "bootargs", -FDT_ERR_NOSPACE);
	error = fdt_setprop_placeholder(making->fdt, making->chosen, "bootargs", (int)bytes + 1,
					&value);
	if (error)
		return changed(making, "bootargs", error);
	/* libfdt leaves what lay here, up to the next tag. */
	memset(value, 0, ALIGN_UP(bytes + 1, FDT_TAGSIZE));
	memcpy(value, making->request->args, bytes);
	return 0;
}

/* Numbers and bytes as they are; none of them needs padding. */
static int add_values(struct making *making)
{
	const struct kexec_dt_request *request = making->request;
	paddr_t end = paddr_add(request->initrd.base, request->initrd.bytes);
	const fdt64_t initrd_start = cpu_to_fdt64(request->initrd.base.val);
	const fdt64_t initrd_end = cpu_to_fdt64(end.val);
	const u8 *entropy = request->entropy;
	const struct {
		const char *name;
		const void *value;
		int bytes;
		bool wanted;
	} added[] = {
		{ "linux,initrd-start", &initrd_start, 8, request->initrd.bytes },
		{ "linux,initrd-end", &initrd_end, 8, request->initrd.bytes },
		{ "kaslr-seed", entropy, KASLR_SEED_BYTES, entropy },
		{ "rng-seed", entropy ? entropy + KASLR_SEED_BYTES : NULL, RNG_SEED_BYTES,
		  entropy },
	};
	int error = 0;

	for (u32 i = 0; !error && i < ARRAY_SIZE(added); i++)
		if (added[i].wanted)
			error = changed(making, added[i].name,
					fdt_setprop(making->fdt, making->chosen, added[i].name,
						    added[i].value, added[i].bytes));
	return error;
}

/* In the root's cells. */
static int add_range(struct making *making, const char *name, struct contig_range range)
{
	int error;

	if (!range.bytes)
		return 0;
	error = fdt_appendprop_addrrange(making->fdt, 0, making->chosen, name, range.base.val,
					 range.bytes);
	if (error != -FDT_ERR_BADNCELLS && error != -FDT_ERR_BADVALUE)
		return changed(making, name, error);
	return refuse(making->result,
		      "%s: the root has cells that %#llx bytes at %#llx don't fit into", name,
		      range.bytes, range.base.val);
}

/* ---- all of it ---- */

static int check_source(const struct making *making)
{
	const struct devicetree *dt = making->request->source;
	int node;

	fdt_for_each_subnode (node, dt->fdt, 0) {
		const char *name = devicetree_node_name(dt, node);

		if (node != dt->chosen && devicetree_node_is_named(name, CHOSEN, CHOSEN_LEN))
			return refuse(making->result,
				      "the devicetree has a second node chosen in the root, "
				      "%.32s, and kernels don't agree on which one counts",
				      name);
	}
	return 0;
}

static int check_args(const struct making *making)
{
	const struct kexec_dt_request *request = making->request;
	const char *nul =
		request->args_bytes ? memchr(request->args, 0, request->args_bytes) : NULL;

	if (!nul)
		return 0;
	return refuse(making->result,
		      "the command line of %llu bytes has a NUL inside, at byte %llu",
		      request->args_bytes, (u64)(nul - request->args));
}

static int check_made(const struct making *making)
{
	struct devicetree_fault fault;
	struct devicetree dt;

	if (!devicetree_open(&dt, making->fdt, making->room, &fault))
		return 0;
	return refuse(making->result, "the devicetree that was made %s %#llx", fault.why,
		      fault.value);
}

int kexec_dt_make(const struct kexec_dt_request *request, void *buffer, u64 room,
		  struct kexec_dt_result *result)
{
	struct making making = { request, result, buffer, room, 0, 0, false };
	int error;

	ASSERT(IS_ALIGNED((uintptr_t)buffer, DEVICETREE_ALIGN));
	ASSERT(room <= DEVICETREE_BYTES_MAX);
	memset(result, 0, sizeof(*result));
	/*
	 * The first error counts; the last property to be added is the first in the tree. libfdt
	 * changes it by SIMD registers, and nothing here sleeps.
	 */
	kernel_fp_begin();
	error = check_source(&making) ?:
			check_args(&making) ?:
			copy_source(&making) ?:
			point_to_pen(&making) ?:
			open_chosen(&making) ?:
			drop_nodes(&making) ?:
			add_args(&making) ?:
			add_values(&making) ?:
			add_range(&making, "linux,usable-memory-range", request->usable) ?:
			add_range(&making, "linux,elfcorehdr", request->elfcorehdr) ?:
			changed(&making, "packing", fdt_pack(buffer)) ?:
			check_made(&making);
	kernel_fp_end();
	if (error)
		return error;
	result->bytes = fdt_totalsize(buffer);
	result->args_too_long = request->args_bytes >= KEXEC_DT_LINUX_ARGS_BYTES;
	return 0;
}
