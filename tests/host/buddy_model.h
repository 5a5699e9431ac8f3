/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the free lists have to hold, worked out the slow way: a byte for each page, a type for each
 * pageblock, and the largest aligned blocks that follow from them.
 */
#ifndef BUDDY_MODEL_H
#define BUDDY_MODEL_H

#include <kernel/types.h>
#include <mm/frame.h>

enum model_page { MODEL_TAKEN, MODEL_FREE };

/* As memblock has it, CMA's reservations free: to be called once frame_init is done. */
void buddy_model_begin(u64 start, u64 bytes);

/* What a page is; addresses are those of pages. */
enum model_page buddy_model_at(u64 pa);

/* Are all pages of [pa, pa + bytes) of that state? */
bool buddy_model_all(u64 pa, u64 bytes, enum model_page state);

/* Change a block that was all of the other state. Wholly free unmovable pageblocks turn movable. */
void buddy_model_take(u64 pa, u64 bytes);
void buddy_model_give(u64 pa, u64 bytes);

/* The type of the pageblock around `pa`, or of those that [pa, pa + bytes) touches. */
enum migratetype buddy_model_type(u64 pa);
void buddy_model_set_type(u64 pa, u64 bytes, enum migratetype type);

/* The order of the free block that `pa` lies in, and where that begins. */
unsigned buddy_model_block(u64 pa, u64 *head);

/* Counts by type and order, the words of all heads, bytes, and buddy_check, against this. */
void buddy_model_compare(void);

#endif
