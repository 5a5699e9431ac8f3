// SPDX-License-Identifier: BSD-2-Clause
/*
 * The devicetree for the next kernel. <kernel/kexec_dt.h> has the contract.
 *
 * First it is planned what is added, and measured to the byte; then the source is copied without
 * what is left out; then libfdt adds. fdt_open_into() and fdt_delprop() would do the copying, but:
 * they want room for the source's totalsize (QEMU's is 1 MiB for 8 KiB), they cut the memory
 * reservations at one of no size, and old seeds would be in the buffer.
 *
 * I1  The blocks lie one behind the other, in libfdt's order: header, reservations, structure,
 *     strings. Without additions they have plan->bytes less what the additions take.
 * I2  Up to /chosen, the copied structure block is the source's: its offset is the same in both.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/kexec_dt.h>
#include <lib/devicetree.h>
#include <lib/devicetree_node.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>

#include <libfdt.h>

#define CHOSEN     "chosen"
#define CHOSEN_LEN (sizeof(CHOSEN) - 1)

/* bootargs, the initrd's two, usable memory, core header, two seeds */
#define ADDITIONS_MAX 7

#define KASLR_SEED_BYTES  8
#define RNG_SEED_BYTES    (KEXEC_DT_ENTROPY_BYTES - KASLR_SEED_BYTES)
#define RESERVATION_BYTES (u32)sizeof(struct fdt_reserve_entry)

/* Properties of /chosen that aren't copied. One that ends in '-' stands for all that begin so. */
static const char left_out[][26] = {
	"bootargs",
	"linux,initrd-start",
	"linux,initrd-end",
	"linux,usable-memory-range",
	"linux,elfcorehdr",
	"kaslr-seed",
	"rng-seed",
	"linux,uefi-",
	"linux,ima-kexec-buffer",
	"linux,kho-",
};

/* A property that is added: the value, and zeros behind up to `bytes`. */
struct addition {
	const char *name;
	const void *value;
	u64 value_bytes;
	u64 bytes;
};

struct plan {
	const struct kexec_dt_request *request;
	struct kexec_dt_result *result;
	struct devicetree dt; /* the source */
	struct addition addition[ADDITIONS_MAX];
	u32 additions;
	fdt32_t cells[12]; /* values: two numbers of two cells, two ranges of up to four */
	u32 cells_used;
	u32 reservation_bytes; /* the end of the list included */
	u32 structure_bytes;   /* as copied */
	u64 bytes;             /* of the tree that is made */
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

/* ---- the request: what is to be added ---- */

static void add(struct plan *plan, const char *name, const void *value, u64 value_bytes, u64 bytes)
{
	ASSERT(plan->additions < ADDITIONS_MAX);
	plan->addition[plan->additions++] = (struct addition){ name, value, value_bytes, bytes };
}

/* The next number in plan->cells. */
static void put(struct plan *plan, u64 number, u32 cells)
{
	ASSERT(cells <= 2 && plan->cells_used + cells <= ARRAY_SIZE(plan->cells));
	if (cells == 2)
		plan->cells[plan->cells_used++] = cpu_to_fdt32((u32)(number >> 32));
	plan->cells[plan->cells_used++] = cpu_to_fdt32((u32)number);
}

static void add_u64(struct plan *plan, const char *name, u64 number)
{
	add(plan, name, plan->cells + plan->cells_used, 8, 8);
	put(plan, number, 2);
}

static bool fits(u64 number, u32 cells)
{
	return cells == 2 || (cells == 1 && number <= 0xffffffff);
}

/* A range in the root's cells. */
static int add_range(struct plan *plan, const char *name, struct kexec_dt_range range)
{
	struct devicetree_cells cells;
	u32 bytes;

	if (!devicetree_node_cells(&plan->dt, 0, &cells))
		return refuse(plan->result, "%s: the root's cells aren't 1 or 2 each", name);
	if (!fits(range.base.val, cells.address) || !fits(range.bytes, cells.size))
		return refuse(plan->result,
			      "%s doesn't fit the root's cells, %u for an address and %u for a "
			      "size: %#llx bytes at %#llx",
			      name, cells.address, cells.size, range.bytes, range.base.val);
	bytes = 4 * (cells.address + cells.size);
	add(plan, name, plan->cells + plan->cells_used, bytes, bytes);
	put(plan, range.base.val, cells.address);
	put(plan, range.bytes, cells.size);
	return 0;
}

static int add_ranges(struct plan *plan)
{
	const struct kexec_dt_request *request = plan->request;
	int error = 0;

	if (request->initrd.bytes) {
		add_u64(plan, "linux,initrd-start", request->initrd.base.val);
		add_u64(plan, "linux,initrd-end", request->initrd.base.val + request->initrd.bytes);
	}
	if (request->usable.bytes)
		error = add_range(plan, "linux,usable-memory-range", request->usable);
	if (!error && request->elfcorehdr.bytes)
		error = add_range(plan, "linux,elfcorehdr", request->elfcorehdr);
	return error;
}

static int plan_additions(struct plan *plan)
{
	const struct kexec_dt_request *request = plan->request;
	const char *nul =
		request->args_bytes ? memchr(request->args, 0, request->args_bytes) : NULL;

	if (nul)
		return refuse(plan->result,
			      "the command line of %llu bytes has a NUL inside, at byte %llu",
			      request->args_bytes, (u64)(nul - request->args));
	if (request->args_bytes)
		add(plan, "bootargs", request->args, request->args_bytes, request->args_bytes + 1);
	if (request->entropy) {
		add(plan, "kaslr-seed", request->entropy, KASLR_SEED_BYTES, KASLR_SEED_BYTES);
		add(plan, "rng-seed", request->entropy + KASLR_SEED_BYTES, RNG_SEED_BYTES,
		    RNG_SEED_BYTES);
	}
	return add_ranges(plan);
}

/* ---- the source: what is copied, and what it all takes ---- */

static int open_source(struct plan *plan)
{
	const struct kexec_dt_request *request = plan->request;
	struct devicetree_fault fault;
	const char *name;
	int node;

	if (!request->source)
		return refuse(plan->result, "there is no devicetree to begin with");
	if (devicetree_open(&plan->dt, request->source, request->source_bytes, &fault))
		return refuse(plan->result, "the devicetree %s %#llx", fault.why, fault.value);
	fdt_for_each_subnode (node, plan->dt.fdt, 0) {
		name = devicetree_node_name(&plan->dt, node);
		if (node != plan->dt.chosen && devicetree_node_is_named(name, CHOSEN, CHOSEN_LEN))
			return refuse(plan->result,
				      "the devicetree has a second node chosen in the root, "
				      "%.32s, and kernels don't agree on which one counts",
				      name);
	}
	return 0;
}

static bool is_left_out(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(left_out); i++) {
		size_t bytes = strlen(left_out[i]);

		/* of a whole name, its NUL as well */
		if (!strncmp(name, left_out[i], bytes + (left_out[i][bytes - 1] != '-')))
			return true;
	}
	return false;
}

static u64 property_bytes(u64 value_bytes)
{
	return sizeof(struct fdt_property) + ALIGN_UP(value_bytes, FDT_TAGSIZE);
}

/* Copies the structure block but for what is left out; with `to` NULL, it only measures it. */
static u32 copy_structure(const struct plan *plan, char *to)
{
	const void *fdt = plan->dt.fdt;
	const char *from = (const char *)fdt + fdt_off_dt_struct(fdt);
	u32 end = ALIGN_DOWN(fdt_size_dt_struct(fdt), FDT_TAGSIZE);
	u32 next = 0, bytes = 0;
	const char *name;
	int offset, value_bytes;

	for (offset = plan->dt.chosen < 0 ? -1 : fdt_first_property_offset(fdt, plan->dt.chosen);
	     offset >= 0; offset = fdt_next_property_offset(fdt, offset)) {
		fdt_getprop_by_offset(fdt, offset, &name, &value_bytes);
		if (!is_left_out(name))
			continue;
		if (to)
			memcpy(to + bytes, from + next, (u32)offset - next);
		bytes += (u32)offset - next;
		next = (u32)offset + (u32)property_bytes((u32)value_bytes);
	}
	if (to)
		memcpy(to + bytes, from + next, end - next);
	return bytes + end - next;
}

static bool is_range(struct kexec_dt_range range, u64 base, u64 bytes)
{
	return range.base.val == base && range.bytes == bytes;
}

/* The same for the memory reservations, and counts what is dropped. */
static u32 copy_reservations(struct plan *plan, char *to)
{
	const struct kexec_dt_request *request = plan->request;
	uint64_t base, bytes;
	u32 kept = 0, dropped = 0;

	for (int i = 0; !fdt_get_mem_rsv(plan->dt.fdt, i, &base, &bytes); i++) {
		bool end = !base && !bytes;

		if (!end && (!bytes || is_range(request->old_initrd, base, bytes) ||
			     is_range(request->old_devicetree, base, bytes))) {
			dropped++;
			continue;
		}
		if (to) {
			fdt64_st(to + kept * RESERVATION_BYTES, base);
			fdt64_st(to + kept * RESERVATION_BYTES + 8, bytes);
		}
		kept++;
		if (end)
			break;
	}
	plan->result->reservations_dropped = dropped;
	return kept * RESERVATION_BYTES;
}

/* What a name takes in the strings block: nothing, if some name there ends like it. */
static u64 name_bytes(const struct plan *plan, const char *name)
{
	const char *strings = (const char *)plan->dt.fdt + fdt_off_dt_strings(plan->dt.fdt);
	u32 strings_bytes = fdt_size_dt_strings(plan->dt.fdt);
	u32 bytes = (u32)strlen(name) + 1;

	for (u32 i = 0; i + bytes <= strings_bytes; i++) {
		if (!memcmp(strings + i, name, bytes))
			return 0;
	}
	return bytes;
}

static u64 additions_bytes(const struct plan *plan)
{
	u64 bytes = 0;

	/* a node: a tag, its name, a tag */
	if (plan->dt.chosen < 0)
		bytes = 2 * FDT_TAGSIZE + ALIGN_UP(sizeof(CHOSEN), FDT_TAGSIZE);
	for (u32 i = 0; i < plan->additions; i++)
		bytes += property_bytes(plan->addition[i].bytes) +
			 name_bytes(plan, plan->addition[i].name);
	return bytes;
}

static int check_room(struct plan *plan, u64 room)
{
	if (room > DEVICETREE_BYTES_MAX)
		return refuse(plan->result,
			      "a devicetree may have %llu bytes (DEVICETREE_BYTES_MAX), not %llu",
			      DEVICETREE_BYTES_MAX, room);
	plan->reservation_bytes = copy_reservations(plan, NULL);
	plan->structure_bytes = copy_structure(plan, NULL);
	plan->bytes = sizeof(struct fdt_header) + plan->reservation_bytes + plan->structure_bytes +
		      fdt_size_dt_strings(plan->dt.fdt) + additions_bytes(plan);
	if (plan->bytes <= room)
		return 0;
	refuse(plan->result, "the devicetree takes %llu bytes, and there is room for %llu",
	       plan->bytes, room);
	plan->result->bytes = plan->bytes;
	return -ENOSPC;
}

/* ---- making ---- */

/* I1. Everything but the additions; the room for them, and no more, is in totalsize. */
static void copy_source(struct plan *plan, char *to)
{
	const void *fdt = plan->dt.fdt;
	u32 reservations = sizeof(struct fdt_header);
	u32 structure = reservations + plan->reservation_bytes;
	u32 strings = structure + plan->structure_bytes;

	fdt_set_magic(to, FDT_MAGIC);
	fdt_set_totalsize(to, (u32)plan->bytes);
	fdt_set_off_dt_struct(to, structure);
	fdt_set_off_dt_strings(to, strings);
	fdt_set_off_mem_rsvmap(to, reservations);
	fdt_set_version(to, 17);
	fdt_set_last_comp_version(to, 16);
	fdt_set_boot_cpuid_phys(to, fdt_boot_cpuid_phys(fdt));
	fdt_set_size_dt_strings(to, fdt_size_dt_strings(fdt));
	fdt_set_size_dt_struct(to, plan->structure_bytes);

	copy_reservations(plan, to + reservations);
	copy_structure(plan, to + structure);
	memcpy(to + strings, (const char *)fdt + fdt_off_dt_strings(fdt), fdt_size_dt_strings(fdt));
}

static int make_additions(struct plan *plan, void *fdt)
{
	int chosen = plan->dt.chosen;
	void *value;
	int error;

	if (chosen < 0)
		chosen = fdt_add_subnode(fdt, 0, CHOSEN);
	if (chosen < 0)
		return refuse(plan->result, "libfdt can't add chosen: its error is %d", chosen);
	for (u32 i = 0; i < plan->additions; i++) {
		const struct addition *a = &plan->addition[i];

		error = fdt_setprop_placeholder(fdt, chosen, a->name, (int)a->bytes, &value);
		if (error)
			return refuse(plan->result,
				      "libfdt can't add %s of %llu bytes: its error is %d", a->name,
				      a->bytes, error);
		/* libfdt leaves what lay here, up to the next tag */
		memset(value, 0, ALIGN_UP(a->bytes, FDT_TAGSIZE));
		memcpy(value, a->value, a->value_bytes);
	}
	return 0;
}

static void check_request(const struct kexec_dt_request *r, const void *buffer, u64 room)
{
	ASSERT(IS_ALIGNED((uintptr_t)buffer, DEVICETREE_ALIGN));
	ASSERT((uintptr_t)buffer + room <= (uintptr_t)r->source ||
	       (uintptr_t)r->source + r->source_bytes <= (uintptr_t)buffer);
	ASSERT(r->initrd.bytes <= ~r->initrd.base.val);
	ASSERT(r->usable.bytes <= ~r->usable.base.val);
	ASSERT(r->elfcorehdr.bytes <= ~r->elfcorehdr.base.val);
}

int kexec_dt_make(const struct kexec_dt_request *request, void *buffer, u64 room,
		  struct kexec_dt_result *result)
{
	struct plan plan = { .request = request, .result = result };
	struct devicetree_fault fault;
	int error;

	check_request(request, buffer, room);
	memset(result, 0, sizeof(*result));
	error = open_source(&plan);
	if (!error)
		error = plan_additions(&plan);
	if (!error)
		error = check_room(&plan, room);
	if (error)
		return error;

	copy_source(&plan, buffer);
	error = make_additions(&plan, buffer);
	if (error)
		return error;
	if (devicetree_open(&plan.dt, buffer, plan.bytes, &fault))
		return refuse(result, "the devicetree that was made %s %#llx", fault.why,
			      fault.value);
	result->bytes = plan.bytes;
	result->args_too_long = request->args_bytes >= KEXEC_DT_LINUX_ARGS_BYTES;
	return 0;
}
