/* SPDX-License-Identifier: BSD-2-Clause */
/* How much room a tree for the next kernel needs, tried byte by byte. */
#ifndef KEXEC_DT_ROOMS_H
#define KEXEC_DT_ROOMS_H

#include <kernel/kexec_dt.h>

/*
 * With less room than `bytes` the request is refused, which says so; with as much or more the tree
 * is `whole`. Tried from 0 to `enough`, with which it has to succeed. Nothing beyond is written.
 */
void kexec_dt_in_each_room(const struct kexec_dt_request *request, const void *whole, u64 bytes,
			   u64 enough);

#endif
