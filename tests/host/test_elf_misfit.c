// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel/process/elf_misfit.c: what is said about files that don't fit, and about deaths.
 *
 * Sources: kernel/process/elf_misfit.c kernel/process/elf_read.c lib/initramfs.c
 * Sources: tests/host/elf_builder.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/elf_misfit.h>

#include "elf_builder.h"

#define RX (ELF_READABLE | ELF_EXECUTABLE)
#define RW (ELF_READABLE | ELF_WRITABLE)
#define R  ELF_READABLE

static char said[4096];

static void hear(void *context, const char *sentence)
{
	size_t used = strlen(said);

	assert_ptr_equal(context, said);
	assert_true(strlen(sentence) < ELF_MISFIT_BYTES - 1);
	snprintf(said + used, sizeof(said) - used, "%s\n", sentence);
}

/* Reads it for pages of 1 << shift; the file stays until the next. */
static struct elf_program read_it(const struct elf_builder *b, unsigned shift)
{
	static u8 *file;
	struct elf_program program;
	char why[ELF_WHY_BYTES];

	if (file)
		elf_builder_free(file);
	file = elf_builder_file(b);
	assert_int_equal(elf_read(file, b->file_bytes, 1ULL << shift, &program, why), 0);
	return program;
}

/* What is said, line by line. */
static void is_said(const struct elf_builder *b, unsigned shift, const char *sentences)
{
	struct elf_program program = read_it(b, shift);
	unsigned count = 0;

	said[0] = 0;
	for (const char *c = sentences; *c; c++)
		count += *c == '\n';
	assert_int_equal(elf_misfit(&program, hear, said), count);
	assert_string_equal(said, sentences);
}

static struct elf_builder linked_for(u64 align)
{
	struct elf_builder b = elf_builder(ELF_TYPE_EXECUTABLE, 0x400400);

	elf_builder_load(&b, RX, 0x400000, 0xf00, 0xf00, align);
	elf_builder_load(&b, RW, 0x400000 + align, 0x100, 0x1000, align);
	return b;
}

static void fits(void **state)
{
	struct elf_builder b = linked_for(0x10000);

	(void)state;
	elf_builder_add(&b, (struct elf_program_header){ .type = ELF_GNU_RELRO,
							 .vaddr = 0x410000,
							 .memory_bytes = 0x10000 });
	for (unsigned shift = 12; shift <= 16; shift += 2)
		is_said(&b, shift, "");
}

static void shared_page(void **state)
{
	struct elf_builder b = linked_for(0x1000);

	(void)state;
	is_said(&b, 12, "");
	is_said(&b, 14,
		"the segments at 0x400000 (r-x) and 0x401000 (rw-) share the 16K page at 0x400000: "
		"it has the bytes and the permissions of the later one\n"
		"it is linked for pages of 4096 bytes (p_align): for 16K pages, and for all "
		"smaller "
		"ones, link it with -z max-page-size=16384\n");
	is_said(&b, 16,
		"the segments at 0x400000 (r-x) and 0x401000 (rw-) share the 64K page at 0x400000: "
		"it has the bytes and the permissions of the later one\n"
		"it is linked for pages of 4096 bytes (p_align): for 64K pages, and for all "
		"smaller "
		"ones, link it with -z max-page-size=65536\n");
	/* alike in all: nobody notices */
	b.segments[1].flags = RX;
	b.segments[1].memory_bytes = 0x100;
	b.segments[0].align = b.segments[1].align = 0x10000;
	is_said(&b, 16, "");
}

static void offset_in_no_page(void **state)
{
	struct elf_builder b = linked_for(0x4000);

	(void)state;
	b.segments[1].offset = 0;
	is_said(&b, 14, "");
	is_said(&b, 16,
		"the segment at 0x404000 (rw-) begins at 0 of the file, another place within its "
		"64K page: it can't be mapped there, so the program is killed by SIGSEGV\n"
		"the segments at 0x400000 (r-x) and 0x404000 (rw-) share the 64K page at 0x400000: "
		"it has the bytes and the permissions of the later one\n"
		"it is linked for pages of 16384 bytes (p_align): for 64K pages, and for all "
		"smaller ones, link it with -z max-page-size=65536\n");
}

static void others(void **state)
{
	struct elf_builder b = linked_for(0x10000);

	(void)state;
	elf_builder_add(&b, (struct elf_program_header){ .type = ELF_GNU_RELRO,
							 .vaddr = 0x410000,
							 .memory_bytes = 0x4000 });
	is_said(&b, 14, "");
	is_said(&b, 16,
		"PT_GNU_RELRO ends at 0x414000, which is no multiple of 64K: what shares that page "
		"is not protected, or is with it\n");
	b = linked_for(0x10000);
	b.file_bytes = 0x1000;
	is_said(&b, 12,
		"it is cut short: the file has 4096 bytes, and the segment at 0x410000 takes 256 "
		"at 0x10000\n");
	b = linked_for(0x10000);
	b.header.entry = 0x400f00;
	is_said(&b, 12,
		"its entry, 0x400f00, lies in no executable segment: it is no program, but perhaps "
		"a library\n");
	b.header.entry = 0x400eff;
	is_said(&b, 12, "");
}

/* What can't be mapped at any page size. */
static void senseless(void **state)
{
	struct elf_builder b = linked_for(0x10000);

	(void)state;
	b.segments[1].memory_bytes = 0xff;
	is_said(&b, 12,
		"the segment at 0x410000 has 256 bytes in the file, but only 255 in memory\n");
	b.segments[1].memory_bytes = 0x100;
	is_said(&b, 12, "");
	b.segments[1].memory_bytes = SPACE_END - 0x410000;
	is_said(&b, 12, "");
	b.segments[1].memory_bytes++;
	is_said(&b, 12,
		"the segment at 0x410000, of 281474972450817 bytes, ends beyond the addresses that "
		"a program has\n");
	b.segments[1].vaddr = SPACE_END;
	b.segments[1].memory_bytes = b.segments[1].file_bytes = 0;
	is_said(&b, 12,
		"the segment at 0x1000000000000, of 0 bytes, ends beyond the addresses that a "
		"program has\n");
}

static void dies(const struct elf_program *program, u64 bias, u64 address, enum space_access access,
		 const char *sentence)
{
	char why[ELF_MISFIT_BYTES];

	memset(why, 0x5a, sizeof(why));
	assert_int_equal(elf_misfit_death(program, bias, address, access, why), *sentence != 0);
	assert_string_equal(why, sentence);
}

static void deaths(void **state)
{
	struct elf_builder b = linked_for(0x1000);
	struct elf_program program = read_it(&b, 16);

	(void)state;
	dies(&program, 0, 0x400400, SPACE_ACCESS_EXEC,
	     "the jump to 0x400400, in the segment at 0x400000 (r-x), hit the 64K page at "
	     "0x400000, "
	     "which the segment at 0x401000 (rw-) was mapped over: the file was linked for pages "
	     "of "
	     "4096 bytes");
	dies(&program, 0x10000000, 0x10400010, SPACE_ACCESS_READ,
	     "the read from 0x10400010, in the segment at 0x10400000 (r-x), hit the 64K page at "
	     "0x10400000, which the segment at 0x10401000 (rw-) was mapped over: the file was "
	     "linked for pages of 4096 bytes");
	dies(&program, 0, 0x400010, SPACE_ACCESS_WRITE,
	     "the write to 0x400010 hit the segment at 0x400000, which is r-x at any page size");
	dies(&program, 0, 0x401010, SPACE_ACCESS_EXEC,
	     "the jump to 0x401010 hit the segment at 0x401000, which is rw- at any page size");
	/* between the two, below and above: the file says nothing */
	dies(&program, 0, 0x400f00, SPACE_ACCESS_READ, "");
	dies(&program, 0, 0x3fffff, SPACE_ACCESS_READ, "");
	dies(&program, 0, 0x402000, SPACE_ACCESS_WRITE, "");
	dies(&program, 0, 8, SPACE_ACCESS_WRITE, "");
	/* nothing wrong with it */
	dies(&program, 0, 0x401010, SPACE_ACCESS_WRITE, "");
	program = read_it(&b, 12);
	dies(&program, 0, 0x400400, SPACE_ACCESS_EXEC, "");
}

static void other_deaths(void **state)
{
	struct elf_builder b = linked_for(0x10000);
	struct elf_program program;

	(void)state;
	elf_builder_add(&b, (struct elf_program_header){ .type = ELF_GNU_RELRO,
							 .vaddr = 0x410000,
							 .memory_bytes = 0x80 });
	program = read_it(&b, 16);
	dies(&program, 0, 0x410800, SPACE_ACCESS_WRITE,
	     "the write to 0x410800 hit the 64K page at 0x410000, which PT_GNU_RELRO (0x410000 to "
	     "0x410080) made read-only");
	dies(&program, 0, 0x410800, SPACE_ACCESS_READ, "");
	b.header.program_header_count = 2;
	b.segments[1].file_bytes = b.segments[1].memory_bytes = 0x20000;
	b.file_bytes = 0x10100;
	program = read_it(&b, 12);
	dies(&program, 0, 0x412345, SPACE_ACCESS_WRITE,
	     "the write to 0x412345 is beyond the end of the file, which has 65792 bytes: it is "
	     "cut "
	     "short");
	dies(&program, 0, 0x410100, SPACE_ACCESS_WRITE, "");
	/* segments that wrap */
	b.segments[1].vaddr = ~0ULL - 10;
	program = read_it(&b, 16);
	dies(&program, 0, ~0ULL, SPACE_ACCESS_WRITE, "");
	dies(&program, 0, ~0ULL - 11, SPACE_ACCESS_WRITE, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits),
		cmocka_unit_test(shared_page),
		cmocka_unit_test(offset_in_no_page),
		cmocka_unit_test(others),
		cmocka_unit_test(senseless),
		cmocka_unit_test(deaths),
		cmocka_unit_test(other_deaths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
