/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of ELF files, page by page, as text: to be compared with a model of Linux. */
#ifndef ELF_PAGES_H
#define ELF_PAGES_H

#include "fake_space.h"

/*
 * argv is a page shift, and names of files. After each name come its pages: the address as the file
 * has it, what it shows of the file ("-": nothing), permissions, from where on it is cleared. Or
 * "error" and its number. Returns 0, or 1 if a file can't be read.
 */
int elf_pages_print(struct fake_space *fake, int argc, char **argv);

#endif
