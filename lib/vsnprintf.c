// SPDX-License-Identifier: BSD-2-Clause
/*
 * Formatted output; <lib/vsnprintf.h> says what is understood.
 *
 * A format is read in one pass: text is copied, a conversion is parsed into a
 * struct spec, its argument is fetched, and one of three writers puts it into
 * the sink. The sink counts everything and stores what fits.
 *
 * I1  Nothing here holds an address in memory: this code runs before the
 *     image's relocations are applied.
 * I2  A field that is a billion characters wide costs what fits, no more.
 */
#include <limits.h>

#include <lib/printable.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>

/* Wider than any text, and small enough for a sum of two. */
#define FIELD_MAX (INT_MAX / 2)

struct sink {
	char *buf;
	size_t size;
	size_t len;
};

struct spec {
	bool left;
	bool zero;
	bool plus;
	bool space;
	bool alternate;
	int width;
	int precision; /* negative: none was given */
	unsigned arg_bytes;
	char conversion;
};

/* Lets a function advance its caller's va_list, whatever type that has. */
struct arguments {
	va_list list;
};

static inline size_t room(const struct sink *sink)
{
	return sink->len < sink->size ? sink->size - sink->len : 0;
}

static void put(struct sink *sink, const char *text, size_t len)
{
	size_t fits = MIN(len, room(sink));

	if (fits)
		memcpy(sink->buf + sink->len, text, fits);
	sink->len += len;
}

/* `count` may be negative: then there is nothing to fill. */
static void fill(struct sink *sink, char c, int count)
{
	size_t fits;

	if (count <= 0)
		return;
	fits = MIN((size_t)count, room(sink));
	if (fits)
		memset(sink->buf + sink->len, c, fits);
	sink->len += (size_t)count;
}

/* A text as it may be shown: what isn't printable as \xNN. */
static void put_printable(struct sink *sink, const char *text, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	while (len) {
		size_t bytes = printable_bytes(text, len);
		char escape[] = { '\\', 'x', digits[(u8)*text >> 4], digits[*text & 15] };

		put(sink, bytes ? text : escape, bytes ? bytes : sizeof(escape));
		bytes = MAX(bytes, (size_t)1);
		text += bytes;
		len -= bytes;
	}
}

static void put_text(struct sink *sink, const struct spec *spec, const char *text, size_t len)
{
	struct sink measure = { 0 };
	int blanks = spec->width;

	if (blanks) {
		put_printable(&measure, text, len);
		blanks -= (int)MIN(measure.len, (size_t)INT_MAX);
	}
	if (!spec->left)
		fill(sink, ' ', blanks);
	put_printable(sink, text, len);
	if (spec->left)
		fill(sink, ' ', blanks);
}

static void put_string(struct sink *sink, const struct spec *spec, const char *s)
{
	if (!s)
		s = "(null)";
	put_text(sink, spec, s,
		 spec->precision < 0 ? strlen(s) : strnlen(s, (size_t)spec->precision));
}

/* Writes the digits of `value` in front of `end` and returns their start; none for 0. */
static char *digits_decimal(char *end, u64 value)
{
	/* Two digits a division, by a constant: that is a multiplication. */
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";

	while (value >= 10) {
		u64 quotient = value / 100;
		const char *pair = pairs + 2 * (value - 100 * quotient);

		*--end = pair[1];
		*--end = pair[0];
		value = quotient;
	}
	if (value)
		*--end = (char)('0' + value);
	return end;
}

static char *digits_power_of_two(char *end, u64 value, unsigned bits, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	for (; value; value >>= bits)
		*--end = digits[value & ((1U << bits) - 1)];
	return end;
}

/*
 * A number is: blanks, sign or prefix, zeros, digits, blanks. A precision is the
 * least number of digits; without one it is 1, or the whole field if flag 0 asks for
 * that.
 */
static void put_number(struct sink *sink, const struct spec *spec, u64 value, const char *prefix)
{
	char buf[24]; /* 22 octal digits make 64 bits */
	char *end = buf + sizeof(buf);
	char *start;
	int len, prefix_len, zeros, blanks;

	if (spec->conversion == 'o')
		start = digits_power_of_two(end, value, 3, false);
	else if (spec->conversion == 'd' || spec->conversion == 'u')
		start = digits_decimal(end, value);
	else
		start = digits_power_of_two(end, value, 4, spec->conversion == 'X');

	len = (int)(end - start);
	prefix_len = (int)strlen(prefix);
	if (spec->precision >= 0)
		zeros = spec->precision - len;
	else if (spec->zero && !spec->left)
		zeros = MAX(spec->width - prefix_len, 1) - len;
	else
		zeros = 1 - len;
	if (spec->conversion == 'o' && spec->alternate && zeros <= 0)
		zeros = 1;
	zeros = MAX(zeros, 0);
	blanks = spec->width - prefix_len - zeros - len;

	if (!spec->left)
		fill(sink, ' ', blanks);
	put(sink, prefix, (size_t)prefix_len);
	fill(sink, '0', zeros);
	put(sink, start, (size_t)len);
	if (spec->left)
		fill(sink, ' ', blanks);
}

static void put_signed(struct sink *sink, struct spec *spec, s64 value)
{
	const char *sign = value < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";

	spec->conversion = 'd';
	put_number(sink, spec, value < 0 ? -(u64)value : (u64)value, sign);
}

static void put_unsigned(struct sink *sink, const struct spec *spec, u64 value)
{
	const char *prefix = "";

	if (spec->conversion == 'p' || (spec->alternate && value && spec->conversion == 'x'))
		prefix = "0x";
	else if (spec->alternate && value && spec->conversion == 'X')
		prefix = "0X";
	put_number(sink, spec, value, prefix);
}

/* The next integer argument, cut to its length and extended to 64 bits again. */
static u64 fetch_unsigned(struct arguments *args, const struct spec *spec)
{
	u64 raw;

	if (spec->arg_bytes == 8)
		return va_arg(args->list, u64);
	raw = va_arg(args->list, unsigned);
	return raw & (~0ULL >> (64 - 8 * spec->arg_bytes));
}

static s64 fetch_signed(struct arguments *args, const struct spec *spec)
{
	unsigned spare_bits = 64 - 8 * spec->arg_bytes;

	return (s64)(fetch_unsigned(args, spec) << spare_bits) >> spare_bits;
}

/* A width or precision: digits, or `*` for an argument, which may be negative. */
static int parse_field(const char **cursor, struct arguments *args)
{
	const char *p = *cursor;
	int n = 0;

	if (*p == '*') {
		*cursor = p + 1;
		n = va_arg(args->list, int);
		return MAX(MIN(n, FIELD_MAX), -FIELD_MAX);
	}
	for (; *p >= '0' && *p <= '9'; p++)
		n = MIN(MIN(n, FIELD_MAX / 10) * 10 + (*p - '0'), FIELD_MAX);
	*cursor = p;
	return n;
}

static bool parse_flag(char c, struct spec *spec)
{
	switch (c) {
	case '-':
		return spec->left = true;
	case '0':
		return spec->zero = true;
	case '+':
		return spec->plus = true;
	case ' ':
		return spec->space = true;
	case '#':
		return spec->alternate = true;
	default:
		return false;
	}
}

/* How many bytes the argument has; the product is LP64 on every host. */
static unsigned parse_length(const char **cursor)
{
	const char *p = *cursor;
	unsigned bytes = sizeof(int);

	switch (*p) {
	case 'h':
		bytes = p[1] == 'h' ? sizeof(char) : sizeof(short);
		*cursor = p + (p[1] == 'h' ? 2 : 1);
		break;
	case 'l':
		bytes = sizeof(u64);
		*cursor = p + (p[1] == 'l' ? 2 : 1);
		break;
	case 'z':
	case 't':
	case 'j':
		bytes = sizeof(u64);
		*cursor = p + 1;
		break;
	default:
		break;
	}
	return bytes;
}

/* Reads what follows a `%`. Returns what follows the conversion. */
static const char *parse_spec(const char *p, struct spec *spec, struct arguments *args)
{
	*spec = (struct spec){ .precision = -1 };

	while (parse_flag(*p, spec))
		p++;
	spec->width = parse_field(&p, args);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (*p == '.') {
		p++;
		spec->precision = parse_field(&p, args);
	}
	spec->arg_bytes = parse_length(&p);
	spec->conversion = *p;
	return *p ? p + 1 : p;
}

/* Returns false if there is no such conversion. */
static bool convert(struct sink *sink, struct spec *spec, struct arguments *args)
{
	char c;

	switch (spec->conversion) {
	case 'd':
	case 'i':
		put_signed(sink, spec, fetch_signed(args, spec));
		return true;
	case 'u':
	case 'o':
	case 'x':
	case 'X':
		put_unsigned(sink, spec, fetch_unsigned(args, spec));
		return true;
	case 'p':
		put_unsigned(sink, spec, (uintptr_t)va_arg(args->list, void *));
		return true;
	case 's':
		put_string(sink, spec, va_arg(args->list, const char *));
		return true;
	case 'c':
		c = (char)va_arg(args->list, int);
		put_text(sink, spec, &c, 1);
		return true;
	case '%':
		put(sink, "%", 1);
		return true;
	default:
		return false;
	}
}

int vsnprintf(char *buf, size_t size, const char *format, va_list list)
{
	struct sink sink = { .buf = buf, .size = size ? size - 1 : 0 };
	const char *p = format;
	struct arguments args;
	struct spec spec;

	va_copy(args.list, list);
	while (*p) {
		const char *text = p;

		while (*p && *p != '%')
			p++;
		put(&sink, text, (size_t)(p - text));
		if (!*p)
			break;

		text = p;
		p = parse_spec(p + 1, &spec, &args);
		if (!convert(&sink, &spec, &args))
			put(&sink, text, (size_t)(p - text));
	}
	va_end(args.list);

	if (size)
		buf[MIN(sink.len, sink.size)] = '\0';
	return (int)MIN(sink.len, (size_t)INT_MAX);
}

int snprintf(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(buf, size, format, args);
	va_end(args);
	return len;
}

int vscnprintf(char *buf, size_t size, const char *format, va_list args)
{
	int len = vsnprintf(buf, size, format, args);

	if (!size)
		return 0;
	return (size_t)len < size ? len : (int)(size - 1);
}

int scnprintf(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vscnprintf(buf, size, format, args);
	va_end(args);
	return len;
}
