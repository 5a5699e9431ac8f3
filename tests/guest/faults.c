// SPDX-License-Identifier: BSD-2-Clause
/*
 * The prompt's `fault`: provoke what must end in a panic, so that one can see that it does.
 *
 * Missing is what EL1 can't cause by itself: SError, HVC, SMC, and what comes of EL0.
 *
 * Source: Arm ARM (DDI 0487, J.a), "Synchronous exception types", "Illegal exception returns",
 * chapters "AArch64 Self-hosted Debug" and "Debug Registers".
 */
#include <arch/barrier.h>
#include <arch/boot.h>
#include <arch/counter.h>
#include <arch/hyp.h>
#include <arch/irqflags.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/sysreg.h>
#include <kernel/assert.h>
#include <kernel/completion.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <kernel/thread.h>
#include <kernel/timer.h>
#include <lib/panic.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/kmalloc.h>
#include <mm/memblock.h>
#include <mm/vmap.h>

#include "faults_cpus.h"
#include "faults_debug.h"
#include "faults_lock.h"

/* The end of the address space, which layout.h leaves unmapped. */
#define UNMAPPED (-(u64)PAGE_SIZE_MAX)

/* Neither half of 48 bits, whose other bits are all zeros or all ones. */
#define OUTSIDE (1ULL << 55)

static void read_from(u64 address)
{
	(void)*(volatile u8 *)address;
}

static void write_to(u64 address)
{
	volatile u64 at = address; /* or the compiler warns of the null pointer */

	*(volatile u8 *)at = 0;
}

static __noinline void fault_write_text(void)
{
	write_to((u64)(uintptr_t)_etext - 4);
}

/* The same memory, by the linear map. */
static __noinline void fault_write_alias(void)
{
	write_to(paddr_to_linear(paddr(boot_info.image_pa)).val + image_offset(_etext) - 4);
}

static __noinline void fault_write_rodata(void)
{
	write_to((u64)(uintptr_t)_rodata);
}

static __noinline void fault_exec_data(void)
{
	static u32 ret __section(".data") = 0xd65f03c0; /* RET; clang would make a constant of it */

	((void (*)(void))(uintptr_t)&ret)();
}

static __noinline void fault_null(void)
{
	write_to(8);
}

static __noinline void fault_unmapped(void)
{
	read_from(UNMAPPED);
}

static __noinline void fault_outside(void)
{
	read_from(OUTSIDE);
}

static __noinline void fault_exec_unmapped(void)
{
	((void (*)(void))UNMAPPED)();
}

static void read_registers(u64 pa)
{
	vaddr_t at;

	if (!mmu_map_device(paddr(pa), 1, &at))
		read_from(at.val);
}

/* Behind all RAM, and at the last physical address: on few machines there is something at both. */
static __noinline void fault_no_device(void)
{
	paddr_t from = paddr(0);
	struct region ram = { 0 };

	while (memblock_next_memory(&from, &ram))
		;
	read_registers(region_end(&ram).val);
	read_registers((1ULL << pa_range_bits(boot_info.id_aa64mmfr0 & 0xf)) - 1);
}

/* Uses the stack up, a frame at a time; the compiler must not make a loop of it. */
static __noinline u64 recurse(u64 depth, volatile const bool *enough)
{
	volatile u64 frame[32];

	frame[depth % 32] = depth;
	return *enough ? depth : recurse(depth + 1, enough) + frame[(depth + 1) % 32];
}

static __noinline void fault_stack(void)
{
	static const bool never;

	printk("%llu\n", recurse(0, &never));
}

static __noinline void fault_undefined(void)
{
	asm volatile("udf #0");
}

static __noinline void fault_misaligned(void)
{
	/* Exclusives need alignment in any memory. */
	static u64 words[2];
	u64 value;

	asm volatile("ldxr %0, [%1]" : "=r"(value) : "r"((u8 *)words + 1) : "memory");
}

static __noinline void fault_pc_misaligned(void)
{
	u64 at;

	asm volatile("adr %0, 1f\n\tadd %0, %0, #2\n\tbr %0\n1:" : "=r"(at));
}

/* QEMU's TCG lets the load pass: there the BRK shows that the vectors see to it themselves. */
static __noinline void fault_sp_misaligned(void)
{
	u64 sp;

	asm volatile("mov %0, sp\n\tsub %0, %0, #8\n\tmov sp, %0\n\tldr %0, [sp]\n\tbrk #0x6e"
		     : "=&r"(sp)::"memory");
	__builtin_unreachable();
}

static __noinline void fault_svc(void)
{
	asm volatile("svc #0");
}

/* FMOV D0, XZR, which the assembler is not to know of. */
static __noinline void fault_fp(void)
{
	sysreg_write(cpacr_el1, 0);
	isb();
	asm volatile(".inst 0x9e6703e0");
}

/* The same, where it is forgotten that the kernel doesn't own the register. */
static __noinline void fault_fp_bracket(void)
{
	asm volatile(".inst 0x9e6703e0");
}

/* A return to EL2 from below sets PSTATE.IL instead. */
static __noinline void fault_illegal_state(void)
{
	u64 at;

	asm volatile("adr %0, 1f\n\tmsr elr_el1, %0\n\tmsr spsr_el1, %1\n\teret\n1:\tnop"
		     : "=&r"(at)
		     : "r"((u64)SPSR_EL2H)
		     : "memory");
}

static __noinline void fault_brk(void)
{
	asm volatile("brk #0x6e");
}

static __noinline void fault_assert(void)
{
	volatile int two = 2;

	ASSERT(two + two == 5);
}

static __noinline void fault_panic(void)
{
	panic("fault_panic: as asked for");
}

static void panic_here(struct timer *timer)
{
	(void)timer;
	panic("fault_interrupt: as asked for, while an interrupt is handled");
}

static __noinline void fault_interrupt(void)
{
	static struct timer timer = { .fire = panic_here };

	if (!timer_works())
		return;
	timer_start(&timer, arch_counter_ns());
	for (;;)
		irq_wait();
}

static void use_up(void *unused)
{
	(void)unused;
	fault_stack();
}

static __noinline void fault_thread_stack(void)
{
	struct thread *thread = thread_create("deep", use_up, NULL, THREAD_NORMAL, NULL);

	if (thread)
		thread_join(thread);
}

static __noinline void fault_vmap_guard(void)
{
	u8 *area = vmalloc(1, 0);

	if (area)
		write_to((u64)(uintptr_t)area + page_size());
}

static __noinline void fault_vfree_twice(void)
{
	void *area = vmalloc(1, 0);

	vfree(area);
	vfree(area);
}

static __noinline void fault_kfree_twice(void)
{
	void *p = kmalloc(64, 0);

	kfree(p);
	kfree(p);
}

static __noinline void fault_kfree_again(void)
{
	void *p = kmalloc(64, 0), *q = kmalloc(64, 0);

	kfree(p);
	kfree(q);
	kfree(p);
}

static __noinline void fault_slab_overflow(void)
{
	u8 *p = kmalloc(64, 0);

	write_to((u64)(uintptr_t)p + kmalloc_usable_bytes(p));
	kfree(p);
}

static __noinline void fault_use_after_free(void)
{
	u8 *p = kmalloc(64, 0);

	kfree(p);
	write_to((u64)(uintptr_t)p + 10);
	kfree(kmalloc(64, 0));
}

static __noinline void fault_el2(void)
{
	hyp_call(HYP_CALL_EXEC, 2, 0); /* no instruction lies there */
}

/* F(name, what it does, what does it) */
#define FAULTS(F)                                                                           \
	F("write-text", "write to the kernel's text", fault_write_text)                     \
	F("write-alias", "write to it by the linear map", fault_write_alias)                \
	F("write-rodata", "write to its constants", fault_write_rodata)                     \
	F("exec-data", "call code that lies in data", fault_exec_data)                      \
	F("exec-unmapped", "call what is not mapped", fault_exec_unmapped)                  \
	F("null", "write through a null pointer", fault_null)                               \
	F("unmapped", "read what is not mapped", fault_unmapped)                            \
	F("outside", "read an address of neither half", fault_outside)                      \
	F("no-device", "read registers where no device is", fault_no_device)                \
	F("stack", "use the stack up", fault_stack)                                         \
	F("thread-stack", "use a thread's stack up", fault_thread_stack)                    \
	F("undefined", "execute an undefined instruction", fault_undefined)                 \
	F("misaligned", "load exclusively from a misaligned address", fault_misaligned)     \
	F("pc-misaligned", "jump into the middle of an instruction", fault_pc_misaligned)   \
	F("sp-misaligned", "load by a misaligned stack pointer", fault_sp_misaligned)       \
	F("svc", "call a supervisor", fault_svc)                                            \
	F("fp", "use a floating-point register while that traps", fault_fp)                 \
	F("fp-bracket", "use one out of a bracket (seen by DEBUG=1)", fault_fp_bracket)     \
	F("illegal-state", "return to an exception level above", fault_illegal_state)       \
	F("breakpoint", "execute an instruction with a breakpoint", fault_breakpoint)       \
	F("watchpoint", "write to a word with a watchpoint", fault_watchpoint)              \
	F("step", "execute one instruction as a debugger does", fault_step)                 \
	F("brk", "execute a breakpoint instruction", fault_brk)                             \
	F("el2", "make EL2 itself fail", fault_el2)                                         \
	F("vmap-guard", "write past the end of what vmalloc gave", fault_vmap_guard)        \
	F("vfree-twice", "give an area of vmalloc back twice", fault_vfree_twice)           \
	F("assert", "assert what is false", fault_assert)                                   \
	F("panic", "panic", fault_panic)                                                    \
	F("interrupt", "panic while an interrupt is handled", fault_interrupt)              \
	F("with-another", "panic while another CPU runs", fault_with_another)               \
	F("of-another", "panic on another CPU", fault_of_another)                           \
	F("of-both", "panic on two CPUs at once", fault_of_both)                            \
	F("deaf-cpu", "panic while another CPU takes no interrupts", fault_deaf_cpu)        \
	F("busy-cpu", "panic while another CPU handles one for ever", fault_busy_cpu)       \
	FAULTS_OF_LOCKS(F)                                                                  \
	F("kfree-twice", "free an object twice", fault_kfree_twice)                         \
	F("kfree-again", "free it after another, too (seen by DEBUG=1)", fault_kfree_again) \
	F("slab-overflow", "write past an object (seen by DEBUG=1)", fault_slab_overflow)   \
	F("use-after-free", "write to a freed object (seen by DEBUG=1)", fault_use_after_free)

/*
 * Names and what they do, each with a zero after. No pointers to texts or functions: each would be
 * a relocation of 24 bytes.
 */
static const char texts[] =
#define FAULT_TEXT(name, what, provoke) name "\0" what "\0"
	FAULTS(FAULT_TEXT);

enum {
#define FAULT_ID(name, what, provoke) id_##provoke,
	FAULTS(FAULT_ID) FAULT_COUNT
};

static void provoke_by_id(unsigned id)
{
	switch (id) {
#define FAULT_CASE(name, what, provoke) \
	case id_##provoke:              \
		provoke();              \
		break;
		FAULTS(FAULT_CASE)
	}
}

COMPLETER(FAULT)
{
	const char *name = texts;

	for (unsigned i = 0; i < FAULT_COUNT; i++) {
		completion_offer(c, name);
		name += strlen(name) + 1; /* after it stands what it does */
		name += strlen(name) + 1;
	}
}

COMMAND(fault, "[FAULT]", "provoke a trap that ends in a panic, or list them")
{
	const char *name = texts;

	if (argc > 2) {
		printk("fault: \"%s\" is too much: one at a time, since a panic ends it\n",
		       argv[2]);
		return -EINVAL;
	}
	for (unsigned i = 0; i < FAULT_COUNT; i++) {
		const char *what = name + strlen(name) + 1;

		if (argc < 2) {
			printk("%-14s %s\n", name, what);
		} else if (!strcmp(argv[1], name)) {
			provoke_by_id(i);
			printk("fault: %s went unnoticed\n", name);
			return -EFAULT;
		}
		name = what + strlen(what) + 1;
	}
	if (argc < 2)
		return 0;
	printk("fault: \"%s\" is none; `fault` lists them\n", argv[1]);
	return -EINVAL;
}
