/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kexec: this kernel makes way for another one.
 *
 *   load    files of the initrd become segments: kernel, initrd, devicetree. Each goes straight to
 *           the memory where the next kernel will find it (kernel/kexec/kexec_place.c), is cleaned
 *           to memory (kernel/kexec/kexec_load.c), made read-only and hashed there
 *           (kernel/kexec/kexec_seal.c). What is wrong is refused, and all is as it was; a kernel
 *           that was loaded before stays loaded.
 *   exec    the CPU leaves for the next kernel (<arch/kexec.h>), and nothing that is left to do
 *           grows with it. Segments that could not be made read-only, and with --verify all of
 *           them, are hashed again first: if they aren't what was loaded, this kernel stays.
 *
 * Where a kernel has to be at a place that is not free (its header says so, or --dest=), it is kept
 * elsewhere, in pieces if need be, and copied there by exec. That is past the point of no return,
 * so it is hashed once more.
 *
 * Two pairs of files have the same names. kernel/kexec/kexec.c keeps what is loaded and decides to
 * leave; arch/arm64/kexec/kexec.c does it, in registers and tables. kernel/kexec/kexec_seal.c says
 * what to seal and hash; arch/arm64/kexec/kexec_seal.c makes it read-only. kexec_exit.c makes what
 * leaving takes and is the kernel's only.
 *
 *   K1  the extents of a segment, in order, make up its memory from `base` on without a gap
 *   K2  nothing is copied to memory that is copied from, that another segment has, or that the
 *       copying itself needs
 *   K3  all memory of a loaded kernel is in held[], but for an initrd that stays where it lies
 *
 * A crash kernel is the same in memory that was set aside at boot (crashkernel=): it is placed
 * there, and started by a panic.
 *
 * Page size enters by what memory is allocated in; extents are in bytes, and neither kernel's page
 * size is theirs. Locking: none, one CPU. Context: the prompt; kexec_crash: any.
 * Source: Linux, Documentation/arch/arm64/booting.rst.
 */
#ifndef KERNEL_KEXEC_H
#define KERNEL_KEXEC_H

#include <arch/kexec.h>
#include <kernel/compiler.h>
#include <kernel/types.h>
#include <lib/sha256.h>
#include <mm/contig_alloc.h>

#define KEXEC_EXTENTS_MOST 32
#define KEXEC_TABLES_MOST  16 /* pieces of memory for tables, of KEXEC_TABLES_BYTES each */
#define KEXEC_EXIT_MOST    (KEXEC_TABLES_MOST + 1)
#define KEXEC_TABLES_BYTES (64 * KiB)
#define KEXEC_HELD_MOST    (KEXEC_EXTENTS_MOST + KEXEC_TABLES_MOST + 4)

enum kexec_role {
	KEXEC_KERNEL,
	KEXEC_INITRD,
	KEXEC_DEVICETREE,
	KEXEC_CORE_HEADER, /* of a crash kernel: what memory the crashed one had */
	KEXEC_EXIT,        /* what leaving takes: no segment, of 0 bytes; extents are exit[] */
	KEXEC_ROLES,
};

/* A part of a segment: where it lies, and where it has to be. */
struct kexec_extent {
	paddr_t to;
	paddr_t from; /* the same as `to`: it needs no copy */
	u64 bytes;
};

/* Is it to be copied? All extents of a segment are, or none. */
static inline bool kexec_extent_moves(const struct kexec_extent *extent)
{
	return !paddr_equal(extent->to, extent->from);
}

struct kexec_segment {
	paddr_t base;
	u64 bytes;      /* of memory; 0: there is no such segment */
	u64 file_bytes; /* of content; the rest is zero */
	u32 first;      /* of its extents */
	u32 count;
	u8 digest[SHA256_BYTES]; /* of all of its memory */
};

struct kexec_image {
	bool loaded;
	bool crash;
	bool copies; /* some extent does */
	bool sealed; /* read-only since before it was hashed */
	bool initrd_stays;
	paddr_t entry;
	struct kexec_segment segment[KEXEC_ROLES];
	struct kexec_extent extent[KEXEC_EXTENTS_MOST];
	u32 extents;
	struct contig_range held[KEXEC_HELD_MOST];
	u32 held_count;
	struct contig_range destination; /* that a forced kernel is copied to; bytes 0: none */
	struct contig_range room;        /* of a crash kernel: what is left of its memory */
	struct contig_range notes;       /* of a crash kernel: this kernel's registers */
	struct kexec_extent exit[KEXEC_EXIT_MOST]; /* tables, and what stays of the copy */
	struct contig_range table_left;            /* of the newest piece */
	u64 table_bytes;
	struct arch_kexec arch;
};

struct kexec_request {
	const char *image;     /* names in the initrd */
	const char *initrd;    /* or NULL */
	const char *dtb;       /* or NULL: this kernel's */
	const char *args_file; /* or NULL */
	const char *args;      /* or one of the two others */
	bool reuse_cmdline;
	bool reuse_initrd; /* not with another one */
	bool crash;
	bool forced; /* to `dest`, a multiple of 2 MiB */
	paddr_t dest;
};

/*
 * kexec_load - load what the request names, in place of what was loaded.
 *
 * 0; or an errno, after a line that says what was wrong, where, and what is right:
 *   -ENOENT  no such file, no initrd, no memory set aside for a crash kernel
 *   -EINVAL  the initrd, the Image, the devicetree, the command line or the destination is wrong
 *   -EOPNOTSUPP  this CPU has not the Image's page size
 *   -ENOMEM  no memory where it has to be
 *   -E2BIG   of a crash kernel: memory has more ranges than its core header can have
 * Then all is as it was before; only that a crash kernel is gone when another one does not fit into
 * the memory that it had.
 */
int kexec_load(const struct kexec_request *request) __must_check;

/* Give the memory back. Nothing loaded: nothing happens. Of a crash kernel, or the other one. */
void kexec_unload(bool crash);

/* What is loaded: the crash kernel, or the other one. */
struct kexec_image *kexec_loaded(bool crash);

/* The name of a role, for people. */
const char *kexec_role_name(enum kexec_role role);

/*
 * kexec_exec - start what is loaded.
 *
 * Returns only an error, after a line: -ENOENT when nothing is loaded, -EBUSY when another CPU is
 * not off, -EIO when a segment is not what was loaded. KEXEC_VERIFY: hash again what is read-only
 * since it was hashed. KEXEC_COUNT: the performance monitor counts instructions for the next kernel
 * to read, in its counter 1 from here on, and in its counter 0 from where nothing is left to check
 * or print.
 */
#define KEXEC_COUNT  1U
#define KEXEC_VERIFY 2U
int kexec_exec(unsigned how);

/*
 * kexec_crash - start the crash kernel, if one is loaded.
 *
 * From a panic, with everything else said and done; `regs` is where it happened. Returns when there
 * is none, or when it has been overwritten, after a line.
 */
struct regs;
void kexec_crash(const struct regs *regs);

/* ---- placing (kexec_place.c) ---- */

/* Empty `image`, and let kexec_place_* work on it. -ENOENT: no memory for a crash kernel. */
int kexec_place_begin(struct kexec_image *image, bool crash) __must_check;

/* Give back all that it holds. */
void kexec_place_undo(struct kexec_image *image);

/*
 * The kernel: `bytes` at `offset` from a multiple of 2 MiB: anywhere, forced to `dest`, or, by
 * default, as low as can be. Says what is wrong, and returns -EINVAL or -ENOMEM.
 */
enum kexec_where { KEXEC_LOWEST, KEXEC_ANYWHERE, KEXEC_FORCED };
int kexec_place_kernel(struct kexec_image *image, u64 bytes, u64 offset, enum kexec_where where,
		       paddr_t dest) __must_check;

/* Another segment: `align` is a power of two. An initrd is near the kernel. Errors as above. */
int kexec_place_segment(struct kexec_image *image, enum kexec_role role, u64 bytes,
			u64 align) __must_check;

/* The initrd where it lies now, if the next kernel can have it there. */
bool kexec_place_initrd_stays(struct kexec_image *image, paddr_t base, u64 bytes);

/* What leaving takes (kexec_exit.c): tables, and the kernel's own copy if something is copied. */
int kexec_place_exit(struct kexec_image *image) __must_check;

/* Hash a segment, or what leaving takes: where it is or, with `arrived`, where it has to be. */
void kexec_hash(const struct kexec_image *image, enum kexec_role role, bool arrived,
		u8 digest[SHA256_BYTES]);

/* ---- sealing (kexec_seal.c) ---- */

/* What sealing takes, beside what leaving does. -ENOMEM, after a line. */
int kexec_exit_prepare_seal(struct kexec_image *image) __must_check;

/* All of it can be written again: before its memory is given back or written to. */
void kexec_unseal(struct kexec_image *image);

#endif
