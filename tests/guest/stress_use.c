// SPDX-License-Identifier: BSD-2-Clause
/* What `stress` does to memory: pieces, pins and claims, at random. */
#include <arch/page.h>
#include <lib/random.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/cma.h>
#include <mm/vmap.h>

#include "stress_inside.h"

#define PIECES_MOST  96 /* besides those that there are at first */
#define CLAIM_LIMIT  (2 * GiB)
#define MARKS_MOST   5000       /* pages of a claim that are written to */
#define FIRST_PIECE  (64 * KiB) /* a page at 64K, four at 16K, sixteen at 4K */
#define PIECE_SHIFTS 22         /* pieces have up to 4 MiB */

static u64 below(struct stress *s, u64 limit)
{
	return random_below(&s->random, limit);
}

void stress_expect(struct stress *s, bool fact, const char *broken)
{
	if (!fact && !s->broken)
		s->broken = broken;
}

/* ---- pins ---- */

static void unpin(struct stress *s, struct pins *pins)
{
	struct pin *pin = &pins->pin[--pins->count];

	/* That is what a pin is for. */
	stress_expect(s, vmap_to_paddr(pin->at).val == pin->pa.val, "a pinned page moved");
	movable_unpin(pin->at);
}

void stress_get_on(struct stress *s)
{
	struct pins *pins = &s->pins[MOVABLE_PIN_SHORT];

	if (pins->count)
		unpin(s, pins);
}

static bool is_pinned(const struct stress *s, const struct hand_piece *piece)
{
	for (unsigned how = 0; how <= MOVABLE_PIN_LONG; how++)
		for (unsigned i = 0; i < s->pins[how].count; i++)
			if ((u64)(s->pins[how].pin[i].at - piece->at) < piece->bytes)
				return true;
	return false;
}

static struct hand_piece *any_piece(struct stress *s)
{
	return &s->book.pieces[below(s, s->book.count)];
}

static void use_pins(struct stress *s)
{
	enum movable_pin how = below(s, 2) ? MOVABLE_PIN_SHORT : MOVABLE_PIN_LONG;
	struct pins *pins = &s->pins[how];
	struct pin *pin = &pins->pin[pins->count];
	const struct hand_piece *piece;

	if (pins->count == PINS_MOST || (pins->count && below(s, 2))) {
		unpin(s, pins);
		return;
	}
	if (!s->book.count)
		return;
	piece = any_piece(s);
	if (piece->kind != HAND_MOVABLE)
		return;
	pin->at = piece->at + below(s, piece->bytes);
	if (movable_pin(pin->at, how, &pin->pa)) {
		s->sums.pins_refused++; /* no memory outside, or pinned for a short time */
		return;
	}
	if (how == MOVABLE_PIN_LONG)
		stress_expect(s, frame_pageblock_type(pin->pa) != MIGRATE_CMA,
			      "a page with a long pin is in a CMA region");
	s->sums.pins++;
	pins->count++;
}

/* ---- pieces ---- */

static void take_piece(struct stress *s)
{
	enum hand_kind kind = (enum hand_kind)below(s, HAND_LENT);
	u64 bytes = 1 + below(s, 1ULL << below(s, PIECE_SHIFTS + 1));
	const struct hand_piece *piece;
	struct hand_refusal refusal;

	if (hand_add_to(&s->book, kind, bytes, s->book.last + 1, &refusal)) {
		s->sums.refused++;
		return;
	}
	s->sums.taken++;
	piece = &s->book.pieces[s->book.count - 1];
	if (kind != HAND_MOVABLE)
		stress_expect(s, frame_pageblock_type(hand_paddr(piece)) != MIGRATE_CMA,
			      "what can't move is in a CMA region");
}

static void drop(struct stress *s, bool (*is_it)(const struct hand_piece *, u64), u64 handle)
{
	struct hand_sum sum;

	hand_drop(&s->book, is_it, handle, &sum);
	s->sums.given += sum.pieces;
	stress_expect(s, !sum.harmed, "a piece was harmed");
}

static void use_pieces(struct stress *s)
{
	const struct hand_piece *piece;

	if (s->book.count < s->first_pieces + PIECES_MOST && (below(s, 2) || !s->book.count)) {
		take_piece(s);
		return;
	}
	piece = any_piece(s);
	if (!is_pinned(s, piece))
		drop(s, hand_has_handle, piece->handle);
}

/* ---- claims ---- */

static void claim(struct stress *s)
{
	struct claim *c = &s->claims[s->claim_count];
	u64 align, step;

	c->region = cma_region((unsigned)below(s, s->regions));
	c->bytes = 1 + below(s, MIN(c->region->bytes >> below(s, 10), CLAIM_LIMIT));
	align = 1ULL << below(s, PIECE_SHIFTS);
	if (cma_alloc(c->region, c->bytes, align, &c->pa)) {
		s->sums.claims_refused++; /* claimed already, or memory is full */
		return;
	}
	/*
	 * Whoever still has a page of it sees that. Not each of very many: a large machine may have
	 * borrowed its memory, and would touch all of it.
	 */
	step = page_align_up(MAX(c->bytes / MARKS_MOST, 1ULL));
	for (u64 at = 0; at < c->bytes; at += step)
		*(u64 *)vaddr_ptr(paddr_to_linear(paddr_add(c->pa, at))) = ~0ULL;
	s->sums.claims++;
	s->claim_count++;
}

static void release(struct stress *s, unsigned i)
{
	struct claim *c = &s->claims[i];

	stress_expect(s, !cma_free(c->region, c->pa, c->bytes), "a claim could not be released");
	*c = s->claims[--s->claim_count];
}

static void use_regions(struct stress *s)
{
	if (s->claim_count < CLAIMS_MOST && s->regions && below(s, 2))
		claim(s);
	else if (s->claim_count)
		release(s, (unsigned)below(s, s->claim_count));
}

/* ---- all of it ---- */

void stress_begin(struct stress *s, u64 bytes)
{
	struct hand_refusal refusal;
	u64 done;

	s->random = s->seed;
	while (cma_region(s->regions))
		s->regions++;
	if (hand_add(&s->book, HAND_MOVABLE, FIRST_PIECE, bytes / FIRST_PIECE, &done, &refusal))
		s->sums.refused++;
	s->first_pieces = s->book.count;
	s->sums.taken = s->first_pieces;
}

void stress_use(struct stress *s)
{
	static void (*const users[])(struct stress *) = { use_pieces, use_pieces, use_pins,
							  use_regions };
	void (*user)(struct stress *) = users[below(s, ARRAY_SIZE(users))];
	struct pins *brief = &s->pins[MOVABLE_PIN_SHORT];

	/* What allocates or waits holds no short pin: another CPU may be waiting for that. */
	while (!s->alone && user != use_pins && brief->count)
		unpin(s, brief);
	user(s);
}

void stress_verify(struct stress *s)
{
	for (u64 i = 0; i < s->book.count; i++)
		stress_expect(s, hand_verify(&s->book.pieces[i]) == HAND_WHOLE,
			      "a piece was harmed");
}

void stress_end(struct stress *s)
{
	for (unsigned how = 0; how <= MOVABLE_PIN_LONG; how++)
		while (s->pins[how].count)
			unpin(s, &s->pins[how]);
	while (s->claim_count)
		release(s, s->claim_count - 1);
	drop(s, hand_is_any, 0);
	stress_expect(s, s->sums.given == s->sums.taken, "what is given back isn't what was taken");
}
