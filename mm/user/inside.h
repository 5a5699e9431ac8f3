/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files about user spaces share. */
#ifndef MM_USER_INSIDE_H
#define MM_USER_INSIDE_H

#include <kernel/types.h>
#include <mm/migrate.h>
#include <mm/space.h>

/* ---- mappings (space_mapping.c). With the space's lock ---- */

struct space_mapping {
	struct vmap_area area;             /* first: [base, end) */
	const struct space_source *source; /* NULL: anonymous */
	u64 offset;                        /* of its base, in that */
	u8 prot;
	u8 flags; /* SPACE_SHARED, SPACE_GROWSDOWN */
	/*
	 * Tables may map addresses of it: a page of it was touched, or of what was its neighbour.
	 * Where it is false, unmapping leaves nothing to look for: each table maps addresses of a
	 * mapping that has it.
	 */
	bool has_tables;
};

static inline struct space_mapping *space_mapping_of(struct vmap_area *area)
{
	return (struct space_mapping *)area;
}

/* The first that ends above `at`, or NULL. */
struct space_mapping *space_mapping_next(const struct space *space, u64 at);

/*
 * Add a mapping like `like` at [base, end), where nothing is mapped; neighbours that go on as it
 * does become one with it. *spare is a node, which it takes if it needs one. Without, -ENOMEM where
 * it finds none, and nothing has changed.
 */
int space_mapping_add(struct space *space, const struct space_mapping *like, u64 base, u64 end,
		      struct space_mapping **spare);

/* Where `at` lies inside a mapping, cut that in two: the upper one is *spare. */
void space_mapping_cut(struct space *space, u64 at, struct space_mapping **spare);

/*
 * [at, end), which lies in `mapping`, becomes one by itself, which is returned. For each end of it
 * that isn't the mapping's, spare[] has a node.
 */
struct space_mapping *space_mapping_cut_out(struct space *space, struct space_mapping *mapping,
					    u64 at, u64 end, struct space_mapping **spare);

/* Does [at, end) lie inside of it, with something left on both sides? */
static inline bool space_mapping_has_around(const struct space_mapping *mapping, u64 at, u64 end)
{
	return mapping && mapping->area.base < at && end < mapping->area.end;
}

/* The same for the first that ends above `at`. */
static inline bool space_mapping_surrounds(const struct space *space, u64 at, u64 end)
{
	return space_mapping_has_around(space_mapping_next(space, at), at, end);
}

/* Give one other ends, with nothing between; it may become one with its neighbours. */
void space_mapping_grow(struct space *space, struct space_mapping *mapping, u64 base, u64 end);

/* One with its neighbours, as far as they go on as it does. What is left of it. */
struct space_mapping *space_mapping_join(struct space *space, struct space_mapping *mapping);

/*
 * Unmap [at, end): mappings, pages, tables. With *spare a node, if something surrounds it.
 */
void space_mapping_remove(struct space *space, u64 at, u64 end, struct space_mapping **spare);

/* The same, where `mapping` is space_mapping_next(space, at). */
void space_mapping_remove_from(struct space *space, struct space_mapping *mapping, u64 at, u64 end,
			       struct space_mapping **spare);

/* A node, or NULL; and back, NULL too. Those that the space keeps meanwhile go with it. */
struct space_mapping *space_mapping_alloc(struct space *space);
void space_mapping_free(struct space *space, struct space_mapping *mapping);
void space_mapping_free_kept(struct space *space);

/* What an entry may grant. */
enum map_kind space_mapping_kind(const struct space_mapping *mapping);

/* ---- faults (space_fault.c) ---- */

/* Of each granule, by size: 0 until it is first needed. Atomic. */
extern paddr_t space_zero_block[GRANULE_COUNT];

/* ---- places (space_place.c). With the space's lock ---- */

/* Nothing is placed below, at any granule, but by SPACE_FIXED: as vm.mmap_min_addr has it. */
#define SPACE_PLACE_MIN (64 * KiB)

/* Linux has so many pages between a stack and what lies below. */
#define SPACE_GUARD_PAGES 256

/* The first byte that others keep away from. */
u64 space_guarded_base(const struct space *space, const struct space_mapping *mapping);

/* Where a mapping goes: 0 and *at, or -ENOMEM, -EINVAL, -EEXIST. `bytes` is whole pages. */
int space_place(struct space *space, const struct space_request *request, u64 bytes, u64 *at);

/* ---- pages (space_pages.c). With the space's lock ---- */

/* All pages in [first, last] are gone, and given back. */
void space_pages_drop(struct space *space, u64 first, u64 last);

/* Those that are there get what `kind` grants. */
void space_pages_permit(struct space *space, u64 first, u64 last, enum map_kind kind);

/* What the space's own pages in [first, last] take. */
u64 space_pages_bytes(struct space *space, u64 first, u64 last);

/* ---- tables (space_tables.c). With the space's lock ---- */

/* So that pgtable_map_pages can't fail for a page at `va`: 0 or -ENOMEM. */
int space_tables_prepare(struct space *space, u64 va);

/* The same for all pages in [at, at + bytes), which are to be mapped at new_at. */
int space_tables_prepare_move(struct space *space, u64 at, u64 bytes, u64 new_at);

/* Give back those that are not needed any more. */
void space_tables_trim(struct space *space);

/* Tables that map addresses in [at, end) and nothing outside [gap, gap_end) go. */
void space_tables_release(struct space *space, u64 at, u64 end, u64 gap, u64 gap_end);

int space_tables_init(struct space *space);
void space_tables_destroy(struct space *space);

/* ---- records (space_record.c). Under rmap_lock but where it says otherwise ---- */

/* What the reverse map's `where` names: whose page it is, and where. */
struct space_record {
	struct user_object *object; /* NULL: free */
	u64 page_references;        /* the page's number there, and above it how many map it */
};

#define SPACE_RECORD_PAGE_BITS 40

static inline u64 space_record_page(const struct space_record *record)
{
	return record->page_references & ((1ULL << SPACE_RECORD_PAGE_BITS) - 1);
}

/* One for this page; false when space_record_grow has to be called first. */
bool space_record_take(struct user_object *object, u64 page, u64 *index);

/* Give it back. What it leaves is chained from *spent on, for space_record_free. */
void space_record_put(u64 index, void **spent);

struct space_record *space_record_at(u64 index);

/* Its page has another number now. */
void space_record_move(u64 index, u64 page);

/* Is that the index of a record in use? */
bool space_record_is(u64 index);

/* These three without the lock. 0 or -ENOMEM. */
int space_record_grow(void);
void space_record_free(void *spent);
void space_record_trim(void); /* all of it goes if nobody has a record */

/* ---- moving (space_migrate.c) ---- */

void space_migrate(struct migrate_batch *batch);

#endif
