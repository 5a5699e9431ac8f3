// SPDX-License-Identifier: BSD-2-Clause
/*
 * System calls on the process itself: who it is, what it may have, and its end.
 *
 * It is root, and alone: its parent is process 0 for the first, as Linux has it, else process 1.
 */
#include <arch/counter.h>
#include <arch/index.h>
#include <kernel/version.h>
#include <lib/string.h>
#include <mm/memblock.h>
#include <mm/pages.h>

#include "calls.h"
#include "file.h"

/* ---- its end ---- */

s64 syscall_exit_group(struct process *p, const u64 *a)
{
	(void)p;
	process_exit((int)(a[0] & 0xff));
}

/* ---- who it is ---- */

s64 syscall_getpid(struct process *p, const u64 *a)
{
	(void)a;
	return p->pid;
}

s64 syscall_getppid(struct process *p, const u64 *a)
{
	(void)a;
	return p->pid > 1;
}

static s64 own_number(const struct process *p, u64 pid)
{
	return !(u32)pid || (u32)pid == p->pid ? (s64)p->pid : -ESRCH;
}

s64 syscall_getpgid(struct process *p, const u64 *a)
{
	return own_number(p, a[0]);
}

s64 syscall_getsid(struct process *p, const u64 *a)
{
	return own_number(p, a[0]);
}

static s64 root(void)
{
	return 0;
}

s64 syscall_getuid(struct process *p, const u64 *a)
{
	(void)p, (void)a;
	return root();
}

s64 syscall_geteuid(struct process *p, const u64 *a)
{
	(void)p, (void)a;
	return root();
}

s64 syscall_getgid(struct process *p, const u64 *a)
{
	(void)p, (void)a;
	return root();
}

s64 syscall_getegid(struct process *p, const u64 *a)
{
	(void)p, (void)a;
	return root();
}

/* No group but its own. */
s64 syscall_getgroups(struct process *p, const u64 *a)
{
	(void)p;
	return (s32)a[0] < 0 ? -EINVAL : 0;
}

/* Nothing is ever made that it would matter for. */
s64 syscall_umask(struct process *p, const u64 *a)
{
	(void)p, (void)a;
	return 022;
}

/* ---- what machine this is ---- */

struct names {
	char system[65], node[65], release[65], version[65], machine[65], domain[65];
};

/* The version is that of the Linux whose calls these are: programs compare it. */
s64 syscall_uname(struct process *p, const u64 *a)
{
	static const struct names names = { "Linux",          "granule",
					    "6.12.0-granule", "#1 " VERSION_NUMBER,
					    "aarch64",        "(none)" };

	(void)p;
	return call_give(a[0], &names, sizeof(names));
}

/* struct sysinfo */
struct system_info {
	u64 uptime_seconds, loads[3];
	u64 memory, memory_free, memory_shared, memory_buffers, swap, swap_free;
	u16 processes, pad;
	u32 pad_too;
	u64 high, high_free;
	u32 unit_bytes, pad_last;
};
BUILD_ASSERT(sizeof(struct system_info) == 112);

s64 syscall_sysinfo(struct process *p, const u64 *a)
{
	struct system_info info = {
		.uptime_seconds = arch_counter_ns() / CALL_SECOND,
		.memory = memblock_memory_bytes(),
		.memory_free = pages_free_bytes(),
		.processes = 1,
		.unit_bytes = 1,
	};

	(void)p;
	return call_give(a[0], &info, sizeof(info));
}

/* ---- what it may have, and what it had ---- */

void syscall_limits_init(struct limits *limits)
{
	for (unsigned i = 0; i < LIMITS; i++)
		limits->limit[i].now = limits->limit[i].most = LIMIT_NONE;
	limits->limit[LIMIT_STACK].now = 8 * MiB;
	limits->limit[LIMIT_CORE].now = 0;
	limits->limit[LIMIT_NOFILE].now = 1024;
	limits->limit[LIMIT_NOFILE].most = FILES_MOST;
	limits->limit[LIMIT_MEMLOCK].now = limits->limit[LIMIT_MEMLOCK].most = 8 * MiB;
}

s64 syscall_prlimit64(struct process *p, const u64 *a)
{
	u32 which = (u32)a[1];
	struct {
		u64 now, most;
	} fresh, old;

	if (own_number(p, a[0]) < 0)
		return -ESRCH;
	if (which >= LIMITS)
		return -EINVAL;
	which = (u32)arch_index_below(which, LIMITS);
	old.now = p->limits.limit[which].now;
	old.most = p->limits.limit[which].most;
	if (a[2]) {
		if (user_copy_in(&fresh, a[2], sizeof(fresh)))
			return -EFAULT;
		if (fresh.now > fresh.most)
			return -EINVAL;
		if (which == LIMIT_NOFILE && fresh.most > FILES_MOST)
			return -EPERM;
		p->limits.limit[which].now = fresh.now;
		p->limits.limit[which].most = fresh.most;
	}
	return a[3] ? call_give(a[3], &old, sizeof(old)) : 0;
}

/* struct rusage */
struct usage {
	u64 user[2], system[2];
	u64 most_resident_kib, unused[3], faults, unused_too[9];
};
BUILD_ASSERT(sizeof(struct usage) == 144);

#define USAGE_SELF     0
#define USAGE_CHILDREN (-1)
#define USAGE_THREAD   1

/* What it had up to its last switch, and what it has had since that. */
static u64 own_cpu_ns(void)
{
	return this_thread()->ran_ns - task_here()->ran_before_ns +
	       (arch_counter_ns() - this_cpu()->queue->since_ns);
}

/* Of other tasks, up to their last switch. */
u64 syscall_cpu_ns(struct process *p, bool all)
{
	u64 sum = own_cpu_ns();

	if (!all)
		return sum;
	spin_lock(&p->lock);
	sum += p->ran_ns;
	for (const struct task *t = p->tasks; t; t = t->next)
		if (t->thread && t->thread != this_thread())
			sum += t->thread->ran_ns - t->ran_before_ns;
	spin_unlock(&p->lock);
	return sum;
}

/* All time counts as the program's own: the kernel doesn't tell its part from that. */
s64 syscall_getrusage(struct process *p, const u64 *a)
{
	s32 who = (s32)a[0];
	struct usage usage = { .user = { 0 } };
	u64 ns = syscall_cpu_ns(p, who == USAGE_SELF);

	if (who < USAGE_CHILDREN || who > USAGE_THREAD)
		return -EINVAL;
	if (who != USAGE_CHILDREN) {
		usage.user[0] = ns / CALL_SECOND;
		usage.user[1] = ns % CALL_SECOND / 1000;
		usage.most_resident_kib = p->space->peak_resident_bytes / KiB;
		usage.faults = p->space->faults;
	}
	return call_give(a[1], &usage, sizeof(usage));
}

/* ---- the rest ---- */

#define RANDOM_NONBLOCK 1u
#define RANDOM_REAL     2u
#define RANDOM_INSECURE 4u

s64 syscall_getrandom(struct process *p, const u64 *a)
{
	u32 flags = (u32)a[2];

	if (flags & ~(RANDOM_NONBLOCK | RANDOM_REAL | RANDOM_INSECURE) ||
	    (flags & (RANDOM_REAL | RANDOM_INSECURE)) == (RANDOM_REAL | RANDOM_INSECURE))
		return -EINVAL;
	if (!call_range_is_user(a[0], a[1]))
		return -EFAULT;
	return file_give_random(p->files, a[0], call_clip(p, a[1]));
}

enum {
	PRCTL_SET_DEATH_SIGNAL = 1,
	PRCTL_GET_DUMPABLE = 3,
	PRCTL_SET_DUMPABLE = 4,
	PRCTL_SET_NAME = 15,
	PRCTL_GET_NAME = 16,
	PRCTL_GET_SECCOMP = 21,
	PRCTL_HAS_CAPABILITY = 23,
	PRCTL_SET_SLACK = 29,
	PRCTL_SET_NO_NEW_PRIVILEGES = 38,
	PRCTL_GET_NO_NEW_PRIVILEGES = 39,
};

#define CAPABILITY_LAST 40

static s64 set_name(struct process *p, u64 from)
{
	struct task *t = task_here();
	char name[sizeof(t->name)] = { 0 };
	s64 length = user_copy_string(name, from, sizeof(name));

	if (length == -EFAULT)
		return -EFAULT;
	/* A longer one is cut. */
	name[sizeof(name) - 1] = '\0';
	memcpy(t->name, name, sizeof(name));
	/* The first one's is the process's. */
	if (t->number == p->pid)
		memcpy(p->name, name, sizeof(name));
	return 0;
}

s64 syscall_prctl(struct process *p, const u64 *a)
{
	switch ((u32)a[0]) {
	case PRCTL_SET_NAME:
		return set_name(p, a[1]);
	case PRCTL_GET_NAME:
		return call_give(a[1], task_here()->name, sizeof(task_here()->name));
	case PRCTL_GET_DUMPABLE:
		return 1;
	case PRCTL_SET_DUMPABLE:
		return a[1] > 1 ? -EINVAL : 0;
	case PRCTL_HAS_CAPABILITY:
		return a[1] > CAPABILITY_LAST ? -EINVAL : 1;
	case PRCTL_SET_DEATH_SIGNAL:
		return a[1] > SIGNALS ? -EINVAL : 0;
	case PRCTL_SET_NO_NEW_PRIVILEGES:
		return a[1] != 1 || a[2] || a[3] || a[4] ? -EINVAL : 0;
	case PRCTL_GET_NO_NEW_PRIVILEGES:
	case PRCTL_GET_SECCOMP:
	case PRCTL_SET_SLACK:
		return 0;
	default:
		return -EINVAL;
	}
}
