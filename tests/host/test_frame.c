// SPDX-License-Identifier: BSD-2-Clause
/*
 * No word that nobody wrote is ever believed (I1 to I4 of <mm/frame.h>), on machines where the
 * buddies of what is free, or is given back, lie in all kinds of places.
 *
 * Sources: mm/page/frame.c mm/page/buddy.c mm/page/buddy_check.c mm/page/pageblock.c
 * Sources: mm/page/pages.c mm/page/pages_hot.c mm/boot/memblock.c mm/boot/region_list.c
 * Sources: lib/format.c lib/string.c arch/arm64/table/granule.c tests/host/fake_machine.c
 * Sources: tests/host/fake_image.S tests/host/buddy_model.c mm/page/boot_data.c
 * Sources: mm/page/hot_text.c
 */
#include "buddy_model.h"
#include "fake_machine.h"
#include "memblock_lists.h"

#include <cmocka.h>

#include <arch/boot.h>
#include <arch/page.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <mm/buddy.h>

#define RAM 0x40000000ULL

/*
 * Whatever one word all of the table holds before it is written: an unwritten one that is asked for
 * the buddy of a block of that order and type would be believed.
 */
static void each_poison(void (*test)(void), unsigned least_order)
{
	for (unsigned type = 0; type <= MIGRATE_MOVABLE; type++)
		for (unsigned order = least_order; order <= 30 - host_page_shift; order++) {
			machine_poison = machine_free_word(order, (enum migratetype)type);
			test();
		}
}

/* False when there is too little memory for the table. */
static bool boot(u64 start, u64 bytes)
{
	u64 free_bytes = memblock_lists_free_bytes();
	int err = machine_init();

	if (err) {
		assert_int_equal(err, -ENOMEM);
		assert_true(free_bytes < 1 * MiB);
		return false;
	}
	buddy_model_begin(start, bytes);
	buddy_model_compare();
	return true;
}

/* From the first page of a run its heads can be walked, and all that is free is in runs (I4). */
static void walk_runs(void)
{
	u64 free = buddy_free_bytes(MIGRATE_CMA), last_end = 0;
	struct region run;

	for (; frame_next_run(paddr(last_end), &run); last_end = region_end(&run).val) {
		u64 at = run.base.val;

		assert_true(at > last_end || !last_end);
		while (at < region_end(&run).val) {
			const struct frame *f = frame_of(paddr(at));

			free += frame_kind(f) == FRAME_FREE ? frame_bytes(f) : 0;
			at += frame_bytes(f);
		}
		assert_int_equal(at, region_end(&run).val);
		/* Any address in it will do to ask for it. */
		at = run.base.val;
		assert_true(frame_next_run(paddr(at + host_random_below(run.bytes)), &run));
		assert_int_equal(run.base.val, at);
	}
	assert_int_equal(free, buddy_free_bytes(MIGRATE_UNMOVABLE) +
				       buddy_free_bytes(MIGRATE_MOVABLE) +
				       buddy_free_bytes(MIGRATE_CMA));
}

/* All memory in blocks of `order`, what is left in smaller ones; then all of it back, shuffled. */
static void take_and_give_all(unsigned order)
{
	static struct {
		u64 pa;
		unsigned order;
	} taken[1 << 14];
	unsigned count = 0;
	paddr_t pa;

	for (unsigned at = order + 1; at-- > 0;)
		for (unsigned type = 0; type <= MIGRATE_MOVABLE; type++)
			while (buddy_take((enum migratetype)type, (enum migratetype)type, at,
					  &pa)) {
				buddy_model_take(pa.val, page_size() << at);
				assert_true(count < ARRAY_SIZE(taken));
				taken[count].pa = pa.val;
				taken[count++].order = at;
			}
	buddy_model_compare();
	for (; count; count--) {
		unsigned i = (unsigned)host_random_below(count);

		buddy_put(paddr(taken[i].pa), taken[i].order);
		buddy_model_give(taken[i].pa, page_size() << taken[i].order);
		taken[i] = taken[count - 1];
	}
	buddy_model_compare();
}

/* Give the image's pages to the allocator, piece by piece; then take and give all again. */
static void give_image(void)
{
	u64 base = boot_info.image_pa, end = base + MACHINE_IMAGE_BYTES;
	u64 piece = page_size() << host_random_below(5);

	/* From the middle up, then from the middle down. */
	for (u64 at = base + MACHINE_IMAGE_BYTES / 2 / piece * piece; at < end; at += piece) {
		u64 bytes = MIN(piece, end - at);

		buddy_give(paddr(at), paddr(at + bytes));
		buddy_model_give(at, bytes);
	}
	for (u64 at = base + MACHINE_IMAGE_BYTES / 2 / piece * piece; at > base; at -= piece) {
		buddy_give(paddr(at - piece), paddr(at));
		buddy_model_give(at - piece, piece);
	}
	buddy_model_compare();
}

enum part_kind { END, MEMORY, NO_MAP, TAKEN, IMAGE };

struct machine {
	u64 start;
	u64 bytes;
	struct {
		enum part_kind kind;
		u64 offset;
		u64 bytes;
	} part[8];
};

/*
 * Offsets are from `start`. Where a part ends, or what lies beside it, is what each is about: a
 * block of its memory has a buddy there.
 */
static const struct machine machines[] = {
	/* Ends at no boundary: made of blocks that are each other's buddies. */
	{ RAM, 24 * MiB, { { MEMORY, 0, 24 * MiB - 0x50000 }, { IMAGE, 4 * MiB, 0 } } },
	{ RAM, 24 * MiB, { { MEMORY, 0, 24 * MiB - 0x1800 }, { IMAGE, 4 * MiB, 0 } } },
	/* Begins at none, and in the middle of a page. */
	{ RAM + 0x130000, 16 * MiB, { { MEMORY, 0, 16 * MiB }, { IMAGE, 0xd0000, 0 } } },
	{ RAM + 0x2800, 16 * MiB, { { MEMORY, 0, 16 * MiB }, { IMAGE, 0x3fd800, 0 } } },
	/* No-map in the middle, at the beginning, at the end, in less than a page. */
	{ RAM,
	  32 * MiB,
	  { { MEMORY, 0, 32 * MiB }, { NO_MAP, 16 * MiB, 8 * MiB }, { IMAGE, 2 * MiB, 0 } } },
	{ RAM,
	  12 * MiB,
	  { { MEMORY, 0, 12 * MiB }, { NO_MAP, 0, 4 * MiB }, { IMAGE, 8 * MiB, 0 } } },
	{ RAM,
	  32 * MiB,
	  { { MEMORY, 0, 32 * MiB }, { NO_MAP, 16 * MiB, 16 * MiB }, { IMAGE, 2 * MiB, 0 } } },
	{ RAM,
	  16 * MiB,
	  { { MEMORY, 0, 16 * MiB }, { NO_MAP, 7 * MiB, 0x1234 }, { IMAGE, 4 * MiB, 0 } } },
	/* Banks with nothing between them, within what one page of words is for and beyond. */
	{ RAM,
	  32 * MiB,
	  { { MEMORY, 0, 8 * MiB }, { MEMORY, 24 * MiB, 8 * MiB }, { IMAGE, 2 * MiB, 0 } } },
	{ RAM,
	  100 * MiB,
	  { { MEMORY, 0, 4 * MiB }, { MEMORY, 96 * MiB, 4 * MiB }, { IMAGE, 96 * MiB, 0 } } },
	{ RAM,
	  16 * MiB,
	  { { MEMORY, 0, 0x5000 },
	    { MEMORY, 0x5800, 0xff },
	    { MEMORY, 0x7abc, 8 * MiB },
	    { IMAGE, 4 * MiB, 0 } } },
	/* Two free ranges in one pageblock. */
	{ RAM,
	  6 * MiB,
	  { { MEMORY, 0, 6 * MiB },
	    { IMAGE, 2 * MiB, 0 },
	    { TAKEN, 0x80000, 0x70000 },
	    { TAKEN, 0x420000, 0x1a1234 } } },
	/* What somebody took is the buddy of what is free, above and below. */
	{ RAM,
	  40 * MiB,
	  { { MEMORY, 0, 40 * MiB }, { TAKEN, 16 * MiB, 16 * MiB }, { IMAGE, 0, 0 } } },
	{ RAM,
	  40 * MiB,
	  { { MEMORY, 0, 40 * MiB }, { TAKEN, 0, 16 * MiB }, { IMAGE, 36 * MiB, 0 } } },
	/* The image between what others took: its last pages, given back, have buddies there. */
	{ RAM,
	  16 * MiB,
	  { { MEMORY, 0, 16 * MiB },
	    { IMAGE, 4 * MiB, 0 },
	    { TAKEN, 4 * MiB + MACHINE_IMAGE_BYTES, 3 * MiB } } },
	{ RAM,
	  16 * MiB,
	  { { MEMORY, 0, 16 * MiB },
	    { IMAGE, 2 * MiB, 0 },
	    { TAKEN, 0, 2 * MiB },
	    { TAKEN, 2 * MiB + MACHINE_IMAGE_BYTES, 0x300000 - MACHINE_IMAGE_BYTES } } },
	/* The image and a free range make a whole pageblock, with nobody free beside it. */
	{ RAM,
	  16 * MiB,
	  { { MEMORY, 0, 16 * MiB },
	    { IMAGE, 4 * MiB, 0 },
	    { TAKEN, 0, 4 * MiB },
	    { TAKEN, 6 * MiB, 6 * MiB } } },
	{ RAM,
	  16 * MiB,
	  { { MEMORY, 0, 16 * MiB },
	    { IMAGE, 6 * MiB, 0 },
	    { TAKEN, 0, 6 * MiB },
	    { TAKEN, 8 * MiB, 4 * MiB } } },
};

/* The same where the largest blocks end. */
static const struct machine large_machines[] = {
	/* A hole in the middle of one, and one that is whole. */
	{ 4 * GiB,
	  2 * GiB,
	  { { MEMORY, 0, 2 * GiB }, { NO_MAP, 256 * MiB, 3 * MiB }, { IMAGE, 20 * MiB, 0 } } },
	/* Nothing is aligned to one, but one is in there. */
	{ 3 * GiB,
	  3 * GiB,
	  { { MEMORY, 514 * MiB, 2 * GiB },
	    { TAKEN, 1 * GiB, 0x123456 },
	    { IMAGE, 768 * MiB, 0 } } },
	/* Banks at both ends of one; the last begins where a hole of another ends. */
	{ 4 * GiB,
	  4 * GiB,
	  { { MEMORY, 0, 64 * MiB },
	    { MEMORY, 960 * MiB, 1 * GiB },
	    { MEMORY, 4 * GiB - 128 * MiB, 128 * MiB },
	    { IMAGE, 2 * MiB, 0 } } },
	/* From address 0, where a buddy below would be above. */
	{ 0, 1 * GiB, { { MEMORY, 0, 1 * GiB }, { IMAGE, 512 * MiB, 0 } } },
	{ 0, 1 * GiB, { { MEMORY, 0, 1 * GiB - MACHINE_IMAGE_BYTES }, { IMAGE, 0, 0 } } },
};

static void build(const struct machine *m)
{
	machine_begin(m->start, m->bytes);
	for (unsigned i = 0; i < ARRAY_SIZE(m->part) && m->part[i].kind; i++) {
		u64 base = m->start + m->part[i].offset, bytes = m->part[i].bytes;

		switch (m->part[i].kind) {
		case MEMORY:
			machine_add(base, bytes);
			break;
		case NO_MAP:
			machine_no_map(base, bytes);
			break;
		case TAKEN:
			machine_reserve(base, bytes, MEMBLOCK_FIRMWARE);
			break;
		default:
			machine_image(base);
		}
	}
}

/* Boot, take all and give it back, with and without the image's pages. */
static void run(const struct machine *m, unsigned order)
{
	build(m);
	assert_true(boot(m->start, m->bytes));
	take_and_give_all(order);
	give_image();
	take_and_give_all(order);
}

static void run_machines(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(machines); i++)
		run(&machines[i], 0);
}

static void run_large_machines(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(large_machines); i++)
		run(&large_machines[i], buddy_max_order());
}

/* No word that was not written is believed, on any of these machines. */
static void unwritten_words(void **state)
{
	(void)state;
	each_poison(run_machines, 0);
}

static void unwritten_words_large(void **state)
{
	(void)state;
	each_poison(run_large_machines, 25 - host_page_shift);
}

static void random_machines(void **state)
{
	(void)state;
	machine_poison = MACHINE_MIXED;
	for (unsigned i = 0; i < 100; i++) {
		u64 start = RAM + (host_random_below(64) << 16), bytes = 16 * MiB;

		machine_random(start, bytes);
		if (!boot(start, bytes))
			continue;
		walk_runs();
		take_and_give_all(0);
		give_image();
		walk_runs();
		take_and_give_all(0);
		walk_runs();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(unwritten_words),
		HOST_AT_EACH_PAGE_SHIFT(unwritten_words_large),
		HOST_AT_EACH_PAGE_SHIFT(random_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
