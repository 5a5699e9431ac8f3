// SPDX-License-Identifier: BSD-2-Clause
/*
 * How often pages take the buddy allocator's lock, which all CPUs share.
 *
 * Sources: mm/page/frame.c mm/page/buddy.c mm/page/pageblock.c mm/page/boot_data.c
 * Sources: mm/page/pages.c mm/page/pages_hot.c mm/page/hot_text.c mm/boot/memblock.c
 * Sources: mm/boot/region_list.c lib/format.c lib/string.c arch/arm64/table/granule.c
 * Sources: tests/host/fake_machine.c tests/host/fake_image.S
 */
#include "fake_machine.h"

#include <cmocka.h>

#include <arch/page.h>
#include <mm/pages.h>

#include "../../mm/page/inside.h"

#define OPERATIONS 2048
#define MOST       64

/* Enough memory for lists as long as they get. */
static void begin(void)
{
	host_debug = false;
	machine_poison = MACHINE_MIXED;
	machine_begin(0x40000000, 2 * GiB + 64 * MiB);
	machine_add(0x40000000, 2 * GiB + 64 * MiB);
	machine_image(0x40000000 + 6 * MiB);
	assert_int_equal(machine_init(), 0);
}

static paddr_t alloc(void)
{
	paddr_t pa;

	assert_int_equal(pages_alloc(0, 0, &pa), 0);
	return pa;
}

/* Begin with so many pages on the list. */
static void fill(unsigned held)
{
	paddr_t block[MOST];

	for (unsigned i = 0; i < held; i++)
		block[i] = alloc();
	pages_drain();
	while (held)
		pages_free(block[--held], 0);
}

/* `count` pages at a time, over and over. How often that takes the lock. */
static unsigned locks(unsigned count)
{
	u64 before = spin_taken(&buddy.lock);
	paddr_t block[MOST];

	for (unsigned done = 0; done < OPERATIONS; done += 2 * count) {
		for (unsigned i = 0; i < count; i++)
			block[i] = alloc();
		for (unsigned i = 0; i < count; i++)
			pages_free(block[i], 0);
	}
	return (unsigned)(spin_taken(&buddy.lock) - before);
}

/* One at a time: once, to fill the list, or to make room. */
static void one_at_a_time(void **state)
{
	(void)state;
	begin();
	for (unsigned held = 0; held <= MOST; held++) {
		fill(held);
		assert_true(locks(1) <= 1);
	}
}

/* Up to 32 at a time: once in 32, and what the list held at first may cost one more. */
static void many_at_a_time(void **state)
{
	(void)state;
	begin();
	for (unsigned held = 0; held <= MOST; held++) {
		for (unsigned count = 2; count <= 32; count *= 2) {
			fill(held);
			assert_true(locks(count) <= OPERATIONS / 32 + 1);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(one_at_a_time),
		HOST_AT_EACH_PAGE_SHIFT(many_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
