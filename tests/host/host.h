/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a host test needs from the kernel that it does not link: an end for
 * ASSERT and panic, a page shift, and random numbers that can be had again.
 *
 * A host test is a file tests/host/test_NAME.c. It is found by its name, built with
 * the kernel sources that a line " * Sources:" in its head comment names, and needs
 * nothing else. Fuzz targets link this file too, so it does not use cmocka.
 */
#ifndef HOST_H
#define HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <kernel/types.h>

/* The page shift of the machine under test; include/arch/page.h reads it. */
extern unsigned host_page_shift;
extern u64 host_cpu_id, host_cpu_affinity;

/* What a build for debugging checks is checked; include/kernel/compiler.h reads it. */
extern _Bool host_debug;

/*
 * Three rows of a cmocka table: the test `f` at a page shift of 12, 14 and 16.
 *
 *     const struct CMUnitTest tests[] = {
 *             HOST_AT_EACH_PAGE_SHIFT(alloc_then_free),
 *             cmocka_unit_test(something_else),
 *     };
 */
#define HOST_AT_EACH_PAGE_SHIFT(f)                             \
	{ #f " at 4K", f, host_use_4k, NULL, NULL },           \
		{ #f " at 16K", f, host_use_16k, NULL, NULL }, \
	{                                                      \
#f " at 64K", f, host_use_64k, NULL, NULL      \
	}

int host_use_4k(void **state);
int host_use_16k(void **state);
int host_use_64k(void **state);

/*
 * Runs `statement` and evaluates to true if an ASSERT in it fails or it panics. What
 * it had done by then stays done, memory it had allocated included.
 */
#define HOST_ASSERTS(statement)                               \
	({                                                    \
		jmp_buf host_jump_;                           \
		_Bool host_failed_ = setjmp(host_jump_) != 0; \
		if (!host_failed_) {                          \
			host_expect_failure(&host_jump_);     \
			statement;                            \
		}                                             \
		host_expect_failure(NULL);                    \
		host_failed_;                                 \
	})

void host_expect_failure(jmp_buf *jump);

/* "function: fact" or the text of the panic that HOST_ASSERTS caught last. */
const char *host_last_failure(void);

/* Where printk's text goes as well, for tests that look at it; NULL: nowhere. */
extern void (*host_printk_hook)(const char *text);

/*
 * Random numbers. The first call prints its seed as "SEED=…"; with that as
 * GRANULE_SEED in the environment the same numbers come again.
 */
u64 host_random(void);
u64 host_random_below(u64 limit); /* 0 to limit - 1; `limit` is not 0 */
void host_random_bytes(void *buf, size_t size);

#endif
