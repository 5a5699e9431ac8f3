/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program without a C library starts with: its arguments and the auxiliary vector.
 *
 * Neighbours: bare.c; calls.h and print.h for the rest that such a program needs.
 */
#ifndef USER_BARE_H
#define USER_BARE_H

#include "calls.h"

struct start {
	int argc;
	char **argv;
	char **environment;
	const uint64_t *auxv; /* pairs {type, value}, the last of type 0 */
};

/* Types of the auxiliary vector. */
enum {
	AUX_PHDR = 3,
	AUX_PHNUM = 5,
	AUX_PAGESZ = 6,
	AUX_ENTRY = 9,
	AUX_HWCAP = 16,
	AUX_CLKTCK = 17,
	AUX_RANDOM = 25,
	AUX_EXECFN = 31,
	AUX_SYSINFO_EHDR = 33,
	AUX_MINSIGSTKSZ = 51,
};

/* The program's own: what it returns is its exit status. */
int bare_main(const struct start *start);

__attribute__((noreturn)) void bare_exit(int status);

/* The value of a type of the auxiliary vector, or 0. */
uint64_t bare_aux(const struct start *start, uint64_t type);

int bare_same(const char *a, const char *b);

/* The number that text begins with, in decimal; 0 if there is none. */
uint64_t bare_number(const char *text);

void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *at, int value, size_t bytes);

#endif
