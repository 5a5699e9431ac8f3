// SPDX-License-Identifier: BSD-2-Clause
/* See fake_process.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <arch/counter.h>
#include <kernel/cpus.h>
#include <kernel/errno.h>
#include <kernel/output.h>
#include <kernel/timer.h>
#include <lib/initramfs.h>
#include <mm/boot_memory.h>
#include <mm/kmalloc.h>
#include <mm/memblock.h>

#include "fake_process.h"

u8 user_memory[USER_BYTES];
struct process process;
struct task task;
struct regs process_regs;
struct archive process_initrd;
char process_said[1 << 16];
size_t process_said_bytes;
jmp_buf process_jump;
int process_ended;
char space_asked[4096];
int space_answer;
struct space_view space_views[8];
unsigned space_view_count;
u64 heap_live, heap_asked, heap_fail_at;
u64 process_now_ns;

extern struct cpu *host_cpu;

static struct space space;
static struct thread thread;
static struct run_queue queue;

static void hear(unsigned descriptor, const char *text, u64 bytes)
{
	(void)descriptor;
	assert_true(process_said_bytes + bytes < sizeof(process_said));
	memcpy(process_said + process_said_bytes, text, bytes);
	process_said_bytes += bytes;
	process_said[process_said_bytes] = '\0';
}

static const struct output heard = { hear };

void process_begin(unsigned shift)
{
	struct files_setup setup = { .path = "/bin/program", .out = &heard };

	memset(&process, 0, sizeof(process));
	memset(&task, 0, sizeof(task));
	memset(&space, 0, sizeof(space));
	memset(user_memory, 0, sizeof(user_memory));
	memset(&process_regs, 0, sizeof(process_regs));
	space.pt.granule = granule_by_shift(shift);
	process.pid = 7;
	process.space = &space;
	process.lock = (struct spinlock)SPINLOCK(process);
	process.futexes = (struct futexes)FUTEXES;
	process.tasks = &task;
	process.task_count = 1;
	task.process = &process;
	task.number = process.pid;
	task.thread = host_cpu->current = &thread;
	task.regs = &process_regs;
	process.granule = space.pt.granule;
	strcpy(process.name, "program");
	strcpy(task.name, process.name);
	syscall_limits_init(&process.limits);
	process.files = files_create(&setup);
	task.user.fp.user = host_fp.user = true;
	host_cpu->fp = &task.user.fp;
	host_cpu->queue = &queue;
	process_said_bytes = 0;
	process_said[0] = space_asked[0] = '\0';
	space_answer = 0;
}

void process_add(const char *name, u32 mode, const char *data)
{
	archive_add(&process_initrd,
		    &(struct archive_member){ .name = name, .mode = mode, .data = data });
}

void process_begin_with_files(void)
{
	process_initrd.size = 0;
	process_add("etc/text", INITRAMFS_REGULAR | 0640, "12345");
	process_add("bin/program", INITRAMFS_REGULAR | 0755, "ELF");
	process_add("bin/link", INITRAMFS_SYMLINK | 0777, "../etc/text");
	archive_end(&process_initrd);
	process_begin(host_page_shift);
}

void process_begin_at_fault(void)
{
	process_begin(12);
	for (unsigned i = 0; i < 31; i++)
		process_regs.x[i] = 0x1000 + i;
	process_regs.sp = PROCESS_TOP;
	process_regs.pc = 0x400100;
	process_regs.pstate = 0x60000000;
	process_regs.esr = 0x92000047;
	process.signals.return_address = 0x7000;
	host_random_bytes(&host_fp, sizeof(host_fp));
	host_fp.fpcr &= 0xffffffff;
	host_fp.fpsr &= 0xffffffff;
	host_fp.user = true;
}

void process_handle(unsigned signal, u64 flags)
{
	process.signals.action[signal - 1] =
		(struct signal_action){ .handler = PROCESS_HANDLER, .flags = flags, .mask = 0x10 };
}

void process_end(void)
{
	files_destroy(process.files);
	process.files = NULL;
	assert_int_equal(heap_live, 0);
}

void process_exit(int code)
{
	process_ended = -1 - code;
	longjmp(process_jump, 1);
}

void process_die(unsigned signal)
{
	process_ended = (int)signal;
	longjmp(process_jump, 1);
}

void process_reason(struct process *p, const char *format, ...)
{
	(void)p, (void)format;
}

void process_last_words(struct process *p, unsigned descriptor, const char *text, u64 bytes)
{
	(void)p, (void)descriptor, (void)text, (void)bytes;
}

const void *boot_memory_initrd(u64 *bytes)
{
	*bytes = process_initrd.size;
	return process_initrd.size ? process_initrd.bytes : NULL;
}

/* ---- its memory ---- */

static u64 reach(u64 at, u64 bytes)
{
	if (at < USER_BASE || at >= USER_LAST)
		return 0;
	return MIN(bytes, USER_LAST - at);
}

u64 user_copy_in(void *to, u64 from, u64 bytes)
{
	u64 some = reach(from, bytes);

	if (some)
		memcpy(to, user_at(from), some);
	return bytes - some;
}

u64 user_copy_out(u64 to, const void *from, u64 bytes)
{
	u64 some = reach(to, bytes);

	if (some)
		memcpy(user_at(to), from, some);
	return bytes - some;
}

u64 user_zero(u64 to, u64 bytes)
{
	u64 some = reach(to, bytes);

	if (some)
		memset(user_at(to), 0, some);
	return bytes - some;
}

s64 user_copy_string(char *to, u64 from, u64 most)
{
	for (u64 i = 0; i < most; i++) {
		if (!reach(from + i, 1))
			return -EFAULT;
		to[i] = *(char *)user_at(from + i);
		if (!to[i])
			return (s64)i;
	}
	return -ENAMETOOLONG;
}

/* ---- its space ---- */

static void __printf(1, 2) asked(const char *format, ...)
{
	size_t used = strlen(space_asked);
	va_list args;

	va_start(args, format);
	vsnprintf(space_asked + used, sizeof(space_asked) - used, format, args);
	va_end(args);
}

int space_map(struct space *s, const struct space_request *r, u64 *at)
{
	(void)s;
	asked("map %llx %llx %x %x %s %llx\n", r->at, r->bytes, r->prot, r->flags,
	      r->source ? r->source->name : "-", r->offset);
	*at = r->at ? r->at : USER_BASE;
	return space_answer;
}

int space_unmap(struct space *s, u64 at, u64 bytes)
{
	(void)s;
	asked("unmap %llx %llx\n", at, bytes);
	return space_answer;
}

int space_protect(struct space *s, u64 at, u64 bytes, unsigned prot)
{
	(void)s;
	asked("protect %llx %llx %x\n", at, bytes, prot);
	return space_answer;
}

int space_move(struct space *s, u64 at, u64 bytes, u64 new_bytes, unsigned flags, u64 new_at,
	       u64 *result)
{
	(void)s;
	asked("move %llx %llx %llx %x %llx\n", at, bytes, new_bytes, flags, new_at);
	*result = at;
	return space_answer;
}

int space_discard(struct space *s, u64 at, u64 bytes)
{
	(void)s;
	asked("discard %llx %llx\n", at, bytes);
	return space_answer;
}

int space_is_mapped(struct space *s, u64 at, u64 bytes)
{
	(void)s;
	return at >= USER_BASE && bytes <= USER_LAST - at ? 0 : -ENOMEM;
}

int space_resident(struct space *s, u64 at, u64 bytes, u8 *vector)
{
	u64 page = space_page_bytes(s);

	if (space_is_mapped(s, at, bytes))
		return -ENOMEM;
	memset(vector, 1, (bytes + page - 1) / page);
	return 0;
}

u64 space_set_brk(struct space *s, u64 brk)
{
	(void)s;
	return brk;
}

enum space_verdict space_fault(struct space *s, u64 va, enum space_access access)
{
	asked("fault %llx %u\n", va, access);
	return space_is_mapped(s, va, 1) ? SPACE_NOT_MAPPED : SPACE_OK;
}

bool space_next(struct space *s, u64 from, struct space_view *view)
{
	(void)s;
	for (unsigned i = 0; i < space_view_count; i++) {
		if (space_views[i].end <= from)
			continue;
		*view = space_views[i];
		return true;
	}
	return false;
}

/* ---- the rest of the kernel ---- */

static u64 *header(const void *p)
{
	return (u64 *)(uintptr_t)p - 2;
}

void *kmalloc(u64 bytes, unsigned flags)
{
	u64 *p;

	if (++heap_asked == heap_fail_at)
		return NULL;
	p = malloc(bytes + 16);
	assert_non_null(p);
	p[0] = bytes;
	memset(p + 2, flags & KMALLOC_ZERO ? 0 : 0xa5, bytes);
	heap_live++;
	return p + 2;
}

void kfree(const void *p)
{
	if (!p)
		return;
	heap_live--;
	free(header(p));
}

void *krealloc(const void *p, u64 bytes, unsigned flags)
{
	void *bigger = kmalloc(bytes, flags);

	if (bigger && p) {
		memcpy(bigger, p, MIN(header(p)[0], bytes));
		kfree(p);
	}
	return bigger;
}

bool arch_counter_has_unit(void)
{
	return true;
}

u64 arch_counter_ns(void)
{
	return process_now_ns += 1000;
}

/* They fire when the test says so. */
void timer_start(struct timer *timer, u64 at_ns)
{
	assert_false(timer->started);
	timer->at_ns = at_ns;
	timer->started = true;
}

void timer_cancel(struct timer *timer)
{
	timer->started = false;
}

u64 process_random(void)
{
	return host_random();
}

void sched_yield(void)
{
}

u32 cpus_online(void)
{
	return 4;
}

u64 memblock_memory_bytes(void)
{
	return 256 * MiB;
}

u64 pages_free_bytes(void)
{
	return 128 * MiB;
}
