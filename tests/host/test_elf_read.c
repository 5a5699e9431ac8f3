// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel/process/elf_read.c: which files are programs, and what is said about those that aren't.
 *
 * Sources: kernel/process/elf_read.c lib/initramfs.c tests/host/elf_builder.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/elf_read.h>
#include <kernel/errno.h>

#include "elf_builder.h"

static struct elf_builder hello(void)
{
	struct elf_builder b = elf_builder(ELF_TYPE_EXECUTABLE, 0x400400);

	elf_builder_load(&b, ELF_READABLE | ELF_EXECUTABLE, 0x400000, 0x800, 0x800, 0x10000);
	return b;
}

/* Reads the first `bytes`, with nothing after them. */
static int read_bytes(const void *file, u64 bytes, struct elf_program *program, char *why)
{
	u8 *copy = (u8 *)malloc(bytes + 1) + 1;
	int err;

	if (bytes)
		memcpy(copy, file, bytes);
	memset(program, 0x5a, sizeof(*program));
	memset(why, 0x5a, ELF_WHY_BYTES);
	err = elf_read(copy, bytes, 1ULL << host_page_shift, program, why);
	free(copy - 1);
	return err;
}

static void is_refused_bytes(const void *file, u64 bytes, const char *sentence)
{
	static const struct elf_program zero;
	struct elf_program program;
	char why[ELF_WHY_BYTES];

	assert_int_equal(read_bytes(file, bytes, &program, why), -ENOEXEC);
	if (!strstr(why, sentence))
		fail_msg("not '%s', but: %s", sentence, why);
	assert_true(strlen(why) < sizeof(why) - 1);
	assert_memory_equal(&program, &zero, sizeof(zero));
}

static void is_refused(const struct elf_builder *b, const char *sentence)
{
	u8 *file = elf_builder_file(b);

	is_refused_bytes(file, b->file_bytes, sentence);
	elf_builder_free(file);
}

static void is_accepted(const struct elf_builder *b, bool stack_is_executable)
{
	u8 *file = elf_builder_file(b);
	struct elf_program program;
	char why[ELF_WHY_BYTES] = "junk";

	assert_int_equal(elf_read(file, b->file_bytes, 1ULL << host_page_shift, &program, why), 0);
	assert_string_equal(why, "");
	assert_ptr_equal(program.file, file);
	assert_int_equal(program.file_bytes, b->file_bytes);
	assert_int_equal(program.page_bytes, 1ULL << host_page_shift);
	assert_memory_equal(&program.header, &b->header, sizeof(b->header));
	assert_int_equal(program.stack_is_executable, stack_is_executable);
	for (unsigned i = 0; i < b->header.program_header_count; i++) {
		struct elf_program_header segment = elf_read_segment(&program, i);

		assert_memory_equal(&segment, &b->segments[i], sizeof(segment));
	}
	assert_true(HOST_ASSERTS(elf_read_segment(&program, b->header.program_header_count)));
	elf_builder_free(file);
}

static void accepted(void **state)
{
	struct elf_builder b = hello();

	(void)state;
	is_accepted(&b, false);
	b.header.type = ELF_TYPE_SHARED;
	is_accepted(&b, false);
	/* Class, data and the rest of ident: Linux looks at none of them. */
	memset(b.header.ident + ELF_MAGIC_BYTES, 0, sizeof(b.header.ident) - ELF_MAGIC_BYTES);
	b.header.version = 0;
	b.header.section_headers = ~0ULL;
	is_accepted(&b, false);
	/* The last one counts. */
	elf_builder_add(
		&b, (struct elf_program_header){ .type = ELF_GNU_STACK, .flags = ELF_EXECUTABLE });
	is_accepted(&b, true);
	elf_builder_add(&b, (struct elf_program_header){ .type = ELF_GNU_STACK,
							 .flags = ELF_READABLE | ELF_WRITABLE });
	is_accepted(&b, false);
}

static void next(void **state)
{
	struct elf_builder b = hello();
	struct elf_program_header segment;
	struct elf_program program;
	char why[ELF_WHY_BYTES];
	unsigned index = 0;
	u8 *file;

	(void)state;
	elf_builder_add(&b, (struct elf_program_header){ .type = ELF_GNU_STACK });
	elf_builder_load(&b, ELF_READABLE, 0x410000, 1, 2, 0x10000);
	file = elf_builder_file(&b);
	assert_int_equal(elf_read(file, b.file_bytes, 4096, &program, why), 0);
	assert_true(elf_read_next(&program, &index, ELF_LOAD, &segment));
	assert_int_equal(segment.vaddr, 0x400000);
	assert_int_equal(index, 1);
	assert_true(elf_read_next(&program, &index, ELF_LOAD, &segment));
	assert_int_equal(segment.vaddr, 0x410000);
	assert_int_equal(index, 3);
	assert_false(elf_read_next(&program, &index, ELF_LOAD, &segment));
	index = 0;
	assert_false(elf_read_next(&program, &index, ELF_INTERPRETER, &segment));
	assert_int_equal(index, 3);

	assert_true(elf_read_is_within(&program, b.file_bytes, 0));
	assert_true(elf_read_is_within(&program, 1, b.file_bytes - 1));
	assert_false(elf_read_is_within(&program, 2, b.file_bytes - 1));
	assert_false(elf_read_is_within(&program, b.file_bytes + 1, ~0ULL));
	assert_false(elf_read_is_within(&program, 8, ~0ULL - 7));
	elf_builder_free(file);
}

static void no_elf(void **state)
{
	(void)state;
	is_refused_bytes("", 0, "the file is empty");
	is_refused_bytes("#!/bin/sh\n", 10, "it is a script: start its interpreter");
	is_refused_bytes("MZ", 2, "of Windows or UEFI");
	is_refused_bytes("\xcf\xfa\xed\xfe", 4, "of macOS; take");
	is_refused_bytes("\xca\xfe\xba\xbe", 4, "of macOS or Java");
	is_refused_bytes("\x1f\x8b\x08\0\0\0\0\0", 8, "it is compressed by gzip");
	is_refused_bytes("hello", 5, "it is no ELF file, which begins with 0x7f and ELF");
	is_refused_bytes("\x7f"
			 "ELf",
			 4, "it is no ELF file");
}

static void cut_short(void **state)
{
	struct elf_builder b = hello();
	u8 *file = elf_builder_file(&b);

	(void)state;
	for (u64 bytes = 4; bytes < sizeof(struct elf_header); bytes++)
		is_refused_bytes(file, bytes, "an ELF file's header alone 64");
	for (u64 bytes = 64; bytes < 64 + 56; bytes++)
		is_refused_bytes(file, bytes, "and its program headers are 56 at 0x40");
	elf_builder_free(file);
	/* a segment may be: Linux maps it, and the program gets SIGBUS */
	b.file_bytes = 64 + 56;
	is_accepted(&b, false);
	b.header.program_headers = ~0ULL;
	is_refused(&b, "are 56 at 0xffffffffffffffff");
	b.header.program_headers = ~0ULL - 55;
	is_refused(&b, "are 56 at 0xffffffffffffffc8");
}

static void other_machines(void **state)
{
	struct elf_builder b = hello();

	(void)state;
	b.header.machine = 62;
	is_refused(&b, "it is a program for machine 62 (x86-64), and this is 183 (AArch64): take");
	b.header.type = ELF_TYPE_RELOCATABLE;
	is_refused(&b, "machine 62");
	b.header.machine = 40;
	b.header.ident[ELF_CLASS_AT] = ELF_CLASS_32;
	is_refused(&b, "it is a 32-bit program for machine 40 (Arm)");
	b.header.machine = 0x1234;
	is_refused(&b, "machine 4660 (unknown here)");
	b.header.machine = 183 << 8;
	b.header.ident[ELF_DATA_AT] = ELF_DATA_BIG;
	is_refused(&b, "it is big-endian; take");
}

static void no_program(void **state)
{
	struct elf_builder b = hello();

	(void)state;
	b.header.type = ELF_TYPE_RELOCATABLE;
	is_refused(&b, "it is an object file (type 1)");
	b.header.type = ELF_TYPE_CORE;
	is_refused(&b, "it is a core file (type 4)");
	b.header.type = 0xfe00;
	is_refused(&b, "its type is 65024, and a program's is 2 or 3");
	b.header.type = 0;
	is_refused(&b, "its type is 0");
}

static void program_headers(void **state)
{
	struct elf_builder b = hello();
	unsigned most = (unsigned)((1ULL << host_page_shift) / 56); /* 73, 292, 1170 */

	(void)state;
	b.header.program_header_bytes = 32;
	is_refused(&b, "a program header has 32 bytes by its word, and 56 in a 64-bit file");
	b.header.ident[ELF_CLASS_AT] = ELF_CLASS_32;
	is_refused(&b, "it is a 32-bit file: build it for LP64");

	b = hello();
	b.header.program_header_count = 0;
	is_refused(&b, "it has no program headers");

	/* As many as fit into a page of the process. */
	b = hello();
	b.header.program_header_count = (u16)(most + 1);
	b.file_bytes = 1 << 20;
	{
		u8 *file = (u8 *)calloc(1, b.file_bytes);
		struct elf_program program;
		char why[ELF_WHY_BYTES];

		memcpy(file, &b.header, sizeof(b.header));
		is_refused_bytes(file, b.file_bytes, "has to hold them, as on Linux");
		((struct elf_header *)file)->program_header_count = 0xffff;
		is_refused_bytes(file, b.file_bytes, "its 65535 program headers take 3669960");
		((struct elf_header *)file)->program_header_count = (u16)most;
		assert_int_equal(read_bytes(file, b.file_bytes, &program, why), 0);
		assert_int_equal(read_bytes(file, 64 + 56 * most, &program, why), 0);
		is_refused_bytes(file, 64 + 56 * most - 1, "it is cut short");
		free(file);
	}
}

static void dynamic(void **state)
{
	static const char loader[] = "/lib/ld-linux-aarch64.so.1";
	struct elf_builder b = hello();
	struct elf_program_header *segment = elf_builder_add(
		&b, (struct elf_program_header){ .type = ELF_INTERPRETER, .offset = 0x400 });
	u8 *file;

	(void)state;
	segment->file_bytes = sizeof(loader);
	file = elf_builder_file(&b);
	memcpy(file + 0x400, loader, sizeof(loader));
	is_refused_bytes(file, b.file_bytes,
			 "it is dynamic: PT_INTERP names /lib/ld-linux-aarch64.so.1; dynamic "
			 "programs come later: link it statically");
	elf_builder_free(file);

	/* no NUL, nothing, too much, beyond the end */
	is_refused(&b, "its PT_INTERP, 27 bytes at 0x400, is not the path of a loader");
	segment->file_bytes = 1;
	is_refused(&b, "PT_INTERP, 1 bytes");
	segment->file_bytes = 4097;
	is_refused(&b, "PT_INTERP, 4097 bytes");
	segment->file_bytes = 100;
	segment->offset = b.file_bytes - 99;
	is_refused(&b, "PT_INTERP, 100 bytes");
	segment->offset = ~0ULL - 10;
	is_refused(&b, "bytes at 0xfffffffffffffff5");
}

/* A path that is as long as it may be, and not text: the sentence is cut, and is text. */
static void loader_of_junk(void **state)
{
	struct elf_builder b = hello();
	struct elf_program program;
	char why[ELF_WHY_BYTES];
	u8 *file;

	(void)state;
	elf_builder_add(&b, (struct elf_program_header){
				    .type = ELF_INTERPRETER, .offset = 0x800, .file_bytes = 4096 });
	file = elf_builder_file(&b);
	memset(file + 0x800, 0x1b, 4095);
	file[0x800 + 4095] = 0;
	assert_int_equal(read_bytes(file, b.file_bytes, &program, why), -ENOEXEC);
	assert_true(strlen(why) < sizeof(why));
	for (const char *c = why; *c; c++)
		assert_in_range(*c, 0x20, 0x7e);
	elf_builder_free(file);
	/* and a byte more than that */
	b.segments[1].file_bytes = 4097;
	b.file_bytes = 0x800 + 4097;
	file = elf_builder_file(&b);
	memset(file + 0x800, 0, 4097);
	is_refused_bytes(file, b.file_bytes, "PT_INTERP, 4097 bytes at 0x800, is not the path");
	elf_builder_free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(accepted),
		HOST_AT_EACH_PAGE_SHIFT(next),
		cmocka_unit_test(no_elf),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(other_machines),
		cmocka_unit_test(no_program),
		HOST_AT_EACH_PAGE_SHIFT(program_headers),
		HOST_AT_EACH_PAGE_SHIFT(dynamic),
		cmocka_unit_test(loader_of_junk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
