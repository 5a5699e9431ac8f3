// SPDX-License-Identifier: BSD-2-Clause
/*
 * What Linux calls each system call of arm64, by its number: for the report of those that a program
 * wanted and that aren't there.
 *
 * One text, a name after the other: a pointer for each would double it, and move with the kernel.
 * Source: Linux 6.12, its table of system calls (scripts/syscall.tbl).
 */
#include <kernel/compiler.h>
#include <kernel/syscall.h>
#include <lib/string.h>

/* Runs of numbers; those between them belong to other architectures, or to none. */
static const char from_0[] =
	"io_setup\0io_destroy\0io_submit\0io_cancel\0io_getevents\0setxattr\0lsetxattr\0"
	"fsetxattr\0getxattr\0lgetxattr\0fgetxattr\0listxattr\0llistxattr\0flistxattr\0"
	"removexattr\0lremovexattr\0fremovexattr\0getcwd\0lookup_dcookie\0eventfd2\0"
	"epoll_create1\0epoll_ctl\0epoll_pwait\0dup\0dup3\0fcntl\0inotify_init1\0"
	"inotify_add_watch\0inotify_rm_watch\0ioctl\0ioprio_set\0ioprio_get\0flock\0mknodat\0"
	"mkdirat\0unlinkat\0symlinkat\0linkat\0renameat\0umount2\0mount\0pivot_root\0"
	"nfsservctl\0statfs\0fstatfs\0truncate\0ftruncate\0fallocate\0faccessat\0chdir\0fchdir\0"
	"chroot\0fchmod\0fchmodat\0fchownat\0fchown\0openat\0close\0vhangup\0pipe2\0quotactl\0"
	"getdents64\0lseek\0read\0write\0readv\0writev\0pread64\0pwrite64\0preadv\0pwritev\0"
	"sendfile\0pselect6\0ppoll\0signalfd4\0vmsplice\0splice\0tee\0readlinkat\0newfstatat\0"
	"fstat\0sync\0fsync\0fdatasync\0sync_file_range\0timerfd_create\0timerfd_settime\0"
	"timerfd_gettime\0utimensat\0acct\0capget\0capset\0personality\0exit\0exit_group\0"
	"waitid\0set_tid_address\0unshare\0futex\0set_robust_list\0get_robust_list\0nanosleep\0"
	"getitimer\0setitimer\0kexec_load\0init_module\0delete_module\0timer_create\0"
	"timer_gettime\0timer_getoverrun\0timer_settime\0timer_delete\0clock_settime\0"
	"clock_gettime\0clock_getres\0clock_nanosleep\0syslog\0ptrace\0sched_setparam\0"
	"sched_setscheduler\0sched_getscheduler\0sched_getparam\0sched_setaffinity\0"
	"sched_getaffinity\0sched_yield\0sched_get_priority_max\0sched_get_priority_min\0"
	"sched_rr_get_interval\0restart_syscall\0kill\0tkill\0tgkill\0sigaltstack\0"
	"rt_sigsuspend\0rt_sigaction\0rt_sigprocmask\0rt_sigpending\0rt_sigtimedwait\0"
	"rt_sigqueueinfo\0rt_sigreturn\0setpriority\0getpriority\0reboot\0setregid\0setgid\0"
	"setreuid\0setuid\0setresuid\0getresuid\0setresgid\0getresgid\0setfsuid\0setfsgid\0"
	"times\0setpgid\0getpgid\0getsid\0setsid\0getgroups\0setgroups\0uname\0sethostname\0"
	"setdomainname\0getrlimit\0setrlimit\0getrusage\0umask\0prctl\0getcpu\0gettimeofday\0"
	"settimeofday\0adjtimex\0getpid\0getppid\0getuid\0geteuid\0getgid\0getegid\0gettid\0"
	"sysinfo\0mq_open\0mq_unlink\0mq_timedsend\0mq_timedreceive\0mq_notify\0mq_getsetattr\0"
	"msgget\0msgctl\0msgrcv\0msgsnd\0semget\0semctl\0semtimedop\0semop\0shmget\0shmctl\0"
	"shmat\0shmdt\0socket\0socketpair\0bind\0listen\0accept\0connect\0getsockname\0"
	"getpeername\0sendto\0recvfrom\0setsockopt\0getsockopt\0shutdown\0sendmsg\0recvmsg\0"
	"readahead\0brk\0munmap\0mremap\0add_key\0request_key\0keyctl\0clone\0execve\0mmap\0"
	"fadvise64\0swapon\0swapoff\0mprotect\0msync\0mlock\0munlock\0mlockall\0munlockall\0"
	"mincore\0madvise\0remap_file_pages\0mbind\0get_mempolicy\0set_mempolicy\0"
	"migrate_pages\0move_pages\0rt_tgsigqueueinfo\0perf_event_open\0accept4\0recvmmsg";
static const char from_260[] =
	"wait4\0prlimit64\0fanotify_init\0fanotify_mark\0name_to_handle_at\0open_by_handle_at\0"
	"clock_adjtime\0syncfs\0setns\0sendmmsg\0process_vm_readv\0process_vm_writev\0kcmp\0"
	"finit_module\0sched_setattr\0sched_getattr\0renameat2\0seccomp\0getrandom\0"
	"memfd_create\0bpf\0execveat\0userfaultfd\0membarrier\0mlock2\0copy_file_range\0"
	"preadv2\0pwritev2\0pkey_mprotect\0pkey_alloc\0pkey_free\0statx\0io_pgetevents\0rseq\0"
	"kexec_file_load";
static const char from_424[] =
	"pidfd_send_signal\0io_uring_setup\0io_uring_enter\0io_uring_register\0open_tree\0"
	"move_mount\0fsopen\0fsconfig\0fsmount\0fspick\0pidfd_open\0clone3\0close_range\0"
	"openat2\0pidfd_getfd\0faccessat2\0process_madvise\0epoll_pwait2\0mount_setattr\0"
	"quotactl_fd\0landlock_create_ruleset\0landlock_add_rule\0landlock_restrict_self\0"
	"memfd_secret\0process_mrelease\0futex_waitv\0set_mempolicy_home_node\0cachestat\0"
	"fchmodat2\0map_shadow_stack\0futex_wake\0futex_wait\0futex_requeue\0statmount\0"
	"listmount\0lsm_get_self_attr\0lsm_set_self_attr\0lsm_list_modules\0mseal";

static const struct {
	u16 first, end;
	const char *names;
} runs[] = {
	{ 0, 244, from_0 },
	{ 260, 295, from_260 },
	{ 424, SYSCALL_COUNT, from_424 },
};

const char *syscall_name(u64 number)
{
	for (unsigned i = 0; i < ARRAY_SIZE(runs); i++) {
		const char *name = runs[i].names;

		if (number < runs[i].first || number >= runs[i].end)
			continue;
		for (u64 skip = number - runs[i].first; skip; skip--)
			name += strlen(name) + 1;
		return name;
	}
	return NULL;
}

/* How programs ask whether a kernel has something newer; all of them do without. */
static const u16 probes[] = {
	71,  /* sendfile: read and write */
	97,  /* unshare */
	168, /* getcpu */
	198, /* socket: of nscd, for names of users */
	205, /* getpeername: is standard input a socket? */
	283, /* membarrier */
	291, /* statx: newfstatat */
	293, /* rseq */
	435, /* clone3: clone */
	439, /* faccessat2: faccessat */
	449, /* futex_waitv */
	452, /* fchmodat2 */
	462, /* mseal */
};

bool syscall_is_probe(u64 number)
{
	for (unsigned i = 0; i < ARRAY_SIZE(probes); i++)
		if (probes[i] == number)
			return true;
	return false;
}
