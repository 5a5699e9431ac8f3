// SPDX-License-Identifier: BSD-2-Clause
/*
 * Numbers that a program can't guess, for its addresses and for AT_RANDOM.
 *
 * They come from what the loader gave (/chosen/rng-seed), from the CPU's own random numbers where
 * it has any, and from the time; each is stirred into what came before. Without the first two they
 * can be guessed by those who know when the machine was started.
 */
#include <arch/boot.h>
#include <arch/counter.h>
#include <arch/random.h>
#include <kernel/phase.h>
#include <kernel/process.h>
#include <lib/cmdline.h>
#include <lib/devicetree_node.h>
#include <lib/random.h>

static bool random_addresses;
static u64 pool; /* atomic */

CMDLINE_OPTION(norandmaps, "norandmaps");

static u64 stir(u64 x)
{
	return random_next(&x);
}

u64 process_random(void)
{
	u64 more = arch_counter_ns(), old = __atomic_load_n(&pool, __ATOMIC_RELAXED), cpu;

	if (arch_random(&cpu))
		more ^= cpu;
	while (!__atomic_compare_exchange_n(&pool, &old, stir(old ^ more), false, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED))
		;
	/* Not the pool itself, which would tell the next number. */
	return stir(~stir(old ^ more));
}

u64 process_seed(void)
{
	return random_addresses ? process_random() | 1 : 0;
}

BOOT_PHASE(10, process_seed)
{
	const struct devicetree *dt = &boot_devicetree;
	const u8 *seed = NULL;
	u32 bytes;

	random_addresses = !cmdline_count(cmdline, "norandmaps");
	if (dt->chosen >= 0)
		seed = devicetree_node_property(dt, dt->chosen, "rng-seed", &bytes);
	for (u32 i = 0; seed && i < bytes; i++)
		pool = stir(pool ^ seed[i]);
}
