// SPDX-License-Identifier: BSD-2-Clause
/*
 * Empties a range and takes it. <mm/contig.h> has the contract.
 *
 * The range is walked from head to head (I1 of <mm/frame.h>). What is free in it is taken at once;
 * movable pages are collected, and become the caller's by moving. So everything before the walk is
 * the caller's, and nothing there can change; what is ahead is off the market, and can only become
 * less. Three kinds of page are passed over and looked at again: pinned ones, those that somebody
 * has allocated but not mapped yet, and those that a CPU keeps ready, which it is asked for, once.
 * Anything else ends the attempt: so does what that CPU hands out again first, which is never a
 * region's page.
 *
 * Where types of pageblocks differ they would have to be remembered. There the range stays on the
 * market, but all that is free in it is taken first, so that nothing moves inside of it. Where
 * somebody else gets what is freed in it meanwhile, the attempt fails.
 */
#include <arch/counter.h>
#include <arch/page.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/wait.h>
#include <mm/buddy.h>
#include <mm/contig.h>
#include <mm/hooks.h>
#include <mm/migrate.h>
#include <mm/pageblock.h>
#include <mm/pages.h>
#include <mm/rmap.h>

void (*contig_idle)(void);

static struct mutex mutex = MUTEX; /* one range is emptied at a time */

/* How long a page is not looked at that has to change: short beside what a claim takes. */
#define LOOK_NS 100000

/* A range on its way. */
struct emptying {
	u64 base;
	u64 end;
	u64 floor; /* frame_floor's; of a region, blocks are no larger than pageblocks (B6) */
	struct contig_result *result;
	struct migrate_batch *batch;
	enum migratetype type;
	bool wait;
	bool mixed;   /* types of pageblocks differ */
	bool drained; /* blocks kept hot are free, so that -ENOMEM is the last word */
	bool hot;     /* a CPU has kept one of the range */
	bool freeing; /* what the walk has left behind may get free, and merge with what is ahead */
	bool again;   /* the next round has something to do that needs no waiting for, */
	u64 waits_for; /* or result->where has to have another word than this by then */
	u64 waited_ns; /* so far */
	u64 from;      /* where the next round begins: there is nothing left to do below */
	u64 at;        /* where the walk is */
	u64 walked;    /* what is claimed below is ours, and above it somebody else's */
};

/* ---- off the market, and back: under buddy_lock ---- */

static void set_types(const struct emptying *e, enum migratetype type)
{
	for (u64 at = ALIGN_DOWN(e->base, PAGEBLOCK_BYTES); !e->mixed && at < e->end;
	     at += PAGEBLOCK_BYTES)
		pageblock_set_type(paddr(at), type);
}

/* Put back what was taken. A word that blocks merge over still says how long its block was. */
static void undo(const struct emptying *e)
{
	struct frame_walk w = { .next = ALIGN_DOWN(e->base, PAGEBLOCK_BYTES) };
	const struct frame *f;

	while ((f = frame_walk(&w, MIN(e->walked, e->end))))
		if (w.at.val >= e->base && frame_kind(f) == FRAME_CLAIMED)
			buddy_put(w.at, frame_order(f));
}

/* ---- emptying ---- */

static int refuse(struct emptying *e, paddr_t at, const char *why)
{
	e->result->where = at;
	e->result->why = why;
	return -EBUSY;
}

/* The next round sees to `at`, too. From here on it has an owner, who may free it at any time. */
static void see_again(struct emptying *e, paddr_t at)
{
	e->from = MIN(e->from, ALIGN_DOWN(at.val, PAGEBLOCK_BYTES));
	e->freeing = true;
}

/*
 * A head at or below where the walk is. What it goes on with is one, unless something was freed
 * behind it; a pageblock may lie inside a block that has become larger since somebody looked.
 */
static u64 head_of(const struct emptying *e)
{
	u64 block = ALIGN_DOWN(e->at, PAGEBLOCK_BYTES);

	return e->freeing || e->at == block ? frame_block_head(block, e->floor) : e->at;
}

/* Look at the block again, later; a caller that does not wait fails now. */
static int pass_over(struct emptying *e, paddr_t at, const char *why)
{
	int err = refuse(e, at, why);

	see_again(e, at);
	e->waits_for = frame_of(at)->word;
	return e->wait ? 0 : err;
}

/* What to do about the block with head `at`, which isn't free and can't be moved now. */
static int look_at(struct emptying *e, paddr_t at)
{
	switch (frame_kind(frame_of(at))) {
	case FRAME_CLAIMED:
		return at.val < e->walked ? 0 : refuse(e, at, "it is claimed already");
	case FRAME_MOVABLE:
		return pass_over(e, at, "a page of it is pinned");
	case FRAME_HOT:
		if (e->drained)
			return refuse(e, at, "a CPU keeps a page of it ready");
		see_again(e, at);
		e->hot = true;
		return 0;
	case FRAME_ALLOCATED:
		/* Only movable memory comes from a region: this is about to be mapped. */
		if (e->type == MIGRATE_CMA)
			return pass_over(e, at, "a page of it is not mapped by its user yet");
		return refuse(e, at, "a page of it can't move");
	default:
		return refuse(e, at, "a page of it can't move");
	}
}

/* What a walk does, besides ending at what can't be moved. */
enum walk {
	LOOK,
	TAKE_FREE,
	COLLECT, /* TAKE_FREE, and add what can move to the batch */
};

/*
 * Walk on, from e->at until the batch is full or the range ends. Under buddy_lock. Inline: what it
 * costs a page is all that a claim costs besides moving.
 */
static __always_inline int walk(struct emptying *e, enum walk what)
{
	struct frame_walk w = { .next = frame_head(head_of(e), MAX(e->at, e->base)) };
	struct migrate_batch *batch = e->batch;
	unsigned limit = migrate_batch_limit(0);
	u64 shape = FRAME_MOVABLE; /* of a page of an area */
	const u64 end = e->end;
	const struct frame *f;
	int err = 0;

	while (!err && (f = frame_walk(&w, end))) {
		if (likely(rmap_shape(f->word) == shape)) {
			if (what != COLLECT)
				continue;
			migrate_add(batch, w.at, f->word);
			if (batch->count == limit)
				break;
		} else if (rmap_may_move(f->word)) {
			if (what != COLLECT)
				continue;
			w.next = w.at.val; /* again, in a batch of its own kind */
			if (batch->count)
				break;
			shape = rmap_shape(f->word);
			limit = migrate_batch_limit(frame_order(f));
		} else if (frame_kind(f) != FRAME_FREE) {
			err = look_at(e, w.at);
		} else if (what != LOOK) {
			buddy_claim_part(w.at, paddr(e->base), paddr(e->end));
		}
	}
	e->at = err ? w.at.val : w.next;
	if (what != LOOK)
		e->walked = MAX(e->walked, e->at);
	return err;
}

static int collect(struct emptying *e)
{
	int err;

	buddy_lock();
	err = walk(e, COLLECT);
	buddy_unlock();
	return err;
}

/* What a block that was moved has outside of the range is free. */
static void trim(const struct emptying *e, paddr_t block, u64 bytes)
{
	paddr_t end = paddr_add(block, bytes);
	paddr_t first = paddr_max(block, paddr(e->base)), last = paddr_min(end, paddr(e->end));

	if (paddr_equal(block, first) && paddr_equal(end, last))
		return;
	buddy_lock();
	buddy_mark_claimed(first, last, 0);
	if (paddr_less(block, first))
		buddy_give(block, first);
	if (paddr_less(last, end))
		buddy_give(last, end);
	buddy_unlock();
}

static int move(struct emptying *e)
{
	unsigned count = e->batch->count;
	paddr_t first = e->batch->from[0];
	u64 bytes = page_size() << migrate_order(e->batch->word[0]);
	int err;

	if (!count)
		return 0;
	err = migrate_run(e->batch, MIGRATE_ELSEWHERE);
	e->result->moved_bytes += e->batch->moved * bytes;
	for (unsigned i = 0; bytes > page_size() && i < e->batch->moved; i++)
		trim(e, e->batch->from[i], bytes);
	if (e->batch->moved == count || err == -EAGAIN)
		return err;
	see_again(e, first);
	if (!err) {
		/* It changed meanwhile. Off the market a page does that once, so rounds end. */
		e->again = true;
		return e->wait ? 0 : refuse(e, first, "it changes all the time");
	}
	refuse(e, first,
	       bytes > page_size() ? "there is no free block to move a program's page to"
				   : "there is no memory to move what it holds to");
	if (e->drained)
		return err;
	e->drained = e->again = true;
	pages_drain();
	return 0;
}

/* One round, to the end of the range. */
static int round_of(struct emptying *e)
{
	int err = 0;

	e->at = e->from;
	e->from = e->end;
	e->again = e->freeing = false;
	while (!err && e->at < e->end) {
		err = collect(e);
		if (!err)
			err = move(e);
		sched_relax();
	}
	return err;
}

/*
 * Sleep until a page that was passed over has changed; false when that takes too long, or time
 * can't be told. Moving is not part of it. Nobody can pin a page of the range for a short time once
 * that is off the market, so one wait bounds them all.
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
		else if (!wait_until(arch_counter_ns() + LOOK_NS))
			return false;
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

		if (err || e->from == e->end)
			return err;
		if (e->hot && !e->drained) {
			e->drained = true;
			pages_drain();
		} else if (!e->again && !wait_for_page(e)) {
			return -EBUSY;
		}
	}
}

/* ---- all of it ---- */

/*
 * Off the market: a range of one type by its pageblocks' types, a mixed one by what is free. What
 * is claimed in that is ours then, and pageblocks begin with heads.
 */
static int isolate(struct emptying *e)
{
	u64 block = ALIGN_DOWN(e->base, PAGEBLOCK_BYTES), head;
	int err = 0;

	buddy_lock();
	head = frame_head(frame_block_head(block, e->floor), e->base);
	e->at = head;
	if (!e->wait) /* before anything moves */
		err = walk(e, LOOK);
	e->at = head;
	/* Of a larger block, somebody might take the types that are set here. */
	if (!err && (e->mixed || head < block))
		err = walk(e, TAKE_FREE);
	if (!err)
		set_types(e, MIGRATE_ISOLATE);
	buddy_unlock();
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
	buddy_lock();
	if (err)
		undo(e);
	else
		buddy_mark_claimed(paddr(e->base), paddr(e->end),
				   page_shift_right(e->end - e->base));
	set_types(e, e->type);
	buddy_unlock();
	return err;
}

/* With type, wait and mixed set; all else is 0. */
static int run(struct emptying *e, paddr_t base, u64 bytes, struct contig_result *result)
{
	struct migrate_batch batch;
	int err;

	ASSERT(bytes && page_is_aligned(base.val | bytes));
	*result = (struct contig_result){ 0 };
	batch.count = 0;
	e->base = base.val;
	e->end = base.val + bytes;
	e->from = ALIGN_DOWN(e->base, PAGEBLOCK_BYTES);
	e->floor = e->type == MIGRATE_CMA ? e->from : frame_floor(base).val;
	e->result = result;
	e->batch = &batch;
	mutex_lock(&mutex, "memory that is emptied");
	err = take(e);
	mutex_unlock(&mutex);
	if (err == -EAGAIN)
		result->why = "fault injection said so";
	return err;
}

int contig_take(paddr_t base, u64 bytes, enum migratetype type, bool wait,
		struct contig_result *result)
{
	struct emptying e = { .type = type, .wait = wait };

	return run(&e, base, bytes, result);
}

int contig_take_mixed(paddr_t base, u64 bytes, struct contig_result *result)
{
	struct emptying e = { .type = MIGRATE_MOVABLE, .mixed = true };

	return run(&e, base, bytes, result);
}

void contig_give(paddr_t base, u64 bytes)
{
	buddy_lock();
	buddy_give(base, paddr_add(base, bytes));
	buddy_unlock();
}
