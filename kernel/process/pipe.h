/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes: bytes that are written at one end, and read at the other.
 *
 * How much fits is Linux's: 16 slots, each of which holds as much as a page of the process that
 * made the pipe, and is free again when all of it was read. What is written goes into a slot of its
 * own, or after the content of the last one if all that isn't a multiple of a page fits there. So
 * a write of up to PIPE_BUF (4096) bytes is there as a whole or not at all.
 *
 * Memory isn't slots: content lies in pieces of up to 4 KiB, as it came. So a byte in a slot of
 * 64 KiB takes a quarter of a KiB.
 *
 *   I1  the sum of what slots hold is what pieces hold
 *   I2  no slot in use is empty
 *   I3  no piece but the last one is empty
 */
#ifndef PROCESS_PIPE_H
#define PROCESS_PIPE_H

#include "file.h"

#define PIPE_SLOTS 16u

#define IOCTL_READABLE 0x541b /* FIONREAD */

/* For slots of `slot_bytes`, a power of two. `flags`: OPEN_NONBLOCK, OPEN_DIRECT. -ENOMEM. */
int pipe_create(u64 slot_bytes, u32 flags, struct file **reads, struct file **writes) __must_check;

/*
 * pipe_capacity      in bytes; of a PATH_PIPE
 * pipe_set_capacity  to `bytes` or more: what it is then. -EINVAL; -EBUSY: more is in use; -ENOMEM
 */
s64 pipe_capacity(struct file *file);
s64 pipe_set_capacity(struct file *file, u32 bytes);

#endif
