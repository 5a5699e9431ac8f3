// SPDX-License-Identifier: BSD-2-Clause
/* Which characters are shown as they are: see <lib/printable.h>. */
#include <kernel/compiler.h>
#include <lib/printable.h>

/* From the first code point to the last, inclusive. */
static const struct {
	u32 first, last;
} hidden[] = {
	{ 0x80, 0x9f },         /* C1 controls: 0x9b is what ESC [ is */
	{ 0x61c, 0x61c },       /* a mark of direction */
	{ 0x200b, 0x200f },     /* of no width, and marks of direction */
	{ 0x2028, 0x202e },     /* ends of lines and paragraphs, changes of direction */
	{ 0x2060, 0x206f },     /* of no width, changes of direction */
	{ 0xd800, 0xdfff },     /* halves of UTF-16 pairs: no characters */
	{ 0xfeff, 0xfeff },     /* of no width */
	{ 0xfff0, 0xffff },     /* specials, and what is no character */
	{ 0xe0000, 0xe0fff },   /* tags, which nobody sees */
	{ 0x110000, 0x1fffff }, /* beyond Unicode */
};

size_t printable_bytes(const char *text, size_t bytes)
{
	const u8 *s = (const u8 *)text;
	unsigned length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	u32 code = s[0] & (0x7fU >> length);

	if (s[0] < 0x80)
		return s[0] >= ' ' && s[0] < 0x7f;
	if (s[0] < 0xc2 || s[0] > 0xf4 || bytes < length)
		return 0;
	for (unsigned i = 1; i < length; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	/* The shortest form only: 11 bits are what two bytes hold, 16 what three do. */
	if (code < 1U << (5 * length - 4))
		return 0;
	for (unsigned i = 0; i < ARRAY_SIZE(hidden); i++) {
		if (code >= hidden[i].first && code <= hidden[i].last)
			return 0;
	}
	return length;
}
