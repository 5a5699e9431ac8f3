// SPDX-License-Identifier: BSD-2-Clause
/* Memory for translation tables, once there is an allocator: a block of the kernel's pages each. */
#include <kernel/errno.h>
#include <mm/hooks.h>
#include <mm/pages.h>
#include <mm/table_pages.h>

int table_pages_take(u64 bytes, unsigned flags, paddr_t *table)
{
	int err;

	if (fault_inject(FAULT_TABLES))
		return -ENOMEM;
	err = pages_alloc(pages_order(bytes), flags, table);
	if (!err)
		frame_set_kind(frame_of(*table), FRAME_TABLE);
	return err;
}

int table_pages_alloc(struct pgtable *pt, u64 bytes, paddr_t *table)
{
	(void)pt;
	return table_pages_take(bytes, 0, table);
}

void table_pages_free(struct pgtable *pt, u64 bytes, paddr_t table)
{
	(void)pt;
	frame_set_kind(frame_of(table), FRAME_ALLOCATED);
	pages_free(table, pages_order(bytes));
}

void table_pages_serve(struct pgtable *pt)
{
	pt->alloc = table_pages_alloc;
	pt->free = table_pages_free;
}
