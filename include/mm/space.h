/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User spaces: the addresses of a program, at a granule of its own.
 *
 * A space is a tree of mappings in bytes, whose unit is P, the space's page, and tables of the
 * lower half at that granule. P is at least K, the kernel's page (asserted). Everything a program
 * sees goes by P: rounding, errors and partial effects are those of Linux on a kernel whose pages
 * are P.
 *
 *   S1  mappings are multiples of P, ascend, and don't overlap
 *   S2  a valid entry lies in a mapping, is a page, and grants what the mapping does; a shared
 *       page's, less the right to write
 *   S3  an entry of the space's own maps a block of P bytes: FRAME_MOVABLE, whose reverse map
 *       names a record (mm/user/space_record.c) of this space and this address
 *   S4  figures are what tables and mappings add up to
 *
 * Memory. Nothing is reserved but addresses. A page is made when it is first touched: a block of P
 * bytes of zeroes, or of a copy of what the source has. Until it is written to, anonymous memory
 * reads as one block of zeroes for each granule, which belongs to no space (PTE_SHARED). Tables
 * hold what a space has; there is no other list of its pages.
 *
 * Page size enters as P by the granule, which is data, and by the order of a block of P.
 *
 * Locking. space->lock, a mutex, outside of all: mappings, figures, and each fault. rmap_lock:
 * entries of the tables, the frames that they map, and records. A page that moves is out of
 * reach under it, so a fault on one waits for it and goes on. Nothing is allocated or freed under
 * rmap_lock: what an operation may need is had before, what it leaves goes after.
 *
 * Errors are those of <kernel/errno.h>, negative. All functions may sleep.
 */
#ifndef MM_SPACE_H
#define MM_SPACE_H

#include <arch/pgtable.h>
#include <arch/user.h>
#include <kernel/compiler.h>
#include <kernel/mutex.h>
#include <kernel/types.h>
#include <mm/vmap_area.h>

/* What a private file mapping shows: bytes in memory that stay (the initrd). */
struct space_source {
	const void *data;
	u64 bytes;
	u64 id;           /* for /proc/self/maps: inode number; with `name` */
	const char *name; /* stays as long as the data */
};

/* PROT_READ, PROT_WRITE, PROT_EXEC. As on Linux, what can be written or executed can be read. */
enum {
	SPACE_READ = 1,
	SPACE_WRITE = 2,
	SPACE_EXEC = 4,
};

/* SPACE_STACK and SPACE_HEAP are what a view says; they are not asked for. */
enum {
	SPACE_FIXED = 1,
	SPACE_NOREPLACE = 2, /* implies SPACE_FIXED */
	SPACE_SHARED = 4,
	SPACE_GROWSDOWN = 8,
	SPACE_STACK = 16,
	SPACE_HEAP = 32,
};

/* mmap. Zero is the default of each field but `bytes`. */
struct space_request {
	u64 at; /* a hint, or the place with SPACE_FIXED */
	u64 bytes;
	unsigned prot, flags;
	const struct space_source *source; /* NULL: anonymous */
	u64 offset;                        /* in it */
};

/* Whose records those of a space are: its private memory, in which offsets are addresses. */
struct user_object {
	u64 records;
};

struct space_mapping;

/* Addresses end here at every granule. */
#define SPACE_END USER_VA_END

/* What Linux has for vm.max_map_count. */
extern u64 space_mappings_most;

struct space {
	struct pgtable pt;
	struct arch_space arch;
	struct mutex lock;
	struct vmap_tree mappings;
	struct user_object object;
	u64 mmap_top;                          /* mmap goes down from here */
	u64 brk_start, brk;                    /* the heap */
	u64 stack_top;                         /* the starter of a program maps a stack below it */
	u64 stack_limit_bytes;                 /* so far a stack grows by faults: RLIMIT_STACK */
	struct space_mapping *kept_mapping[2]; /* nodes that no mapping has now */
	unsigned kept;                         /* how many */
	void *spare_tables;                    /* chained by their first words. Under rmap_lock */
	unsigned spares;                       /* how many */
	unsigned order;                        /* of a block of P */
	u64 mapped_bytes;                      /* in mappings */
	u64 resident_bytes;                    /* of pages of its own */
	u64 peak_resident_bytes;
	u64 peak_mappings;
	u64 faults;      /* that made or copied a page, or mapped that of zeroes */
	u64 zero_faults; /* of them, the last */
};

/* P. */
static inline u64 space_page_bytes(const struct space *space)
{
	return granule_page_bytes(space->pt.granule);
}

/*
 * space_create - an empty space.
 *
 * The layout is Linux's for 48-bit addresses, randomised by `seed`; 0 is as Linux's norandmaps.
 * With `compact`, all that it places lies close together below 4 TiB, which costs fewer tables.
 * NULL: no memory, or no ASID.
 */
struct space *space_create(const struct granule *g, u64 seed, bool compact) __must_check;

/* All of it goes. It is loaded on no CPU any more, and no thread uses it. */
void space_destroy(struct space *space);

/* ---- what a program asks for ---- */

/*
 * space_map - mmap: a private mapping, at *at.
 *
 * The hint is rounded down to P, the length up. -EINVAL for 0 bytes, and for an offset or a fixed
 * place that is no multiple of P; -ENOMEM for more than there are addresses, where
 * space_mappings_most are mapped, and without memory; -EEXIST with SPACE_NOREPLACE where something
 * is mapped; -EOVERFLOW for an offset that wraps. SPACE_FIXED replaces what is there.
 */
int space_map(struct space *space, const struct space_request *request, u64 *at);

/*
 * space_unmap - munmap. Holes are fine. -EINVAL for what is unaligned, empty or beyond the end;
 * -ENOMEM, with nothing changed, when a mapping would have to be cut in two and can't.
 */
int space_unmap(struct space *space, u64 at, u64 bytes);

/*
 * space_protect - mprotect. 0 bytes are fine. -EINVAL when `at` is unaligned; -ENOMEM where a hole
 * is, or without memory: what lies below has the permissions then.
 */
int space_protect(struct space *space, u64 at, u64 bytes, unsigned prot);

enum {
	SPACE_MOVE_MAYMOVE = 1,
	SPACE_MOVE_FIXED = 2,
	SPACE_MOVE_DONTUNMAP = 4,
};

/*
 * space_move - mremap: *result is where it is now.
 *
 * new_at is looked at with SPACE_MOVE_FIXED, and a hint with SPACE_MOVE_DONTUNMAP. -EINVAL for
 * flags that don't go together, what is unaligned, and lengths of 0; -EFAULT when [at, at + bytes)
 * isn't one mapping's, though less of it is only unmapped; -ENOMEM. With SPACE_MOVE_FIXED what was
 * at the new place may be gone when it fails, as on Linux; else nothing has changed.
 */
int space_move(struct space *space, u64 at, u64 bytes, u64 new_bytes, unsigned flags, u64 new_at,
	       u64 *result);

/*
 * space_discard - MADV_DONTNEED and MADV_FREE: what was touched is as if it never had been.
 *
 * -EINVAL when `at` is unaligned or the end wraps; -ENOMEM where a hole is, when all that is
 * mapped has been discarded.
 */
int space_discard(struct space *space, u64 at, u64 bytes);

/* What madvise, msync and mlock ask first: 0, -ENOMEM where a hole is, -EINVAL as above. */
int space_is_mapped(struct space *space, u64 at, u64 bytes);

/*
 * space_resident - mincore: vector[i] is 1 for the pages that a read would not wait for.
 *
 * A byte for each P, rounded up; the caller has seen that it is aligned. -ENOMEM where a hole is.
 */
int space_resident(struct space *space, u64 at, u64 bytes, u8 *vector);

/* Where the heap begins: it is empty. Called once, as a program starts. A multiple of P. */
void space_set_heap(struct space *space, u64 at);

/* brk: where the heap ends now. As it was if it can't be so. */
u64 space_set_brk(struct space *space, u64 brk);

/* ---- faults ---- */

enum space_access {
	SPACE_ACCESS_READ,
	SPACE_ACCESS_WRITE,
	SPACE_ACCESS_EXEC,
};

enum space_verdict {
	SPACE_OK,
	SPACE_NOT_MAPPED, /* SEGV_MAPERR */
	SPACE_DENIED,     /* SEGV_ACCERR */
	SPACE_AFTER_END,  /* BUS_ADRERR */
	SPACE_NO_MEMORY,
};

/*
 * space_fault - make `va` accessible, if the program may access it so.
 *
 * For a fault, or instead of one. The access may fault again, if others change the space.
 */
enum space_verdict space_fault(struct space *space, u64 va, enum space_access access);

/* ---- looking at it ---- */

struct space_view {
	u64 base, end;
	unsigned prot, flags;
	const struct space_source *source; /* NULL: anonymous */
	u64 offset;
	u64 resident_bytes; /* of its pages */
};

/* The lowest mapping that ends above `from`: a copy. False when there is none. */
bool space_next(struct space *space, u64 from, struct space_view *view);

/* NULL when S1 to S4 hold, or a sentence about the first that does not, and where. */
const char *space_check(struct space *space, u64 *where);

#endif
