/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What boot needed and the kernel does not: given to the allocator, and the log says how much
 * of each.
 */
#ifndef MM_GIVE_BACK_H
#define MM_GIVE_BACK_H

/*
 * give_back_tails - alignment tails of the image, stack areas beyond the stacks, the identity map,
 * and the unused rest of the boot pool. Once the buddy allocator runs and no table is taken from
 * the pool any more.
 */
void give_back_tails(void);

/* give_back_init - what only boot ran and read. Nothing marked __init may be called afterwards. */
void give_back_init(void);

#endif
