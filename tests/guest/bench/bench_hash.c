// SPDX-License-Identifier: BSD-2-Clause
/*
 * Figures of hashing, for the prompt's `bench`: instructions a byte over 1 MiB, in C and by the
 * CPU's instructions, where it has them. What the memory holds makes no difference.
 */
#include <arch/pmu.h>
#include <arch/sha256.h>
#include <kernel/bench.h>
#include <kernel/compiler.h>
#include <lib/sha256.h>
#include <mm/vmap.h>

#define HASHED_BYTES (1 * MiB)

static void bench_sha256(const char *name, struct sha256 *hash, const void *area)
{
	u8 digest[SHA256_BYTES];
	u32 start = pmu_instructions();

	sha256_update(hash, area, HASHED_BYTES);
	sha256_final(hash, digest);
	bench_report(name, pmu_instructions() - start, HASHED_BYTES);
}

void bench_hash(void)
{
	void *area = vmalloc(HASHED_BYTES, 0);
	struct sha256 hash;

	if (!area)
		return;
	sha256_init_plain(&hash);
	bench_sha256("sha256_c_byte", &hash, area);
	if (arch_sha256_present()) {
		sha256_init(&hash);
		bench_sha256("sha256_cpu_byte", &hash, area);
	}
	vfree(area);
}
