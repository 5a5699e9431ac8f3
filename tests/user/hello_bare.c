/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest program: write and exit_group, and what the kernel tells it of its page size.
 *
 * Neighbours: hello.c and hello.rs say the same through a C library and through Rust's.
 * scripts/check-oracle runs all of them on Linux.
 */
#include "bare.h"
#include "print.h"

int bare_main(const struct start *start)
{
	struct line line = { .length = 0 };

	put_text(&line, "hello from ");
	put_text(&line, start->argc > 0 ? start->argv[0] : "nobody");
	put_text(&line, ", pages of ");
	put_number(&line, bare_aux(start, AUX_PAGESZ));
	put_end(&line);
	return 0;
}
