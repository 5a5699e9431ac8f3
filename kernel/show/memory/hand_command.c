// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's `alloc` and `free`: memory of each kind, and what it takes at this page size. */
#include <kernel/completion.h>
#include <kernel/errno.h>
#include <kernel/hand.h>
#include <kernel/monitor.h>
#include <lib/format.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>

#define COUNT_MOST (1ULL << 20)
#define AREAS_MOST (1ULL << 18) /* of virtual addresses: each has tables, and a TLB to be told */
#define ALIKE_MOST 8  /* more pieces that differ in nothing but the address share a line */
#define LINES_MOST 64 /* of pieces; the rest is a sum */

/* ---- what is held ---- */

/* How many pieces from number `first` on are alike, with handles that ascend by one or none. */
static u64 alike(u64 first)
{
	const struct hand_piece *pieces = hand_book.pieces;
	u64 i = first + 1;

	while (i < hand_book.count && pieces[i].kind == pieces[first].kind &&
	       pieces[i].bytes == pieces[first].bytes &&
	       pieces[i].handle - pieces[i - 1].handle <= 1)
		i++;
	return i - first;
}

/* A piece, or `count` pieces that are alike. */
static void print_pieces(const struct hand_piece *first, u64 count)
{
	char asked[FORMAT_BYTES_SIZE], taken[FORMAT_BYTES_SIZE], unused[FORMAT_BYTES_SIZE];
	u64 bytes = hand_taken_bytes(first);

	printk("alloc: %u", first->handle);
	if (count > 1)
		printk(" to %u: %llu x", first[count - 1].handle, count);
	else
		printk(":");
	printk(" %s %s%s at %#llx, physical %#llx; takes %s, %s of it unused\n",
	       hand_kind_name(first->kind), format_bytes(asked, sizeof(asked), first->bytes),
	       count > 1 ? ", the first" : "", vaddr_of(first->at).val, hand_paddr(first).val,
	       format_bytes(taken, sizeof(taken), bytes),
	       format_bytes(unused, sizeof(unused), bytes - first->bytes));
}

/* The pieces from number `first` on. */
static void print_held(u64 first)
{
	unsigned lines = 0;

	while (first < hand_book.count && lines < LINES_MOST) {
		u64 count = alike(first);

		count = count > ALIKE_MOST ? count : 1;
		print_pieces(&hand_book.pieces[first], count);
		first += count;
		lines++;
	}
	if (first < hand_book.count)
		printk("alloc: and %llu more\n", hand_book.count - first);
}

static int list(void)
{
	char asked[FORMAT_BYTES_SIZE], taken[FORMAT_BYTES_SIZE];
	u64 bytes = 0, taken_bytes = 0;

	for (u64 i = 0; i < hand_book.count; i++) {
		bytes += hand_book.pieces[i].bytes;
		taken_bytes += hand_taken_bytes(&hand_book.pieces[i]);
	}
	print_held(0);
	printk("alloc: %llu held by hand: %s asked for, %s taken\n", hand_book.count,
	       format_bytes(asked, sizeof(asked), bytes),
	       format_bytes(taken, sizeof(taken), taken_bytes));
	return 0;
}

/* ---- allocating ---- */

static void explain(enum hand_kind kind, u64 bytes, u64 count, u64 done,
		    const struct hand_refusal *refusal)
{
	char size[FORMAT_BYTES_SIZE], largest[FORMAT_BYTES_SIZE], free[FORMAT_BYTES_SIZE];

	printk("alloc: no memory for %s of %s", hand_kind_name(kind),
	       format_bytes(size, sizeof(size), bytes));
	if (done)
		printk(" after %llu of %llu, which are given back", done, count);
	printk(": %s%sthe largest free run has %s, of %s that are free\n",
	       refusal->why ? refusal->why : "", refusal->why ? "; " : "",
	       format_bytes(largest, sizeof(largest), refusal->largest_bytes),
	       format_bytes(free, sizeof(free), refusal->free_bytes));
}

static int alloc(enum hand_kind kind, u64 bytes, u64 count)
{
	u64 first = hand_book.count, done;
	struct hand_refusal refusal;
	int err = hand_add(&hand_book, kind, bytes, count, &done, &refusal);

	if (err)
		explain(kind, bytes, count, done, &refusal);
	else
		print_held(first);
	return err;
}

static int usage(void)
{
	printk("alloc: write alloc, or alloc KIND SIZE [COUNT]; KIND is pages, kmalloc, vmalloc, "
	       "movable or contig\n");
	return -EINVAL;
}

/* HAND_KINDS: no such kind, and what only `cma fill` makes is none. */
static enum hand_kind find_kind(const char *name)
{
	unsigned kind = 0;

	while (kind < HAND_LENT && strcmp(name, hand_kind_name((enum hand_kind)kind)))
		kind++;
	return kind < HAND_LENT ? (enum hand_kind)kind : HAND_KINDS;
}

/* What takes its time for each page is bounded in all. */
static u64 count_most(enum hand_kind kind, u64 bytes)
{
	if (kind == HAND_MOVABLE)
		return MIN(AREAS_MOST, HAND_MOVABLE_BYTES_MAX / bytes);
	return kind == HAND_VMALLOC ? AREAS_MOST : COUNT_MOST;
}

COMPLETER(KIND)
{
	for (unsigned kind = 0; kind < HAND_LENT; kind++)
		completion_offer(c, hand_kind_name((enum hand_kind)kind));
}

COMMAND(alloc, "[KIND SIZE [COUNT]]", "allocate by hand, or list what is held so")
{
	char most[FORMAT_BYTES_SIZE];
	enum hand_kind kind;
	u64 bytes, count = 1, most_pieces;

	if (argc == 1)
		return list();
	kind = find_kind(argv[1]);
	if (argc < 3 || argc > 4 || kind == HAND_KINDS)
		return usage();
	if (parse_size(argv[2], strlen(argv[2]), NULL, &bytes) || !bytes ||
	    bytes > hand_bytes_max(kind)) {
		printk("alloc: %s is no size for %s: write 1 to %s\n", argv[2], argv[1],
		       format_bytes(most, sizeof(most), hand_bytes_max(kind)));
		return -EINVAL;
	}
	most_pieces = count_most(kind, bytes);
	if (argc == 4 &&
	    (parse_u64(argv[3], strlen(argv[3]), &count) || !count || count > most_pieces)) {
		printk("alloc: %s is no count for this: write 1 to %llu\n", argv[3], most_pieces);
		return -EINVAL;
	}
	return alloc(kind, bytes, count);
}

/* ---- giving back ---- */

COMMAND(free, "HANDLE | all", "give back what was allocated by hand, and look into it")
{
	char size[FORMAT_BYTES_SIZE];
	struct hand_sum sum;
	u64 handle = 0;
	bool all = argc == 2 && !strcmp(argv[1], "all");

	if (argc != 2 || (!all && parse_u64(argv[1], strlen(argv[1]), &handle))) {
		printk("free: write free HANDLE, a number that alloc printed, or free all\n");
		return -EINVAL;
	}
	hand_drop(&hand_book, all ? hand_is_any : hand_has_handle, handle, &sum);
	if (!sum.pieces && !all) {
		printk("free: %llu is no handle that is held; alloc lists them\n", handle);
		return -ENOENT;
	}
	printk("free: %llu pieces of %s given back, %llu of them harmed\n", sum.pieces,
	       format_bytes(size, sizeof(size), sum.bytes), sum.harmed);
	return sum.harmed ? -EIO : 0;
}
