// SPDX-License-Identifier: BSD-2-Clause
/* What kexec's tests play of the rest of the machine: <kexec_world.h>. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kexec_world.h"

#include <cmocka.h>

#include <arch/boot.h>
#include <arch/counter.h>
#include <arch/cpu_pen.h>
#include <arch/page.h>
#include <arch/random.h>
#include <arch/trap.h>
#include <kernel/errno.h>
#include <kernel/fault_inject.h>
#include <lib/console.h>
#include <lib/log.h>
#include <lib/verdict.h>
#include <mm/addr.h>
#include <mm/boot_memory.h>
#include <mm/kmalloc.h>
#include <mm/memblock.h>
#include <mm/memblock_crashkernel.h>
#include <mm/pages.h>

#include "tree.h"

struct world world;
struct boot_info boot_info;
struct devicetree boot_devicetree;

static void *tree;
static u8 *packed;
static u64 packed_bytes;
static jmp_buf left;

/* What arch_kexec_prepare was given; none of it is written to until it leaves. */
static struct contig_range tables[WORLD_RANGES_MOST];
static unsigned table_count;

/* ---- the machine ---- */

static void hear(const char *text)
{
	size_t len = strlen(world.said);

	snprintf(world.said + len, sizeof(world.said) - len, "%s", text);
}

void world_begin_empty(u64 start, u64 bytes)
{
	fake_contig_begin(start, bytes);
	world = (struct world){ .cmdline = "own line", .tables = 3, .table_bytes = 4096 };
	packed_bytes = 0;
	host_printk_hook = hear;
	host_cpu_affinity = 0x100;
	fault_inject_off();
}

void world_ready(void)
{
	fake_contig_ready();
}

#define TREE                                                                                    \
	"/ { #address-cells = <2>; #size-cells = <2>; model = \"one\"; chosen { %s };"          \
	" memory@40000000 { device_type = \"memory\"; reg = <0 0x40000000 0 0x10000000>; };"    \
	" cpus { #address-cells = <1>; #size-cells = <0>;"                                      \
	"  cpu@100 { device_type = \"cpu\"; compatible = \"arm,cortex-a72\"; reg = <0x100>; };" \
	"  cpu@101 { device_type = \"cpu\"; compatible = \"arm,cortex-a72\"; reg = <0x101>; };" \
	"  cpu@102 { device_type = \"cpu\"; reg = <0x102>; status = \"disabled\"; }; }; };"

static void take(u64 base, u64 bytes, enum memblock_owner owner)
{
	assert_int_equal(memblock_reserve(paddr(base), bytes, owner), 0);
}

void world_tree(const char *chosen)
{
	char text[2048];

	snprintf(text, sizeof(text), TREE, chosen ? chosen : "");
	free(tree);
	tree = tree_from_text(text);
	tree_open(&boot_devicetree, tree);
	boot_info = (struct boot_info){ .image_pa = WORLD_IMAGE,
					.image_va = 0xffff808000000000,
					.fdt_pa = 0x41000000,
					.fdt_bytes = 0x10000,
					.id_aa64mmfr0 = 0x0f000000 }; /* 4K, and no other */
}

void world_begin(const char *chosen)
{
	world_begin_empty(WORLD_START, WORLD_BYTES);
	assert_int_equal(memblock_add(paddr(WORLD_START), WORLD_BYTES), 0);
	take(WORLD_START, 64 * KiB, MEMBLOCK_FIRMWARE);
	take(WORLD_IMAGE, (u64)(_end - _text), MEMBLOCK_IMAGE);
	take(WORLD_CRASH, WORLD_CRASH_BYTES, MEMBLOCK_CRASHKERNEL);
	world.crash = (struct region){ .base = { WORLD_CRASH }, .bytes = WORLD_CRASH_BYTES };
	world_tree(chosen);
	world_ready();
}

void world_end(void)
{
	host_printk_hook = NULL;
	assert_int_equal(world.kmallocs, 0);
	free(tree);
	free(packed);
	tree = NULL;
	packed = NULL;
}

/* ---- the initrd ---- */

static void pack(const void *data, u64 bytes)
{
	static const u8 zeros[4];

	packed = realloc(packed, packed_bytes + bytes + 4);
	assert_non_null(packed);
	memcpy(packed + packed_bytes, data, bytes);
	packed_bytes += bytes;
	memcpy(packed + packed_bytes, zeros, -packed_bytes & 3);
	packed_bytes += -packed_bytes & 3;
}

void world_file(const char *name, const void *data, u64 bytes)
{
	char header[512];
	int len = snprintf(header, sizeof(header),
			   "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08zX%08X%s", 0,
			   0100644, 0, 0, 1, 0, (unsigned)bytes, 0, 0, 0, 0, strlen(name) + 1, 0,
			   name);

	pack(header, (u64)len + 1);
	if (bytes)
		pack(data, bytes);
}

u64 world_image(const char *name, u64 file_bytes, u64 image_bytes, u64 text_offset, u64 flags)
{
	u64 words[3] = { text_offset, image_bytes, flags };
	u8 *data = malloc(file_bytes);

	assert_true(data && file_bytes >= 64);
	for (u64 at = 0; at < file_bytes; at += 8) {
		u64 word = host_random();

		memcpy(data + at, &word, MIN(8, file_bytes - at));
	}
	memcpy(data, "\x10\0\0\x14\0\0\0\0", 8);
	memcpy(data + 8, words, sizeof(words));
	memcpy(data + 56, "ARM\x64", 4);
	world_file(name, data, file_bytes);
	free(data);
	return packed_bytes - ALIGN_UP(file_bytes, 4);
}

void world_initrd(u64 at)
{
	world_file("TRAILER!!!", "", 0);
	world.initrd_at = at;
	world.initrd_bytes = packed_bytes;
	take(at, packed_bytes, MEMBLOCK_INITRD);
	world_ready();
	memcpy(world_at(at), packed, packed_bytes);
}

const void *boot_memory_initrd(u64 *bytes)
{
	*bytes = world.initrd_bytes;
	return world.initrd_bytes ? world_at(world.initrd_at) : NULL;
}

paddr_t boot_memory_initrd_place(u64 *bytes)
{
	*bytes = world.initrd_bytes;
	return paddr(world.initrd_bytes ? world.initrd_at : 0);
}

bool memblock_crashkernel(struct region *region)
{
	*region = world.crash;
	return world.crash.bytes;
}

/* ---- what is played ---- */

const char *boot_cmdline(void)
{
	return world.cmdline;
}

static bool may_allocate(void)
{
	if (world.kmalloc_fail && !--world.kmalloc_fail)
		return false;
	world.kmallocs++;
	return true;
}

void *kmalloc(u64 bytes, unsigned flags)
{
	assert_int_equal(flags, 0);
	return may_allocate() ? malloc(bytes) : NULL;
}

void kfree(const void *p)
{
	world.kmallocs -= p != NULL;
	free((void *)(uintptr_t)p);
}

struct log log_state; /* only its address is told */

u64 arch_counter_ns(void)
{
	static u64 now;

	return ++now;
}

bool arch_random(u64 *number)
{
	*number = world.has_random ? host_random() : 0;
	return world.has_random;
}

bool cpu_is_on(u64 mpidr)
{
	assert_int_equal(mpidr, 0x101); /* neither this one nor one that is disabled */
	return world.other_on;
}

const struct cpu_pen *cpu_pen(paddr_t *base)
{
	*base = paddr(0);
	return NULL;
}

void cpus_gather(void)
{
}

void pages_set_hot(bool hot_blocks)
{
	(void)hot_blocks;
}

static void event(const char *what)
{
	strncat(world.events, what, sizeof(world.events) - strlen(world.events) - 1);
}

void console_flush(void)
{
	event("flush ");
}

void verdict_end(enum verdict verdict)
{
	event(verdict == VERDICT_FAIL ? "fail " : "verdict ");
	longjmp(left, WORLD_ENDED);
}

/* ---- leaving ---- */

/* The smallest granule that there is, whatever the kernel's. */
u64 arch_kexec_page_bytes(void)
{
	return PAGE_SIZE_MIN;
}

u64 arch_kexec_image_bytes(void)
{
	return 0x60000;
}

u64 arch_kexec_constants(const struct arch_kexec *kexec, paddr_t *base)
{
	*base = kexec->image;
	return kexec->image.val ? 0x20000 : 0;
}

int arch_kexec_prepare(struct arch_kexec *kexec, paddr_t image, pgtable_alloc_fn *alloc)
{
	table_count = 0;
	*kexec = (struct arch_kexec){ .image = image };
	if (image.val) {
		assert_true(image.val % ARCH_KEXEC_IMAGE_ALIGN == 0);
		tables[table_count++] = (struct contig_range){ image, arch_kexec_image_bytes() };
		memset(world_at(image.val), 0x77, arch_kexec_image_bytes());
	}
	for (unsigned i = 0; i < world.tables; i++) {
		u64 bytes = i % 2 ? 64 : world.table_bytes;
		paddr_t table;

		if (alloc(&kexec->trampoline, bytes, &table))
			return -ENOMEM;
		assert_int_equal(table.val % bytes, 0);
		memset(world_at(table.val), 0x77, bytes);
		if (table_count < WORLD_RANGES_MOST)
			tables[table_count++] = (struct contig_range){ table, bytes };
	}
	return 0;
}

static void check_tables(void)
{
	for (unsigned i = 0; i < table_count; i++)
		for (u64 j = 0; j < tables[i].bytes; j++)
			assert_int_equal(world_at(tables[i].base.val)[j], 0x77);
}

void arch_kexec_quiet(bool counting)
{
	world.counting = counting;
	event("quiet ");
}

void arch_kexec_move(const struct arch_kexec *kexec)
{
	assert_true(kexec->image.val);
	event("move ");
}

void arch_kexec_copy(paddr_t to, paddr_t from, u64 bytes)
{
	event("copy ");
	assert_true(to.val + bytes <= from.val || from.val + bytes <= to.val);
	assert_true((to.val | from.val) % ARCH_KEXEC_COPY_ALIGN == 0);
	fake_contig_open(to.val, bytes);
	memcpy(world_at(to.val), world_at(from.val), bytes);
	world_at(to.val)[bytes - 1] ^= world.spoil;
}

void arch_kexec_clean(paddr_t base, u64 bytes)
{
	event("clean ");
	assert_true(world.cleaned_count < WORLD_RANGES_MOST);
	world.cleaned[world.cleaned_count++] = (struct contig_range){ base, bytes };
}

void arch_kexec_leave(const struct arch_kexec *kexec, paddr_t entry, paddr_t devicetree)
{
	(void)kexec;
	event("leave ");
	check_tables();
	world.entry = entry.val;
	world.devicetree = devicetree.val;
	longjmp(left, WORLD_LEFT);
}

static void begin_to_leave(void)
{
	world.events[0] = '\0';
	world.cleaned_count = 0;
	world.entry = world.devicetree = 0;
	world.counted_all = false;
}

int world_exec(unsigned how_to)
{
	int how = setjmp(left);

	if (how)
		return how;
	begin_to_leave();
	return kexec_exec(how_to);
}

int world_crash(void)
{
	struct regs regs = { .pc = 0xffff808000012344 };
	int how = setjmp(left);

	if (how)
		return how;
	begin_to_leave();
	kexec_crash(&regs);
	return 0;
}

/* ---- for tests ---- */

u8 *world_at(u64 pa)
{
	return vaddr_ptr(paddr_to_linear(paddr(pa)));
}

void world_hush(void)
{
	world.said[0] = world.events[0] = '\0';
	world.cleaned_count = 0;
}
