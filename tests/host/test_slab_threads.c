// SPDX-License-Identifier: BSD-2-Clause
/*
 * Slabs of CPUs that run at the same time: objects are allocated here and freed there, slabs are
 * drained meanwhile, and a CPU goes and comes. In the end all slabs are back.
 *
 * Machine: many CPUs
 * Sources: mm/heap/slab.c mm/heap/slab_check.c mm/heap/slab_drain.c mm/page/hot_text.c
 * Sources: mm/page/hooks.c kernel/sched/sched.c kernel/sched/wait.c kernel/sched/mutex.c
 * Sources: kernel/sched/timer.c kernel/sched/ipi.c kernel/thread/thread.c kernel/thread/cpus.c
 * Sources: kernel/thread/cpus_off.c lib/cpu_option.c lib/cmdline.c lib/parse.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <many_cpus.h>

#include <cmocka.h>

#include <arch/mmu.h>
#include <kernel/compiler.h>
#include <kernel/cpus.h>
#include <kernel/sched.h>
#include <kernel/thread.h>
#include <mm/addr.h>
#include <mm/chunk.h>
#include <mm/slab_hot.h>

#define WORKERS 6
#define ROUNDS  3000
#define MOST    80  /* objects that a worker holds: more than a slab has */
#define SHARED  128 /* on their way from one worker to another */

static struct slab_cache cache;

/* No interrupt comes within the shortcuts here. */
u8 _hot_text[1], _hot_text_end[1];
static u32 chunks; /* atomic */

/* ---- what lies below ---- */

int chunk_alloc_slab(u64 bytes, unsigned flags, paddr_t *pa)
{
	void *memory;

	(void)flags;
	MUST(!posix_memalign(&memory, bytes, bytes));
	*pa = linear_to_paddr(vaddr_of(memory));
	many_cpus_add(&chunks, 1);
	return 0;
}

void chunk_free_slab(paddr_t pa)
{
	free(vaddr_ptr(paddr_to_linear(pa)));
	many_cpus_add(&chunks, (u32)-1);
}

bool chunk_find(paddr_t pa, struct chunk *chunk)
{
	*chunk = (struct chunk){ paddr(ALIGN_DOWN(pa.val, cache.slab_bytes)), cache.slab_bytes,
				 true };
	return true;
}

bool mmu_is_locked_here(void)
{
	return false;
}

/* ---- workers ---- */

static u64 *shared[SHARED]; /* atomic */

/* As kmalloc and kfree have them. */
static u64 *take(u64 stamp)
{
	u64 *object = slab_hot_take(cache.index);

	if (!object)
		object = slab_alloc(&cache, 0);
	MUST(object);
	for (unsigned i = 0; i < 8; i++)
		object[i] = stamp + i;
	return object;
}

static void give(u64 *object)
{
	struct slab *slab = slab_header(object, CHUNK_SLAB_SMALL);

	for (unsigned i = 1; i < 8; i++)
		MUST(object[i] == object[0] + i);
	if (!slab_hot_put((void **)object, slab))
		slab_free(&cache, object);
}

static void work(void *argument)
{
	u64 random = *(const u64 *)argument, stamp = random << 32;
	u64 *held[MOST];
	unsigned count = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned some = 1 + (unsigned)many_cpus_random(&random, MOST);

		while (count < some)
			held[count++] = take(stamp += 8);
		while (count > some / 2) {
			u64 at = many_cpus_random(&random, SHARED);
			u64 *object = held[--count];

			if (many_cpus_random(&random, 2))
				object = __atomic_exchange_n(&shared[at], object, __ATOMIC_ACQ_REL);
			if (object)
				give(object);
		}
		if (many_cpus_random(&random, 200) == 0)
			slab_drain();
		if (many_cpus_random(&random, 50) == 0)
			MUST(!slab_check(&(vaddr_t){ 0 }));
		many_cpus_work(1);
		if (many_cpus_random(&random, 20) == 0)
			sched_yield();
		many_cpus_alive();
	}
	while (count)
		give(held[--count]);
}

static void allocated_here_freed_there(void **state)
{
	struct thread *threads[WORKERS];
	u64 random = many_cpus_seed(), seeds[WORKERS];

	(void)state;
	MUST(!slab_cache_init(&cache, "t", 64, 0));
	MUST(cache.slab_bytes == CHUNK_SLAB_SMALL);
	for (unsigned i = 0; i < WORKERS; i++) {
		seeds[i] = many_cpus_random(&random, 1 << 30);
		threads[i] = many_cpus_create("slabs", work, &seeds[i], NULL);
	}
	for (unsigned i = 0; i < 20; i++) {
		const char *lacks = cpus_off(MANY_CPUS - 1);

		if (!lacks) {
			many_cpus_sleep(100 * MICROSECOND);
			MUST(!cpus_on(MANY_CPUS - 1));
		}
		many_cpus_sleep(200 * MICROSECOND);
	}
	for (unsigned i = 0; i < WORKERS; i++)
		thread_join(threads[i]);
	for (unsigned i = 0; i < SHARED; i++)
		if (shared[i])
			give(shared[i]);
	slab_shrink();
	MUST(!slab_check(&(vaddr_t){ 0 }));
	MUST(!cache.slabs && !cache.partial && !cache.full && !cache.owned);
	MUST(!many_cpus_load(&chunks));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocated_here_freed_there),
	};

	host_debug = false;
	many_cpus_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
