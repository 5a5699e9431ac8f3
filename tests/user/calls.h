/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux's system calls on arm64, without a C library: x8 has the number, x0 to x5 the arguments,
 * x0 the answer, and an answer from -4095 to -1 is an error's number.
 *
 * Neighbours: print.h for what is written. Programs that have a C library include this, too, for
 * calls whose answers the library would change.
 */
#ifndef USER_CALLS_H
#define USER_CALLS_H

#include <stddef.h>
#include <stdint.h>

enum {
	CALL_GETCWD = 17,
	CALL_FCNTL = 25,
	CALL_IOCTL = 29,
	CALL_FTRUNCATE = 46,
	CALL_OPENAT = 56,
	CALL_CLOSE = 57,
	CALL_PIPE2 = 59,
	CALL_GETDENTS64 = 61,
	CALL_LSEEK = 62,
	CALL_READ = 63,
	CALL_WRITE = 64,
	CALL_WRITEV = 66,
	CALL_PPOLL = 73,
	CALL_READLINKAT = 78,
	CALL_NEWFSTATAT = 79,
	CALL_EXIT = 93,
	CALL_EXIT_GROUP = 94,
	CALL_SET_TID_ADDRESS = 96,
	CALL_FUTEX = 98,
	CALL_SET_ROBUST_LIST = 99,
	CALL_SCHED_GETAFFINITY = 123,
	CALL_SCHED_YIELD = 124,
	CALL_KILL = 129,
	CALL_TGKILL = 131,
	CALL_SIGALTSTACK = 132,
	CALL_RT_SIGACTION = 134,
	CALL_RT_SIGPROCMASK = 135,
	CALL_PRCTL = 167,
	CALL_GETPID = 172,
	CALL_GETUID = 174,
	CALL_GETTID = 178,
	CALL_BRK = 214,
	CALL_MUNMAP = 215,
	CALL_MREMAP = 216,
	CALL_CLONE = 220,
	CALL_EXECVE = 221,
	CALL_MMAP = 222,
	CALL_MPROTECT = 226,
	CALL_MSYNC = 227,
	CALL_MLOCK = 228,
	CALL_MUNLOCK = 229,
	CALL_MINCORE = 232,
	CALL_MADVISE = 233,
	CALL_WAIT4 = 260,
	CALL_PRLIMIT64 = 261,
	CALL_GETRANDOM = 278,
	CALL_MEMFD_CREATE = 279,
	CALL_RSEQ = 293,
};

static inline long call6(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
			 uint64_t f)
{
	register uint64_t x0 __asm__("x0") = a;
	register uint64_t x1 __asm__("x1") = b;
	register uint64_t x2 __asm__("x2") = c;
	register uint64_t x3 __asm__("x3") = d;
	register uint64_t x4 __asm__("x4") = e;
	register uint64_t x5 __asm__("x5") = f;
	register long x8 __asm__("x8") = number;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x8)
			 : "memory", "cc");
	return (long)x0;
}

/* With as many arguments as there are; the rest is 0. Pointers are given as (uint64_t)pointer. */
#define CALL_PAD(n, a, b, c, d, e, f, ...)                                                  \
	call6(n, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d), (uint64_t)(e), \
	      (uint64_t)(f))
#define CALL(...) CALL_PAD(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

static inline int call_failed(long answer)
{
	return answer < 0 && answer >= -4095;
}

/* Error numbers that programs here name or expect. */
enum {
	ERROR_PERM = 1,
	ERROR_NOENT = 2,
	ERROR_IO = 5,
	ERROR_BADF = 9,
	ERROR_AGAIN = 11,
	ERROR_NOMEM = 12,
	ERROR_ACCES = 13,
	ERROR_FAULT = 14,
	ERROR_EXIST = 17,
	ERROR_NODEV = 19,
	ERROR_INVAL = 22,
	ERROR_NOSYS = 38,
};

/* mmap, mprotect, mremap, madvise */
enum {
	PROTECT_NONE = 0,
	PROTECT_READ = 1,
	PROTECT_WRITE = 2,
	PROTECT_EXEC = 4,
	PROTECT_RW = 3,
	MAPPED_SHARED = 1,
	MAPPED_PRIVATE = 2,
	MAPPED_SHARED_VALIDATE = 3,
	MAPPED_FIXED = 0x10,
	MAPPED_ANONYMOUS = 0x20,
	MAPPED_GROWSDOWN = 0x100,
	MAPPED_NORESERVE = 0x4000,
	MAPPED_FIXED_NOREPLACE = 0x100000,
	MAPPED_OURS = 0x22,
	REMAP_MAYMOVE = 1,
	REMAP_FIXED = 2,
	ADVICE_DONTNEED = 4,
	ADVICE_FREE = 8,
	SYNC_ASYNC = 1,
	SYNC_WAIT = 4,
};

enum {
	AT_CWD = -100,
	OPEN_RDONLY = 0,
	OPEN_RDWR = 2,
	OPEN_CREATE = 0100,
	OPEN_TRUNCATE = 01000,
	LIMIT_STACK = 3,
	LIMIT_MEMLOCK = 8,
	SIGNAL_CHILD = 17,
	SIGNAL_ILL = 4,
	SIGNAL_BUS = 7,
	SIGNAL_SEGV = 11,
};

/* Fresh memory that nobody else has, or an error's number. */
static inline long map_memory(uint64_t bytes, int protection)
{
	return CALL(CALL_MMAP, 0, bytes, protection, MAPPED_OURS, -1, 0);
}

#endif
