/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The symbols of an image, for tests of what gives its memory away: segments that begin on 64 KiB
 * as arch/arm64/boot/kernel.ld.S has them, of sizes that are no pages. Nothing is in it.
 */
	.bss
	.balign 0x10000

	.globl _text
_text:
	.skip 0x3000
	.globl _init_text_end
_init_text_end:
	.globl _hot_text
_hot_text:
	.skip 0x100
	.globl _hot_text_end
_hot_text_end:
	.skip 0x1a804 - 0x3100
	.globl _granule_etext
_granule_etext:
	.skip 0x20000 - 0x1a804

	.globl _rodata
_rodata:
	.skip 0x7000
	.globl _init_rodata
_init_rodata:
	.skip 0x4410
	.globl _erodata
_erodata:
	.skip 0x10000 - 0x7000 - 0x4410

	.globl _data
_data:
	.skip 0x1000
	.globl _overflow_stack_top
_overflow_stack_top:
	.skip 0x310
	.globl _granule_edata, _bss
_granule_edata:
_bss:
	.skip 0x9000
	.globl _ebss
_ebss:
	.skip 0x10000 - 0x1310 - 0x9000

	.globl _stacks
_stacks:
	.skip 0x14000
	.globl _stack_top
_stack_top:
	.skip 0xc000
	.globl _stacks_end
_stacks_end:

	.globl _boot_pool
_boot_pool:
	.skip 0x80000
	.globl _boot_pool_end, _granule_end
_boot_pool_end:
_granule_end:

	.section .note.GNU-stack, "", %progbits
