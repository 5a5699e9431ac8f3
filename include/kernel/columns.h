/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables for people: a column for each granule, side by side in 80 characters. */
#ifndef KERNEL_COLUMNS_H
#define KERNEL_COLUMNS_H

#include <arch/granule.h>

#define COLUMNS_CELL_BYTES 28

struct columns {
	char cell[GRANULE_COUNT][COLUMNS_CELL_BYTES];
};

/* A line: the label, and what is in the cells. */
void columns_print(const char *label, const struct columns *columns);

/* The head: the granules' names, a star at the one that runs. */
void columns_print_head(const char *label);

#endif
