/* SPDX-License-Identifier: BSD-2-Clause */
/* Claims of the first region of moving.h's machine, for the tests that are about them. */
#ifndef CLAIMS_H
#define CLAIMS_H

#include <string.h>

#include "moving.h"

#include <cmocka.h>

#include <arch/page.h>

/* The first region: 8 MiB, at a multiple of 4 MiB and of no more. */
static struct cma_region *one;
static u64 page;

static inline void begin(void)
{
	moving_begin();
	one = moving_region[0];
	page = page_size();
	assert_int_equal(one->base.val & (8 * MiB - 1), 4 * MiB);
	assert_int_equal(one->bytes, 8 * MiB);
}

static inline u64 claim(u64 bytes, u64 align)
{
	paddr_t pa;

	assert_int_equal(cma_alloc(one, bytes, align, &pa), 0);
	assert_true(pa.val >= one->base.val);
	assert_true(pa.val + bytes <= one->base.val + one->bytes);
	assert_int_equal(pa.val & (MAX(align, page) - 1), 0);
	moving_check();
	return pa.val;
}

static inline void give(u64 pa, u64 bytes)
{
	assert_int_equal(cma_free(one, paddr(pa), bytes), 0);
	moving_check();
}

static inline void said(const char *text)
{
	if (strcmp(moving_said, text))
		fail_msg("said: %s, not: %s", moving_said, text);
	moving_said[0] = '\0';
}

#endif
