// SPDX-License-Identifier: BSD-2-Clause
/*
 * `make SAN=1`: a wrong access to memory is reported where it happens: to what was freed, beyond an
 * object of the heap, a global variable, or one on the stack.
 *
 * With -fsanitize=kernel-address the compiler calls a function of this file before each access. It
 * looks into the shadow (<lib/shadow.h>), and if the access is wrong, it prints
 *
 *   kasan: KIND: read of 8 bytes at ADDRESS, in FUNCTION+OFFSET
 *
 * and panics. What may be used is said by mm/sanitize for the heap, by this file for global
 * variables, of which the compiler makes lists, and by the compiler itself for the stack.
 *
 * It is called from the first line of C on, with the MMU off. Until shadow_begin no address is in
 * a range that is checked. Built without checks of its own.
 *
 * Source: LLVM, AddressSanitizer's interface (asan_interface_internal.h), for names and layouts;
 * Serebryany et al., "AddressSanitizer: A Fast Address Sanity Checker", 2012.
 */
#include <arch/psci.h>
#include <arch/sections.h>
#include <arch/semihost.h>
#include <kernel/compiler.h>
#include <kernel/types.h>
#include <lib/panic.h>
#include <lib/printk.h>
#include <lib/shadow.h>
#include <lib/symbols.h>

/* What is checked: of each range the first address, and how many follow. */
static struct {
	u64 base;
	u64 bytes;
} ranges[SHADOW_RANGES];

void shadow_begin(enum shadow_range range, u64 base, u64 end)
{
	ranges[range].base = base;
	ranges[range].bytes = end - base;
}

void shadow_end(void)
{
	for (unsigned i = 0; i < SHADOW_RANGES; i++)
		ranges[i].bytes = 0;
}

static __always_inline bool is_checked(u64 address)
{
	return address - ranges[SHADOW_LINEAR].base < ranges[SHADOW_LINEAR].bytes ||
	       address - ranges[SHADOW_IMAGE].base < ranges[SHADOW_IMAGE].bytes;
}

/* ---- writing it ---- */

/* Not memset, which is checked. */
static void fill(u8 *shadow, u64 count, u8 value)
{
	const u64 word = value * 0x0101010101010101ULL;

	for (; count && (uintptr_t)shadow % sizeof(u64); count--)
		*shadow++ = value;
	for (; count >= sizeof(u64); count -= sizeof(u64), shadow += sizeof(u64))
		*(u64 *)(void *)shadow = word;
	for (; count; count--)
		*shadow++ = value;
}

void shadow_poison(const void *at, u64 bytes, enum shadow why)
{
	if (is_checked((uintptr_t)at))
		fill(shadow_of((uintptr_t)at), ALIGN_UP(bytes, SHADOW_GRAIN) / SHADOW_GRAIN,
		     (u8)why);
}

void shadow_allow(const void *at, u64 bytes)
{
	u8 *shadow = shadow_of((uintptr_t)at);

	if (!is_checked((uintptr_t)at))
		return;
	fill(shadow, bytes / SHADOW_GRAIN, 0);
	if (bytes % SHADOW_GRAIN)
		shadow[bytes / SHADOW_GRAIN] = (u8)(bytes % SHADOW_GRAIN);
}

void shadow_allow_part(const void *at, u64 bytes, u64 room)
{
	u64 taken = ALIGN_UP(bytes, SHADOW_GRAIN);

	shadow_allow(at, bytes);
	if (taken < room)
		shadow_poison((const u8 *)at + taken, room - taken, SHADOW_HEAP_AROUND);
}

/* ---- the report ---- */

static const char *kind_of(u64 address)
{
	const u8 *shadow = shadow_of(address);

	/* Of a grain that may be used in part, the next one says why not all. */
	switch (*shadow < SHADOW_GRAIN ? shadow[1] : *shadow) {
	case SHADOW_STACK_LEFT:
	case SHADOW_STACK_MIDDLE:
	case SHADOW_STACK_RIGHT:
		return "stack-out-of-bounds";
	case SHADOW_STACK_SCOPE:
		return "stack-use-after-scope";
	case SHADOW_GLOBAL:
		return "global-out-of-bounds";
	case SHADOW_HEAP_FREED:
		return "heap-use-after-free";
	case SHADOW_PAGE_FREED:
		return "page-use-after-free";
	case SHADOW_HEAP_AROUND:
	default:
		return "heap-out-of-bounds";
	}
}

static void __noreturn report(u64 wrong, u64 address, u64 bytes, bool write, const void *caller)
{
	/* A report uses code that is checked, too. */
	static bool reporting;
	char where[SYMBOLS_FORMAT_SIZE];

	if (reporting) {
		semihost_write("kasan: another while one is reported\nverdict: panic\n");
		semihost_exit(1);
		arch_halt();
	}
	reporting = true;
	printk("kasan: %s: %s of %llu bytes at %#llx, in %s\n", kind_of(wrong),
	       write ? "write" : "read", bytes, address,
	       symbols_format(where, sizeof(where), vaddr_add(vaddr_of(caller), -4ULL)));
	reporting = false; /* what panic runs into is reported as well */
	panic("kasan: a wrong access, as the line above says");
}

/* ---- the check ---- */

/* The first address of the range that may not be used, or its end. */
static u64 first_wrong(u64 address, u64 end)
{
	while (address < end) {
		u64 next = ALIGN_DOWN(address, SHADOW_GRAIN) + SHADOW_GRAIN;
		u8 allowed = *shadow_of(address);

		if (allowed) {
			u64 limit = next - SHADOW_GRAIN + (allowed < SHADOW_GRAIN ? allowed : 0);

			if (MIN(next, end) > limit)
				return MAX(address, limit);
		}
		address = next;
	}
	return end;
}

/* Its caller ends in this call, so where it returns to is the code that is checked. */
static void __noinline look_closer(u64 address, u64 bytes, bool write)
{
	u64 wrong = first_wrong(address, address + bytes);

	if (wrong != address + bytes)
		report(wrong, address, bytes, write, __builtin_return_address(0));
}

/* Mostly it lies in one grain, all of which may be used; then no stack frame is needed. */
static __always_inline void check(u64 address, u64 bytes, bool write)
{
	if (!is_checked(address) ||
	    likely(address % SHADOW_GRAIN + bytes <= SHADOW_GRAIN && !*shadow_of(address)))
		return;
	look_closer(address, bytes, write);
}

void shadow_check(const void *at, u64 bytes, bool write)
{
	check((uintptr_t)at, bytes, write);
}

/* ---- what the compiler calls ---- */

/* CALLED(name, arguments...): nothing declares it but this. */
#define CALLED(name, ...)                \
	void __asan_##name(__VA_ARGS__); \
	void __asan_##name(__VA_ARGS__)

#define ACCESS(size)                               \
	CALLED(load##size##_noabort, u64 address)  \
	{                                          \
		check(address, size, false);       \
	}                                          \
	CALLED(store##size##_noabort, u64 address) \
	{                                          \
		check(address, size, true);        \
	}

ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

CALLED(loadN_noabort, u64 address, u64 bytes)
{
	check(address, bytes, false);
}

CALLED(storeN_noabort, u64 address, u64 bytes)
{
	check(address, bytes, true);
}

/* ---- global variables ---- */

/* What the compiler says of each variable; what follows is where it is in the source. */
struct global {
	const void *at;
	u64 bytes;
	u64 room; /* with what is around it, a multiple of SHADOW_GRAIN */
	const char *name;
	u64 rest[4];
};

/* One function a file, which calls register_globals with all of the file's. */
typedef void constructor(void);
extern constructor *const _init_array[], *const _init_array_end[];

void shadow_begin_globals(void)
{
	for (constructor *const *file = _init_array; file < _init_array_end; file++)
		(*file)();
}

CALLED(register_globals, const struct global *globals, u64 count)
{
	for (const struct global *g = globals; g < globals + count; g++) {
		u64 taken = ALIGN_UP(g->bytes, SHADOW_GRAIN);

		shadow_allow(g->at, g->bytes);
		shadow_poison((const u8 *)g->at + taken, g->room - taken, SHADOW_GLOBAL);
	}
}

/* When a program ends: never. */
CALLED(unregister_globals, const struct global *globals, u64 count)
{
	(void)globals, (void)count;
}

/* ---- the stack ---- */

/*
 * A function that doesn't return leaves its frames' shadow behind, and nobody lies there again: a
 * panic goes on downwards, and kexec and the end of the machine keep no stack.
 */
CALLED(handle_no_return, void)
{
}

/* Variables of an inner block come and go; small ones by stores of the compiler's own. */
CALLED(poison_stack_memory, u64 address, u64 bytes)
{
	fill(shadow_of(address), ALIGN_UP(bytes, SHADOW_GRAIN) / SHADOW_GRAIN, SHADOW_STACK_SCOPE);
}

CALLED(unpoison_stack_memory, u64 address, u64 bytes)
{
	u8 *shadow = shadow_of(address);

	fill(shadow, bytes / SHADOW_GRAIN, 0);
	if (bytes % SHADOW_GRAIN)
		shadow[bytes / SHADOW_GRAIN] = (u8)(bytes % SHADOW_GRAIN);
}

/* clang's, for a long frame: by the address of its shadow. */
#define SET_SHADOW(value)                                 \
	CALLED(set_shadow_##value, u8 *shadow, u64 count) \
	{                                                 \
		fill(shadow, count, 0x##value);           \
	}

SET_SHADOW(00)
SET_SHADOW(f1)
SET_SHADOW(f2)
SET_SHADOW(f3)
SET_SHADOW(f8)
