/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs from elf_builder.h, mapped into a fake space of host_page_shift by elf_map(). */
#ifndef ELF_WORLD_H
#define ELF_WORLD_H

#include <kernel/elf_map.h>

#include "elf_builder.h"
#include "fake_space.h"

#define RX (ELF_READABLE | ELF_EXECUTABLE)
#define RW (ELF_READABLE | ELF_WRITABLE)
#define R  ELF_READABLE

/* The last program, and what became of it. */
extern struct elf_world {
	struct fake_space fake;
	struct elf_program program;
	struct elf_image image;
	struct space_source source;
} world;

u64 elf_world_page_bytes(void);

/* What elf_map() says to the program; the first begins a new space. */
int elf_world_map(const struct elf_builder *b);
int elf_world_map_seeded(const struct elf_builder *b, u64 seed);

/* This, as fake_space_text() has it, is mapped. */
void elf_world_is(const char *expected);

/* Two segments, linked for 64K: text and, beginning within a page, data with bss. */
struct elf_builder elf_world_two(u16 type, u64 base);

#endif
