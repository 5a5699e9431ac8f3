// SPDX-License-Identifier: BSD-2-Clause
/*
 * The core file's headers, read back as Linux and gdb read them, with the C library's <elf.h>.
 *
 * Sources: kernel/kexec/crash_core.c mm/boot/memblock.c mm/boot/region_list.c lib/format.c
 * Sources: lib/vsnprintf.c lib/string.c
 */
#include "host.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arch/layout.h>
#include <kernel/crash_core.h>
#include <mm/memblock.h>

unsigned long long host_linear_base, host_frame_table_base;

static const struct crash_core_image image = { .va = { 0xffff812345000000 },
					       .pa = { 0x41000000 },
					       .bytes = 0x123000 };

static struct crash_core_request request(u64 base, u64 bytes)
{
	return (struct crash_core_request){
		.notes = { 0x42345678 },
		.notes_bytes = 0x400,
		.image = image,
		.without = { .base = { base }, .bytes = bytes },
	};
}

/* The headers in memory of exactly their size, for AddressSanitizer. */
static Elf64_Ehdr *make(const struct crash_core_request *wanted, u64 *bytes)
{
	Elf64_Ehdr *elf;

	*bytes = crash_core_headers(NULL, 0, wanted);
	elf = malloc(*bytes);
	assert_non_null(elf);
	memset(elf, 0x5a, *bytes);
	assert_int_equal(crash_core_headers(elf, *bytes, wanted), *bytes);
	return elf;
}

/* ---- ranges ---- */

static void machine(void)
{
	host_linear_base = 0xffff000000000000;
	memblock_init();
	assert_int_equal(memblock_add(paddr(0x40000000), 0x10000000), 0);
	assert_int_equal(memblock_add(paddr(0x100000000), 0x10000000), 0);
	assert_int_equal(memblock_mark_no_map(paddr(0x48000000), 0x1000), 0);
	assert_int_equal(memblock_reserve(paddr(0x41000000), 0x1000, MEMBLOCK_IMAGE), 0);
}

/* What is left without a region, as "BASE+BYTES " each: all after the notes and the image. */
static void left(u64 base, u64 bytes, const char *expected)
{
	struct crash_core_request wanted = request(base, bytes);
	u64 header_bytes;
	Elf64_Ehdr *elf = make(&wanted, &header_bytes);
	const Elf64_Phdr *p = (const Elf64_Phdr *)(elf + 1);
	char text[256] = "";

	for (unsigned i = 2; i < elf->e_phnum; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%llx+%llx ",
			 (u64)p[i].p_paddr, (u64)p[i].p_memsz);
	assert_string_equal(text, expected);
	free(elf);
}

static void memory_but_the_region(void **state)
{
	(void)state;
	machine();
	left(0, 0, "40000000+8000000 48001000+7fff000 100000000+10000000 ");
	left(0x44000000, 0x1000000,
	     "40000000+4000000 45000000+3000000 48001000+7fff000 100000000+10000000 ");
	left(0x40000000, 0x200000, "40200000+7e00000 48001000+7fff000 100000000+10000000 ");
	left(0x47e00000, 0x200000, "40000000+7e00000 48001000+7fff000 100000000+10000000 ");
	left(0x48001000, 0x7fff000, "40000000+8000000 100000000+10000000 ");
	left(0x100000000, 0x10000000, "40000000+8000000 48001000+7fff000 ");
	left(0x10fe00000, 0x200000, "40000000+8000000 48001000+7fff000 100000000+fe00000 ");
	/* Over the edges of what it is taken from, and beside everything. */
	left(0x47000000, 0xb9000000, "40000000+7000000 100000000+10000000 ");
	left(0x50000000, 0x1000000, "40000000+8000000 48001000+7fff000 100000000+10000000 ");
	memblock_init();
	left(0, 0, "");
}

/* ---- headers ---- */

/* What parse_crash_elf64_headers() demands, and what gdb does. */
static void check_elf_header(const Elf64_Ehdr *e)
{
	assert_memory_equal(e->e_ident, ELFMAG, SELFMAG);
	assert_int_equal(e->e_ident[EI_CLASS], ELFCLASS64);
	assert_int_equal(e->e_ident[EI_DATA], ELFDATA2LSB);
	assert_int_equal(e->e_ident[EI_VERSION], EV_CURRENT);
	assert_int_equal(e->e_ident[EI_OSABI], ELFOSABI_NONE);
	assert_int_equal(e->e_type, ET_CORE);
	assert_int_equal(e->e_machine, EM_AARCH64);
	assert_int_equal(e->e_version, EV_CURRENT);
	assert_int_equal(e->e_ehsize, sizeof(Elf64_Ehdr));
	assert_int_equal(e->e_phentsize, sizeof(Elf64_Phdr));
	assert_int_equal(e->e_phoff, sizeof(Elf64_Ehdr));
	assert_true(!e->e_entry && !e->e_flags);
	assert_true(!e->e_shoff && !e->e_shnum && !e->e_shstrndx && !e->e_shentsize);
}

static void check_load(const Elf64_Phdr *p, u64 base, u64 bytes, u64 va)
{
	assert_int_equal(p->p_type, PT_LOAD);
	assert_int_equal(p->p_flags, PF_R | PF_W | PF_X);
	assert_int_equal(p->p_paddr, base);
	assert_int_equal(p->p_offset, base);
	assert_int_equal(p->p_vaddr, va);
	assert_int_equal(p->p_filesz, bytes);
	assert_int_equal(p->p_memsz, bytes);
	assert_int_equal(p->p_align, 0);
}

static void headers(void **state)
{
	const struct crash_core_request wanted = request(0x44000000, 0x1000000);
	const Elf64_Phdr *p;
	Elf64_Ehdr *elf;
	u64 bytes;

	(void)state;
	machine();
	elf = make(&wanted, &bytes);
	assert_int_equal(bytes, 64 + (2 + 4) * 56);
	check_elf_header(elf);
	assert_int_equal(elf->e_phnum, 6);
	p = (const Elf64_Phdr *)((const char *)elf + elf->e_phoff);
	assert_int_equal(p->p_type, PT_NOTE);
	assert_true(p->p_offset == 0x42345678 && p->p_paddr == 0x42345678);
	assert_true(p->p_filesz == 0x400 && p->p_memsz == 0x400 && p->p_align == 4);
	assert_true(!p->p_vaddr && !p->p_flags);
	check_load(++p, 0x41000000, 0x123000, 0xffff812345000000);
	check_load(++p, 0x40000000, 0x4000000, 0xffff000040000000);
	check_load(++p, 0x45000000, 0x3000000, 0xffff000045000000);
	check_load(++p, 0x48001000, 0x7fff000, 0xffff000048001000);
	check_load(++p, 0x100000000, 0x10000000, 0xffff000100000000);
	free(elf);
}

/* Of any room, no more is used than there is; without enough, there is no ELF header. */
static void every_room(void **state)
{
	const struct crash_core_request wanted = request(0x44000000, 0x1000000);
	u8 header[64 + 6 * 56 + 56] __attribute__((aligned(8)));

	(void)state;
	machine();
	for (u64 room = 0; room <= sizeof(header); room++) {
		memset(header, 0x5a, sizeof(header));
		assert_int_equal(crash_core_headers(header, room, &wanted), 64 + 6 * 56);
		for (u64 i = MIN(room, 64 + 6 * 56ULL); i < sizeof(header); i++)
			assert_int_equal(header[i], 0x5a);
		assert_int_equal(header[0] == 0x7f, room >= 64 + 6 * 56);
	}
	assert_true(HOST_ASSERTS((void)crash_core_headers(header + 4, 500, &wanted)));
}

/* The count is of 16 bits, and its last value means something else. */
static void most_headers(void **state)
{
	const struct crash_core_request wanted = request(0, 0);
	Elf64_Ehdr *elf;
	void *lent;
	u64 bytes;

	(void)state;
	memblock_init();
	lent = calloc(4 * 65536, sizeof(struct region));
	assert_non_null(lent);
	memblock_lend(lent, 4 * 65536 * sizeof(struct region));
	for (u64 i = 0; i < 65532; i++)
		assert_int_equal(memblock_add(paddr(0x40000000 + i * 0x2000), 0x1000), 0);
	elf = make(&wanted, &bytes);
	assert_int_equal(bytes, 64 + 65534 * 56);
	assert_int_equal(elf->e_phnum, 65534);
	assert_true(elf->e_phnum < PN_XNUM);
	free(elf);
	assert_int_equal(memblock_add(paddr(0x1000), 0x1000), 0);
	assert_int_equal(crash_core_headers(NULL, 0, &wanted), 0);
	memblock_init();
	free(lent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(memory_but_the_region),
		HOST_AT_EACH_PAGE_SHIFT(headers),
		HOST_AT_EACH_PAGE_SHIFT(every_room),
		cmocka_unit_test(most_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
