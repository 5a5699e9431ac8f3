// SPDX-License-Identifier: BSD-2-Clause
/*
 * Loading another kernel, as far as this one survives it: what is wrong is refused, by an error and
 * a line, and whatever happens the memory is as it was. The files are those of kexec-self.cpio
 * (scripts/images.py); starting what is loaded is for rows of tests/matrix.cfg.
 */
#include <arch/boot.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/spinlock.h>
#include <kernel/errno.h>
#include <kernel/fault_inject.h>
#include <kernel/initrd.h>
#include <kernel/kexec.h>
#include <kernel/mm_check.h>
#include <kernel/sched.h>
#include <kernel/selftest.h>
#include <kernel/thread.h>
#include <mm/boot_memory.h>
#include <mm/kmalloc.h>
#include <mm/memblock.h>
#include <mm/memblock_crashkernel.h>
#include <mm/pages.h>

#include "lent.h"
#include "second_cpu.h"

/* The archive, or at least something that a probe is in. */
static bool have_files(void)
{
	struct initramfs_file file;
	u64 bytes;

	return boot_memory_initrd(&bytes) && !initrd_find("test", "probe", &file);
}

static u64 free_now(void)
{
	pages_drain();
	return pages_free_bytes();
}

/* Each of these has one thing wrong. */
static const struct {
	struct kexec_request request;
	int err;
} refused[] = {
	{ { .image = "nowhere", .args = "" }, -ENOENT },
	{ { .image = "folder", .args = "" }, -EINVAL },
	{ { .image = "link", .args = "" }, -EINVAL },
	{ { .image = "empty", .args = "" }, -EINVAL },
	{ { .image = "cut", .args = "" }, -EINVAL },
	{ { .image = "cut-later", .args = "" }, -EINVAL },
	{ { .image = "elf", .args = "" }, -EINVAL },
	{ { .image = "Image.gz", .args = "" }, -EINVAL },
	{ { .image = "text", .args = "" }, -EINVAL },
	{ { .image = "big-endian", .args = "" }, -EINVAL },
	{ { .image = "old", .args = "" }, -EINVAL },
	{ { .image = "overlong", .args = "" }, -EINVAL },
	{ { .image = "huge", .args = "" }, -ENOMEM },
	{ { .image = "probe", .initrd = "nowhere", .args = "" }, -ENOENT },
	{ { .image = "probe", .initrd = "empty", .args = "" }, -EINVAL },
	{ { .image = "probe", .dtb = "nowhere", .args = "" }, -ENOENT },
	{ { .image = "probe", .dtb = "large.dtb", .args = "" }, -EINVAL },
	{ { .image = "probe", .dtb = "broken.dtb", .args = "" }, -EINVAL },
	{ { .image = "probe", .dtb = "cut.dtb", .args = "" }, -EINVAL },
	{ { .image = "probe", .dtb = "no-memory.dtb", .args = "" }, -EINVAL },
	{ { .image = "probe", .dtb = "probe", .args = "" }, -EINVAL },
	{ { .image = "probe", .args_file = "nowhere" }, -ENOENT },
	{ { .image = "probe", .args_file = "nul-args" }, -EINVAL },
	{ { .image = "probe", .args = "", .forced = true, .dest = { 64 * KiB } }, -EINVAL },
	{ { .image = "probe", .args = "", .forced = true, .dest = { 0 } }, -EINVAL },
	{ { .image = "probe", .args = "", .forced = true, .dest = { ~0ULL << 21 } }, -EINVAL },
};

SELFTEST(kexec_refuses)
{
	u64 free;

	if (!have_files())
		SKIP_TEST("the initrd has none of the files");
	free = free_now();
	for (unsigned i = 0; i < ARRAY_SIZE(refused); i++) {
		EXPECT_EQUAL(kexec_load(&refused[i].request), (u64)refused[i].err);
		EXPECT_EQUAL(free_now(), free);
	}
	EXPECT_EQUAL(mm_check(), 0);
	EXPECT_EQUAL(kexec_exec(0), (u64)-ENOENT);
}

SELFTEST(kexec_needs_a_reservation_for_a_crash)
{
	const struct kexec_request request = { .image = "probe", .args = "", .crash = true };
	struct region region;

	if (!have_files())
		SKIP_TEST("the initrd has none of the files");
	if (memblock_crashkernel(&region))
		SKIP_TEST("there is a reservation");
	EXPECT_EQUAL(kexec_load(&request), (u64)-ENOENT);
}

/* What was loaded stays loaded when something else is refused, and can be given back. */
SELFTEST(kexec_loads_and_unloads)
{
	struct kexec_request request = { .image = "probe", .args = "a=b", .reuse_initrd = true };
	u64 free, loaded;
	vaddr_t where;

	if (!have_files())
		SKIP_TEST("the initrd has none of the files");
	free = free_now();
	EXPECT_EQUAL(kexec_load(&request), 0);
	loaded = free_now();
	EXPECT(loaded < free);
	EXPECT_EQUAL(kexec_load(&refused[1].request), (u64)refused[1].err);
	EXPECT_EQUAL(free_now(), loaded);
	/* Another one takes its place; to where this kernel is, so that it is to be copied. */
	request.forced = true;
	request.dest = paddr(boot_info.image_pa);
	EXPECT_EQUAL(kexec_load(&request), 0);
	EXPECT_EQUAL(mm_check(), 0);
	EXPECT(kexec_loaded(false)->copies);
	if (kexec_loaded(false)->loaded) {
		EXPECT(!pgtable_check(&kexec_loaded(false)->arch.map, &where));
		EXPECT(!pgtable_check(&kexec_loaded(false)->arch.trampoline, &where));
	}
	kexec_unload(false);
	EXPECT_EQUAL(free_now(), free);
	kexec_unload(false);
	EXPECT_EQUAL(free_now(), free);
	EXPECT_EQUAL(mm_check(), 0);
}

/* Is anything that can be executed writable while these two maps are live? */
static void expect_no_writable_code(struct selftest_run *run, const struct pgtable *upper,
				    const struct pgtable *lower)
{
	const struct pgtable live[2] = { *upper, *lower };
	vaddr_t where = vaddr(0);

	EXPECT(!pgtable_check_aliases(live, 2, &where));
	EXPECT_EQUAL(where.val, 0);
}

/* On the way to another kernel, step by step: with nothing to copy, and from a copy. */
SELFTEST(kexec_executes_nothing_writable)
{
	struct kexec_request request = { .image = "probe", .args = "" };
	const struct arch_kexec *arch = &kexec_loaded(false)->arch;

	if (!have_files())
		SKIP_TEST("the initrd has none of the files");
	EXPECT_EQUAL(kexec_load(&request), 0);
	expect_no_writable_code(run, mmu_kernel_pgtable(), &arch->trampoline);
	request.forced = true;
	request.dest = paddr(boot_info.image_pa);
	EXPECT_EQUAL(kexec_load(&request), 0);
	EXPECT(kexec_loaded(false)->copies);
	expect_no_writable_code(run, mmu_kernel_pgtable(), &arch->trampoline);
	expect_no_writable_code(run, &arch->map, &arch->trampoline);
	arch_kexec_turn(arch);
	expect_no_writable_code(run, &arch->map, &arch->trampoline);
	kexec_unload(false);
}

/* The Nth time that memory is asked for there is none, for each N. */
SELFTEST(kexec_fails_at_each_step)
{
	const struct kexec_request request = {
		.image = "probe", .args = "", .forced = true, .dest = paddr(boot_info.image_pa)
	};
	struct fault_counts counts = { .failed = 1 };
	u64 free, steps = 0, failures = 0;

	if (!have_files())
		SKIP_TEST("the initrd has none of the files");
	free = free_now();
	/* Until a load asks less often than that. */
	while (counts.failed && steps < 1000) {
		struct fault_rule rule = { .mode = FAULT_NTH, .n = ++steps };
		int err;

		fault_inject_set(FAULT_MIGRATE, &rule);
		err = kexec_load(&request);
		fault_inject_off();
		fault_inject_counts(FAULT_MIGRATE, &counts);
		if (!err)
			kexec_unload(false);
		failures += err != 0;
		EXPECT(!err || err == -ENOMEM);
		EXPECT_EQUAL(free_now(), free);
	}
	/* Some steps have another way, such as a kernel in two pieces; not all. */
	EXPECT(!counts.failed && failures > 1);
	EXPECT_EQUAL(mm_check(), 0);
}

/* Where nothing is free in one piece, what is in the way moves; it is found where it is used. */
SELFTEST(kexec_loads_where_memory_is_lent)
{
	const struct kexec_request request = { .image = "Image", .args = "" };
	u64 free;

	if (!have_files())
		SKIP_TEST("the initrd has none of the files");
	free = stress_free_bytes();
	if (free > 256 * MiB)
		SKIP_TEST("too much memory to lend it all in a test's time");
	while (lent_add(LENT_AREA_BYTES))
		;
	/* Every fourth area is given back, from the end: the last one takes its number. */
	for (unsigned i = lent_count(); i >= 4; i -= 4)
		EXPECT(lent_remove(i - 4));
	EXPECT_EQUAL(kexec_load(&request), 0);
	EXPECT(!kexec_loaded(false)->copies);
	EXPECT(lent_is_whole());
	EXPECT_EQUAL(mm_check(), 0);
	kexec_unload(false);
	lent_expect_end(run, free);
}

/*
 * Memory in pieces of 1 MiB, every other one of which is free. False: there is more of it than
 * that, or less than the most pieces of a kernel need, beside a destination of as many.
 */
static bool scatter(struct contig_range *held, unsigned most, unsigned *count)
{
	const struct contig_request request = { .bytes = MiB, .align = MiB };
	struct contig_result result;
	unsigned kept = 0;
	bool enough;

	for (*count = 0; *count < most; ++*count) {
		held[*count].bytes = MiB;
		if (contig_alloc(&request, &result, &held[*count].base))
			break;
	}
	for (unsigned i = 0; i < *count; i++) {
		if (held[i].base.val & MiB)
			contig_free(held[i].base, held[i].bytes);
		else
			held[kept++] = held[i];
	}
	enough = *count < most && 2 * (*count - kept) > 3 * KEXEC_EXTENTS_MOST;
	*count = kept;
	return enough;
}

/* RAM for a kernel of that size, from the image on: firmware may have left holes after it. */
static bool find_room(u64 bytes, paddr_t *at)
{
	const paddr_t end = memblock_end();

	*at = paddr(boot_info.image_pa);
	while (at->val < end.val && !memblock_covers(*at, bytes))
		*at = paddr_add(*at, IMAGE_ALIGN);
	return at->val < end.val;
}

/* A kernel in as many pieces as there can be leaves extents for all that is loaded with it. */
SELFTEST(kexec_has_extents_for_all)
{
	static struct contig_range held[192];
	struct kexec_image *image = kmalloc(sizeof(*image), 0);
	unsigned count, placed = 0;
	bool scattered;
	paddr_t dest;
	u64 free;

	if (!image)
		SKIP_TEST("no memory");
	free = free_now();
	scattered = scatter(held, ARRAY_SIZE(held), &count);
	scattered = find_room(KEXEC_EXTENTS_MOST * MiB, &dest) && scattered;

	for (unsigned pieces = 1; scattered && pieces <= KEXEC_EXTENTS_MOST; pieces++) {
		int err = kexec_place_begin(image, false);

		if (!err)
			err = kexec_place_kernel(image, pieces * MiB, 0, KEXEC_FORCED, dest);
		if (!err)
			EXPECT_EQUAL(image->extents, pieces);
		for (unsigned role = KEXEC_KERNEL + 1; !err && role < KEXEC_EXIT; role++)
			err = kexec_place_segment(image, role, 1, 0);
		EXPECT(image->extents <= KEXEC_EXTENTS_MOST);
		placed += !err;
		kexec_place_undo(image);
	}
	while (count)
		contig_free(held[--count].base, MiB);
	EXPECT_EQUAL(free_now(), free);
	EXPECT_EQUAL(mm_check(), 0);
	kfree(image);
	if (!scattered)
		SKIP_TEST("too little memory, or too much to take it all");
	EXPECT_EQUAL(placed, KEXEC_EXTENTS_MOST - (KEXEC_EXIT - 1));
}

static u32 other_may_end;

static void wait_for_end(void)
{
	while (!__atomic_load_n(&other_may_end, __ATOMIC_ACQUIRE))
		spin_pause();
}

/* With another CPU on, nothing is started. */
SELFTEST(kexec_refuses_while_another_cpu_is_on)
{
	const struct kexec_request request = { .image = "probe", .args = "" };
	const char *why;

	if (!have_files())
		SKIP_TEST("the initrd has none of the files");
	other_may_end = 0;
	why = second_cpu_start(wait_for_end);
	if (why)
		SKIP_TEST(why);
	EXPECT_EQUAL(kexec_load(&request), 0);
	/* It would fault while tables change: what is loaded is hashed again instead. */
	EXPECT(!kexec_loaded(false)->sealed);
	EXPECT_EQUAL(kexec_exec(0), (u64)-EBUSY);
	__atomic_store_n(&other_may_end, 1, __ATOMIC_RELEASE);
	second_cpu_end();
	kexec_unload(false);
	/* The thread that was to take it off had to wait, and gives up now. */
	while (thread_reap())
		sched_yield();
}

/* A byte changes after it was loaded: it isn't started. */
SELFTEST(kexec_refuses_what_changed)
{
	const struct kexec_request request = { .image = "probe", .args = "" };
	const struct fault_rule rule = { .mode = FAULT_NTH, .n = 1 };

	if (!have_files())
		SKIP_TEST("the initrd has none of the files");
	EXPECT_EQUAL(kexec_load(&request), 0);
	fault_inject_set(FAULT_KEXEC, &rule);
	EXPECT_EQUAL(kexec_exec(KEXEC_VERIFY), (u64)-EIO);
	fault_inject_off();
	/* It is writable since, and so nobody trusts it. */
	EXPECT_EQUAL(kexec_exec(0), (u64)-EIO);
	kexec_unload(false);
}
