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
#include <kernel/errno.h>
#include <mm/memblock.h>

unsigned long long host_linear_base, host_frame_table_base;

/* ---- ranges ---- */

static struct region ranges[8];
static u64 count;

static void machine(void)
{
	memblock_init();
	assert_int_equal(memblock_add(paddr(0x40000000), 0x10000000), 0);
	assert_int_equal(memblock_add(paddr(0x100000000), 0x10000000), 0);
	assert_int_equal(memblock_mark_no_map(paddr(0x48000000), 0x1000), 0);
	assert_int_equal(memblock_reserve(paddr(0x41000000), 0x1000, MEMBLOCK_IMAGE), 0);
}

/* What is left without a region, as "BASE+BYTES " each. */
static void left(u64 base, u64 bytes, const char *expected)
{
	const struct region without = { .base = { base }, .bytes = bytes };
	char text[256] = "";

	assert_int_equal(crash_core_ranges(&without, ranges, ARRAY_SIZE(ranges), &count), 0);
	for (u64 i = 0; i < count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%llx+%llx ",
			 ranges[i].base.val, ranges[i].bytes);
	assert_string_equal(text, expected);
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

static void too_many_ranges(void **state)
{
	const struct region without = { .base = { 0x44000000 }, .bytes = 0x1000000 };

	(void)state;
	machine();
	for (u64 room = 0; room < 4; room++) {
		memset(ranges, 0x5a, sizeof(ranges));
		assert_int_equal(crash_core_ranges(&without, ranges, room, &count), -ENOSPC);
		assert_int_equal(count, 4);
		assert_int_equal(ranges[room].base.val, 0x5a5a5a5a5a5a5a5a);
		if (room)
			assert_int_equal(ranges[0].base.val, 0x40000000);
	}
	assert_int_equal(crash_core_ranges(&without, ranges, 4, &count), 0);
	assert_int_equal(count, 4);
	assert_int_equal(ranges[3].base.val, 0x100000000);
}

/* ---- headers ---- */

static const struct crash_core_image image = { .va = { 0xffff812345000000 },
					       .pa = { 0x41000000 },
					       .bytes = 0x123000 };

static struct crash_core_request request(void)
{
	return (struct crash_core_request){
		.notes = { 0x42345678 },
		.notes_bytes = 0x400,
		.image = image,
		.ranges = ranges,
		.count = count,
	};
}

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
	const struct region without = { .base = { 0x44000000 }, .bytes = 0x1000000 };
	struct crash_core_request wanted;
	const Elf64_Phdr *p;
	Elf64_Ehdr *elf;
	u64 bytes;

	(void)state;
	host_linear_base = 0xffff000000000000;
	machine();
	assert_int_equal(crash_core_ranges(&without, ranges, ARRAY_SIZE(ranges), &count), 0);
	bytes = crash_core_bytes(count);
	assert_int_equal(bytes, 64 + (2 + 4) * 56);
	elf = malloc(bytes); /* to the byte, for AddressSanitizer */
	assert_non_null(elf);
	memset(elf, 0x5a, bytes);
	wanted = request();
	assert_int_equal(crash_core_fill(elf, bytes, &wanted), 0);

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

static void headers_refused(void **state)
{
	struct region *many = calloc(65533, sizeof(*many));
	u8 room[64 + 3 * 56 + 8] __attribute__((aligned(8)));
	struct crash_core_request wanted;

	(void)state;
	assert_non_null(many);
	count = 1;
	wanted = request();
	memset(room, 0x5a, sizeof(room));
	assert_int_equal(crash_core_fill(room, 0, &wanted), -ENOSPC);
	assert_int_equal(crash_core_fill(room, 64 + 3 * 56 - 1, &wanted), -ENOSPC);
	for (unsigned i = 0; i < sizeof(room); i++)
		assert_int_equal(room[i], 0x5a);
	/* No byte behind what it says. */
	assert_int_equal(crash_core_fill(room, sizeof(room), &wanted), 0);
	assert_int_equal(room[64 + 3 * 56], 0x5a);
	assert_true(HOST_ASSERTS((void)!crash_core_fill(room + 4, sizeof(room), &wanted)));

	/* The count is of 16 bits, and its last value means something else. */
	wanted.ranges = many;
	wanted.count = 65533;
	assert_int_equal(crash_core_fill(room, ~0ULL, &wanted), -E2BIG);
	wanted.count = ~0ULL;
	assert_int_equal(crash_core_fill(room, ~0ULL, &wanted), -E2BIG);
	wanted.count = 65532;
	assert_int_equal(crash_core_bytes(65532), 64 + 65534 * 56);
	assert_int_equal(crash_core_fill(room, sizeof(room), &wanted), -ENOSPC);
	assert_int_equal(crash_core_bytes(0), 64 + 2 * 56);
	assert_int_equal(crash_core_bytes(~0ULL), 0);
	assert_int_equal(crash_core_bytes(~0ULL / 56), 0);
	free(many);
}

static void most_headers(void **state)
{
	struct crash_core_request wanted = { .count = 65532 };
	struct region *many = calloc(wanted.count, sizeof(*many));
	Elf64_Ehdr *elf = malloc(crash_core_bytes(wanted.count));

	(void)state;
	assert_true(many && elf);
	wanted.ranges = many;
	assert_int_equal(crash_core_fill(elf, crash_core_bytes(wanted.count), &wanted), 0);
	assert_int_equal(elf->e_phnum, 65534);
	assert_true(elf->e_phnum < PN_XNUM);
	free(elf);
	free(many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(memory_but_the_region),
		HOST_AT_EACH_PAGE_SHIFT(too_many_ranges),
		HOST_AT_EACH_PAGE_SHIFT(headers),
		HOST_AT_EACH_PAGE_SHIFT(headers_refused),
		HOST_AT_EACH_PAGE_SHIFT(most_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
