// SPDX-License-Identifier: BSD-2-Clause
/*
 * The devicetree for the next kernel, from sources and requests that are wrong or odd: what is
 * refused says why and changes nothing, what is only odd comes out right.
 *
 * Sources: kernel/kexec/kexec_dt.c lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_device.c
 * Sources: tests/host/tree.c
 * Libs: -lfdt -Wl,--wrap=fdt_setprop_placeholder -Wl,--wrap=fdt_add_subnode -Wl,--wrap=fdt_pack
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <libfdt.h>

#include <kernel/errno.h>
#include <kernel/kexec_dt.h>

#include "tree.h"

int __wrap_fdt_setprop_placeholder(void *fdt, int node, const char *name, int len, void **value);
int __real_fdt_setprop_placeholder(void *fdt, int node, const char *name, int len, void **value);
int __wrap_fdt_add_subnode(void *fdt, int parent, const char *name);
int __real_fdt_add_subnode(void *fdt, int parent, const char *name);
int __wrap_fdt_pack(void *fdt);
int __real_fdt_pack(void *fdt);

/* What libfdt does: what it should, refuse, or break the tree. */
static enum { RIGHT, REFUSES, BREAKS } libfdt;

int __wrap_fdt_setprop_placeholder(void *fdt, int node, const char *name, int len, void **value)
{
	int error = __real_fdt_setprop_placeholder(fdt, node, name, len, value);

	return libfdt == REFUSES ? -FDT_ERR_BADOFFSET : error;
}

int __wrap_fdt_add_subnode(void *fdt, int parent, const char *name)
{
	return libfdt == REFUSES ? -FDT_ERR_EXISTS : __real_fdt_add_subnode(fdt, parent, name);
}

int __wrap_fdt_pack(void *fdt)
{
	int error = __real_fdt_pack(fdt);

	if (libfdt == BREAKS)
		fdt_set_magic(fdt, 7);
	return error;
}

static u8 buffer[DEVICETREE_BYTES_MAX + 16] __aligned(8);
static struct kexec_dt_result result;
static struct devicetree opened;

static struct kexec_dt_request request_of(void *source)
{
	tree_open(&opened, source);
	return (struct kexec_dt_request){
		.source = &opened,
		.args = "quiet",
		.args_bytes = 5,
	};
}

static void refused_in(const struct kexec_dt_request *request, u64 room, const char *why)
{
	assert_int_equal(kexec_dt_make(request, buffer, room, &result), -EINVAL);
	if (!strstr(result.why, why))
		fail_msg("\"%s\" isn't in \"%s\"", why, result.why);
	assert_true(result.bytes == 0 && !result.reservations_dropped && !result.args_too_long);
	assert_true(strlen(result.why) < KEXEC_DT_WHY_BYTES - 1);
}

static void refused(const struct kexec_dt_request *request, const char *why)
{
	refused_in(request, DEVICETREE_BYTES_MAX, why);
}

static void refused_source(const char *text, const char *why)
{
	void *source = tree_from_text(text);
	struct kexec_dt_request request = request_of(source);

	refused(&request, why);
	free(source);
}

/* Made in what is always enough. */
static void made(const struct kexec_dt_request *request)
{
	u64 room =
		devicetree_used_bytes(request->source) + request->args_bytes + KEXEC_DT_ADDED_BYTES;

	assert_int_equal(kexec_dt_make(request, buffer, MIN(room, DEVICETREE_BYTES_MAX), &result),
			 0);
	assert_int_equal(fdt_check_full(buffer, result.bytes), 0);
}

static void sources(void **state)
{
	(void)state;
	refused_source("/ { chosen { }; chosen@1 { }; };", "in the root, chosen@1, and");
	refused_source("/ { chosen@1 { }; chosen { }; };", "in the root, chosen, and");
	refused_source("/ { chosen { }; chosen@012345678901234567890 { }; };", "don't agree");
}

/* Two nodes of that name, which dtc would merge. */
static void chosen_twice(void **state)
{
	void *source = tree_from_text("/ { chosen { }; chosem { kaslr-seed = <1 2>; }; };");
	struct kexec_dt_request request = request_of(source);
	int node = fdt_path_offset(source, "/chosem");

	(void)state;
	made(&request);
	*((char *)(uintptr_t)fdt_get_name(source, node, NULL) + 5) = 'n';
	tree_open(&opened, source);
	refused(&request, "second node chosen in the root");
	free(source);
}

static void properties_twice(void **state)
{
	void *source = tree_from_text("/ { chosen { kaslr-seed = <0x51 0x52>; kaslr-seee = <0x53>;"
				      " a = <1>; rng-seee = [77]; rng-seed = [76]; }; };");
	struct kexec_dt_request request = request_of(source);
	char *strings = (char *)source + fdt_off_dt_strings(source);
	int bytes;

	(void)state;
	for (u32 i = 0; i < fdt_size_dt_strings(source); i++) {
		if (!strcmp(strings + i, "seee"))
			strings[i + 3] = 'd';
	}
	tree_open(&opened, source);
	made(&request);
	for (u64 i = fdt_off_dt_struct(buffer); i < fdt_off_dt_strings(buffer); i++)
		assert_false(buffer[i] >= 0x51 && buffer[i] <= 0x53);
	assert_non_null(fdt_getprop(buffer, fdt_path_offset(buffer, "/chosen"), "a", &bytes));
	assert_null(fdt_getprop(buffer, fdt_path_offset(buffer, "/chosen"), "rng-seed", &bytes));
	free(source);
}

/* Blocks in another order, apart from each other, and with NOPs for a node and a property. */
static void odd_layout(void **state)
{
	void *source = tree_from_text("/memreserve/ 1 2; /memreserve/ 3 0; /memreserve/ 5 6;"
				      "/ { model = \"m\"; chosen { bootargs = \"o\"; x = <1>;"
				      " rng-seed = [11]; }; gone { }; };");
	struct kexec_dt_request request;
	u32 rsv = 4 * 16, structure, strings, bytes = 2048;
	char *odd = calloc(1, bytes), *from = source;

	(void)state;
	fdt_nop_property(source, fdt_path_offset(source, "/chosen"), "x");
	fdt_nop_node(source, fdt_path_offset(source, "/gone"));
	request = request_of(source);
	request.entropy =
		(const u8 *)"0123456789abcdef0123456789abcdef0123456789abcdef01234567890abcdef";
	made(&request);
	assert_int_equal(result.reservations_dropped, 1);
	assert_int_equal(fdt_num_mem_rsv(buffer), 2);

	structure = fdt_size_dt_struct(source);
	strings = fdt_size_dt_strings(source);
	memcpy(odd, source, sizeof(struct fdt_header));
	memcpy(odd + 60, from + fdt_off_dt_strings(source), strings);
	memcpy(odd + 512, from + fdt_off_dt_struct(source), structure);
	memcpy(odd + 1600, from + fdt_off_mem_rsvmap(source), rsv);
	fdt_set_off_dt_strings(odd, 60);
	fdt_set_off_dt_struct(odd, 512);
	fdt_set_off_mem_rsvmap(odd, 1600);
	fdt_set_totalsize(odd, bytes);
	from = memcpy(malloc(result.bytes), buffer, result.bytes);
	bytes = (u32)result.bytes;
	tree_open(&opened, odd);
	made(&request);
	assert_int_equal(result.bytes, bytes);
	assert_memory_equal(buffer, from, bytes);
	free(from);
	free(odd);
	free(source);
}

/* Names that end like ours are used for ours. */
static void shared_names(void **state)
{
	void *source = tree_from_text("/ { x-bootargs; y-rng-seed; kaslr-seeds; chosen { }; };");
	struct kexec_dt_request request = request_of(source);
	u32 before = fdt_size_dt_strings(source);
	u8 entropy[KEXEC_DT_ENTROPY_BYTES] = { 0 };

	(void)state;
	request.entropy = entropy;
	made(&request);
	assert_int_equal(fdt_size_dt_strings(buffer), before + sizeof("kaslr-seed"));
	free(source);
}

/* Every length of padding, Linux's limit, and more than a tree may have. */
static void command_lines(void **state)
{
	void *source = tree_from_text("/ { };");
	struct kexec_dt_request request = request_of(source);
	char *args = malloc(DEVICETREE_BYTES_MAX);
	int bytes;

	(void)state;
	memset(args, 'x', DEVICETREE_BYTES_MAX);
	request.args = args;
	for (request.args_bytes = 1; request.args_bytes < 2100; request.args_bytes++) {
		const char *value;

		made(&request);
		value = fdt_getprop(buffer, fdt_path_offset(buffer, "/chosen"), "bootargs", &bytes);
		assert_true((u64)bytes == request.args_bytes + 1);
		assert_memory_equal(value, args, request.args_bytes);
		for (u64 i = request.args_bytes; i < ALIGN_UP(request.args_bytes + 1, 4); i++)
			assert_int_equal(value[i], 0);
		assert_int_equal(result.args_too_long, request.args_bytes >= 2048);
	}
	refused_in(&request, 400, "the devicetree takes more than 400 bytes");
	for (u64 less = 0; less < 400; less++) {
		request.args_bytes = DEVICETREE_BYTES_MAX - less;
		if (!kexec_dt_make(&request, buffer, DEVICETREE_BYTES_MAX, &result))
			break;
		assert_non_null(strstr(result.why, "takes more than 2097152 bytes"));
	}
	assert_true(result.bytes <= DEVICETREE_BYTES_MAX &&
		    result.bytes > DEVICETREE_BYTES_MAX - 4);

	request.args_bytes = 7;
	args[6] = '\0';
	refused(&request, "command line of 7 bytes has a NUL inside, at byte 6");
	args[0] = '\0';
	request.args_bytes = 1;
	refused(&request, "at byte 0");
	free(args);
	free(source);
}

static void libfdt_refuses(void **state)
{
	void *source = tree_from_text("/ { chosen { }; };");
	struct kexec_dt_request request = request_of(source);

	(void)state;
	libfdt = REFUSES;
	refused_in(&request, 4000, "libfdt fails at bootargs: its error is -4");
	libfdt = BREAKS;
	refused_in(&request, 4000, "that was made must begin with the magic");
	free(source);
	source = tree_from_text("/ { };");
	request = request_of(source);
	libfdt = REFUSES;
	refused_in(&request, 4000, "libfdt fails at chosen: its error is -2");
	libfdt = RIGHT;
	free(source);
}

static void asserted(void **state)
{
	void *source = tree_from_text("/ { };");
	struct kexec_dt_request request = request_of(source);

	(void)state;
	assert_true(HOST_ASSERTS((void)!kexec_dt_make(&request, buffer + 4, 4000, &result)));
	assert_string_equal(host_last_failure(),
			    "kexec_dt_make: IS_ALIGNED((uintptr_t)buffer, DEVICETREE_ALIGN)");
	assert_true(HOST_ASSERTS(
		(void)!kexec_dt_make(&request, buffer, DEVICETREE_BYTES_MAX + 1, &result)));
	free(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources),        cmocka_unit_test(chosen_twice),
		cmocka_unit_test(odd_layout),     cmocka_unit_test(properties_twice),
		cmocka_unit_test(shared_names),   cmocka_unit_test(command_lines),
		cmocka_unit_test(libfdt_refuses), cmocka_unit_test(asserted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
