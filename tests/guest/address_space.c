// SPDX-License-Identifier: BSD-2-Clause
/*
 * The walker works on any address space: lower halves of every granule that the CPU has, one
 * after the other, under a kernel that has a granule of its own.
 *
 * A space maps memory of the kernel's a second time: a block with known content to be read, one
 * page of data to be written. All of it is of the same memory type as in the kernel's own map.
 */
#include <arch/barrier.h>
#include <arch/mmu.h>
#include <arch/probe.h>
#include <arch/sysreg.h>
#include <arch/tlb.h>
#include <kernel/selftest.h>
#include <lib/printk.h>
#include <mm/addr.h>
#include <mm/pages.h>

#define TCR_LOWER (0x3fULL << TCR_T0SZ_SHIFT | TCR_EPD0 | 3ULL << TCR_TG0_SHIFT)

/* Large enough to be found in its page at any granule: the space's page may begin before it. */
static u8 target[64] = "the kernel's own granule need not be the space's";

/* What a space shows read-only. It begins with a RET: harmless should it be executable. */
#define CONTENT_BYTES (256 * KiB)
#define INSN_RET      0xd65f03c0

static paddr_t content_pa;
static u8 *content;

static int make_content(void)
{
	int err = pages_alloc(pages_order(CONTENT_BYTES), 0, &content_pa);

	if (err)
		return err;
	content = vaddr_ptr(paddr_to_linear(content_pa));
	for (u64 at = 4; at < CONTENT_BYTES; at++)
		content[at] = (u8)(at ^ at >> 8);
	*(u32 *)(void *)content = INSN_RET;
	return 0;
}

struct space {
	struct pgtable pt;
	u64 text;  /* where the content is: read-only */
	u64 data;  /* where the page of `target` is: writable */
	u64 again; /* and once more, read-only */
	u64 tcr;   /* the registers as they were */
	u64 ttbr0;
};

/* Where the kernel's map says that memory of the image is. */
static u64 physical(const void *at)
{
	struct pgtable_walk walk;
	paddr_t pa = paddr(0);

	pgtable_walk(mmu_kernel_pgtable(), vaddr_of(at), &walk, &pa);
	return pa.val;
}

/* The same places of the space at every granule: in its upper part, page-aligned for all. */
static int build(struct space *s, const struct granule *g, unsigned va_bits)
{
	const struct pgtable *kernel = mmu_kernel_pgtable();
	u64 base = 1ULL << (va_bits - 1), page = granule_page_bytes(g);
	u64 target_page = ALIGN_DOWN(physical(target), page);
	int err;

	*s = (struct space){ .pt = { .granule = g,
				     .va_bits = (u8)va_bits,
				     .table_offset = kernel->table_offset,
				     .zero = kernel->zero,
				     .alloc = kernel->alloc,
				     .free = kernel->free },
			     .text = base,
			     .data = base + 8 * MiB + physical(target) % page,
			     .again =
				     base + 8 * MiB + 2 * PAGE_SIZE_MAX + physical(target) % page };
	err = pgtable_init(&s->pt);
	if (!err)
		err = pgtable_map(&s->pt, vaddr(s->text), content_pa, CONTENT_BYTES, MAP_RODATA);
	if (!err)
		err = pgtable_map(&s->pt, vaddr(ALIGN_DOWN(s->data, page)), paddr(target_page),
				  page, MAP_DATA);
	if (!err)
		err = pgtable_map(&s->pt, vaddr(ALIGN_DOWN(s->again, page)), paddr(target_page),
				  page, MAP_RODATA);
	return err;
}

/*
 * TTBR0, TG0 and T0SZ are written while EPD0 is set, when no walk looks at them; the ISB makes
 * them known. A TLB may hold such fields of TCR_EL1 (Arm ARM, DDI 0487 J.a, "TCR_EL1": they are
 * permitted to be cached in a TLB), and translations of an earlier lower half: it forgets both
 * before walks begin. That flush's first DSB also completes the stores to the new tables, which
 * no walker may miss. Without the last ISB the next access could still find EPD0 set.
 */
static void turn_on(struct space *s)
{
	u64 tcr = sysreg_read(tcr_el1);

	s->tcr = tcr;
	s->ttbr0 = sysreg_read(ttbr0_el1);
	tcr = (tcr & ~TCR_LOWER) | TCR_EPD0 | (64ULL - s->pt.va_bits) << TCR_T0SZ_SHIFT |
	      (u64)s->pt.granule->tg0 << TCR_TG0_SHIFT;
	sysreg_write(ttbr0_el1, s->pt.root.val);
	sysreg_write(tcr_el1, tcr);
	isb();
	tlb_flush_all();
	s->pt.live = true;
	sysreg_write(tcr_el1, tcr & ~(u64)TCR_EPD0);
	isb();
}

/*
 * EPD0 stops walks, once the ISB has made it known, but not hits in a TLB: so the flush comes
 * after it, and the other fields go back only when nothing made by the new ones is left.
 */
static void turn_off(struct space *s)
{
	sysreg_write(tcr_el1, sysreg_read(tcr_el1) | TCR_EPD0);
	isb();
	tlb_flush_all();
	s->pt.live = false;
	sysreg_write(ttbr0_el1, s->ttbr0);
	sysreg_write(tcr_el1, s->tcr);
	isb();
}

static bool can_read(u64 va)
{
	u8 byte;

	return !arch_probe_read(vaddr(va), &byte);
}

/* The byte at `va`; 256 when it can't be read. */
static unsigned byte_at(u64 va)
{
	u8 byte;

	return arch_probe_read(vaddr(va), &byte) ? 256 : byte;
}

static void see_content(struct selftest_run *run, const struct space *s)
{
	u64 page = granule_page_bytes(s->pt.granule), bytes = CONTENT_BYTES;
	u64 wrong = 0;

	for (u64 at = 0; at < bytes; at += 509)
		wrong += byte_at(s->text + at) != content[at];
	EXPECT_EQUAL(wrong, 0);
	EXPECT_EQUAL(byte_at(s->text + bytes - 1), content[bytes - 1]);
	EXPECT(arch_probe_write(vaddr(s->text), 0) != 0);
	EXPECT(arch_probe_exec(vaddr(s->text)) != 0);
	EXPECT(!can_read(s->text - 1));
	EXPECT(!can_read(s->text + bytes));

	/* One page, three places: here, there, and in the kernel's map. */
	EXPECT(!arch_probe_write(vaddr(s->data), 'T'));
	EXPECT_EQUAL(*(volatile u8 *)target, 'T');
	EXPECT_EQUAL(byte_at(s->again), 'T');
	EXPECT(arch_probe_write(vaddr(s->again), 'x') != 0);
	*(volatile u8 *)target = 't';
	EXPECT_EQUAL(byte_at(s->data), 't');
	EXPECT(can_read(ALIGN_DOWN(s->data, page)));
	EXPECT(!can_read(ALIGN_DOWN(s->data, page) - 1));
	EXPECT(!can_read(ALIGN_DOWN(s->data, page) + page));
	EXPECT(!can_read(0));
	EXPECT(!can_read((1ULL << s->pt.va_bits) - 1));
	/* Above the space's last address but below the kernel's first. */
	EXPECT(!can_read((1ULL << s->pt.va_bits) + s->data));
}

/* Changes of a live space take effect at once; each place was accessed, so a TLB may hold it. */
static void change_it(struct selftest_run *run, struct space *s)
{
	u64 page = granule_page_bytes(s->pt.granule);
	vaddr_t data = vaddr(ALIGN_DOWN(s->data, page)), again = vaddr(ALIGN_DOWN(s->again, page));

	EXPECT_EQUAL(pgtable_protect(&s->pt, data, page, MAP_RODATA), 0);
	EXPECT(can_read(s->data));
	EXPECT(arch_probe_write(vaddr(s->data), 'x') != 0);
	EXPECT_EQUAL(pgtable_protect(&s->pt, data, page, MAP_DATA), 0);
	EXPECT(!arch_probe_write(vaddr(s->data), 't'));
	EXPECT_EQUAL(pgtable_unmap(&s->pt, again, page), 0);
	EXPECT(!can_read(s->again));
	EXPECT_EQUAL(pgtable_map(&s->pt, again, content_pa, page, MAP_RODATA), 0);
	EXPECT_EQUAL(byte_at(again.val), content[0]);

	/* One page out of what may be a contiguous run. */
	EXPECT_EQUAL(pgtable_unmap(&s->pt, vaddr(s->text), page), 0);
	EXPECT(!can_read(s->text));
	EXPECT(!can_read(s->text + page - 1));
	EXPECT_EQUAL(byte_at(s->text + page), content[page]);
}

static void compare_registers(struct selftest_run *run, const struct space *s)
{
	struct pgtable_walk walk;
	struct pgtable pt;
	vaddr_t where;
	paddr_t pa;

	EXPECT(mmu_read_regime(&pt, false));
	EXPECT(pt.granule == s->pt.granule);
	EXPECT_EQUAL(pt.va_bits, s->pt.va_bits);
	EXPECT_EQUAL(pt.root.val, s->pt.root.val);
	EXPECT(pgtable_walk(&pt, vaddr(s->data), &walk, &pa));
	EXPECT_EQUAL(pa.val, physical(target));
	EXPECT(!pgtable_check(&pt, &where));
}

static void try_space(struct selftest_run *run, const struct granule *g, unsigned va_bits)
{
	struct space space;

	if (build(&space, g, va_bits)) {
		if (space.pt.root.val)
			pgtable_destroy(&space.pt);
		SKIP_TEST("too little memory for the tables of a space");
	}
	EXPECT(!can_read(space.data));
	turn_on(&space);
	see_content(run, &space);
	compare_registers(run, &space);
	change_it(run, &space);
	turn_off(&space);
	EXPECT(!can_read(space.data));
	EXPECT(!can_read(space.text + granule_page_bytes(g)));
	EXPECT_EQUAL(sysreg_read(tcr_el1), space.tcr);
	EXPECT_EQUAL(sysreg_read(ttbr0_el1), space.ttbr0);
	pgtable_destroy(&space.pt);
}

SELFTEST(address_space)
{
	/* Roots of 2, 64 and 4 entries, then of 512, 2 and 64. */
	static const unsigned va_bits[] = { 31, 48 };

	if (make_content())
		SKIP_TEST("too little memory for the content of a space");
	for (unsigned i = 0; i < GRANULE_COUNT * ARRAY_SIZE(va_bits); i++) {
		const struct granule *g = &granules[i / ARRAY_SIZE(va_bits)];
		bool failed = run->failed;

		if (!granule_supported(g, sysreg_read(id_aa64mmfr0_el1)))
			continue;
		try_space(run, g, va_bits[i % ARRAY_SIZE(va_bits)]);
		if (run->failed && !failed)
			printk("# the space is of %s, %u bits\n", g->name,
			       va_bits[i % ARRAY_SIZE(va_bits)]);
	}
	pages_free(content_pa, pages_order(CONTENT_BYTES));
}
