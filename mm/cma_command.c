// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's `cma`: what regions there are, and claims by hand. */
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <kernel/printk.h>
#include <lib/parse.h>
#include <lib/string.h>
#include <mm/cma.h>

static int usage(void)
{
	printk("cma: write cma, cma claim SIZE [ALIGN [REGION]], or cma release ADDRESS SIZE "
	       "[REGION]; SIZE and ALIGN in bytes, or with K, M, G\n");
	return -EINVAL;
}

static struct cma_region *find_region(const char *name)
{
	struct cma_region *region = cma_find(name);

	if (region)
		return region;
	if (name)
		printk("cma: no region %s; `cma` lists them\n", name);
	else
		printk("cma: no default region; cma=SIZE on the command line makes one\n");
	return NULL;
}

static int claim(u64 bytes, u64 align, struct cma_region *region)
{
	paddr_t pa;
	int err;

	if (!region)
		return -ENOENT;
	err = cma_alloc(region, bytes, align, &pa);
	if (err == -EINVAL)
		printk("cma: %s has %llu bytes, and an alignment is a power of two\n", region->name,
		       region->bytes);
	if (!err)
		printk("cma: %s: %llu bytes at %#llx\n", region->name, bytes, pa.val);
	return err;
}

static bool number(const char *text, u64 *value)
{
	return !parse_size(text, strlen(text), NULL, value);
}

COMMAND(cma, "[claim|release ...]", "CMA regions: who has what of them, claims and their cost")
{
	u64 first, second = 0;

	if (argc == 1) {
		if (!cma_region(0))
			printk("cma: there is no region\n");
		cma_report(printk);
		return 0;
	}
	if (argc < 3 || !number(argv[2], &first) || (argc > 3 && !number(argv[3], &second)))
		return usage();
	if (!strcmp(argv[1], "claim") && argc <= 5)
		return claim(first, second, find_region(argc > 4 ? argv[4] : NULL));
	if (!strcmp(argv[1], "release") && (argc == 4 || argc == 5)) {
		struct cma_region *region = find_region(argc > 4 ? argv[4] : NULL);

		return region ? cma_free(region, paddr(first), second) : -ENOENT;
	}
	return usage();
}
