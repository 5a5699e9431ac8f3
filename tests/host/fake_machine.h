/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine's memory for tests of what manages it: RAM, its linear map and the frame table, at any
 * page size, set up by the real memblock and the real frame_init.
 *
 * It is as unkind as a machine may be. RAM holds junk, what backs the frame table holds words
 * that the test chooses, and what the kernel would not have mapped can't be touched at
 * all: holes, no-map memory, the table beyond memory; words of holes can only be read. Spans of
 * terabytes are sparse.
 */
#ifndef FAKE_MACHINE_H
#define FAKE_MACHINE_H

#include <host.h>

#include <arch/pte.h>
#include <kernel/types.h>
#include <mm/frame.h>
#include <mm/memblock.h>

/* The image of fake_image.S. */
#define MACHINE_IMAGE_BYTES 0xe0000ULL

/* A new machine, all of whose memory will lie in [start, start + bytes). */
void machine_begin(u64 start, u64 bytes);

/* What the table's memory holds: this word everywhere, or words of free blocks at random. */
#define MACHINE_MIXED 0
extern u64 machine_poison;

/* The word of a free block. */
u64 machine_free_word(unsigned order, enum migratetype type);

/* Add memory, take part of it. The image has to be somewhere. */
void machine_add(u64 base, u64 bytes);
void machine_no_map(u64 base, u64 bytes);
void machine_reserve(u64 base, u64 bytes, enum memblock_owner owner);
void machine_image(u64 base);

/* memblock's memory becomes accessible, then frame_init, whose result this is, and pages_init. */
int machine_init(void);

/* How much of the table is mapped as what. */
struct machine_table {
	u64 data_bytes;
	u64 hole_bytes;
	u64 maps;       /* calls for data */
	u64 misaligned; /* of them, those that could not use larger leaves though they span one */
};

/* pgtable_map for the table's part of the address space. */
int machine_map_table(vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind);

extern struct machine_table machine_table;
extern int machine_fail_map_after; /* so many calls of pgtable_map succeed; -1: all */

/* Calls of mm_report, where a test has none of its own. */
extern unsigned machine_reports;

/* Calls of pages_reclaim. */
extern unsigned machine_compactions;

/* Words of the table that are not as junk left them. */
u64 machine_words_changed(void);

/* A random machine within `bytes` from `start` on: banks, holes, no-map memory, reserved ranges. */
void machine_random(u64 start, u64 bytes);

#endif
