/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text that nobody runs, linked after all other, so that what follows it begins in the next 64 KiB.
 *
 * Neighbours: fixtures.tsv says which fixtures have it.
 */
__asm__(".section .text.padding, \"ax\"\n"
	".space 70000, 0x1f\n");
