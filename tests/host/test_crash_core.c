// SPDX-License-Identifier: BSD-2-Clause
/*
 * The core file's headers, read back as Linux and gdb read them, with the C library's <elf.h>.
 *
 * Sources: kernel/crash_core.c mm/memblock.c mm/region_list.c lib/format.c lib/vsnprintf.c
 * Sources: lib/string.c
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
#include <kernel/version.h>
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

/* ---- notes ---- */

/* As update_note_header_size_elf64() walks them: how many, and the bytes up to the last one's end. */
static unsigned walk(const u8 *notes, u64 bytes, u64 *used)
{
	const Elf64_Nhdr *n = (const Elf64_Nhdr *)notes;
	unsigned found = 0;
	u64 real = 0;

	while (n->n_namesz != 0) {
		u64 size = sizeof(*n) + ((n->n_namesz + 3ULL) & ~3ULL) +
			   ((n->n_descsz + 3ULL) & ~3ULL);

		assert_true(real + size <= bytes);
		real += size;
		n = (const Elf64_Nhdr *)((const char *)n + size);
		assert_true(real + sizeof(*n) <= bytes); /* where the next one is looked for */
		found++;
	}
	*used = real;
	return found;
}

static const char *name_of(const Elf64_Nhdr *n)
{
	const char *name = (const char *)(n + 1);

	assert_int_equal(name[n->n_namesz - 1], '\0');
	assert_int_equal(strlen(name), n->n_namesz - 1);
	return name;
}

static const u8 *descriptor_of(const Elf64_Nhdr *n)
{
	return (const u8 *)(n + 1) + ((n->n_namesz + 3) & ~3u);
}

static const Elf64_Nhdr *next_of(const Elf64_Nhdr *n)
{
	return (const Elf64_Nhdr *)(descriptor_of(n) + ((n->n_descsz + 3) & ~3u));
}

static void vmcoreinfo(void **state)
{
	u64 bytes = crash_core_notes_bytes(0), used;
	u8 *notes = malloc(bytes);
	const Elf64_Nhdr *n = (const Elf64_Nhdr *)notes;
	char text[512];

	(void)state;
	assert_non_null(notes);
	memset(notes, 0x5a, bytes);
	host_linear_base = 0xffff000000000000;
	crash_core_notes(notes, bytes, 1ULL << host_page_shift, &image);
	assert_int_equal(walk(notes, bytes, &used), 1);
	assert_string_equal(name_of(n), "VMCOREINFO");
	assert_int_equal(n->n_type, 0);
	snprintf(text, sizeof(text),
		 "OSRELEASE=granule-" VERSION_NUMBER "\n"
		 "PAGESIZE=%u\n"
		 "NUMBER(VA_BITS)=48\n"
		 "NUMBER(TCR_EL1_T1SZ)=0x10\n"
		 "NUMBER(PHYS_OFFSET)=0x0\n"
		 "NUMBER(LINEAR_BASE)=0xffff000000000000\n"
		 "NUMBER(kimage_voffset)=0xffff812304000000\n"
		 "KERNELOFFSET=12345000000\n"
		 "SYMBOL(_text)=ffff812345000000\n",
		 1u << host_page_shift);
	assert_int_equal(n->n_descsz, strlen(text));
	assert_memory_equal(descriptor_of(n), text, strlen(text));
	/* Zeros to the end, padding included, in a note of no name. */
	for (const u8 *at = descriptor_of(n) + strlen(text); at < (const u8 *)next_of(n); at++)
		assert_int_equal(*at, 0);
	n = next_of(n);
	assert_true(!n->n_namesz && !n->n_type);
	assert_ptr_equal(next_of(n), notes + bytes);
	for (const u8 *at = (const u8 *)(n + 1); at < notes + bytes; at++)
		assert_int_equal(*at, 0);
	assert_true(HOST_ASSERTS(crash_core_notes(notes, bytes + 1, 4096, &image)));
	assert_true(HOST_ASSERTS(crash_core_notes(notes, 1ULL << 32, 4096, &image)));
	assert_true(HOST_ASSERTS(crash_core_notes(notes, bytes - 1, 4096, &image)));
	assert_true(HOST_ASSERTS(crash_core_notes(notes + 2, bytes, 4096, &image)));
	free(notes);
}

/* The longest of all texts fits, with what is over. */
static void longest_text(void **state)
{
	const struct crash_core_image far = { .va = { ~0ULL }, .pa = { 1 }, .bytes = 1 };
	u64 bytes = crash_core_notes_bytes(0), used;
	u8 *notes = malloc(bytes);

	(void)state;
	assert_non_null(notes);
	host_linear_base = ~0ULL;
	crash_core_notes(notes, bytes, ~0ULL, &far);
	assert_int_equal(walk(notes, bytes, &used), 1);
	assert_non_null(strstr((const char *)notes + 24, "SYMBOL(_text)=ffffffffffffffff\n"));
	free(notes);
}

static void cpus(void **state)
{
	u64 bytes = crash_core_notes_bytes(3), before, used, value;
	u8 *notes = malloc(bytes);
	const Elf64_Nhdr *n = (const Elf64_Nhdr *)notes;
	struct regs regs = { .sp = 31, .pc = 32, .pstate = 33, .esr = 34, .far = 35 };

	(void)state;
	assert_non_null(notes);
	for (unsigned i = 0; i < 31; i++)
		regs.x[i] = i + 0xabc0000000000000;
	regs.sp += 0xabc0000000000000;
	regs.pc += 0xabc0000000000000;
	regs.pstate += 0xabc0000000000000;
	crash_core_notes(notes, bytes, 1ULL << host_page_shift, &image);
	assert_int_equal(walk(notes, bytes, &before), 1);
	for (u32 cpu = 0; cpu < 3; cpu++) {
		assert_int_equal(crash_core_add_cpu(notes, bytes, &regs, cpu + 7), 0);
		assert_int_equal(walk(notes, bytes, &used), cpu + 2);
		assert_int_equal(used, before + (cpu + 1) * (12 + 8 + 392));
		n = next_of(n);
		assert_ptr_equal(next_of(next_of(n)), notes + bytes);
		assert_string_equal(name_of(n), "CORE");
		assert_int_equal(n->n_type, NT_PRSTATUS);
		assert_int_equal(n->n_descsz, 392);
		for (unsigned at = 0; at < 392; at++) {
			const u8 *d = descriptor_of(n);

			if (at == 32)
				assert_int_equal(d[at], cpu + 7);
			else if (at < 112 || at >= 112 + 34 * 8)
				assert_int_equal(d[at], 0);
		}
		for (unsigned i = 0; i < 34; i++) {
			memcpy(&value, descriptor_of(n) + 112 + 8 * i, 8);
			assert_int_equal(value, i + 0xabc0000000000000);
		}
	}
	/* One more has no room, unless the text was shorter by as much; never behind the end. */
	while (!crash_core_add_cpu(notes, bytes, &regs, 1))
		assert_int_equal(walk(notes, bytes, &used), 5);
	free(notes);
}

/* A machine that has crashed may have anything there. */
static void no_notes(void **state)
{
	u64 bytes = crash_core_notes_bytes(1), used;
	u8 *notes = malloc(bytes), *copy = malloc(bytes);
	const struct regs regs = { .pc = 1 };

	(void)state;
	assert_true(notes && copy);
	for (u64 room = 0; room <= bytes; room++) {
		memset(notes, 0, bytes);
		/* Of zeros, the first note is the end. */
		if (room >= 412 + 12) {
			assert_int_equal(crash_core_add_cpu(notes, room, &regs, 1), 0);
			assert_int_equal(walk(notes, room, &used), 1);
			continue;
		}
		memcpy(copy, notes, bytes);
		assert_int_equal(crash_core_add_cpu(notes, room, &regs, 1), -ENOSPC);
		assert_memory_equal(notes, copy, bytes);
	}
	for (unsigned i = 0; i < 10000; i++) {
		u32 *words = (u32 *)notes;

		for (u64 word = 0; word < bytes / 4; word++)
			words[word] = (u32)host_random_below(i % 2 ? 64 : ~0u);
		if (!crash_core_add_cpu(notes, bytes, &regs, 1))
			walk(notes, bytes, &used);
	}
	free(notes);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(memory_but_the_region),
		HOST_AT_EACH_PAGE_SHIFT(too_many_ranges),
		HOST_AT_EACH_PAGE_SHIFT(headers),
		HOST_AT_EACH_PAGE_SHIFT(headers_refused),
		HOST_AT_EACH_PAGE_SHIFT(most_headers),
		HOST_AT_EACH_PAGE_SHIFT(vmcoreinfo),
		HOST_AT_EACH_PAGE_SHIFT(longest_text),
		HOST_AT_EACH_PAGE_SHIFT(cpus),
		HOST_AT_EACH_PAGE_SHIFT(no_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
