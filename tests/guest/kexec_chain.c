// SPDX-License-Identifier: BSD-2-Clause
/*
 * A chain of kernels: each loads the Image of its own kind from the initrd, with the next page
 * size, and starts it. All nine ordered pairs of page sizes come in nine steps:
 *
 *   4K 4K 16K 16K 64K 64K 4K 64K 16K 4K ...
 *
 * What a kernel knows of those before it is on its command line, as arguments of the command that
 * goes on: how many steps were made, and how much memory was free at the first visit of each page
 * size. Every visit has to find as much. The numbers are of one width, so that every devicetree but
 * the first kernel's is of one length; that one has another command line, and perhaps a page less.
 * So a devicetree's own pages count as free.
 *
 * Each kernel starts the next one further up, as far as there is memory that nobody has reserved,
 * and the last one before the end lets it go anywhere. (Under TCG, writing to where code has run is
 * ten times as slow as elsewhere.)
 */
#include <arch/boot.h>
#include <arch/granule.h>
#include <arch/page.h>
#include <kernel/errno.h>
#include <kernel/kexec.h>
#include <kernel/mm_check.h>
#include <kernel/monitor.h>
#include <lib/devicetree.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>
#include <mm/addr.h>
#include <mm/memblock.h>
#include <mm/pages.h>

static const char *const page_sizes[] = { "4k", "16k", "64k" };

/* More than a kernel takes. */
#define STEP_BYTES_UP (4 * MiB)

/* The step that follows is to page_sizes[steps[made % 9]]. */
static const u8 steps[] = { 0, 1, 1, 2, 2, 0, 2, 1, 0 };

struct chain {
	u64 count; /* of steps, in all */
	u64 made;
	u64 free_bytes[ARRAY_SIZE(page_sizes)]; /* 0: not visited yet */
};

static bool read_number(const char *text, u64 *number)
{
	return !parse_size(text, strlen(text), NULL, number);
}

static bool read_chain(int argc, char **argv, struct chain *chain)
{
	if ((argc != 2 && argc != 6) || !read_number(argv[1], &chain->count))
		return false;
	if (argc == 2)
		return true;
	for (unsigned i = 0; i < ARRAY_SIZE(page_sizes); i++)
		if (!read_number(argv[3 + i], &chain->free_bytes[i]))
			return false;
	return read_number(argv[2], &chain->made);
}

/* The tree is in pages of its own unless boot found room for it elsewhere. */
static u64 free_bytes(void)
{
	u64 free = pages_free_bytes();

	if (boot_devicetree.fdt == vaddr_ptr(paddr_to_linear(paddr(boot_info.fdt_pa))))
		free += page_align_up(devicetree_used_bytes(&boot_devicetree));
	return free;
}

/* Is as much memory free as at the first visit? */
static bool look(struct chain *chain)
{
	const char *here = granule_by_shift(boot_info.page_shift)->name;
	u64 free = free_bytes();
	unsigned i = 0;

	while (strcmp(page_sizes[i], here))
		i++;
	printk("kexec_chain: step %llu of %llu, %s: %llu bytes free\n", chain->made, chain->count,
	       here, free);
	if (!chain->free_bytes[i])
		chain->free_bytes[i] = free;
	if (chain->free_bytes[i] != free)
		printk("kexec_chain: at the first visit it was %llu\n", chain->free_bytes[i]);
	return chain->free_bytes[i] == free && !mm_check();
}

/* Where the next one goes: STEP_BYTES_UP further up, or some more; else anywhere. */
static void choose_place(struct kexec_request *request)
{
	struct region region;
	u64 at = boot_info.image_pa;

	do
		at += STEP_BYTES_UP;
	while (memblock_first_reserved(paddr(at), STEP_BYTES_UP, &region));
	request->forced = memblock_covers(paddr(at), STEP_BYTES_UP);
	request->dest = paddr(at);
}

COMMAND(kexec_chain, "COUNT", "a test: from kernel to kernel, COUNT times, at each page size")
{
	struct chain chain = { 0 };
	char args[160];
	struct kexec_request request = { .image = "Image", .args = args, .reuse_initrd = true };
	int err;

	if (!read_chain(argc, argv, &chain)) {
		printk("kexec_chain: write kexec_chain COUNT\n");
		return -EINVAL;
	}
	if (!look(&chain))
		return -EFAULT;
	if (chain.made == chain.count)
		return 0;
	snprintf(args, sizeof(args),
		 "pagesize=%s run=\"kexec_chain %06llu %06llu %#014llx %#014llx %#014llx\"",
		 page_sizes[steps[chain.made % ARRAY_SIZE(steps)]], chain.count, chain.made + 1,
		 chain.free_bytes[0], chain.free_bytes[1], chain.free_bytes[2]);
	choose_place(&request);
	err = kexec_load(&request);
	return err ? err : kexec_exec(0);
}
