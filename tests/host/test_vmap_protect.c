// SPDX-License-Identifier: BSD-2-Clause
/*
 * Permissions that change, and operations that fail half-way.
 *
 * Sources: mm/vmap.c mm/vmap_area.c mm/vmalloc.c mm/vmap_protect.c mm/vmap_report.c lib/format.c
 * Sources: arch/arm64/pgtable.c arch/arm64/pgtable_entries.c arch/arm64/pgtable_change.c
 * Sources: arch/arm64/pgtable_replace.c
 * Sources: arch/arm64/pgtable_read.c arch/arm64/granule.c lib/string.c
 * Sources: tests/host/fake_mmu.c tests/host/fake_ram.c tests/host/vmap_space.c mm/compare_record.c
 */
#include <stdlib.h>
#include <string.h>

#include "vmap_space.h"

#include <cmocka.h>

#include <arch/layout.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <mm/pages.h>

#define PAGE vmap_space_page()

static void *at(u64 addr)
{
	return (void *)(uintptr_t)addr;
}

static u64 number(const void *p)
{
	return (uintptr_t)p;
}

static u64 block_bytes(void)
{
	return 1ULL << (2 * host_page_shift - 3);
}

static char refusal[512];

static void keep_refusal(const char *text)
{
	strncpy(refusal, text, sizeof(refusal) - 1);
}

typedef int set_fn(void *at, u64 bytes);

/* What each function makes of each kind; NULL where it refuses. */
static void each_rule(void **state)
{
	static const struct {
		set_fn *set;
		const char *name;
		const char *becomes[3];
	} rules[] = {
		{ vmap_set_ro, "vmap_set_ro", { "r-x---", "r-----", "r-----" } },
		{ vmap_set_rw, "vmap_set_rw", { NULL, "rw----", "rw----" } },
		{ vmap_set_nx, "vmap_set_nx", { "r-----", "r-----", "rw----" } },
		{ vmap_set_x, "vmap_set_x", { "r-x---", "r-x---", NULL } },
	};
	static const enum map_kind kinds[] = { MAP_TEXT, MAP_RODATA, MAP_DATA };
	paddr_t pages[3] = { { 8 * PAGE_SIZE_MAX }, { 3 * PAGE_SIZE_MAX }, { 9 * PAGE_SIZE_MAX } };

	(void)state;
	vmap_space_begin();
	for (unsigned r = 0; r < ARRAY_SIZE(rules); r++) {
		for (unsigned k = 0; k < 3; k++) {
			void *area = vmap_pages(pages, 3, kinds[k]);
			const char *becomes = rules[r].becomes[k];
			struct vmap_state before;
			int err;

			vmap_space_save(&before);
			refusal[0] = '\0';
			host_printk_hook = keep_refusal;
			err = rules[r].set(at(number(area) + PAGE), PAGE);
			host_printk_hook = NULL;
			if (becomes) {
				assert_int_equal(err, 0);
				assert_string_equal(vmap_space_access(number(area) + PAGE),
						    becomes);
				free(before.tables);
			} else {
				assert_int_equal(err, -EINVAL);
				assert_memory_equal(refusal, rules[r].name, strlen(rules[r].name));
				assert_non_null(strstr(refusal, "(W^X)"));
				vmap_space_expect_unchanged(&before);
			}
			/* The neighbours are what they were. */
			assert_string_equal(vmap_space_access(number(area)), k == 0   ? "r-x---"
									     : k == 1 ? "r-----"
										      : "rw----");
			assert_string_equal(vmap_space_access(number(area) + 2 * PAGE),
					    vmap_space_access(number(area)));
			vmap_free(area);
		}
	}
	vmap_space_end();
}

/* A range of several kinds: all of it, or, where one is refused, nothing. */
static void mixed_kinds(void **state)
{
	struct vmap_state before;
	u64 base;

	(void)state;
	vmap_space_begin();
	base = number(vmalloc(8 * PAGE, 0));
	assert_int_equal(vmap_set_ro(at(base + PAGE), 3 * PAGE), 0);
	assert_int_equal(vmap_set_x(at(base + 2 * PAGE), PAGE), 0);
	vmap_space_save(&before);
	assert_int_equal(vmap_set_rw(at(base), 8 * PAGE), -EINVAL);
	assert_int_equal(vmap_set_x(at(base), 8 * PAGE), -EINVAL);
	vmap_space_expect_unchanged(&before);
	assert_int_equal(vmap_set_ro(at(base), 8 * PAGE), 0);
	for (u64 i = 0; i < 8; i++)
		assert_string_equal(vmap_space_access(base + i * PAGE),
				    i == 2 ? "r-x---" : "r-----");
	assert_int_equal(vmap_set_nx(at(base), 8 * PAGE), 0);
	assert_int_equal(vmap_set_rw(at(base), 8 * PAGE), 0);
	for (u64 i = 0; i < 8; i++)
		assert_string_equal(vmap_space_access(base + i * PAGE), "rw----");
	vmap_space_check();
	vfree(at(base));
	vmap_space_end();
}

static void refuses_ranges_that_are_none(void **state)
{
	struct vmap_state before;
	u64 base, other;
	void *io;

	(void)state;
	vmap_space_begin();
	base = number(vmalloc(4 * PAGE, 0));
	other = number(vmalloc(4 * PAGE, 0));
	io = vmap_io(paddr(0x9000000), PAGE);
	vmap_space_save(&before);
	assert_int_equal(vmap_set_ro(at(base), 0), -EINVAL);
	assert_int_equal(vmap_set_ro(at(base + 8), PAGE), -EINVAL);
	assert_int_equal(vmap_set_ro(at(base), PAGE + 8), -EINVAL);
	assert_int_equal(vmap_set_ro(at(base - PAGE), PAGE), -EINVAL);
	assert_int_equal(vmap_set_ro(at(base), 5 * PAGE), -EINVAL);
	host_printk_hook = keep_refusal;
	assert_int_equal(vmap_set_ro(at(base + 4 * PAGE), PAGE), -EINVAL);
	host_printk_hook = NULL;
	assert_non_null(strstr(refusal, "not in one area"));
	assert_int_equal(vmap_set_ro(at(base), other + PAGE - base), -EINVAL);
	assert_int_equal(vmap_set_ro(at(base + PAGE), 0 - PAGE), -EINVAL);
	assert_int_equal(vmap_set_ro(NULL, PAGE), -EINVAL);
	assert_int_equal(vmap_set_ro(io, PAGE), -EINVAL);
	assert_int_equal(vmap_set_nx(io, PAGE), -EINVAL);
	vmap_space_expect_unchanged(&before);
	vfree(at(base));
	vfree(at(other));
	vmap_free(io);
	vmap_space_end();
}

static unsigned flushes_of_mapped;

static void look_at_flush(u64 va, u64 bytes)
{
	/* Break before make: the entries that are replaced are invalid while TLBs forget them. */
	(void)va, (void)bytes;
	if (bytes > PAGE)
		flushes_of_mapped += fake_flushes[fake_flush_count - 1].mapped != 0;
}

/* A page in the middle of a block, and then everything as one again by its contents. */
static void splits_blocks(void **state)
{
	u64 bytes = 2 * block_bytes(), base, page;
	struct fake_translation t;
	u64 pa;

	(void)state;
	vmap_space_begin();
	base = number(vmalloc(bytes, 0));
	page = base + block_bytes() + 5 * PAGE;
	pa = fake_translate(&vmap_space, page).pa;
	assert_int_equal(fake_translate(&vmap_space, page).bytes, block_bytes());
	fake_watch(&vmap_space);
	flushes_of_mapped = 0;
	fake_on_flush = look_at_flush;
	assert_int_equal(vmap_set_ro(at(page), PAGE), 0);
	fake_on_flush = NULL;
	assert_int_equal(flushes_of_mapped, 0);
	/* Block, then the page itself. */
	assert_true(fake_flush_count == 2);
	assert_int_equal(fake_flushes[0].va, base + block_bytes());
	assert_int_equal(fake_flushes[0].bytes, block_bytes());
	assert_int_equal(fake_flushes[1].va, page);

	assert_string_equal(vmap_space_access(page), "r-----");
	assert_string_equal(vmap_space_access(page - 1), "rw----");
	assert_string_equal(vmap_space_access(page + PAGE), "rw----");
	for (u64 va = base + block_bytes(); va < base + bytes; va += PAGE) {
		t = fake_translate(&vmap_space, va);
		assert_int_equal(t.pa, pa + va - page);
		assert_int_equal(t.bytes, PAGE);
	}
	/* The other block is whole, and runs that the page isn't in have their hint. */
	assert_int_equal(fake_translate(&vmap_space, base).bytes, block_bytes());
	t = fake_translate(&vmap_space, base + bytes - 1);
	assert_true(t.run_bytes > PAGE);
	assert_int_equal(fake_translate(&vmap_space, page).run_bytes, PAGE);
	vmap_space_check();
	vfree(at(base));
	vmap_space_end();
}

/* ---- failures ---- */

/* An operation on what set_up made; true when it succeeded. `undo` then reverts it. */
struct sweep {
	const char *name;
	void (*set_up)(void);
	bool (*run)(void);
	void (*undo)(void);
};

static void *subject, *result;

static void set_up_nothing(void)
{
	subject = NULL;
}

static void set_up_block(void)
{
	subject = vmalloc(block_bytes() * 2, 0);
	assert_non_null(subject);
}

static bool run_vmalloc(void)
{
	result = vmalloc(3 * block_bytes() / 2 + 3 * PAGE, 0);
	return result != NULL;
}

static bool run_vmalloc_small(void)
{
	fake_ram_max_order = 0;
	result = vmalloc(300 * PAGE, 0);
	fake_ram_max_order = 30 - host_page_shift;
	return result != NULL;
}

static void undo_vmalloc(void)
{
	vfree(result);
}

static bool run_pages(void)
{
	/* More than one table has room for. */
	u64 count = block_bytes() / PAGE + 88;
	paddr_t *pages = calloc(count, sizeof(*pages));

	for (u64 i = 0; i < count; i++)
		pages[i] = paddr((count - i) * PAGE);
	result = vmap_pages(pages, count, MAP_RODATA);
	free(pages);
	return result != NULL;
}

static bool run_io(void)
{
	result = vmap_io(paddr(block_bytes() + PAGE), 2 * block_bytes());
	return result != NULL;
}

static void undo_map(void)
{
	vmap_free(result);
}

/* Ends in two blocks, so two tables. */
static bool run_split(void)
{
	int err = vmap_set_ro(at(number(subject) + PAGE), 2 * block_bytes() - 3 * PAGE);

	assert_true(err == 0 || err == -ENOMEM);
	return !err;
}

static void undo_nothing(void)
{
}

static void nothing_is_half_done(void **state)
{
	static const struct sweep sweeps[] = {
		{ "vmalloc", set_up_nothing, run_vmalloc, undo_vmalloc },
		{ "vmalloc of pages", set_up_nothing, run_vmalloc_small, undo_vmalloc },
		{ "vmap_pages", set_up_nothing, run_pages, undo_map },
		{ "vmap_io", set_up_nothing, run_io, undo_map },
		{ "vmap_set_ro", set_up_block, run_split, undo_nothing },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(sweeps); i++) {
		const struct sweep *s = &sweeps[i];
		bool done = false;
		int n;

		for (n = 0; !done; n++) {
			struct vmap_state before;

			vmap_space_begin();
			vfree(vmalloc(1, 0)); /* the tables that are kept */
			s->set_up();
			vmap_space_save(&before);
			fake_fail_after = n;
			done = s->run();
			fake_fail_after = -1;
			if (!done) {
				vmap_space_expect_unchanged(&before);
			} else {
				free(before.tables);
				vmap_space_check();
				s->undo();
			}
			vfree(subject);
			vmap_space_end();
			assert_true(n < 2000);
		}
		/* It did fail before it succeeded. */
		assert_true(n > 1);
	}
}

static void no_memory_for_the_first_area(void **state)
{
	paddr_t page = { 0 };
	struct vmap_state before;

	(void)state;
	vmap_space_begin();
	vmap_space_save(&before);
	fake_fail_after = 0;
	assert_null(vmalloc(1, 0));
	assert_null(vmap_pages(&page, 1, MAP_DATA));
	assert_null(vmap_io(page, 1));
	fake_fail_after = -1;
	vmap_space_expect_unchanged(&before);
	assert_int_equal(fake_ram_bytes, 0);
	vmap_space_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(each_rule),
		HOST_AT_EACH_PAGE_SHIFT(mixed_kinds),
		HOST_AT_EACH_PAGE_SHIFT(refuses_ranges_that_are_none),
		HOST_AT_EACH_PAGE_SHIFT(splits_blocks),
		HOST_AT_EACH_PAGE_SHIFT(nothing_is_half_done),
		HOST_AT_EACH_PAGE_SHIFT(no_memory_for_the_first_area),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
