/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the compiler offers under a shorter name, and the few macros that every
 * file may use. No page size enters here.
 */
#ifndef KERNEL_COMPILER_H
#define KERNEL_COMPILER_H

#define __packed          __attribute__((packed))
#define __aligned(n)      __attribute__((aligned(n)))
#define __section(name)   __attribute__((section(name)))
#define __used            __attribute__((used))
#define __noreturn        __attribute__((noreturn))
#define __noinline        __attribute__((noinline))
#define __printf(fmt, va) __attribute__((format(printf, fmt, va)))
#define __must_check      __attribute__((warn_unused_result))

/* glibc defines it too, and the host build includes both. */
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* The value nearest to x within [low, high]. */
#define CLAMP(x, low, high) MIN(MAX(x, low), high)

/* Round to a power of two `align`, in the type of `x`. */
#define ALIGN_DOWN(x, align) ((x) & ~((__typeof__(x))(align)-1))
#define ALIGN_UP(x, align)   ALIGN_DOWN((x) + ((__typeof__(x))(align)-1), align)
#define IS_ALIGNED(x, align) (((x) & ((__typeof__(x))(align)-1)) == 0)

/*
 * `make DEBUG=1`: more checks and junk in memory, at a price. Decided in C, so that both builds
 * compile all of it: `if (GRANULE_DEBUG)`. The host tests switch it at run time.
 */
#ifdef GRANULE_HOST
extern _Bool host_debug;
#define GRANULE_DEBUG host_debug
#endif
#ifndef GRANULE_DEBUG
#define GRANULE_DEBUG 0
#endif

/* Byte sizes. Limits and sizes are stated in bytes, not pages: so they suit every page size. */
#define KiB (1ULL << 10)
#define MiB (1ULL << 20)
#define GiB (1ULL << 30)
#define TiB (1ULL << 40)

/*
 * Code and data that only boot needs. They lie together, and their memory goes
 * to the allocator when boot is over: nothing that runs later may refer to them.
 */
#ifdef GRANULE_HOST
#define __init
#define __initdata
#define __initconst
#else
#define __init      __section(".init.text") __attribute__((cold))
#define __initdata  __section(".init.data")
#define __initconst __section(".init.rodata")
#endif

#endif
