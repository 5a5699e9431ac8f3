// SPDX-License-Identifier: BSD-2-Clause
/* Where tools enter what they call: <mm/hooks.h>. */
#include <mm/hooks.h>

void (*alloc_observer)(enum alloc_kind kind, u64 bytes, u64 room);
bool (*fault_injector)(enum fault_site site);
