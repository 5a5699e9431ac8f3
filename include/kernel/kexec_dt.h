/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes the devicetree for the next kernel: from the one that this kernel was started with, or
 * from one that was read from a file.
 *
 * It differs from its source in /chosen, which is made if there is none, in the list of memory
 * reservations (/memreserve/ in source text), and where CPUs wait in a pen (<arch/cpu_pen.h>): that
 * is reserved, and their cpu-release-addr lies there. Everything else stays, memory nodes and
 * /reserved-memory included. What /chosen says of one hand-over only is left out, and what the
 * request gives is put there:
 *
 *   bootargs                    the command line; none if it is empty
 *   linux,initrd-start, -end    the initial ramdisk, of two cells each
 *   linux,usable-memory-range   all that a crash kernel may use, in the root's cells
 *   linux,elfcorehdr            where a crash kernel finds the ELF core header, likewise
 *   kaslr-seed, rng-seed        8 and 56 bytes of fresh entropy: an old seed is never handed on
 *   linux,uefi-*                stays where this kernel's stub made it (granule,uefi): UEFI's map
 *                               and runtime services were kept; else never: nobody kept them
 *   linux,ima-kexec-buffer      never: memory that the last kernel filled, and nobody kept
 *   linux,kho-*                 never: the same
 *
 * Allocates, prints and keeps nothing, touches no hardware. No page size enters here.
 * Sources: Devicetree Specification v0.4, 3.6 and chapter 5; the chosen node of devicetree.org's
 * dt-schema; Linux, drivers/of/kexec.c, for what is handed over.
 */
#ifndef KERNEL_KEXEC_DT_H
#define KERNEL_KEXEC_DT_H

#include <arch/cpu_pen.h>
#include <kernel/compiler.h>
#include <kernel/types.h>
#include <lib/devicetree.h>
#include <mm/contig_alloc.h>

#define KEXEC_DT_ENTROPY_BYTES 64
#define KEXEC_DT_WHY_BYTES     160

/* The longest command line that Linux takes whole, its NUL included: COMMAND_LINE_SIZE. */
#define KEXEC_DT_LINUX_ARGS_BYTES 2048

/* What all additions take, without the command line: seven properties and their names, a node. */
#define KEXEC_DT_ADDED_BYTES 512

/* And what those for a CPU in a pen take, at most. */
#define KEXEC_DT_CPU_BYTES 24

/* With bytes 0 a range is none; else it doesn't wrap around. */
struct kexec_dt_request {
	const struct devicetree *source;
	const char *args; /* the command line: `args_bytes`, without a NUL at the end */
	u64 args_bytes;
	struct contig_range initrd;
	struct contig_range usable;
	struct contig_range elfcorehdr;
	/*
	 * /chosen alone: for a Linux, when the source was made of ACPI's tables. It reads these
	 * itself, by linux,uefi-system-table.
	 */
	bool chosen_only;
	const struct cpu_pen *pen;     /* NULL: none, */
	struct contig_range pen_range; /* and of no bytes */
	const u8 *entropy;             /* KEXEC_DT_ENTROPY_BYTES, used once; NULL: no seeds */
	/* Where these lie now: a memory reservation of exactly such a range isn't handed on. */
	struct contig_range old_initrd;
	struct contig_range old_devicetree;
};

struct kexec_dt_result {
	u64 bytes;                    /* of the tree, its totalsize */
	u32 reservations_dropped;     /* those of no size, which end a list for Linux, too */
	bool args_too_long;           /* Linux would cut the command line */
	char why[KEXEC_DT_WHY_BYTES]; /* after an error: what is wrong, and what is right */
};

/*
 * kexec_dt_make - write the next kernel's devicetree to the `room` bytes at `buffer`.
 *
 * `buffer` is aligned to 8 bytes and doesn't overlap the source. Enough room for a tree that isn't
 * refused: what the source uses, the command line and KEXEC_DT_ADDED_BYTES, with a pen
 * KEXEC_DT_CPU_BYTES for each CPU; more than DEVICETREE_BYTES_MAX, all that the boot protocol
 * allows, is no use. The tree that is made is
 * packed, and passes devicetree_open(). Made again from itself by the same request, it is the same.
 *
 * -EINVAL, and result->why says why; the buffer holds no tree:
 *   - a child of the root is named chosen and isn't the only one, or has a unit address: which of
 *     them the next kernel would read can't be told
 *   - the command line has a NUL inside
 *   - a range for a crash kernel doesn't fit the root's cells
 *   - the tree doesn't fit into the room
 *   - libfdt refuses a change, or devicetree_open() what was made (no source is known to do that)
 */
int kexec_dt_make(const struct kexec_dt_request *request, void *buffer, u64 room,
		  struct kexec_dt_result *result) __must_check;

#endif
