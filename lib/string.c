// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory and string functions; <lib/string.h> has the contracts.
 *
 * Four of them matter for speed. memchr looks at eight bytes at a time; memset,
 * memcpy and memmove go by as many, four times unrolled, wherever both addresses can be aligned
 * at once.
 * Where they cannot, they go byte by byte: merging shifted words would be
 * faster, and nothing in this kernel copies much between such addresses.
 *
 * I1  A wide access is aligned, whatever the caller passes (SCTLR_EL1.A).
 * I2  No function here is compiled into a call of itself. The compiler knows
 *     these loops, and may put in their place the library function that they
 *     implement. -ffreestanding keeps gcc 12 and clang 14 from it without
 *     promising to; NO_IDIOMS says it for this file's functions.
 */
#include <limits.h>

#include <lib/string.h>

#ifdef __clang__
#define NO_IDIOMS __attribute__((no_builtin))
#else
#define NO_IDIOMS __attribute__((optimize("no-tree-loop-distribute-patterns")))
#endif

/* May alias anything: the bytes of any object are moved through it. */
typedef u64 __attribute__((may_alias)) word_t;

#define WORD      sizeof(word_t)
#define BLOCK     (4 * WORD)
#define EACH_BYTE (~(word_t)0 / 0xff)

/* Is one of its bytes 0? Only then a borrow sets a top bit that the byte didn't have. */
static inline bool has_zero(word_t w)
{
	return (w - EACH_BYTE) & ~w & EACH_BYTE << 7;
}

static inline bool aligned_to_word(const void *p)
{
	return ((uintptr_t)p & (WORD - 1)) == 0;
}

/* True if some offset aligns both addresses. */
static inline bool aligned_alike(const void *a, const void *b)
{
	return (((uintptr_t)a ^ (uintptr_t)b) & (WORD - 1)) == 0;
}

NO_IDIOMS void *memset(void *dst, int byte, size_t size)
{
	u8 *d = dst;
	word_t word = (u8)byte * EACH_BYTE;

	for (; size && !aligned_to_word(d); size--)
		*d++ = (u8)byte;

	for (; size >= BLOCK; size -= BLOCK, d += BLOCK) {
		word_t *w = (word_t *)(void *)d;

		w[0] = word;
		w[1] = word;
		w[2] = word;
		w[3] = word;
	}
	for (; size >= WORD; size -= WORD, d += WORD)
		*(word_t *)(void *)d = word;

	for (; size; size--)
		*d++ = (u8)byte;

	return dst;
}

/*
 * Copies from low to high addresses. Every load of a step comes before its first
 * store, so areas may overlap as long as `d` lies below `s`.
 */
NO_IDIOMS static inline void copy_upwards(u8 *d, const u8 *s, size_t size)
{
	if (aligned_alike(d, s)) {
		for (; size && !aligned_to_word(d); size--)
			*d++ = *s++;

		for (; size >= BLOCK; size -= BLOCK, d += BLOCK, s += BLOCK) {
			const word_t *from = (const word_t *)(const void *)s;
			word_t *to = (word_t *)(void *)d;
			word_t w0 = from[0], w1 = from[1], w2 = from[2], w3 = from[3];

			to[0] = w0;
			to[1] = w1;
			to[2] = w2;
			to[3] = w3;
		}
		for (; size >= WORD; size -= WORD, d += WORD, s += WORD)
			*(word_t *)(void *)d = *(const word_t *)(const void *)s;
	}
	for (; size; size--)
		*d++ = *s++;
}

/* Copies from high to low addresses; `d` and `s` are the exclusive ends. */
NO_IDIOMS static inline void copy_downwards(u8 *d, const u8 *s, size_t size)
{
	if (aligned_alike(d, s)) {
		for (; size && !aligned_to_word(d); size--)
			*--d = *--s;

		for (; size >= BLOCK; size -= BLOCK) {
			word_t *to = (word_t *)(void *)(d -= BLOCK);
			const word_t *from = (const word_t *)(const void *)(s -= BLOCK);
			word_t w0 = from[0], w1 = from[1], w2 = from[2], w3 = from[3];

			to[3] = w3;
			to[2] = w2;
			to[1] = w1;
			to[0] = w0;
		}
		for (; size >= WORD; size -= WORD) {
			d -= WORD;
			s -= WORD;
			*(word_t *)(void *)d = *(const word_t *)(const void *)s;
		}
	}
	for (; size; size--)
		*--d = *--s;
}

NO_IDIOMS void *memcpy(void *restrict dst, const void *restrict src, size_t size)
{
	copy_upwards(dst, src, size);
	return dst;
}

NO_IDIOMS void *memmove(void *dst, const void *src, size_t size)
{
	/* Unsigned: a `dst` below `src` is far above it, too, and copies upwards. */
	if ((uintptr_t)dst - (uintptr_t)src >= size)
		copy_upwards(dst, src, size);
	else
		copy_downwards((u8 *)dst + size, (const u8 *)src + size, size);
	return dst;
}

NO_IDIOMS int memcmp(const void *a, const void *b, size_t size)
{
	const u8 *x = a;
	const u8 *y = b;

	if (aligned_alike(x, y)) {
		for (; size && !aligned_to_word(x) && *x == *y; size--, x++, y++)
			;
		/* Skips what is equal; the bytes below find out what is not. */
		while (size >= WORD && aligned_to_word(x) &&
		       *(const word_t *)(const void *)x == *(const word_t *)(const void *)y) {
			x += WORD;
			y += WORD;
			size -= WORD;
		}
	}
	for (; size; size--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

NO_IDIOMS void *memchr(const void *area, int byte, size_t size)
{
	word_t wanted = (u8)byte * EACH_BYTE;
	const u8 *p = area;

	for (; size && !aligned_to_word(p); size--, p++)
		if (*p == (u8)byte)
			return (void *)(uintptr_t)p;
	/* Skips words without it; the bytes below find out where in one it is. */
	while (size >= WORD && !has_zero(*(const word_t *)(const void *)p ^ wanted)) {
		p += WORD;
		size -= WORD;
	}
	for (; size; size--, p++)
		if (*p == (u8)byte)
			return (void *)(uintptr_t)p;
	return NULL;
}

NO_IDIOMS size_t strlen(const char *s)
{
	const char *p = s;

	while (*p)
		p++;
	return (size_t)(p - s);
}

NO_IDIOMS size_t strnlen(const char *s, size_t max)
{
	size_t len = 0;

	while (len < max && s[len])
		len++;
	return len;
}

NO_IDIOMS int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (u8)*a - (u8)*b;
}

NO_IDIOMS int strncmp(const char *a, const char *b, size_t max)
{
	for (; max; max--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

static inline int to_lower(char c)
{
	u8 u = (u8)c;

	return u >= 'A' && u <= 'Z' ? u + ('a' - 'A') : u;
}

NO_IDIOMS int strncasecmp(const char *a, const char *b, size_t max)
{
	for (; max; max--, a++, b++)
		if (to_lower(*a) != to_lower(*b) || !*a)
			return to_lower(*a) - to_lower(*b);
	return 0;
}

NO_IDIOMS char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)(uintptr_t)s;
}

NO_IDIOMS char *strrchr(const char *s, int c)
{
	const char *found = NULL;

	do {
		if (*s == (char)c)
			found = s;
	} while (*s++);
	return (char *)(uintptr_t)found;
}

NO_IDIOMS ptrdiff_t strscpy(char *dst, const char *src, size_t size)
{
	size_t len;

	for (len = 0; len < size; len++) {
		dst[len] = src[len];
		if (!src[len])
			return (ptrdiff_t)len;
	}
	if (size)
		dst[size - 1] = '\0';
	return -E2BIG;
}

/* The value of `c` as a digit, or 36 and more if it is none in any base. */
static inline unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c = (char)to_lower(c);
	return c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 10 : 36;
}

static inline bool hex_prefix(const char *s)
{
	return s[0] == '0' && to_lower(s[1]) == 'x' && digit_value(s[2]) < 16;
}

NO_IDIOMS unsigned long strtoul(const char *s, char **end, int base)
{
	const char *p = s;
	unsigned long value = 0;
	bool negative, too_large = false;
	const char *digits;

	while (*p == ' ' || (*p >= '\t' && *p <= '\r'))
		p++;
	negative = *p == '-';
	if (*p == '-' || *p == '+')
		p++;

	if ((base == 0 || base == 16) && hex_prefix(p)) {
		base = 16;
		p += 2;
	} else if (base == 0) {
		base = *p == '0' ? 8 : 10;
	}

	for (digits = p; digit_value(*p) < (unsigned)base; p++) {
		unsigned digit = digit_value(*p);

		if (value > (ULONG_MAX - digit) / (unsigned)base)
			too_large = true;
		value = value * (unsigned)base + digit;
	}
	if (end)
		*end = (char *)(uintptr_t)(p == digits ? s : p);
	if (too_large)
		return ULONG_MAX;
	return negative ? -value : value;
}
