/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own page size, where code computes with it.
 *
 * A page shift that is loaded from memory costs three to nine instructions where
 * a constant costs one or two. So it is not loaded. Each helper below compiles
 * to the one instruction that a constant would give, with its address recorded
 * in a section by kind; arch/arm64/table/reloc.c writes the immediates at boot, like
 * any other relocation, before the code runs for the first time. Until then the
 * immediates are those of 4K and must not be relied upon: files that run before
 * the choice is made take a `const struct granule *` (a build check sees that
 * they contain no site).
 *
 *   helper                instruction             4K          16K         64K
 *   page_shift()          mov  w, #shift          12          14          16
 *   page_size()           mov  x, #size           0x1000      0x4000      0x10000
 *   addr >> shift         lsr  x, x, #shift       12          14          16
 *   page_word_offset()    lsr  x, x, #shift - 3     9           11          13
 *   pfn << shift          lsl  x, x, #shift       12          14          16
 *   page_offset()         and  x, x, #size - 1    0xfff       0x3fff      0xffff
 *   page_align_down()     and  x, x, #-size
 *   page_align_up()       sub, orr #size - 1, add: ((x - 1) | (size - 1)) + 1
 *   page_is_aligned()     tst  x, #size - 1
 *   page_add()            add  x, x, #size        #1, lsl 12  #4, lsl 12  #16, lsl 12
 *   page_table_index(3)   ubfx x, x, #lsb, #width 12, 9       14, 11      16, 13
 *   page_table_index(0)   the same, cut at 48     39, 9       47, 1       none
 *
 * The file has two halves. The first, for host tests and CONST_PAGE_SHIFT, is plain arithmetic and
 * says what each helper computes; the second, the product's, has the patched instructions.
 *
 * page_align_up is written so that no immediate has to be `size - 1` in an add:
 * 0x3fff and 0xffff do not fit that instruction, and a form with a constant of
 * its own would need a register.
 *
 * A build with CONST_PAGE_SHIFT has the same helpers as constants. It exists only to
 * be compared against (scripts/check-hotpath), is never the product, and this is
 * the one file that knows about it.
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#include <arch/granule.h>
#include <arch/layout.h>
#include <kernel/types.h>

/*
 * The kinds of site, in the order in which the linker script lists their
 * sections; reloc.c counts them by the zero word that ends each.
 */
enum page_site {
	PAGE_SITE_LSR,    /* lsr x, x, #shift */
	PAGE_SITE_LSL,    /* lsl x, x, #shift */
	PAGE_SITE_OFFSET, /* and/orr x, x, #size - 1 */
	PAGE_SITE_MASK,   /* and x, x, #-size */
	PAGE_SITE_WORD,   /* lsr x, x, #shift - 3 */
	PAGE_SITE_SHIFT,  /* movz w, #shift */
	PAGE_SITE_SIZE,   /* movz x, #size */
	PAGE_SITE_ADD,    /* add x, x, #size */
	PAGE_SITE_INDEX0, /* ubfx x, x, #lsb(level), #width(level), and so on to level 3 */
	PAGE_SITE_INDEX1,
	PAGE_SITE_INDEX2,
	PAGE_SITE_INDEX3,
	PAGE_SITE_KINDS,
};

#if defined(GRANULE_HOST)

/* Host tests run every size in one program: tests/host/host.c sets it. */
extern unsigned host_page_shift;
#define PAGE_SHIFT_IS host_page_shift

#elif defined(CONST_PAGE_SHIFT)

#define PAGE_SHIFT_IS CONST_PAGE_SHIFT

#endif

#ifdef PAGE_SHIFT_IS

static inline u64 page_shift(void)
{
	return PAGE_SHIFT_IS;
}

static inline u64 page_size(void)
{
	return 1ULL << PAGE_SHIFT_IS;
}

static inline u64 page_shift_right(u64 x)
{
	return x >> PAGE_SHIFT_IS;
}

static inline u64 page_word_offset(u64 x)
{
	return x >> (PAGE_SHIFT_IS - PTE_BYTES_SHIFT);
}

static inline u64 page_shift_left(u64 x)
{
	return x << PAGE_SHIFT_IS;
}

static inline u64 page_offset(u64 x)
{
	return x & (page_size() - 1);
}

static inline u64 page_align_down(u64 x)
{
	return x & ~(page_size() - 1);
}

static inline u64 page_fill_offset(u64 x)
{
	return x | (page_size() - 1);
}

static inline u64 page_add(u64 x)
{
	return x + page_size();
}

static inline bool page_is_aligned(u64 x)
{
	return page_offset(x) == 0;
}

static inline u64 page_table_index(unsigned level, u64 va)
{
	unsigned index_bits = PAGE_SHIFT_IS - PTE_BYTES_SHIFT;
	unsigned lsb = PAGE_SHIFT_IS + (GRANULE_LAST_LEVEL - level) * index_bits;
	unsigned reach = lsb < VA_BITS ? VA_BITS - lsb : 0;

	return (va >> (lsb & 63)) & ((1ULL << MIN(reach, index_bits)) - 1);
}

#else /* the product: one instruction each, patched at boot */

/*
 * Record the address of local label 1 as a site of `kind`. The helpers are `asm inline`: GCC takes
 * each line of an asm for an instruction, and would inline less than with a constant.
 */
#define PAGE_SITE(kind) ".pushsection .page_sites." kind ", \"a\"\n\t.long 1b - .\n\t.popsection"

static inline u64 page_shift(void)
{
	u64 r;

	asm inline("1: movz %w0, #12\n\t" PAGE_SITE("shift") : "=r"(r));
	return r;
}

static inline u64 page_size(void)
{
	u64 r;

	asm inline("1: movz %0, #0x1000\n\t" PAGE_SITE("size") : "=r"(r));
	return r;
}

static inline u64 page_shift_right(u64 x)
{
	u64 r;

	asm inline("1: lsr %0, %1, #12\n\t" PAGE_SITE("lsr") : "=r"(r) : "r"(x));
	return r;
}

/* For the address of a page: where its 8-byte word lies in an array of one a page. */
static inline u64 page_word_offset(u64 x)
{
	u64 r;

	asm inline("1: lsr %0, %1, #9\n\t" PAGE_SITE("word") : "=r"(r) : "r"(x));
	return r;
}

static inline u64 page_shift_left(u64 x)
{
	u64 r;

	asm inline("1: lsl %0, %1, #12\n\t" PAGE_SITE("lsl") : "=r"(r) : "r"(x));
	return r;
}

static inline u64 page_offset(u64 x)
{
	u64 r;

	asm inline("1: and %0, %1, #0xfff\n\t" PAGE_SITE("offset") : "=r"(r) : "r"(x));
	return r;
}

static inline u64 page_align_down(u64 x)
{
	u64 r;

	asm inline("1: and %0, %1, #~0xfff\n\t" PAGE_SITE("mask") : "=r"(r) : "r"(x));
	return r;
}

/* x with every offset bit set: the last byte of x's page. */
static inline u64 page_fill_offset(u64 x)
{
	u64 r;

	asm inline("1: orr %0, %1, #0xfff\n\t" PAGE_SITE("offset") : "=r"(r) : "r"(x));
	return r;
}

static inline u64 page_add(u64 x)
{
	u64 r;

	asm inline("1: add %0, %1, #1, lsl #12\n\t" PAGE_SITE("add") : "=r"(r) : "r"(x));
	return r;
}

static inline bool page_is_aligned(u64 x)
{
#if defined(__GCC_ASM_FLAG_OUTPUTS__) && !defined(__clang__)
	bool r;

	asm inline("1: tst %1, #0xfff\n\t" PAGE_SITE("offset") : "=@cceq"(r) : "r"(x));
	return r;
#else /* clang: 14 has no such output, 19 masks it and tests it again; here one instruction more */
	return page_offset(x) == 0;
#endif
}

#define PAGE_TABLE_INDEX(level, va)                                                                \
	({                                                                                         \
		u64 r_;                                                                            \
		asm("1: ubfx %0, %1, #12, #9\n\t" PAGE_SITE("index" #level) : "=r"(r_) : "r"(va)); \
		r_;                                                                                \
	})

/* `level`: a compile-time constant. The result means nothing at a level that the granule lacks. */
static __always_inline u64 page_table_index(unsigned level, u64 va)
{
	switch (level) {
	case 0:
		return PAGE_TABLE_INDEX(0, va);
	case 1:
		return PAGE_TABLE_INDEX(1, va);
	case 2:
		return PAGE_TABLE_INDEX(2, va);
	default:
		return PAGE_TABLE_INDEX(3, va);
	}
}

#endif

/* The next page boundary at or above x. Wraps to 0 above the last page of the address space. */
static inline u64 page_align_up(u64 x)
{
	return page_fill_offset(x - 1) + 1;
}

/* Bytes to pages, rounding up. */
static inline u64 page_count(u64 bytes)
{
	return page_shift_right(page_align_up(bytes));
}

#endif
