/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes the devicetree for the next kernel: from the one that this kernel was started with, or
 * from one that was read from a file.
 *
 * It differs from its source in /chosen, which is made if there is none, and in the list of
 * memory reservations (/memreserve/ in source text). Everything else stays, memory nodes and
 * /reserved-memory included. What /chosen says of one hand-over only is left out, and what the
 * request gives is put there:
 *
 *   bootargs                    the command line; none if it is empty
 *   linux,initrd-start, -end    the initial ramdisk, of two cells each
 *   linux,usable-memory-range   all that a crash kernel may use, in the root's cells
 *   linux,elfcorehdr            where a crash kernel finds the ELF core header, likewise
 *   kaslr-seed, rng-seed        8 and 56 bytes of fresh entropy: an old seed is never handed on
 *   linux,uefi-*                never: the next kernel would take over UEFI's memory map and
 *                               runtime services, and this kernel keeps neither
 *   linux,ima-kexec-buffer      never: memory that the last kernel filled, and nobody kept
 *   linux,kho-*                 never: the same
 *
 * Old seeds are left out while copying, so the buffer never holds one, not even behind the tree.
 *
 * Allocates, prints and keeps nothing, touches no hardware. No page size enters here.
 * Sources: Devicetree Specification v0.4, 3.6 and chapter 5; the chosen node of devicetree.org's
 * dt-schema; Linux, drivers/of/kexec.c, for what is handed over.
 */
#ifndef KERNEL_KEXEC_DT_H
#define KERNEL_KEXEC_DT_H

#include <kernel/compiler.h>
#include <kernel/types.h>

#define KEXEC_DT_ENTROPY_BYTES 64
#define KEXEC_DT_WHY_BYTES     160

/* The longest command line that Linux takes whole, its NUL included: COMMAND_LINE_SIZE. */
#define KEXEC_DT_LINUX_ARGS_BYTES 2048

/* Physical memory. With bytes 0 there is none; else it doesn't wrap around. */
struct kexec_dt_range {
	paddr_t base;
	u64 bytes;
};

struct kexec_dt_request {
	const void *source; /* any bytes, of which `source_bytes` may be read */
	u64 source_bytes;
	const char *args; /* the command line: `args_bytes`, without a NUL behind */
	u64 args_bytes;
	struct kexec_dt_range initrd;
	struct kexec_dt_range usable;
	struct kexec_dt_range elfcorehdr;
	const u8 *entropy; /* KEXEC_DT_ENTROPY_BYTES, used once; NULL: no seeds */
	/* Where these lie now: a memory reservation of exactly such a range isn't handed on. */
	struct kexec_dt_range old_initrd;
	struct kexec_dt_range old_devicetree;
};

struct kexec_dt_result {
	/* After 0: of the tree, its totalsize. After -ENOSPC: the least room that would do. */
	u64 bytes;
	u32 reservations_dropped; /* after 0; those of no size, which end a list for Linux, too */
	bool args_too_long;       /* after 0: Linux would cut the command line */
	char why[KEXEC_DT_WHY_BYTES]; /* after an error: what is wrong, and what is right */
};

/*
 * kexec_dt_make - write the next kernel's devicetree to the `room` bytes at `buffer`.
 *
 * `buffer` is aligned to 8 bytes and doesn't overlap the source. The tree that is made is packed,
 * and passes devicetree_open(). Made again from itself by the same request, it is the same.
 *
 * -EINVAL, and result->why says why:
 *   - devicetree_open() refuses the source
 *   - a child of the root is named chosen and isn't the only one, or has a unit address: which of
 *     them the next kernel would read can't be told
 *   - the command line has a NUL inside
 *   - a range for a crash kernel doesn't fit the root's cells
 *   - room is more than DEVICETREE_BYTES_MAX, which is all that the boot protocol allows
 *   - libfdt refuses a change, or devicetree_open() what was made (no source is known to do that)
 * -ENOSPC: the tree wouldn't fit, and result->bytes says what it takes.
 * After the errors of libfdt and of what was made, the buffer holds no tree; after all others,
 * it is as it was.
 */
int kexec_dt_make(const struct kexec_dt_request *request, void *buffer, u64 room,
		  struct kexec_dt_result *result) __must_check;

#endif
