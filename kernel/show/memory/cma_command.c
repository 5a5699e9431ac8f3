// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's `cma`: what regions there are, and claiming and lending by hand. */
#include <kernel/cma_report.h>
#include <kernel/completion.h>
#include <kernel/errno.h>
#include <kernel/hand.h>
#include <kernel/monitor.h>
#include <lib/format.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/cma.h>

/* ---- what words mean ---- */

/* Word `i` as a size; where there is no such word, *value is as it was. */
static bool read_size(int argc, char **argv, int i, const char *what, u64 *value)
{
	if (i >= argc)
		return true;
	if (!parse_size(argv[i], strlen(argv[i]), NULL, value))
		return true;
	printk("cma: %s is no %s: write bytes, or a number with K, M, G\n", argv[i], what);
	return false;
}

/* The region that word `i` names, the default one if there is no such word. */
static struct cma_region *read_region(int argc, char **argv, int i)
{
	const char *name = i < argc ? argv[i] : NULL;
	struct cma_region *region = cma_find(name);

	if (region)
		return region;
	if (name)
		printk("cma: no region %s; `cma` lists them\n", name);
	else
		printk("cma: no default region; cma=SIZE on the command line makes one\n");
	return NULL;
}

static int list(int argc, char **argv)
{
	(void)argc, (void)argv;
	if (!cma_region(0))
		printk("cma: there is no region\n");
	cma_report(printk);
	return 0;
}

/* ---- claiming ---- */

static int claim(int argc, char **argv)
{
	u64 bytes = 0, align = 0;
	struct cma_region *region;
	paddr_t pa;
	int err;

	if (!read_size(argc, argv, 2, "size", &bytes) ||
	    !read_size(argc, argv, 3, "alignment", &align))
		return -EINVAL;
	region = read_region(argc, argv, 4);
	if (!region)
		return -ENOENT;
	err = cma_alloc(region, bytes, align, &pa);
	if (err == -EINVAL)
		printk("cma: %s: its %llu bytes at %#llx hold no %llu at a multiple of %llu; an "
		       "alignment is a power of two\n",
		       region->name, region->bytes, region->base.val, bytes, align);
	if (!err)
		printk("cma: %s: %llu bytes at %#llx\n", region->name, bytes, pa.val);
	return err;
}

static int release(int argc, char **argv)
{
	u64 address = 0, bytes = 0;
	struct cma_region *region;

	if (!read_size(argc, argv, 2, "address", &address) ||
	    !read_size(argc, argv, 3, "size", &bytes))
		return -EINVAL;
	region = read_region(argc, argv, 4);
	return region ? cma_free(region, paddr(address), bytes) : -ENOENT;
}

/* ---- lending ---- */

static int fill(int argc, char **argv)
{
	char lent[FORMAT_BYTES_SIZE], other[FORMAT_BYTES_SIZE];
	struct cma_region *region;
	struct cma_usage usage;
	u64 bytes, most, here, elsewhere;
	u32 handle;
	int err;

	region = read_region(argc, argv, 2);
	if (!region)
		return -ENOENT;
	cma_read_usage(region, &usage);
	most = MIN(usage.free, HAND_MOVABLE_BYTES_MAX);
	bytes = most;
	if (!read_size(argc, argv, 3, "size", &bytes))
		return -EINVAL;
	if (argc > 3 && (!bytes || bytes > most)) {
		printk("cma: %s has %llu bytes free: write 1 to %llu\n", region->name, usage.free,
		       most);
		return -EINVAL;
	}
	err = hand_fill(&hand_book, region, bytes, &handle, &here, &elsewhere);
	if (err)
		printk("cma: %s: %s\n", region->name,
		       err == -ENOSPC ? "nothing of it is free"
				      : "no memory for what lending takes besides; all is given "
					"back");
	else
		printk("cma: %s: lent %s, and %s outside of it, as handle %u; `cma drain` or "
		       "`free %u` ends it\n",
		       region->name, format_bytes(lent, sizeof(lent), here),
		       format_bytes(other, sizeof(other), elsewhere), handle, handle);
	return err;
}

static bool is_lent(const struct hand_piece *piece, u64 unused)
{
	(void)unused;
	return piece->kind == HAND_LENT;
}

static int drain(int argc, char **argv)
{
	char size[FORMAT_BYTES_SIZE];
	struct hand_sum sum;

	(void)argc, (void)argv;
	hand_drop(&hand_book, is_lent, 0, &sum);
	printk("cma: %s given back that `cma fill` lent, %llu pieces of it harmed\n",
	       format_bytes(size, sizeof(size), sum.bytes), sum.harmed);
	return sum.harmed ? -EIO : 0;
}

static int map(int argc, char **argv)
{
	struct cma_region *region = read_region(argc, argv, 2);

	if (!region)
		return -ENOENT;
	cma_map(region, printk);
	return 0;
}

/* ---- the command ---- */

static const struct word {
	char name[8];
	int least; /* words in all, and at most */
	int most;
	int (*run)(int argc, char **argv);
} words[] = {
	{ "list", 2, 2, list }, { "claim", 3, 5, claim }, { "release", 4, 5, release },
	{ "fill", 2, 4, fill }, { "drain", 2, 2, drain }, { "map", 2, 3, map },
};

COMPLETER(REGION)
{
	const struct cma_region *region;

	for (unsigned i = 0; (region = cma_region(i)); i++)
		completion_offer(c, region->name);
}

COMMAND(cma,
	"[list | claim SIZE [ALIGN [REGION]] | release ADDRESS SIZE [REGION] | fill [REGION "
	"[SIZE]] | "
	"drain | map [REGION]]",
	"CMA regions: who has what; claim and lend by hand")
{
	if (argc == 1)
		return list(argc, argv);
	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(argv[1], words[i].name) && argc >= words[i].least &&
		    argc <= words[i].most)
			return words[i].run(argc, argv);
	printk("cma: write cma list, cma claim SIZE [ALIGN [REGION]], cma release ADDRESS SIZE "
	       "[REGION], cma fill [REGION [SIZE]], cma drain, or cma map [REGION]\n");
	return -EINVAL;
}
