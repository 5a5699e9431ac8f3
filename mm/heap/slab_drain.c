// SPDX-License-Identifier: BSD-2-Clause
/* What CPUs own of slab caches becomes nobody's, and what caches keep goes back: <mm/slab.h>. */
#include <arch/irqflags.h>
#include <mm/hot_text.h>

#include "inside.h"

/* What a CPU owned, on its way to the lists of caches. */
struct taken {
	struct cpu *by;
	struct slab *slabs[CPU_SLABS];
};

/*
 * On the CPU whose slabs they are: by hot_text_ask, or with interrupts masked. They stay owned, by
 * the CPU that asks, until that has the locks.
 */
static void take_all(void *argument)
{
	struct slab **slabs = this_cpu()->slabs;
	struct taken *taken = argument;

	for (unsigned i = 0; i < CPU_SLABS; i++) {
		struct slab *slab = slabs[i];

		taken->slabs[i] = slab;
		SLAB_WRITE(slabs[i], NULL);
		if (slab)
			SLAB_WRITE(slab->owner, taken->by);
	}
}

static u64 give_back(struct slab *slab)
{
	u64 bytes = slab ? slab->cache->slab_bytes : 0;

	slab_give_back(slab);
	return bytes;
}

static u64 disown_all(const struct taken *taken)
{
	u64 bytes = 0;

	for (unsigned i = 0; i < CPU_SLABS; i++) {
		struct slab *slab = taken->slabs[i];
		struct slab_cache *cache;

		if (!slab)
			continue;
		cache = slab->cache;
		spin_lock(&cache->lock);
		slab = slab_disown(slab);
		spin_unlock(&cache->lock);
		bytes += give_back(slab);
	}
	return bytes;
}

u64 slab_drain_cpu(void)
{
	struct taken taken = { .by = this_cpu() };
	u64 saved = irq_save();

	take_all(&taken);
	irq_restore(saved);
	return disown_all(&taken);
}

/* This or another CPU; what the other one owns may be of the past. */
static bool owns_any(const struct cpu *cpu)
{
	for (unsigned i = 0; i < CPU_SLABS; i++)
		if (SLAB_READ(cpu->slabs[i]))
			return true;
	return false;
}

u64 slab_drain(void)
{
	u64 bytes = slab_drain_cpu();

	for (struct cpu *cpu = &boot_cpu; cpu; cpu = cpu_next(cpu)) {
		struct taken taken = { .by = this_cpu() };

		if (cpu != this_cpu() && owns_any(cpu) && hot_text_ask(cpu, take_all, &taken))
			bytes += disown_all(&taken);
	}
	return bytes;
}

u64 slab_shrink(void)
{
	u64 bytes = slab_drain();

	spin_lock(&slab_caches.lock);
	for (struct slab_cache *cache = slab_caches.first; cache; cache = cache->next) {
		struct slab *empty;

		spin_lock(&cache->lock);
		empty = cache->partial;
		while (empty && empty->live)
			empty = empty->next;
		if (empty) {
			slab_list_remove(empty);
			cache->slabs--;
		}
		spin_unlock(&cache->lock);
		bytes += give_back(empty);
	}
	spin_unlock(&slab_caches.lock);
	return bytes;
}
