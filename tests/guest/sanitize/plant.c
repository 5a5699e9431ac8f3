// SPDX-License-Identifier: BSD-2-Clause
/*
 * The prompt's `plant`, in a kernel that `make SAN=1` builds: do what C leaves undefined, to see it
 * caught. A plant has the name of its report's KIND, or of its operation.
 *
 * Operands come from volatile words, or the compiler would leave out what it knows to be undefined.
 */
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <lib/printk.h>
#include <lib/string.h>

static volatile int zero, one = 1, least = -0x7fffffff - 1, most = 0x7fffffff;
static volatile int result;
static void *volatile nowhere;

/* Two words, used as what they are not. */
static volatile u64 word = 2;
static u64 words[2];

struct large {
	u64 first[4];
	u64 last;
};

static void plant_add(void)
{
	result = most + one;
}

static void plant_sub(void)
{
	result = least - one;
}

static void plant_mul(void)
{
	result = most * most;
}

static void plant_negate(void)
{
	result = -least;
}

static void plant_divide(void)
{
	result = least / -one;
}

static void plant_divide_by_zero(void)
{
	result = most / zero;
}

static void plant_shift(void)
{
	result = one << (one + 31);
}

static void plant_shift_sign(void)
{
	result = least << one;
}

static void plant_bounds(void)
{
	static int three[3];

	result = three[one + 2];
}

static void plant_null(void)
{
	struct large *object = nowhere;

	object->last = 1;
}

/* This file isn't built with -mstrict-align; plant_early.c is. */
static void plant_alignment(void)
{
	const u32 *half = (const void *)((u8 *)words + one);

	result = (int)*half;
}

#ifdef __clang__
static void plant_assumption(void)
{
	result = *(u8 *)__builtin_assume_aligned((u8 *)words + one, 8);
}

typedef void takes_number(u64 number);

static void plant_function(void)
{
	takes_number *volatile other = (takes_number *)(void (*)(void))plant_shift;

	other(1);
}
#endif

static void plant_object_size(void)
{
	const struct large *object = (const void *)words;

	/* GCC sees it at once, and clang only if it could. */
	_Pragma("GCC diagnostic push");
	_Pragma("GCC diagnostic ignored \"-Warray-bounds\"");
	result = (int)object->last;
	_Pragma("GCC diagnostic pop");
}

static void plant_pointer(void)
{
	u8 *volatile base = (u8 *)words;
	u8 *volatile past = base + (~0ULL >> one);

	result = past > base;
}

static void plant_unreachable(void)
{
	if (one)
		__builtin_unreachable();
	result = 1;
}

static void plant_bool(void)
{
	bool flag;

	memcpy(&flag, (const u8 *)&word, sizeof(flag));
	result = flag;
}

static __noinline __attribute__((nonnull(2))) void takes_pointer(int number, const void *pointer)
{
	result = number + (pointer == words);
}

static void plant_nonnull(void)
{
	takes_pointer(1, nowhere);
}

static __noinline __attribute__((returns_nonnull)) void *returns_pointer(void)
{
	return nowhere;
}

static void plant_returns_nonnull(void)
{
	result = returns_pointer() == words;
}

static void plant_builtin(void)
{
	result = __builtin_ctz((unsigned)zero);
}

static const struct {
	const char *name;
	void (*plant)(void);
} plants[] = {
	{ "add", plant_add },
	{ "sub", plant_sub },
	{ "mul", plant_mul },
	{ "negate", plant_negate },
	{ "divide", plant_divide },
	{ "integer-divide-by-zero", plant_divide_by_zero },
	{ "shift", plant_shift },
	{ "shift-sign", plant_shift_sign },
	{ "bounds", plant_bounds },
	{ "null", plant_null },
	{ "alignment", plant_alignment },
#ifdef __clang__
	{ "assumption", plant_assumption },
	{ "function", plant_function },
#endif
	{ "object-size", plant_object_size },
	{ "pointer-overflow", plant_pointer },
	{ "unreachable", plant_unreachable },
	{ "bool", plant_bool },
	{ "nonnull-attribute", plant_nonnull },
	{ "returns-nonnull-attribute", plant_returns_nonnull },
	{ "builtin", plant_builtin },
};

COMMAND(plant, "[KIND]", "do what C leaves undefined, or list what there is")
{
	for (size_t i = 0; i < ARRAY_SIZE(plants); i++) {
		if (argc < 2) {
			printk("%s\n", plants[i].name);
		} else if (!strcmp(argv[1], plants[i].name)) {
			plants[i].plant();
			printk("plant: %s went unnoticed\n", plants[i].name);
			return -EFAULT;
		}
	}
	if (argc < 2)
		return 0;
	printk("plant: \"%s\" is none; `plant` lists them\n", argv[1]);
	return -EINVAL;
}
