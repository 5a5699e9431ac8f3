/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header of an arm64 Image: what another kernel says about itself before it is started.
 *
 *   offset  bytes
 *        0      8  code0, code1: the entry point
 *        8      8  text_offset
 *       16      8  image_size
 *       24      8  flags: bit 0 big-endian; bits 1-2 page size (0: unspecified, 1, 2, 3: 4K,
 *                  16K, 64K); bit 3 anywhere; the others are reserved, and ignored
 *       32     24  reserved
 *       56      4  magic, "ARM\x64"
 *       60      4  where the PE header is, 0 for none
 *
 * Every number is little-endian, of a big-endian kernel as well. This kernel's own header is in
 * arch/arm64/boot/head.S.
 *
 * A file is input. Nothing beyond `bytes` is read, at any alignment. Pure: allocates, prints and
 * keeps nothing. Page size enters as what the other kernel is built for, never as our own.
 * Source: Linux, Documentation/arch/arm64/booting.rst, "Call the kernel image".
 */
#ifndef KERNEL_IMAGE_H
#define KERNEL_IMAGE_H

#include <arch/granule.h>
#include <kernel/compiler.h>
#include <kernel/types.h>

#define IMAGE_HEADER_BYTES 64
#define IMAGE_WHY_BYTES    160

/* What Image and text_offset may need together: physical addresses have 48 bits here. */
#define IMAGE_EXTENT_BYTES_MAX (1ULL << 48)

struct image {
	u64 file_bytes;  /* of the file: to be copied */
	u64 image_bytes; /* of memory, from its start on, that it needs: file_bytes or more */
	u64 text_offset; /* in bytes, of its start from a 2 MiB aligned base */
	const struct granule *granule; /* the page size that it is built for; NULL: unspecified */
	/*
	 * The base may be anywhere; else it should be as low in RAM as can be, since the kernel
	 * can't use what lies below.
	 */
	bool anywhere;
	bool is_granule;           /* of this kernel, whatever the version */
	char why[IMAGE_WHY_BYTES]; /* after an error: what is wrong, and what is right */
};

/*
 * image_parse - read and check the header of the `bytes` at `data`.
 *
 * -EINVAL, and image->why says why, all else is 0:
 *   - it is no Image: compressed, ELF, an EFI program alone, U-Boot's, a devicetree, anything else
 *   - it is cut short within the header
 *   - image_size is 0, as before Linux 3.17: then text_offset is not to be believed (it is to be
 *     taken as 0x80000), and how much memory it needs isn't known, so it can't be kept free
 *   - it is big-endian
 *   - the file has more bytes than image_size
 *   - text_offset and image_size exceed IMAGE_EXTENT_BYTES_MAX
 *   - it is cut short after it, and says how long it is: as an EFI program does by its sections
 *     (Linux with CONFIG_EFI), and this kernel in the 16 bytes after the header. Of any other
 *     Image it can't be told.
 */
int image_parse(const void *data, u64 bytes, struct image *image) __must_check;

/*
 * image_check_cpu - can a CPU with this ID_AA64MMFR0_EL1 run it?
 *
 * 0 for an unspecified page size, too: that kernel will see for itself. -EOPNOTSUPP: the CPU lacks
 * its granule, and image->why says what there is.
 */
int image_check_cpu(struct image *image, u64 id_aa64mmfr0) __must_check;

#endif
