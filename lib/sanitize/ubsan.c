// SPDX-License-Identifier: BSD-2-Clause
/*
 * `make SAN=1`: undefined behaviour is reported where it happens.
 *
 * With -fsanitize=undefined the compiler puts a check before each operation that C leaves undefined
 * in some case, and in that case calls a function of this file. It prints
 *
 *   ubsan: KIND at FILE:LINE: what
 *
 * and panics. Going on would be no better: what follows can't be trusted, a backtrace is needed
 * anyway, and to turn a later `pass` into `fail` would take a hook in the product. KIND is the
 * word that -fsanitize= has for the check.
 *
 * Names and arguments are those of GCC and clang. Values come as u64, or by address if they are
 * wider.
 *
 * It works from the first line of C on, with the MMU off: this folder is built with
 * -mstrict-align, and without checks of its own. Until the image is relocated for where it runs,
 * all of its pointers are off by the same amount, which `here` tells. Lines go out by semihosting
 * then, since there is no console yet.
 *
 * Missing are checks of what this kernel has not: arrays of variable length, floating point, C++.
 *
 * Source: ubsan_handlers.h of LLVM's compiler-rt, for the layouts.
 */
#include <stdarg.h>

#include <arch/psci.h>
#include <arch/semihost.h>
#include <kernel/compiler.h>
#include <kernel/types.h>
#include <lib/panic.h>
#include <lib/printk.h>
#include <lib/vsnprintf.h>

#define WHAT_BYTES 192

/* struct type: kind, and of an integer, signed or not and the logarithm of its bits. */
#define TYPE_INTEGER      0
#define TYPE_SIGNED       1
#define TYPE_BITS(info)   (1U << ((info) >> 1))
#define VALUE_BITS_INLINE 64

struct location {
	const char *file;
	u32 line;
	u32 column;
};

struct type {
	u16 kind;
	u16 info;
	char name[]; /* in quotes, as C writes it */
};

/* What comes with the checks, in the order in which it is used. */
struct overflow {
	struct location at;
	const struct type *type;
};

struct shift {
	struct location at;
	const struct type *left, *right;
};

struct bounds {
	struct location at;
	const struct type *array, *index;
};

struct mismatch {
	struct location at;
	const struct type *type;
	u8 align_shift;
	u8 access; /* an index of `accesses` */
};

struct assumption {
	struct location at, assumed_at;
	const struct type *type;
};

struct nonnull {
	struct location at, declared_at;
	int argument;
};

struct builtin {
	struct location at;
	u8 which;
};

/* ---- the report ---- */

static const char here[] = "";
static const char *const volatile here_as_stored = here;

/* How far a pointer of the image's data is from what it means; 0 but before the image has moved. */
static u64 pointers_off(void)
{
	return (u64)(uintptr_t)here - (u64)(uintptr_t)here_as_stored;
}

static const void *moved(const void *stored)
{
	return (const void *)(uintptr_t)((u64)(uintptr_t)stored + pointers_off());
}

static const char *name_of(const struct type *type)
{
	return ((const struct type *)moved(type))->name;
}

/* So many bytes hold any value. */
#define VALUE_BYTES 24

static const char *value_text(char text[VALUE_BYTES], const struct type *stored, u64 value)
{
	const struct type *type = moved(stored);
	unsigned spare;

	if (type->kind != TYPE_INTEGER || TYPE_BITS(type->info) > VALUE_BITS_INLINE)
		return "(a wide value)";
	spare = VALUE_BITS_INLINE - TYPE_BITS(type->info);
	if (type->info & TYPE_SIGNED)
		snprintf(text, VALUE_BYTES, "%lld", (s64)(value << spare) >> spare);
	else
		snprintf(text, VALUE_BYTES, "%llu", value << spare >> spare);
	return text;
}

static void __noreturn end_without_console(const char *line)
{
	semihost_write(line);
	semihost_write("verdict: panic\n");
	semihost_exit(1);
	arch_halt();
}

static void __noreturn __printf(3, 4)
	report(const struct location *at, const char *kind, const char *format, ...)
{
	/* A report uses code that is checked, too. */
	static bool reporting;
	char what[WHAT_BYTES], line[PRINTK_BYTES];
	va_list args;

	if (reporting)
		end_without_console("ubsan: another while one is reported\n");
	reporting = true;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	snprintf(line, sizeof(line), "ubsan: %s at %s:%u: %s\n", kind,
		 (const char *)moved(at->file), at->line, what);
	if (pointers_off())
		end_without_console(line);
	printk("ubsan: %s at %s:%u: %s\n", kind, at->file, at->line, what);
	reporting = false; /* what panic runs into is reported as well */
	panic("ubsan: undefined behaviour, as the line above says");
}

/* ---- what the compiler calls ---- */

/* HANDLER(name, arguments...): nothing declares it but this. */
#define HANDLER(name, ...)                                  \
	void __noreturn __ubsan_handle_##name(__VA_ARGS__); \
	void __noreturn __ubsan_handle_##name(__VA_ARGS__)

static void __noreturn does_not_fit(const struct overflow *data, u64 left, char operator, u64 right)
{
	char a[VALUE_BYTES], b[VALUE_BYTES];

	report(&data->at, "signed-integer-overflow", "%s %c %s does not fit into %s",
	       value_text(a, data->type, left), operator, value_text(b, data->type, right),
	       name_of(data->type));
}

HANDLER(add_overflow_abort, const struct overflow *data, u64 left, u64 right)
{
	does_not_fit(data, left, '+', right);
}

HANDLER(sub_overflow_abort, const struct overflow *data, u64 left, u64 right)
{
	does_not_fit(data, left, '-', right);
}

HANDLER(mul_overflow_abort, const struct overflow *data, u64 left, u64 right)
{
	does_not_fit(data, left, '*', right);
}

HANDLER(negate_overflow_abort, const struct overflow *data, u64 value)
{
	does_not_fit(data, 0, '-', value);
}

/* A divisor of 0, or the smallest value by -1. */
HANDLER(divrem_overflow_abort, const struct overflow *data, u64 left, u64 right)
{
	char text[VALUE_BYTES];

	if (right)
		does_not_fit(data, left, '/', right);
	report(&data->at, "integer-divide-by-zero", "%s of type %s by 0",
	       value_text(text, data->type, left), name_of(data->type));
}

HANDLER(shift_out_of_bounds_abort, const struct shift *data, u64 left, u64 right)
{
	char a[VALUE_BYTES], b[VALUE_BYTES];

	report(&data->at, "shift", "%s of type %s by %s", value_text(a, data->left, left),
	       name_of(data->left), value_text(b, data->right, right));
}

HANDLER(out_of_bounds_abort, const struct bounds *data, u64 index)
{
	char text[VALUE_BYTES];

	report(&data->at, "bounds", "index %s of %s", value_text(text, data->index, index),
	       name_of(data->array));
}

static const char *access_text(u8 access)
{
	/* Cases, not a table of pointers: those would have to be moved. */
	switch (access) {
	case 0:
		return "load";
	case 1:
		return "store";
	case 2:
		return "reference";
	case 3:
		return "member";
	default:
		return "use";
	}
}

HANDLER(type_mismatch_v1_abort, const struct mismatch *data, u64 address)
{
	u64 align = 1ULL << data->align_shift;

	if (!address)
		report(&data->at, "null", "%s of %s by a null pointer", access_text(data->access),
		       name_of(data->type));
	if (address % align)
		report(&data->at, "alignment", "%s of %s at %#llx, no multiple of %llu",
		       access_text(data->access), name_of(data->type), address, align);
	report(&data->at, "object-size", "%s of %s at %#llx, where no object is as large",
	       access_text(data->access), name_of(data->type), address);
}

HANDLER(alignment_assumption_abort, const struct assumption *data, u64 address, u64 align,
	u64 offset)
{
	report(&data->at, "alignment", "%#llx less %llu is assumed to be a multiple of %llu",
	       address, offset, align);
}

HANDLER(pointer_overflow_abort, const struct location *at, u64 base, u64 result)
{
	report(at, "pointer-overflow", "from %#llx to %#llx", base, result);
}

HANDLER(load_invalid_value_abort, const struct overflow *data, u64 value)
{
	char text[VALUE_BYTES];

	report(&data->at, "bool", "%s is no value of %s", value_text(text, data->type, value),
	       name_of(data->type));
}

HANDLER(builtin_unreachable, const struct location *at)
{
	report(at, "unreachable", "what can't be reached was");
}

HANDLER(nonnull_arg_abort, const struct nonnull *data)
{
	report(&data->at, "nonnull-attribute", "argument %d is a null pointer", data->argument);
}

HANDLER(nonnull_return_v1_abort, const struct location *declared_at, const struct location *at)
{
	(void)declared_at;
	report(at, "returns-nonnull-attribute", "a null pointer is returned");
}

HANDLER(invalid_builtin_abort, const struct builtin *data)
{
	report(&data->at, "builtin", "the position of a bit in 0");
}

HANDLER(function_type_mismatch_abort, const struct overflow *data, u64 address)
{
	report(&data->at, "function", "what is at %#llx is no %s", address, name_of(data->type));
}
