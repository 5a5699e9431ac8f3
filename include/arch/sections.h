/* SPDX-License-Identifier: BSD-2-Clause */
/* The bounds of the image and its parts. */
#ifndef ARCH_SECTIONS_H
#define ARCH_SECTIONS_H

#include <kernel/types.h>

/* The image's symbols, from the linker script; addresses of whichever map the code runs in. */
extern u8 _text[], _init_text_end[], _etext[], _rodata[], _init_rodata[], _erodata[];
extern u8 _text_patched[], _text_patched_end[]; /* all page-size sites lie in it */
extern u8 _hot_text[], _hot_text_end[];         /* <mm/hot_text.h> */
extern u8 _data[], _edata[], _bss[], _ebss[], _end[];
extern u8 _stacks[], _stack_top[], _overflow_stack_top[], _stacks_end[];
extern u8 _boot_pool[], _boot_pool_end[];

/* How far from the image's first byte a place in it is. */
static inline u64 image_offset(const void *place)
{
	return (u64)((const u8 *)place - _text);
}

#endif
