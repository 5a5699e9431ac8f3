// SPDX-License-Identifier: BSD-2-Clause
/*
 * A loaded image is read-only, by whatever map; and tables may lie in the very memory whose leaves
 * are split for that.
 */
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/pgtable_geometry.h>
#include <arch/probe.h>
#include <kernel/cpus.h>
#include <kernel/errno.h>
#include <kernel/initrd.h>
#include <kernel/kexec.h>
#include <kernel/selftest.h>
#include <mm/addr.h>
#include <mm/boot_memory.h>
#include <mm/contig_alloc.h>
#include <mm/kmalloc.h>
#include <mm/pages.h>
#include <mm/table_pages.h>

static bool can_write(u64 pa)
{
	vaddr_t at = paddr_to_linear(paddr(pa));
	u8 byte;

	return !arch_probe_read(at, &byte) && !arch_probe_write(at, byte);
}

/* ---- every alias, by physical address ---- */

struct alias {
	u64 first;
	u64 end;
	unsigned writable;
	unsigned leaves;
};

static void count_alias(void *ctx, vaddr_t va, unsigned level, pte_t leaf, u64 bytes)
{
	struct alias *alias = ctx;
	u64 pa = pte_addr(leaf).val;

	(void)va, (void)level;
	if (pa >= alias->end || alias->first >= pa + bytes)
		return;
	alias->leaves++;
	alias->writable += pte_writable(leaf);
}

static void expect_sealed(struct selftest_run *run, paddr_t base, u64 bytes)
{
	struct alias alias = { .first = base.val, .end = base.val + bytes };

	pgtable_for_each_leaf(mmu_kernel_pgtable(), count_alias, &alias);
	EXPECT(alias.leaves);
	EXPECT_EQUAL(alias.writable, 0);
	EXPECT(!can_write(base.val));
	EXPECT(!can_write(base.val + bytes - 1));
}

/* A number for all that is mapped, and how. */
static void add_leaf(void *ctx, vaddr_t va, unsigned level, pte_t leaf, u64 bytes)
{
	u64 *sum = ctx;

	*sum = (*sum ^ va.val ^ level ^ leaf.val ^ bytes) * 0x9e3779b97f4a7c15;
}

static u64 map_now(void)
{
	u64 sum = 0;

	pgtable_for_each_leaf(mmu_kernel_pgtable(), add_leaf, &sum);
	return sum;
}

SELFTEST(kexec_seals_what_is_loaded)
{
	const struct kexec_request request = { .image = "probe", .args = "", .reuse_initrd = true };
	const struct kexec_image *image = kexec_loaded(false);
	u64 tables = mmu_kernel_pgtable()->table_bytes, map = map_now(), bytes;
	struct initramfs_file file;
	vaddr_t where;
	int err;

	if (!boot_memory_initrd(&bytes) || initrd_find("test", "probe", &file))
		SKIP_TEST("the initrd has none of the files");
	err = kexec_load(&request);
	if (err == -ENOMEM)
		SKIP_TEST("too little memory for another kernel");
	EXPECT_EQUAL(err, 0);
	EXPECT(image->sealed);
	EXPECT(image->initrd_stays);
	for (u32 i = 0; i < image->extents; i++)
		expect_sealed(run, image->extent[i].from, image->extent[i].bytes);
	for (u32 i = 0; i < image->segment[KEXEC_EXIT].count; i++)
		expect_sealed(run, image->exit[i].from, image->exit[i].bytes);
	EXPECT(!pgtable_check(mmu_kernel_pgtable(), &where));
	/* Once more in its place: what is sealed is given back and taken again. */
	err = kexec_load(&request);
	if (err == -ENOMEM) {
		kexec_unload(false);
		SKIP_TEST("too little memory for another kernel beside one");
	}
	EXPECT_EQUAL(err, 0);
	EXPECT(image->sealed);
	bytes = image->entry.val;
	EXPECT(!can_write(bytes));
	kexec_unload(false);
	EXPECT(can_write(bytes));
	EXPECT_EQUAL(mmu_kernel_pgtable()->table_bytes, tables);
	EXPECT_EQUAL(map_now(), map);
}

/* ---- tables in what is split ---- */

static paddr_t table_at; /* where the next one is; 0: nowhere */

static int alloc_there(struct pgtable *pt, u64 bytes, paddr_t *table)
{
	if (!table_at.val)
		return table_pages_alloc(pt, bytes, table);
	*table = table_at;
	table_at = paddr(0);
	return 0;
}

static void free_there(struct pgtable *pt, u64 bytes, paddr_t table)
{
	if (frame_kind(frame_of(table)) == FRAME_TABLE)
		table_pages_free(pt, bytes, table);
}

/* A block of the linear map becomes a table that lies in it; then a run that the table lies in. */
static void seal_around_table(struct selftest_run *run, paddr_t block, u64 bytes)
{
	struct pgtable *pt = mmu_kernel_pgtable();
	struct kexec_image *image = kmalloc(sizeof(*image), KMALLOC_ZERO);
	paddr_t inside = paddr_add(block, bytes / 2);
	u64 tables = pt->table_bytes, map = map_now();

	EXPECT(image);
	if (!image)
		return;
	EXPECT_EQUAL(kexec_place_begin(image, false), 0);
	EXPECT_EQUAL(kexec_place_exit(image), 0);
	EXPECT_EQUAL(kexec_exit_prepare_seal(image), 0);
	pt->alloc = alloc_there;
	pt->free = free_there;
	table_at = inside;
	EXPECT_EQUAL(arch_kexec_seal(&image->arch, block, page_size()), 0);
	EXPECT(!table_at.val);
	EXPECT_EQUAL(arch_kexec_seal(&image->arch, inside, page_size()), 0);
	EXPECT(!can_write(block.val) && can_write(block.val + page_size()));
	EXPECT(!can_write(inside.val) && can_write(inside.val + page_size()));
	arch_kexec_unseal(&image->arch, true);
	table_at = paddr(0);
	table_pages_serve(pt);
	EXPECT(can_write(block.val) && can_write(inside.val));
	EXPECT_EQUAL(pt->table_bytes, tables);
	EXPECT_EQUAL(map_now(), map);
	kexec_place_undo(image);
	kfree(image);
}

SELFTEST(kexec_seals_around_its_tables)
{
	struct pgtable *pt = mmu_kernel_pgtable();
	u64 bytes = pgtable_span(pt, GRANULE_LAST_LEVEL - 1);
	const struct contig_request request = { .bytes = bytes, .align = bytes };
	struct contig_result result;
	struct pgtable_walk walk;
	paddr_t block, pa;
	const char *lacks;

	if (this_cpu() != &boot_cpu)
		SKIP_TEST("another CPU can't stop the boot CPU");
	if (contig_alloc(&request, &result, &block))
		SKIP_TEST("no block of memory is free");
	EXPECT(pgtable_walk(pt, paddr_to_linear(block), &walk, &pa));
	/* The loader's memory may be such that it has pages here. */
	lacks = cpus_stop();
	if (!lacks && walk.last_level < GRANULE_LAST_LEVEL)
		seal_around_table(run, block, bytes);
	cpus_resume();
	contig_free(block, bytes);
	if (lacks)
		SKIP_TEST("the other CPUs can't be switched off");
}
