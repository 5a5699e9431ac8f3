/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * psz: facts of the ABI that programs see, most of which change with the page size. A line for
 * each: its name, a tab, its value; "-" where the kernel lacks a call that it takes.
 *
 * Neighbours: psz.golden.tsv has all of them, in this order, as Linux has them with pages of 4K,
 * 16K and 64K; psz_compare.py compares.
 */
#ifndef USER_PSZ_H
#define USER_PSZ_H

#include "bare.h"
#include "print.h"

enum { KIB = 1024, BLOCK = 64 * KIB, WHOLE = 4 * BLOCK };

struct psz {
	const struct start *start;
	uint64_t page;
	int own_file;   /* the program's, open for reading, or an error's number */
	int no_signals; /* say "-" of what may fault */
};

extern struct psz psz;

/* psz_say.c: a fact and its value. */
void psz_text(const char *name, const char *value);
void psz_number(const char *name, uint64_t value);
void psz_hex(const char *name, uint64_t value);
void psz_pair(const char *name, uint64_t first, uint64_t second);
/* "ok", the name of an error, or "-" for ENOSYS. */
void psz_answer(const char *name, long answer);
/* The number itself, "-1 EFAULT" for an error, or "-" for ENOSYS. */
void psz_returned(const char *name, long answer);
const char *psz_error(long answer);

/* psz_fault.c: "ok", or the signal that an access ends in. */
void psz_read_at(const char *name, uint64_t address);
void psz_write_at(const char *name, uint64_t address);
/* The byte there, or the signal. */
void psz_byte_at(const char *name, uint64_t address);
void psz_fault_init(void);

/* Fresh memory of WHOLE bytes that begins at a multiple of the largest page; 0 if there is none. */
uint64_t psz_fresh(void);

/* In the order of the table. */
void psz_pipes(void);
void psz_mmap(void);
void psz_mprotect(void);
void psz_munmap(void);
void psz_madvise(void);
void psz_mincore(void);
void psz_mremap(void);
void psz_brk(void);
void psz_files(void);
void psz_odd_mmap(void);
void psz_proc(void);
void psz_holes(void);

#endif
