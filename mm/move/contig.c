// SPDX-License-Identifier: BSD-2-Clause
/*
 * Empties a range and takes it. <mm/contig.h> has the contract.
 *
 * The range is walked from head to head (I1 of <mm/frame.h>). What is free in it is taken at once;
 * movable pages are collected, and become the caller's by moving. So everything
 * before the walk is the caller's, and nothing there can change; what is ahead is off the market,
 * and can only become less. Two kinds of page are passed over and looked at again: pinned ones, and
 * those that somebody has allocated but not mapped yet. Anything else ends the attempt.
 *
 * Where types of pageblocks differ they would have to be remembered. There the range stays on the
 * market, but all that is free in it is taken first, so that nothing moves from one part of it to
 * another. If somebody else gets what is freed in it meanwhile, the attempt fails.
 */
#include <arch/page.h>
#include <arch/pmu.h>
#include <arch/spinlock.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <mm/buddy.h>
#include <mm/contig.h>
#include <mm/hooks.h>
#include <mm/migrate.h>
#include <mm/pageblock.h>
#include <mm/pages.h>
#include <mm/rmap.h>

void (*contig_idle)(void);

static struct spinlock lock;

/* A range on its way. */
struct emptying {
	u64 base;
	u64 end;
	enum migratetype type;
	bool wait;
	bool mixed; /* types of pageblocks differ, and the first may begin without a head */
	u64 head;   /* at or below base, and surely a head */
	struct contig_result *result;
	u64 from;     /* where the next round begins: there is nothing left to do below */
	u64 walked;   /* what is claimed below is ours, and above it somebody else's */
	bool again;   /* something found no place until blocks kept hot were drained */
	bool waiting; /* something was passed over that will go away by itself: at result->where, */
	u64 waits_for; /* until its frame has another word than this */
	u64 waited_ns; /* so far */
	bool drained;  /* blocks kept hot are free, so that -ENOMEM is the last word */
	struct migrate_batch batch;
};

/* ---- off the market, and back ---- */

static void set_types(const struct emptying *e, enum migratetype type)
{
	u64 first = ALIGN_DOWN(e->base, PAGEBLOCK_BYTES);

	if (e->mixed)
		return;
	buddy_lock();
	for (; first < e->end; first += PAGEBLOCK_BYTES)
		pageblock_set_type(paddr(first), type);
	buddy_unlock();
}

/* Put back what was taken. A word that blocks merge over still says how long its block was. */
static void undo(struct emptying *e)
{
	buddy_lock();
	for (u64 at = ALIGN_DOWN(e->base, PAGEBLOCK_BYTES); at < e->end;) {
		const struct frame *f = frame_of(paddr(at));
		u64 bytes = frame_bytes(f);

		if (at >= e->base && at < e->walked && frame_kind(f) == FRAME_CLAIMED)
			buddy_put(paddr(at), frame_order(f));
		at += bytes;
	}
	buddy_unlock();
	set_types(e, e->type);
}

/* ---- emptying ---- */

static int refuse(struct emptying *e, u64 at, const char *why)
{
	e->result->where = paddr(at);
	e->result->why = why;
	return -EBUSY;
}

/* The next round sees to `at`, too. It begins at a head, as each pageblock does. */
static void see_again(struct emptying *e, u64 at)
{
	e->from = MIN(e->from, ALIGN_DOWN(at, PAGEBLOCK_BYTES));
}

/* Look at the block again, later; a caller that does not wait fails now. */
static int pass_over(struct emptying *e, u64 at, const char *why)
{
	int err = refuse(e, at, why);

	see_again(e, at);
	e->waiting = true;
	e->waits_for = frame_of(paddr(at))->word;
	return e->wait ? 0 : err;
}

/* What to do about the block with head `at`, which can't be moved now. */
static int look_at(struct emptying *e, u64 at)
{
	const struct frame *f = frame_of(paddr(at));

	switch (frame_kind(f)) {
	case FRAME_FREE:
		buddy_claim_part(paddr(at), paddr(e->base), paddr(e->end));
		return 0;
	case FRAME_CLAIMED:
		return at < e->walked ? 0 : refuse(e, at, "it is claimed already");
	case FRAME_MOVABLE:
		return pass_over(e, at, "a page of it is pinned");
	case FRAME_ALLOCATED:
		/* Only movable memory comes from a region: this is about to be mapped. */
		if (e->type == MIGRATE_CMA)
			return pass_over(e, at, "a page of it is not mapped by its user yet");
		return refuse(e, at, "a page of it can't move");
	default:
		return refuse(e, at, "a page of it can't move");
	}
}

/* The first head at or above `at`, which is one, whose block isn't wholly before the range. */
static u64 skip_to_base(const struct emptying *e, u64 at)
{
	u64 next;

	while ((next = at + frame_bytes(frame_of(paddr(at)))) <= e->base)
		at = next;
	return at;
}

/* Is there anything in the range that can't move now? Before anything does. */
static int find_fixed(struct emptying *e)
{
	const u64 end = e->end;
	u64 at = e->head;

	while (at < end) {
		const struct frame *f = frame_of(paddr(at));
		int err;

		if (likely(rmap_may_move(f->word))) {
			at = page_add(at);
			continue;
		}
		err = frame_kind(f) == FRAME_FREE ? 0 : look_at(e, at);
		if (err)
			return err;
		at += frame_bytes(f);
	}
	return 0;
}

/* Walk on from *from until the batch is full or the range ends. */
static int collect(struct emptying *e, u64 *from)
{
	unsigned limit = migrate_batch_limit();
	u64 at = *from;
	int err = 0;

	buddy_lock();
	if (at < e->base)
		at = skip_to_base(e, at);
	while (at < e->end && e->batch.count < limit) {
		const struct frame *f = frame_of(paddr(at));
		u64 bytes;

		if (likely(rmap_may_move(f->word))) {
			migrate_add(&e->batch, paddr(at), f->word);
			at = page_add(at); /* a movable block is a page: M1 of <mm/movable.h> */
			continue;
		}
		bytes = frame_bytes(f);
		err = look_at(e, at);
		if (err)
			break;
		at += bytes;
	}
	buddy_unlock();
	e->walked = MAX(e->walked, at);
	*from = at;
	return err;
}

static int move(struct emptying *e)
{
	unsigned count = e->batch.count;
	u64 first = e->batch.from[0].val;
	int err;

	if (!count)
		return 0;
	err = migrate_run(&e->batch, MIGRATE_ELSEWHERE);
	e->result->moved_bytes += page_shift_left(e->batch.moved);
	if (e->batch.moved < count)
		see_again(e, first);
	if (!err && e->batch.moved < count) {
		/* It changed meanwhile. Off the market a page does that once, so rounds end. */
		e->again = true;
		return e->wait ? 0 : refuse(e, first, "it changes all the time");
	}
	if (err != -ENOMEM)
		return err;
	e->result->where = paddr(first);
	e->result->why = "there is no memory to move what it holds to";
	if (e->drained)
		return err;
	e->drained = e->again = true;
	pages_drain();
	return 0;
}

/* One round, to the end of the range. */
static int round_of(struct emptying *e)
{
	u64 at = e->from;
	int err = 0;

	e->from = e->end;
	e->again = e->waiting = false;
	while (!err && at < e->end) {
		err = collect(e, &at);
		if (!err)
			err = move(e);
	}
	return err;
}

/*
 * Wait for a page that was passed over to change; false when too much time has gone by with
 * waiting, or time can't be told. Moving, however long it takes, is not part of it. Nobody can pin
 * a page of the range for a short time once that is off the market, so one wait bounds them all.
 *
 * The word is read without the lock: it is only compared, and the next round looks again. The page
 * is looked at last, after the clock, in case a hypervisor stopped this CPU in between.
 */
static bool wait_for_page(struct emptying *e)
{
	const u64 *word = &frame_of(e->result->where)->word;
	u64 start = arch_counter_ns(), waited = e->waited_ns;

	while (__atomic_load_n(word, __ATOMIC_RELAXED) == e->waits_for) {
		if (waited > MIGRATE_WAIT_NS || !arch_counter_has_unit())
			return false;
		if (contig_idle)
			contig_idle();
		waited = e->waited_ns + (arch_counter_ns() - start);
	}
	e->waited_ns = waited;
	return true;
}

/* Until nothing is left, or what is left is not worth waiting for. */
static int empty(struct emptying *e)
{
	for (;;) {
		int err = round_of(e);

		if (err || !(e->again || e->waiting))
			return err;
		if (!e->again && !wait_for_page(e))
			return -EBUSY;
	}
}

/* ---- memory of more than one type ---- */

/* All that is free in it: what is claimed there is ours then, and pageblocks begin with heads. */
static void claim_free(struct emptying *e)
{
	for (u64 at = e->head; at < e->end;) {
		const struct frame *f = frame_of(paddr(at));
		u64 bytes = frame_bytes(f);

		if (frame_kind(f) == FRAME_FREE)
			buddy_claim_part(paddr(at), paddr(e->base), paddr(e->end));
		at += bytes;
	}
	e->walked = e->end;
}

/* Off the market: a range of one type by its pageblocks' types, a mixed one by what is free. */
static int isolate(struct emptying *e)
{
	int err = 0;

	buddy_lock();
	e->head = skip_to_base(e, e->head);
	if (!e->wait)
		err = find_fixed(e);
	if (!err && e->mixed)
		claim_free(e);
	buddy_unlock();
	if (!err)
		set_types(e, MIGRATE_ISOLATE);
	return err;
}

static int take(struct emptying *e)
{
	int err;

	if (fault_inject(FAULT_MIGRATE))
		return -EAGAIN;
	err = isolate(e);
	if (err)
		return err;
	err = empty(e);
	/* The last moment at which it can fail. */
	if (!err && fault_inject(FAULT_MIGRATE))
		err = -EAGAIN;
	if (err) {
		undo(e);
		return err;
	}
	buddy_lock();
	buddy_mark_claimed(paddr(e->base), paddr(e->end), page_shift_right(e->end - e->base));
	buddy_unlock();
	set_types(e, e->type);
	return 0;
}

/* With type, wait, mixed and head set. */
static int run(struct emptying *e, paddr_t base, u64 bytes, struct contig_result *result)
{
	int err;

	ASSERT(bytes && page_is_aligned(base.val | bytes));
	*result = (struct contig_result){ 0 };
	e->base = base.val;
	e->end = base.val + bytes;
	e->from = ALIGN_DOWN(e->base, PAGEBLOCK_BYTES);
	e->result = result;
	e->batch.count = 0;
	e->drained = false;
	e->waited_ns = 0;
	e->walked = 0;
	spin_lock(&lock);
	err = take(e);
	spin_unlock(&lock);
	if (err == -EAGAIN)
		result->why = "fault injection said so";
	return err;
}

int contig_take(paddr_t base, u64 bytes, enum migratetype type, bool wait,
		struct contig_result *result)
{
	struct emptying e;

	e.type = type;
	e.wait = wait;
	e.mixed = false;
	e.head = ALIGN_DOWN(base.val, PAGEBLOCK_BYTES);
	return run(&e, base, bytes, result);
}

int contig_take_mixed(paddr_t base, u64 bytes, paddr_t head, struct contig_result *result)
{
	struct emptying e;

	e.type = MIGRATE_MOVABLE;
	e.wait = false;
	e.mixed = true;
	e.head = head.val;
	return run(&e, base, bytes, result);
}

void contig_give(paddr_t base, u64 bytes)
{
	buddy_lock();
	buddy_give(base, paddr_add(base, bytes));
	buddy_unlock();
}
