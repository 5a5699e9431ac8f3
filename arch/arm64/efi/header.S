/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PE header: what makes the raw Image a program that UEFI firmware loads. The Image header
 * (head.S) begins with "MZ" and says at offset 60 where this is. File and memory have the same
 * layout, so an offset is an address relative to the image.
 *
 * Firmware protects by sections if their alignment is a multiple of 4 KiB and none is both writable
 * and executable; the page of the header itself becomes data, so what runs under firmware lies
 * above it.
 *
 * Source: Microsoft PE Format; UEFI Specification 2.10, 2.1.1 "UEFI Images".
 */
#include <arch/layout.h>

#define PE_MACHINE_ARM64    0xaa64
#define PE_EXECUTABLE       0x0002
#define PE_NO_LINE_NUMBERS  0x0004
#define PE_NO_DEBUG         0x0200
#define PE_32_PLUS          0x020b
#define PE_EFI_APPLICATION  10
#define PE_NX_COMPATIBLE    0x0100
#define PE_CODE             0x60000020 /* and it may be executed and read */
#define PE_CONSTANTS        0x40000040 /* and it may be read */
#define PE_DATA             0xc0000040 /* and it may be read and written */

	.section .head.pe, "a"
	.balign	8
	.globl	_pe_header
	.hidden	_pe_header
_pe_header:
	.ascii	"PE\0\0"
	.short	PE_MACHINE_ARM64
	.short	3			/* sections */
	.long	0			/* no time stamp: a build repeats to the byte */
	.long	0, 0			/* no symbols */
	.short	sections - optional
	.short	PE_EXECUTABLE | PE_NO_LINE_NUMBERS | PE_NO_DEBUG

optional:
	.short	PE_32_PLUS
	.byte	0, 0			/* version of the linker */
	.long	_pe_text_bytes
	.long	_pe_rodata_bytes
	.long	0
	.long	_pe_entry
	.long	_pe_text
	.quad	0			/* wherever firmware puts it */
	.long	PE_ALIGN		/* in memory */
	.long	PE_ALIGN_FILE
	.short	0, 0, 0, 0, 0, 0	/* versions: of a system, this image, a subsystem */
	.long	0
	.long	_pe_bytes		/* with bss, without stack and first tables */
	.long	_pe_text		/* what lies before the first section */
	.long	0			/* checksum: nobody reads it */
	.short	PE_EFI_APPLICATION
	.short	PE_NX_COMPATIBLE
	.quad	0, 0, 0, 0		/* stack and heap: firmware's */
	.long	0
	.long	6			/* directories: signing tools want the fifth to be there */
	.quad	0, 0, 0, 0, 0, 0

.macro section name, bytes, address, file_bytes, flags
1:	.ascii	"\name"
	.org	1b + 8
	.long	\bytes, \address, \file_bytes, \address
	.long	0, 0, 0
	.long	\flags
.endm

sections:
	section	.text, _pe_text_bytes, _pe_text, _pe_text_bytes, PE_CODE
	section	.rodata, _pe_rodata_bytes, _pe_rodata, _pe_rodata_bytes, PE_CONSTANTS
	section	.data, _pe_data_bytes, _pe_data, _pe_data_file_bytes, PE_DATA
