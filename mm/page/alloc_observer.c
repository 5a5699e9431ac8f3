// SPDX-License-Identifier: BSD-2-Clause
/* Where a listener is entered: <mm/alloc_observer.h>. */
#include <mm/alloc_observer.h>

void (*alloc_observer)(enum alloc_kind kind, u64 bytes, u64 room);
