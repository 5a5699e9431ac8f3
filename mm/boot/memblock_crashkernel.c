// SPDX-License-Identifier: BSD-2-Clause
/* Reserves memory for a crash kernel. The contract is in the header. */
#include <lib/format.h>
#include <lib/printk.h>
#include <mm/memblock.h>
#include <mm/memblock_crashkernel.h>

#define NOTHING "crashkernel: nothing is reserved: "

/* How much is asked for on this machine; 0, after a line that says so: nothing. */
static u64 __init wanted_bytes(const struct crash_option *option)
{
	u64 ram_bytes = memblock_memory_bytes();
	u64 bytes = crash_option_bytes(option, ram_bytes);
	char ram[FORMAT_BYTES_SIZE];

	if (!bytes)
		printk(NOTHING "the option asks for no bytes with %s of RAM\n",
		       format_bytes(ram, sizeof(ram), ALIGN_UP(ram_bytes, CRASH_OPTION_RAM_UNIT)));
	return bytes;
}

/* Says who has the first part of a place that isn't free. */
static void __init say_taken(paddr_t base, u64 bytes, const struct region *hit)
{
	u64 from = MAX(hit->base.val, base.val);
	u64 end = MIN(region_end(hit).val, base.val + bytes);

	printk(NOTHING "%#llx to %#llx of the %#llx bytes at %#llx is taken: %s\n", from, end,
	       bytes, base.val, memblock_owner_name(hit->owner));
}

int __init memblock_crashkernel_fixed(const struct crash_option *option)
{
	paddr_t base = option->base;
	struct region hit;
	u64 bytes;

	if (option->kind != CRASH_OPTION_FIXED)
		return 0;
	bytes = wanted_bytes(option);
	if (!bytes)
		return 0;
	if (!IS_ALIGNED(base.val, CRASH_OPTION_UNIT)) {
		printk(NOTHING "%#llx isn't a multiple of %#llx\n", base.val, CRASH_OPTION_UNIT);
	} else if (bytes > REGION_ADDRESS_END.val - base.val || !memblock_covers(base, bytes)) {
		printk(NOTHING "not all of the %#llx bytes at %#llx are memory\n", bytes, base.val);
	} else if (memblock_first_reserved(base, bytes, &hit)) {
		say_taken(base, bytes, &hit);
	} else {
		return memblock_reserve(base, bytes, MEMBLOCK_CRASHKERNEL);
	}
	return 0;
}

static u64 __init largest_free_bytes(void)
{
	paddr_t from = paddr(0);
	struct region free;
	u64 most = 0;

	while (memblock_next_free_aligned(&from, CRASH_OPTION_UNIT, &free))
		most = MAX(most, free.bytes);
	return most;
}

int __init memblock_crashkernel_anywhere(const struct crash_option *option)
{
	struct memblock_request request = { .align = CRASH_OPTION_UNIT };
	paddr_t base;

	if (option->kind != CRASH_OPTION_ANYWHERE)
		return 0;
	request.bytes = wanted_bytes(option);
	if (!request.bytes)
		return 0;
	if (memblock_find_range(&request, &base)) {
		printk(NOTHING "there are no %#llx bytes of free memory aligned to %#llx; the "
			       "largest free run has %#llx\n",
		       request.bytes, request.align, largest_free_bytes());
		return 0;
	}
	return memblock_reserve(base, request.bytes, MEMBLOCK_CRASHKERNEL);
}
