/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everybody at once, on each CPU: random pieces of every kind come and go, movable ones are pinned,
 * CMA regions are claimed. What pieces hold is looked at whenever they go back, all of it and the
 * invariants of all memory at intervals, when all CPUs meet; in the end everything is given back,
 * and as much has to be free as before.
 *
 * On one CPU the same seed in the same state of memory gives the same run.
 */
#ifndef KERNEL_STRESS_H
#define KERNEL_STRESS_H

#include <kernel/compiler.h>
#include <kernel/types.h>

struct stress_sums {
	u64 rounds;
	u64 taken; /* pieces; and those that there was no memory for */
	u64 refused;
	u64 given;
	u64 pins;
	u64 pins_refused;
	u64 claims;
	u64 claims_refused;
	u64 moved_bytes; /* by the claims */
	u64 checks;      /* of everything */
	u64 free_bytes;  /* before, and after if all is well */
};

/*
 * stress_run - so many rounds in all, on the first `cpus` CPUs that run (at least 1).
 *
 * Called by a thread that is bound to the boot CPU. `is_over` is asked now and then whether to end
 * early; NULL: never. Returns 0, -EFAULT when something was wrong, which a line tells with the seed
 * and the round, or -ENOMEM when there is not even memory to begin with. All that it took is given
 * back in any case.
 */
int stress_run(u64 rounds, u64 seed, bool (*is_over)(void), unsigned cpus,
	       struct stress_sums *sums) __must_check;

/* Free memory with nothing kept hot, no empty slab, and the tables made that areas leave behind. */
u64 stress_free_bytes(void);

#endif
