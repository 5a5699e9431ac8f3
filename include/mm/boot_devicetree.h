/* SPDX-License-Identifier: BSD-2-Clause */
/* The devicetree's last place: in what the image's last pages have left (<mm/boot_data.h>). */
#ifndef MM_BOOT_DEVICETREE_H
#define MM_BOOT_DEVICETREE_H

struct devicetree;

/*
 * boot_devicetree_move - the tree goes there, if it has room; its own memory becomes free.
 *
 * `dt` is open. Boot, as above. It stays where it is if it isn't in the linear map, if the tree
 * itself says of that memory that it is reserved or doesn't say that it is memory, or if there is
 * no room. Where memblock has no room to say that the old place is free, that stays reserved.
 */
void boot_devicetree_move(struct devicetree *dt);

#endif
