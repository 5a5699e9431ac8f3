// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory held by hand: what a book knows, what it says at the prompt, and that everything goes back
 * whichever allocation fails. The allocators are the C library's here, with a count.
 *
 * Sources: kernel/show/memory/hand.c kernel/show/memory/hand_command.c lib/format.c lib/parse.c
 * Sources: lib/string.c kernel/prompt/completion.c kernel/prompt/words.c tests/host/fake_heap.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/errno.h>
#include <kernel/hand.h>
#include <kernel/monitor.h>

#include "fake_heap.h"

extern const struct monitor_command command_entry_alloc, command_entry_free;
static char said[8192];

/* ---- the prompt ---- */

static void hear(const char *text)
{
	size_t used = strlen(said);

	snprintf(said + used, sizeof(said) - used, "%s", text);
}

/* Words between blanks, the first the command. */
static int type(const char *line)
{
	char *copy = strdup(line), *rest = copy;
	char *argv[MONITOR_ARGS_MOST + 1];
	int argc = 0, err;

	while ((argv[argc] = strtok_r(rest, " ", &rest)))
		argc++;
	said[0] = '\0';
	host_printk_hook = hear;
	err = (strcmp(argv[0], "free") ? command_entry_alloc : command_entry_free).run(argc, argv);
	host_printk_hook = NULL;
	free(copy);
	return err;
}

static void is_said(const char *text)
{
	if (!strstr(said, text))
		fail_msg("not said: %s; but: %s", text, said);
}

static void begin(void)
{
	hand_book = (struct hand_book){ 0 };
	heap_live = heap_asked = heap_fail_at = heap_list_bytes = 0;
}

/* Nothing is left, the list included. */
static void end(void)
{
	assert_int_equal(heap_live, 0);
	assert_int_equal(hand_book.count, 0);
	assert_null(hand_book.pieces);
	assert_int_equal(heap_list_bytes, 0);
}

/* Each kind asks its allocator, and says what it takes beside what was asked for. */
static void kinds(void **state)
{
	static const struct {
		const char *line;
		enum hand_kind kind;
	} rows[] = { { "alloc pages 100", HAND_PAGES },
		     { "alloc kmalloc 100", HAND_KMALLOC },
		     { "alloc vmalloc 100", HAND_VMALLOC },
		     { "alloc movable 100", HAND_MOVABLE },
		     { "alloc contig 100", HAND_CONTIG } };
	char taken[64];

	(void)state;
	begin();
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		u64 takes = rows[i].kind == HAND_KMALLOC ? 112 : page_size();

		assert_int_equal(type(rows[i].line), 0);
		assert_int_equal(heap_kind, rows[i].kind);
		assert_int_equal(hand_book.pieces[i].handle, i + 1);
		assert_int_equal(hand_taken_bytes(&hand_book.pieces[i]), takes);
		is_said(hand_kind_name(rows[i].kind));
		snprintf(taken, sizeof(taken), "%llu B of it unused\n", takes - 100);
		is_said(takes == 112 ? taken : "takes ");
	}
	assert_int_equal(type("alloc"), 0);
	is_said("alloc: 5 held by hand: 500 B asked for, ");
	assert_int_equal(type("free 3"), 0);
	is_said("free: 1 pieces of 100 B given back, 0 of them harmed\n");
	assert_int_equal(type("free 3"), -ENOENT);
	is_said("free: 3 is no handle that is held");
	assert_int_equal(hand_book.count, 4);
	assert_int_equal(type("free all"), 0);
	assert_int_equal(type("free all"), 0);
	is_said("free: 0 pieces of 0 B");
	assert_int_equal(type("free 1"), -ENOENT);
	/* A handle isn't used again. */
	assert_int_equal(type("alloc pages 1"), 0);
	is_said("alloc: 6: pages 1 B at ");
	assert_int_equal(type("free 6"), 0);
	end();
}

static void refusals(void **state)
{
	static const char *const rows[][2] = {
		{ "alloc pages", "alloc: write alloc, or alloc KIND SIZE" },
		{ "alloc lent 4K", "alloc: write alloc, or alloc KIND SIZE" },
		{ "alloc pages 4K 1 1", "alloc: write alloc, or alloc KIND SIZE" },
		{ "alloc 4K", "alloc: write alloc, or alloc KIND SIZE" },
		{ "alloc pages 0", "alloc: 0 is no size for pages: write 1 to 1 GiB" },
		{ "alloc pages 4Q", "alloc: 4Q is no size for pages: write 1 to 1 GiB" },
		{ "alloc kmalloc 1073741825", "is no size for kmalloc: write 1 to 1 GiB" },
		{ "alloc movable 5G", "is no size for movable: write 1 to 4 GiB" },
		{ "alloc vmalloc 17T", "is no size for vmalloc: write 1 to 16 TiB" },
		{ "alloc contig 0xffffffffffffffff", "is no size for contig: write 1 to 16 TiB" },
		{ "alloc pages 4K 0", "alloc: 0 is no count for this: write 1 to 1048576" },
		{ "alloc vmalloc 1 262145",
		  "alloc: 262145 is no count for this: write 1 to 262144" },
		{ "alloc movable 1 262145",
		  "alloc: 262145 is no count for this: write 1 to 262144" },
		{ "alloc movable 1G 5", "alloc: 5 is no count for this: write 1 to 4" },
		{ "alloc pages 4K -1", "alloc: -1 is no count" },
		{ "alloc pages 4K 1048577", "alloc: 1048577 is no count" },
		{ "free", "free: write free HANDLE" },
		{ "free 1 2", "free: write free HANDLE" },
		{ "free every", "free: write free HANDLE" },
	};

	(void)state;
	begin();
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(type(rows[i][0]), -EINVAL);
		is_said(rows[i][1]);
	}
	assert_int_equal(heap_asked, 0);
	end();
}

/* Of a count that fails half way nothing is left, and the list is as large as before. */
static void failure_at_each_step(void **state)
{
	u64 before_bytes, steps;

	(void)state;
	for (u64 held = 0; held < 40; held += 13) {
		begin();
		for (u64 i = 0; i < held; i++)
			assert_int_equal(type("alloc kmalloc 8"), 0);
		before_bytes = heap_list_bytes;
		for (steps = 1;; steps++) {
			u32 last = hand_book.last;
			int err;

			heap_asked = 0;
			heap_fail_at = steps;
			err = type("alloc contig 5 50");
			heap_fail_at = 0;
			if (!err)
				break;
			assert_int_equal(err, -ENOMEM);
			is_said("alloc: no memory for contig of 5 B");
			is_said(", of 50 MiB that are free\n");
			assert_int_equal(heap_live, held);
			assert_int_equal(hand_book.count, held);
			assert_int_equal(hand_book.last, last);
			assert_int_equal(heap_list_bytes, before_bytes);
		}
		assert_true(steps > 50);
		assert_int_equal(heap_live, held + 50);
		assert_int_equal(type("free all"), 0);
		end();
	}
}

static void why(void **state)
{
	char line[128];

	(void)state;
	begin();
	heap_fail_at = 5;
	assert_int_equal(type("alloc contig 4K 9"), -ENOMEM);
	is_said(" after 3 of 9, which are given back: it is full; the largest free run has 3 MiB, "
		"of 50 MiB that are free\n");
	heap_asked = 0;
	heap_fail_at = 2;
	assert_int_equal(type("alloc vmalloc 4K"), -ENOMEM);
	snprintf(line, sizeof(line), "of 4 KiB: the largest free run has %llu KiB, of 50 MiB",
		 4 * page_size() / KiB);
	is_said(line);
	heap_asked = 0;
	heap_fail_at = 1;
	assert_int_equal(type("alloc vmalloc 4K"), -ENOMEM);
	is_said("the list of what is held can't grow; ");
	end();
}

/* Whatever its size, a byte that changed where a sign is is seen, and said where. */
static void harm(void **state)
{
	static const u64 sizes[] = { 1, 7, 8, 63, 64, 65, 1000, 4096, 100000, 5 * MiB };
	char line[128];

	(void)state;
	begin();
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		static const u64 at[] = { 0, 64, 4096 };

		for (unsigned k = 0; k < ARRAY_SIZE(at) && at[k] < sizes[i]; k++) {
			struct hand_piece *piece;

			snprintf(line, sizeof(line), "alloc movable %llu 2", sizes[i]);
			assert_int_equal(type(line), 0);
			piece = &hand_book.pieces[1];
			assert_int_equal(hand_verify(piece), HAND_WHOLE);
			piece->at[at[k]] ^= 1;
			/* A large piece has a sign every other line. */
			if (sizes[i] / 64 > HAND_SIGNS_MOST && at[k] % 128)
				assert_int_equal(hand_verify(piece), HAND_WHOLE);
			else
				assert_int_equal(hand_verify(piece), at[k]);
			piece->at[0] ^= 2;
			assert_int_equal(type("free all"), -EIO);
			is_said(": byte 0 of the movable at 0x");
			is_said("2 pieces of ");
			is_said("1 of them harmed\n");
		}
	}
	end();
}

/* Two pieces that swap their content are both seen. */
static void swap(void **state)
{
	u8 content[4096];

	(void)state;
	begin();
	assert_int_equal(type("alloc movable 4K 2"), 0);
	memcpy(content, hand_book.pieces[0].at, sizeof(content));
	memcpy(hand_book.pieces[0].at, hand_book.pieces[1].at, sizeof(content));
	memcpy(hand_book.pieces[1].at, content, sizeof(content));
	assert_int_equal(type("free all"), -EIO);
	is_said("2 of them harmed\n");
	end();
}

static unsigned lines(void)
{
	unsigned count = 0;

	for (const char *at = said; (at = strchr(at, '\n')); at++)
		count++;
	return count;
}

/* However much is held, it fits a screen or three. */
static void long_lists(void **state)
{
	(void)state;
	begin();
	assert_int_equal(type("alloc kmalloc 100 5000"), 0);
	assert_int_equal(lines(), 1);
	is_said("alloc: 1 to 5000: 5000 x kmalloc 100 B, the first at ");
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(type(i % 2 ? "alloc kmalloc 8" : "alloc kmalloc 9"), 0);
	assert_int_equal(type("alloc"), 0);
	assert_int_equal(lines(), 66);
	is_said("alloc: and 37 more\n");
	assert_int_equal(type("free 17"), 0);
	assert_int_equal(type("alloc"), 0);
	is_said("alloc: 1 to 16: 16 x kmalloc");
	is_said("alloc: 18 to 5000: 4983 x kmalloc");
	assert_int_equal(type("free all"), 0);
	is_said("free: 5099 pieces of ");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(kinds), HOST_AT_EACH_PAGE_SHIFT(refusals),
		HOST_AT_EACH_PAGE_SHIFT(why),   HOST_AT_EACH_PAGE_SHIFT(harm),
		HOST_AT_EACH_PAGE_SHIFT(swap),  cmocka_unit_test(failure_at_each_step),
		cmocka_unit_test(long_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
