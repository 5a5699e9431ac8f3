// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's `stress`. */
#include <arch/counter.h>
#include <kernel/cpus.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <kernel/stress.h>
#include <lib/console.h>
#include <lib/format.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>

#define ROUNDS    2000
#define CONTROL_C 0x03

static bool is_stopped;

/* What else is typed meanwhile is lost. */
static bool is_over(void)
{
	int key;

	while (!is_stopped && (key = console_read()) >= 0)
		is_stopped = key == CONTROL_C;
	return is_stopped;
}

static void print_sums(u64 seed, unsigned cpus, const struct stress_sums *sums)
{
	char moved[FORMAT_BYTES_SIZE], free[FORMAT_BYTES_SIZE];

	printk("stress: %llu rounds on %u CPU%s%s, seed %llu: %llu checks of everything\n",
	       sums->rounds, cpus, cpus > 1 ? "s" : "", is_stopped ? " until stopped" : "", seed,
	       sums->checks);
	printk("stress: pieces: %llu taken, %llu refused, %llu given back; pins: %llu, %llu "
	       "refused\n",
	       sums->taken, sums->refused, sums->given, sums->pins, sums->pins_refused);
	printk("stress: claims: %llu, which moved %s, %llu refused\n", sums->claims,
	       format_bytes(moved, sizeof(moved), sums->moved_bytes), sums->claims_refused);
	printk("stress: all is given back, and %s are free as before\n",
	       format_bytes(free, sizeof(free), sums->free_bytes));
}

COMMAND(stress, "[ROUNDS [SEED [CPUS]]]",
	"random use of all memory under checks, on all CPUs; Ctrl-C ends it")
{
	u64 rounds = ROUNDS, seed = arch_counter_ns(), cpus = cpus_online();
	struct stress_sums sums;
	int err;

	if (argc > 4 || (argc > 1 && parse_u64(argv[1], strlen(argv[1]), &rounds)) ||
	    (argc > 2 && parse_u64(argv[2], strlen(argv[2]), &seed)) ||
	    (argc > 3 && parse_u64(argv[3], strlen(argv[3]), &cpus)) || !rounds || !cpus ||
	    cpus > cpus_online()) {
		printk("stress: write stress [ROUNDS [SEED [CPUS]]], three numbers; neither ROUNDS "
		       "nor "
		       "CPUS is 0, and %u CPUs run\n",
		       cpus_online());
		return -EINVAL;
	}
	is_stopped = false;
	err = stress_run(rounds, seed, is_over, (unsigned)cpus, &sums);
	if (!err)
		print_sums(seed, (unsigned)cpus, &sums);
	return err;
}
