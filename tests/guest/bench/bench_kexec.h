/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of kexec's figures know of each other, and nobody else. */
#ifndef KERNEL_BENCH_KEXEC_H
#define KERNEL_BENCH_KEXEC_H

#include <kernel/kexec.h>

/* What is copied, in each way. */
struct bench_segment {
	struct kexec_image *image; /* holds the source, by extents */
	paddr_t to;
	u64 bytes;
	paddr_t *pages; /* of the source, of the kernel's size */
	u64 seed;       /* the content is another one for each way */
	u32 exit_cost;  /* of kexec_place_exit and its hash: tables, a copy of this kernel */
};

/* Print a figure, whose name gets the segment's size appended: instructions a round. */
void bench_kexec_report(const struct bench_segment *segment, const char *name, u64 value,
			u64 rounds);

/* New content; whoever reads memory past the caches finds it, and no cache writes to `to`. */
void bench_kexec_fill(struct bench_segment *segment);

/* Has it arrived? -EIO, after a line. */
int bench_kexec_check(const struct bench_segment *segment, const char *how) __must_check;

/* By a list, with the MMU off and on (tests/guest/bench/bench_kexec_list.c). 0, -ENOMEM or -EIO. */
int bench_kexec_by_list(struct bench_segment *segment) __must_check;
int bench_kexec_by_list_mmu(struct bench_segment *segment) __must_check;

#endif
