/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls that are there, by Linux's number for arm64 and name: each is a function
 * of its name in the file of its subject.
 *
 *   syscall_io.c          reading, writing                   syscall_memory.c  the space
 *   syscall_descriptor.c  descriptors                        syscall_signal.c  signals
 *   syscall_event.c       pipes, eventfds, timerfds          syscall_time.c    clocks, sleeping
 *   syscall_poll.c        waiting for files                  syscall_task.c    the process itself
 *   syscall_path.c        names of files, and what is there
 *   syscall_thread.c      its threads, futexes
 */
#ifndef PROCESS_CALLS_H
#define PROCESS_CALLS_H

#include <kernel/errno.h>
#include <kernel/process.h>

#define CALLS(C)                  \
	C(17, getcwd)             \
	C(19, eventfd2)           \
	C(20, epoll_create1)      \
	C(21, epoll_ctl)          \
	C(22, epoll_pwait)        \
	C(23, dup)                \
	C(24, dup3)               \
	C(25, fcntl)              \
	C(29, ioctl)              \
	C(48, faccessat)          \
	C(49, chdir)              \
	C(50, fchdir)             \
	C(56, openat)             \
	C(57, close)              \
	C(59, pipe2)              \
	C(61, getdents64)         \
	C(62, lseek)              \
	C(63, read)               \
	C(64, write)              \
	C(65, readv)              \
	C(66, writev)             \
	C(67, pread64)            \
	C(68, pwrite64)           \
	C(72, pselect6)           \
	C(73, ppoll)              \
	C(78, readlinkat)         \
	C(79, newfstatat)         \
	C(80, fstat)              \
	C(82, fsync)              \
	C(83, fdatasync)          \
	C(85, timerfd_create)     \
	C(86, timerfd_settime)    \
	C(87, timerfd_gettime)    \
	C(93, exit)               \
	C(94, exit_group)         \
	C(96, set_tid_address)    \
	C(98, futex)              \
	C(99, set_robust_list)    \
	C(100, get_robust_list)   \
	C(101, nanosleep)         \
	C(113, clock_gettime)     \
	C(114, clock_getres)      \
	C(115, clock_nanosleep)   \
	C(123, sched_getaffinity) \
	C(124, sched_yield)       \
	C(129, kill)              \
	C(130, tkill)             \
	C(131, tgkill)            \
	C(132, sigaltstack)       \
	C(133, rt_sigsuspend)     \
	C(134, rt_sigaction)      \
	C(135, rt_sigprocmask)    \
	C(136, rt_sigpending)     \
	C(139, rt_sigreturn)      \
	C(155, getpgid)           \
	C(156, getsid)            \
	C(158, getgroups)         \
	C(160, uname)             \
	C(165, getrusage)         \
	C(166, umask)             \
	C(167, prctl)             \
	C(169, gettimeofday)      \
	C(172, getpid)            \
	C(173, getppid)           \
	C(174, getuid)            \
	C(175, geteuid)           \
	C(176, getgid)            \
	C(177, getegid)           \
	C(178, gettid)            \
	C(179, sysinfo)           \
	C(214, brk)               \
	C(215, munmap)            \
	C(216, mremap)            \
	C(220, clone)             \
	C(222, mmap)              \
	C(223, fadvise64)         \
	C(226, mprotect)          \
	C(227, msync)             \
	C(228, mlock)             \
	C(229, munlock)           \
	C(230, mlockall)          \
	C(231, munlockall)        \
	C(232, mincore)           \
	C(233, madvise)           \
	C(261, prlimit64)         \
	C(278, getrandom)         \
	C(284, mlock2)            \
	C(436, close_range)       \
	C(441, epoll_pwait2)

/* `a` are the six arguments: x0 to x5 of the running task's regs. */
#define CALL_DECLARE(number, name) s64 syscall_##name(struct process *p, const u64 *a);
CALLS(CALL_DECLARE)
#undef CALL_DECLARE

/* What a call that only copies as far as it can refuses at once, as Linux's access_ok. */
static inline bool call_range_is_user(u64 at, u64 bytes)
{
	return bytes <= USER_VA_END && at <= USER_VA_END - bytes;
}

/* The process's page: 4, 16 or 64 KiB. */
static inline u64 call_page_bytes(const struct process *p)
{
	return space_page_bytes(p->space);
}

static inline u64 call_page_up(const struct process *p, u64 bytes)
{
	return ALIGN_UP(bytes, call_page_bytes(p));
}

/*
 * Is it a multiple of the process's page? If not, but of the smallest page that there is, the
 * program may think that its pages are that small: then this is kept as a reason.
 */
bool syscall_memory_is_page(struct process *p, u64 at);

/* The most that one call reads or writes: MAX_RW_COUNT. */
static inline u64 call_clip(const struct process *p, u64 bytes)
{
	return MIN(bytes, ALIGN_DOWN(0x7fffffffULL, call_page_bytes(p)));
}

static inline s64 call_give(u64 to, const void *from, u64 bytes)
{
	return user_copy_out(to, from, bytes) ? -EFAULT : 0;
}

struct call_timespec {
	s64 seconds;
	s64 ns;
};

#define CALL_SECOND 1000000000LL

/* A length of time from the program. -EFAULT; -EINVAL: negative, or with too many nanoseconds. */
s64 syscall_take_time(u64 from, struct call_timespec *time);

/* Now and `time`, in arch_counter_ns()'s; what is beyond 2^63 ns is cut to that. */
u64 syscall_add_time(u64 ns, const struct call_timespec *time);

/* CPU time that the running task had, by now; or all of the process. */
u64 syscall_cpu_ns(struct process *p, bool all);

/* What a call answers that isn't there, in whole or in part: -ENOSYS, which is counted. */
s64 syscall_refuse(struct process *p);

/* Sleep until then. -EINTR: a signal came. */
s64 syscall_wait_until(struct process *p, u64 at_ns);

#endif
