// SPDX-License-Identifier: BSD-2-Clause
/*
 * The notes of a core file, walked as Linux does and as gdb does, with the C library's <elf.h>.
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
#include <kernel/version.h>

unsigned long long host_linear_base, host_frame_table_base;

static const struct crash_core_image image = { .va = { 0xffff812345000000 },
					       .pa = { 0x41000000 },
					       .bytes = 0x123000,
					       .log = { 0xffff812345067890 } };

/* As update_note_header_size_elf64() walks them: how many, and the bytes that they have. */
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
		 "KERNELOFFSET=a345000000\n"
		 "SYMBOL(_text)=ffff812345000000\n"
		 "SYMBOL(log_state)=ffff812345067890\n",
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
	const struct crash_core_image far = {
		.va = { ~0ULL }, .pa = { 1 }, .bytes = 1, .log = { ~0ULL }
	};
	u64 bytes = crash_core_notes_bytes(0), used;
	u8 *notes = malloc(bytes);

	(void)state;
	assert_non_null(notes);
	host_linear_base = ~0ULL;
	crash_core_notes(notes, bytes, ~0ULL, &far);
	assert_int_equal(walk(notes, bytes, &used), 1);
	assert_non_null(strstr((const char *)notes + 24, "SYMBOL(log_state)=ffffffffffffffff\n"));
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
	/* One more has no room, unless the text was shorter by as much; never after the end. */
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
		HOST_AT_EACH_PAGE_SHIFT(vmcoreinfo),
		HOST_AT_EACH_PAGE_SHIFT(longest_text),
		HOST_AT_EACH_PAGE_SHIFT(cpus),
		HOST_AT_EACH_PAGE_SHIFT(no_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
