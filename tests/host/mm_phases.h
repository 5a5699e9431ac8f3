/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What mm/mm_init.c calls, for tests of it: each phase writes down its name, and fails if it is
 * told to; what is handed to it is kept, or checked. Needs cmocka.
 */
#ifndef MM_PHASES_H
#define MM_PHASES_H

#include <mm/memblock_devicetree.h>
#include <mm/region_list.h>

extern char mm_phases[256];         /* their names, in order, with a blank after each */
extern const char *mm_phases_fails; /* the one that does; NULL: none */
extern int mm_phases_fill_error;    /* what "fill" fails with */

extern struct memblock_setup mm_phases_setup; /* what "fill" was given */
extern struct region mm_phases_given;         /* and found */
extern struct region mm_phases_reserved;      /* the one reservation; bytes 0: none */
extern u64 mm_phases_room_bytes;              /* what long lists need, at 0x50000000 */
extern const int mm_phases_moved;             /* where the devicetree lies in the end */

#endif
