// SPDX-License-Identifier: BSD-2-Clause
/*
 * The tree of areas against a sorted list that is searched from its beginning.
 *
 * Sources: mm/vmap/vmap_area.c
 */
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/compiler.h>
#include <mm/vmap_area.h>

#define MOST  600
#define UNIT  16
#define START 0x1000
#define END   (START + 4000 * UNIT)

static struct vmap_area *list[MOST]; /* ascending */
static unsigned count;
static struct vmap_tree tree;

static void begin(void)
{
	count = 0;
	tree = (struct vmap_tree){ .base = START, .end = END };
}

static void check(void)
{
	u64 where = 0;
	const char *broken = vmap_area_check(&tree, &where);

	if (broken)
		fail_msg("%#llx: %s", where, broken);
	assert_int_equal(tree.count, count);
}

static u64 end_before(unsigned i)
{
	return i ? list[i - 1]->end : START;
}

static u64 base_of(unsigned i)
{
	return i < count ? list[i]->base : END;
}

static bool naive_gap(u64 bytes, u64 align, u64 *at)
{
	for (unsigned i = 0; i <= count; i++) {
		if (base_of(i) - end_before(i) < bytes + align - UNIT)
			continue;
		*at = ALIGN_UP(end_before(i), align);
		return true;
	}
	return false;
}

static void add(u64 base, u64 end)
{
	struct vmap_area *area = calloc(1, sizeof(*area));
	unsigned i = count;

	assert_true(count < MOST);
	area->base = base;
	area->end = end;
	for (; i && list[i - 1]->base > base; i--)
		list[i] = list[i - 1];
	list[i] = area;
	count++;
	vmap_area_insert(&tree, area);
}

static void take(unsigned i)
{
	vmap_area_remove(&tree, list[i]);
	free(list[i]);
	memmove(&list[i], &list[i + 1], (--count - i) * sizeof(list[0]));
}

static void drain(void)
{
	while (count)
		take((unsigned)host_random_below(count));
	check();
	assert_null(tree.root);
}

static void look_up(u64 addr)
{
	struct vmap_area *below = NULL, *above = NULL;

	for (unsigned i = count; i--;) {
		if (list[i]->base > addr)
			above = list[i];
		else if (!below)
			below = list[i];
	}
	assert_ptr_equal(vmap_area_below(&tree, addr), below);
	assert_ptr_equal(vmap_area_above(&tree, addr), above);
}

static void equals_a_sorted_list(void **state)
{
	(void)state;
	begin();
	for (unsigned op = 0; op < 400000; op++) {
		u64 bytes = (1 + host_random_below(host_random_below(40) ? 8 : 200)) * UNIT;
		u64 align = (u64)UNIT << host_random_below(6), at = 0, want = 0;
		/* Grow for a while, then shrink for a while. */
		bool grow = host_random_below(100) < (op / 20000 % 2 ? 30 : 70);
		bool found;

		if (grow && count < MOST) {
			found = vmap_area_gap(&tree, bytes, align, UNIT, &at);
			assert_int_equal(found, naive_gap(bytes, align, &want));
			if (found) {
				assert_int_equal(at, want);
				add(at, at + bytes);
			}
		} else if (count) {
			take((unsigned)host_random_below(count));
		}
		look_up(START + host_random_below(END - START));
		if (op % 64 == 0)
			check();
	}
	drain();
}

/* Insertions in order are what unbalances a tree that isn't balanced. */
static void stays_low(void **state)
{
	(void)state;
	for (unsigned way = 0; way < 2; way++) {
		begin();
		for (u64 i = 0; i < 512; i++) {
			u64 at = START + (way ? 511 - i : i) * UNIT;

			add(at, at + UNIT);
		}
		check();
		/* 1.44 log2(512) + 1 */
		assert_true(tree.root->height <= 13);
		drain();
	}
}

static void fills_up_to_the_last_byte(void **state)
{
	u64 at;

	(void)state;
	begin();
	assert_false(vmap_area_gap(&tree, END - START + UNIT, UNIT, UNIT, &at));
	assert_false(vmap_area_gap(&tree, ~0ULL - 15, 64, UNIT, &at));
	assert_true(vmap_area_gap(&tree, END - START, UNIT, UNIT, &at));
	assert_int_equal(at, START);
	add(at, END);
	assert_false(vmap_area_gap(&tree, UNIT, UNIT, UNIT, &at));
	drain();
}

static void refuses_overlaps(void **state)
{
	struct vmap_area other = { .base = START + 2 * UNIT, .end = START + 4 * UNIT };

	(void)state;
	begin();
	add(START + 3 * UNIT, START + 5 * UNIT);
	assert_true(HOST_ASSERTS(vmap_area_insert(&tree, &other)));
	other.base = START + 4 * UNIT, other.end = START + 6 * UNIT;
	assert_true(HOST_ASSERTS(vmap_area_insert(&tree, &other)));
	other.base = START - UNIT, other.end = START + UNIT;
	assert_true(HOST_ASSERTS(vmap_area_insert(&tree, &other)));
	other.base = END - UNIT, other.end = END + UNIT;
	assert_true(HOST_ASSERTS(vmap_area_insert(&tree, &other)));
	other.base = other.end = START;
	assert_true(HOST_ASSERTS(vmap_area_insert(&tree, &other)));
	other.base = START, other.end = START + UNIT;
	assert_true(HOST_ASSERTS(vmap_area_remove(&tree, &other)));
	/* Another area than the one that is there. */
	other.base = START + 3 * UNIT, other.end = START + 5 * UNIT;
	assert_true(HOST_ASSERTS(vmap_area_remove(&tree, &other)));
	check();
	drain();
}

/* Each kind of fault, planted. */
static void check_finds_what_is_broken(void **state)
{
	static const struct {
		const char *rule;
		size_t offset;
	} faults[] = {
		{ "A1", offsetof(struct vmap_area, base) },
		{ "A1", offsetof(struct vmap_area, end) },
		{ "A3", offsetof(struct vmap_area, low) },
		{ "A3", offsetof(struct vmap_area, high) },
		{ "A3", offsetof(struct vmap_area, gap) },
	};
	struct vmap_area *left;
	u64 where;

	(void)state;
	begin();
	for (u64 i = 0; i < 9; i++)
		add(START + 3 * i * UNIT, START + (3 * i + 1) * UNIT);
	check();
	for (unsigned i = 0; i < ARRAY_SIZE(faults); i++) {
		u64 *word = (u64 *)(void *)((char *)tree.root->child[0] + faults[i].offset);
		u64 was = *word;

		*word = i < 2 ? tree.root->end : was + UNIT;
		assert_non_null(vmap_area_check(&tree, &where));
		assert_memory_equal(vmap_area_check(&tree, &where), faults[i].rule, 2);
		*word = was;
	}
	left = tree.root->child[0];
	tree.root->child[0] = NULL;
	assert_memory_equal(vmap_area_check(&tree, &where), "A2", 2);
	tree.root->child[0] = left;
	tree.count++;
	assert_memory_equal(vmap_area_check(&tree, &where), "A1", 2);
	tree.count--;
	check();
	drain();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_a_sorted_list),       cmocka_unit_test(stays_low),
		cmocka_unit_test(fills_up_to_the_last_byte),  cmocka_unit_test(refuses_overlaps),
		cmocka_unit_test(check_finds_what_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
