// SPDX-License-Identifier: BSD-2-Clause
/*
 * The prompt's `stress` as a test: with a region, and of a seed with which each of its users has
 * much to do.
 */
#include <kernel/cpus.h>
#include <kernel/selftest.h>
#include <kernel/stress.h>
#include <mm/cma.h>

SELFTEST(cma_stress)
{
	struct stress_sums sums;

	if (!cma_region(0))
		SKIP_TEST("no CMA region: cma=SIZE on the command line makes one");
	EXPECT_EQUAL(stress_run(3000, 1805, NULL, cpus_online(), &sums), 0);
	EXPECT_EQUAL(sums.rounds, 3000);
	EXPECT(sums.taken > 100 && sums.given >= sums.taken);
	EXPECT(sums.pins > 100);
	EXPECT(sums.claims > 100 && sums.moved_bytes);
}
