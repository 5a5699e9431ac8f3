// SPDX-License-Identifier: BSD-2-Clause
/* Movable areas in one line. */
#include <arch/mmu.h>
#include <kernel/movable_report.h>
#include <lib/format.h>
#include <mm/rmap.h>

void movable_report(int (*print)(const char *fmt, ...))
{
	char size[FORMAT_BYTES_SIZE];
	struct movable_stats now;

	rmap_lock();
	now = movable_stats;
	rmap_unlock();
	print("movable: areas of %s, %llu pins, %llu accesses waited for a page that moved\n",
	      format_bytes(size, sizeof(size), now.bytes), now.pinned, mmu_waits());
}
