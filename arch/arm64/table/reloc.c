// SPDX-License-Identifier: BSD-2-Clause
/*
 * Relocation of the image: pointers, by a map of the data that the build makes
 * (scripts/mkrelocs.py), then the page size (the sites of <arch/page.h>).
 *
 * Everything the kernel does with its own page size is one instruction with an immediate. The
 * immediates sit in three encodings, and each kind of site changes nothing but the fields that
 * depend on the shift s:
 *
 *   bitfield   lsr, lsl, ubfx: UBFM, immr in 21:16 and imms in 15:10
 *                lsr #s            immr = s          imms = 63
 *                lsl #s            immr = 64 - s     imms = 63 - s
 *                ubfx #lsb, #width immr = lsb        imms = lsb + width - 1
 *   logical    and, orr: N = 1 for 64-bit patterns, a run of imms + 1 ones rotated right by immr
 *                #size - 1         immr = 0          imms = s - 1
 *                #-size            immr = 64 - s     imms = 63 - s
 *   wide       movz: imm16 in 20:5, its shift (in 16s) in 22:21
 *                #s, #size
 *   add        imm12 in 21:10, and bit 22 shifts it by 12: #size is #(size >> 12), lsl #12
 *
 * Source: Arm ARM (DDI 0487, J.a), "A64 Base Instruction Descriptions"; ELF for the Arm 64-bit
 * Architecture, R_AARCH64_RELATIVE: the map is made of these.
 */
#include <arch/page.h>
#include <arch/reloc.h>
#include <kernel/compiler.h>

/* Fields of the instructions. */
#define FIELD_IMMR(v)  ((u32)(v) << 16)
#define FIELD_IMMS(v)  ((u32)(v) << 10)
#define FIELD_IMM16(v) ((u32)(v) << 5)
#define FIELD_HW(v)    ((u32)(v) << 21)
#define FIELD_IMM12(v) ((u32)(v) << 10)
#define MASK_BITFIELD  (FIELD_IMMR(63) | FIELD_IMMS(63))
#define MASK_WIDE      (FIELD_IMM16(0xffff) | FIELD_HW(3))
#define MASK_ADD       FIELD_IMM12(0xfff)

/* What changes of an instruction: these bits become that value. */
struct page_fields {
	u32 mask;
	u32 value;
};

static struct page_fields bitfield(unsigned immr, unsigned imms)
{
	return (struct page_fields){ MASK_BITFIELD, FIELD_IMMR(immr & 63) | FIELD_IMMS(imms & 63) };
}

static struct page_fields wide(u64 value)
{
	unsigned hw = value >> 16 ? 1 : 0;

	return (struct page_fields){ MASK_WIDE, FIELD_IMM16(value >> (16 * hw)) | FIELD_HW(hw) };
}

static struct page_fields fields_of(unsigned kind, const struct granule *g)
{
	unsigned s = g->shift;
	unsigned level = kind - PAGE_SITE_INDEX0;
	unsigned lsb;

	switch (kind) {
	case PAGE_SITE_LSR:
		return bitfield(s, 63);
	case PAGE_SITE_WORD:
		return bitfield(s - PTE_BYTES_SHIFT, 63);
	case PAGE_SITE_LSL:
		return bitfield(64 - s, 63 - s);
	case PAGE_SITE_OFFSET:
		return bitfield(0, s - 1);
	case PAGE_SITE_MASK:
		return bitfield(64 - s, 63 - s);
	case PAGE_SITE_SHIFT:
		return wide(s);
	case PAGE_SITE_SIZE:
		return wide(granule_page_bytes(g));
	case PAGE_SITE_ADD:
		return (struct page_fields){ MASK_ADD,
					     FIELD_IMM12(granule_page_bytes(g) >> PAGE_SHIFT_MIN) };
	default: /* an index: cut at VA_BITS in the root; 64K has no level 0, and any bit will do */
		lsb = granule_level_shift(g, level);
		if (lsb >= VA_BITS)
			return bitfield(63, 63);
		return bitfield(lsb, MIN(lsb + granule_index_bits(g), VA_BITS) - 1);
	}
}

u32 reloc_page_insn(u32 insn, unsigned kind, const struct granule *g)
{
	struct page_fields f = fields_of(kind, g);

	return (insn & ~f.mask) | f.value;
}

u32 __init reloc_pointers(u64 *data, const u64 *map, u32 words, u64 shift)
{
	u32 count = 0;

	for (u32 word = 0; word < words; word++, data += 64) {
		for (u64 bits = map[word]; bits; bits &= bits - 1, count++)
			data[__builtin_ctzll(bits)] += shift;
	}
	return count;
}

#ifndef GRANULE_HOST

#include <arch/layout.h>
#include <arch/sections.h>

extern const u64 relocs_map[];
extern const u32 relocs_words;
extern const s32 _page_sites[], _page_sites_end[];

/* The image's address by its pointers. */
static u64 pointers_base = IMAGE_LINK_BASE;

u32 __init reloc_apply(u64 base)
{
	u64 shift = base - pointers_base;

	pointers_base = base;
	return reloc_pointers((void *)_data, relocs_map, relocs_words, shift);
}

u32 __init reloc_page_sites(const struct granule *g)
{
	const s32 *site = _page_sites;
	u32 count = 0;

	/* Each kind's list ends with a zero word; a site is never at distance 0 from its entry. */
	for (unsigned kind = 0; site < _page_sites_end; kind++, site++) {
		struct page_fields f = fields_of(kind, g);

		for (; *site; site++, count++) {
			u32 *insn = (u32 *)((uintptr_t)site + (uintptr_t)(intptr_t)*site);

			*insn = (*insn & ~f.mask) | f.value;
		}
	}
	return count;
}

#endif
