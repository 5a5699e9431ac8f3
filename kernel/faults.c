// SPDX-License-Identifier: BSD-2-Clause
/*
 * The prompt's `fault`: provoke what must end in a panic, so that one can see that it does.
 */
#include <arch/boot.h>
#include <arch/page.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <lib/string.h>
#include <mm/kmalloc.h>
#include <mm/vmap.h>

static void write_to(u64 address)
{
	volatile u64 at = address; /* or the compiler warns of the null pointer */

	*(volatile u8 *)at = 0;
}

static void fault_write_text(void)
{
	write_to((u64)(uintptr_t)_etext - 4);
}

static void fault_write_rodata(void)
{
	write_to((u64)(uintptr_t)_rodata);
}

static void fault_exec_data(void)
{
	static u32 ret = 0xd65f03c0; /* RET */

	((void (*)(void))(uintptr_t)&ret)();
}

static void fault_null(void)
{
	write_to(8);
}

/* Uses the stack up, a frame at a time; the compiler must not make a loop of it. */
static __noinline u64 recurse(u64 depth, volatile const bool *enough)
{
	volatile u64 frame[32];

	frame[depth % 32] = depth;
	return *enough ? depth : recurse(depth + 1, enough) + frame[(depth + 1) % 32];
}

static void fault_stack(void)
{
	static const bool never;

	printk("%llu\n", recurse(0, &never));
}

static void fault_undefined(void)
{
	asm volatile("udf #0");
}

static void fault_misaligned(void)
{
	/* Exclusives need alignment in any memory. */
	static u64 words[2];
	u64 value;

	asm volatile("ldxr %0, [%1]" : "=r"(value) : "r"((u8 *)words + 1) : "memory");
}

static void fault_brk(void)
{
	asm volatile("brk #0x6e");
}

static void fault_assert(void)
{
	volatile int two = 2;

	ASSERT(two + two == 5);
}

static void fault_panic(void)
{
	panic("fault_panic: as asked for");
}

static void fault_vmap_guard(void)
{
	u8 *area = vmalloc(1, 0);

	if (area)
		write_to((u64)(uintptr_t)area + page_size());
}

static void fault_vfree_twice(void)
{
	void *area = vmalloc(1, 0);

	vfree(area);
	vfree(area);
}

static void fault_kfree_twice(void)
{
	void *p = kmalloc(64, 0);

	kfree(p);
	kfree(p);
}

static void fault_kfree_again(void)
{
	void *p = kmalloc(64, 0), *q = kmalloc(64, 0);

	kfree(p);
	kfree(q);
	kfree(p);
}

static void fault_slab_overflow(void)
{
	u8 *p = kmalloc(64, 0);

	write_to((u64)(uintptr_t)p + kmalloc_usable_bytes(p));
	kfree(p);
}

static void fault_use_after_free(void)
{
	u8 *p = kmalloc(64, 0);

	kfree(p);
	write_to((u64)(uintptr_t)p + 10);
	kfree(kmalloc(64, 0));
}

static const struct {
	const char *name;
	const char *what;
	void (*provoke)(void);
} faults[] = {
	{ "write-text", "write to the kernel's text", fault_write_text },
	{ "write-rodata", "write to its constants", fault_write_rodata },
	{ "exec-data", "call code that lies in data", fault_exec_data },
	{ "null", "write through a null pointer", fault_null },
	{ "stack", "use the stack up", fault_stack },
	{ "undefined", "execute an undefined instruction", fault_undefined },
	{ "misaligned", "load exclusively from a misaligned address", fault_misaligned },
	{ "brk", "execute a breakpoint instruction", fault_brk },
	{ "vmap-guard", "write behind the end of what vmalloc gave", fault_vmap_guard },
	{ "vfree-twice", "give an area of vmalloc back twice", fault_vfree_twice },
	{ "assert", "assert what is false", fault_assert },
	{ "panic", "panic", fault_panic },
	{ "kfree-twice", "free an object twice", fault_kfree_twice },
	{ "kfree-again", "free it after another, too (seen by DEBUG=1)", fault_kfree_again },
	{ "slab-overflow", "write behind an object (seen by DEBUG=1)", fault_slab_overflow },
	{ "use-after-free", "write to a freed object (seen by DEBUG=1)", fault_use_after_free },
};

COMMAND(fault, "NAME", "provoke a trap; without a name, list them")
{
	for (unsigned i = 0; i < ARRAY_SIZE(faults); i++) {
		if (argc < 2) {
			printk("%-14s %s\n", faults[i].name, faults[i].what);
		} else if (!strcmp(argv[1], faults[i].name)) {
			faults[i].provoke();
			printk("fault: %s went unnoticed\n", argv[1]);
			return -EFAULT;
		}
	}
	if (argc < 2)
		return 0;
	printk("fault: \"%s\" is none; `fault` lists them\n", argv[1]);
	return -EINVAL;
}
