// SPDX-License-Identifier: BSD-2-Clause
/* A contiguous allocator that keeps books: <fake_contig.h> says what it is for. */
#include <string.h>
#include <sys/mman.h>

#include "fake_contig.h"

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/errno.h>
#include <mm/addr.h>
#include <mm/contig_alloc.h>
#include <mm/memblock.h>

#define ALLOCATIONS_MOST 4096
#define FILL_BYTES_MOST  (8 * MiB)

unsigned long long host_linear_base, host_frame_table_base;
struct fake_contig fake_contig;

struct allocation {
	u64 base, end;
	bool others;
};

static struct allocation allocations[ALLOCATIONS_MOST];
static unsigned count;
static u64 span_start, span_bytes;
static u8 *linear;

/* ---- memory ---- */

void fake_contig_begin(u64 start, u64 bytes)
{
	if (linear)
		munmap(linear, span_bytes);
	span_start = start;
	span_bytes = bytes;
	linear = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(linear != MAP_FAILED);
	host_linear_base = (uintptr_t)linear - start;
	fake_contig = (struct fake_contig){ 0 };
	count = 0;
	memblock_init();
}

static void protect(u64 base, u64 end, int how)
{
	base = page_align_down(base);
	end = page_align_up(end);
	assert_true(base >= span_start && end - span_start <= span_bytes && base < end);
	assert_int_equal(mprotect(linear + (base - span_start), end - base, how), 0);
}

void fake_contig_open(u64 base, u64 bytes)
{
	protect(base, base + bytes, PROT_READ | PROT_WRITE);
}

void fake_contig_ready(void)
{
	paddr_t from = paddr(0);
	struct region region;

	while (memblock_next_reserved(&from, &region))
		fake_contig_open(region.base.val, region.bytes);
}

/* ---- books ---- */

static const struct allocation *find_overlap(u64 base, u64 end)
{
	for (unsigned i = 0; i < count; i++)
		if (allocations[i].base < end && base < allocations[i].end)
			return &allocations[i];
	return NULL;
}

static void add(u64 base, u64 end, bool others)
{
	assert_true(count < ALLOCATIONS_MOST && !find_overlap(base, end));
	allocations[count++] = (struct allocation){ base, end, others };
	protect(base, end, PROT_READ | PROT_WRITE);
	if (end - base <= FILL_BYTES_MOST)
		memset(vaddr_ptr(paddr_to_linear(paddr(base))), CONTIG_JUNK, end - base);
}

void fake_contig_block(u64 base, u64 bytes)
{
	assert_true(count < ALLOCATIONS_MOST);
	allocations[count++] =
		(struct allocation){ page_align_down(base), page_align_up(base + bytes), true };
}

u64 fake_contig_bytes(void)
{
	u64 bytes = 0;

	for (unsigned i = 0; i < count; i++)
		bytes += allocations[i].others ? 0 : allocations[i].end - allocations[i].base;
	return bytes;
}

unsigned fake_contig_count(void)
{
	unsigned ours = 0;

	for (unsigned i = 0; i < count; i++)
		ours += !allocations[i].others;
	return ours;
}

bool fake_contig_has(u64 base, u64 bytes)
{
	const struct allocation *a = find_overlap(base, base + bytes);

	return a && !a->others && a->base <= base && base + bytes <= a->end;
}

bool fake_contig_touches(u64 base, u64 bytes)
{
	for (unsigned i = 0; i < count; i++)
		if (!allocations[i].others && allocations[i].base < base + bytes &&
		    base < allocations[i].end)
			return true;
	return false;
}

/* ---- looking for memory ---- */

/* Where to go on after (or below) what is in the way of [base, end); false: nothing is. */
static bool in_the_way(const struct contig_request *request, u64 base, u64 end, u64 *above,
		       u64 *below)
{
	const struct allocation *a = find_overlap(base, end);

	for (unsigned i = 0; !a && i < request->avoid_count; i++) {
		const struct contig_range *avoid = &request->avoid[i];

		if (avoid->base.val < end && base < avoid->base.val + avoid->bytes) {
			*above = avoid->base.val + avoid->bytes;
			*below = avoid->base.val;
			return true;
		}
	}
	if (!a)
		return false;
	*above = a->end;
	*below = a->base;
	return true;
}

/* The first place at `from` or above it, or the last one that begins at it or below. */
static bool look(const struct contig_request *request, u64 from, bool down, u64 *found)
{
	u64 align = MAX(request->align, page_size()), bytes = page_align_up(request->bytes);
	u64 above, below;
	struct region free;
	bool any = false;

	for (paddr_t at = paddr(0); memblock_next_free_aligned(&at, page_size(), &free);) {
		u64 low = MAX(free.base.val, request->min.val), end = region_end(&free).val;
		u64 base;

		if (request->max.val)
			end = MIN(end, request->max.val);
		if (!down)
			low = MAX(low, from);
		base = ALIGN_UP(low, align);
		if (down && end >= bytes)
			base = ALIGN_DOWN(MIN(end - bytes, from), align);
		while (base >= low && base < end && end - base >= bytes) {
			if (!in_the_way(request, base, base + bytes, &above, &below)) {
				*found = base;
				if (!down)
					return true;
				any = true;
				break;
			}
			if (down && below < bytes)
				break;
			base = down ? ALIGN_DOWN(below - bytes, align) : ALIGN_UP(above, align);
		}
	}
	return any;
}

static bool find(const struct contig_request *request, u64 *found)
{
	u64 from;

	if (fake_contig.policy == CONTIG_HIGHEST)
		return look(request, ~0ULL, true, found);
	if (fake_contig.policy == CONTIG_LOWEST)
		return look(request, 0, false, found);
	from = span_start + host_random_below(span_bytes);
	return look(request, from, host_random_below(2), found) || look(request, 0, false, found);
}

/* ---- the contract ---- */

static int refuse(struct contig_result *result, int err, const char *why)
{
	*result = (struct contig_result){ .why = why };
	return err;
}

int contig_alloc(const struct contig_request *request, struct contig_result *result, paddr_t *pa)
{
	u64 base;

	memset(result, CONTIG_JUNK, sizeof(*result));
	assert_true(request->bytes && !(request->align & (request->align - 1)));
	assert_true(!request->max.val || request->min.val < request->max.val);
	if (++fake_contig.calls == fake_contig.fail_call)
		return refuse(result, -ENOMEM, "the test says so");
	if (fake_contig.largest && request->bytes > fake_contig.largest)
		return refuse(result, -ENOMEM, "memory is in pieces");
	if (!find(request, &base))
		return refuse(result, -ENOMEM, "there is none");
	add(base, base + page_align_up(request->bytes), false);
	*pa = paddr(base);
	return 0;
}

int contig_alloc_at(paddr_t base, u64 bytes, struct contig_result *result)
{
	const struct contig_request request = { .bytes = bytes,
						.min = base,
						.max = paddr(base.val + bytes) };
	u64 found;

	memset(result, CONTIG_JUNK, sizeof(*result));
	assert_true(bytes && page_is_aligned(base.val) && page_is_aligned(bytes));
	if (++fake_contig.calls == fake_contig.fail_call)
		return refuse(result, -EBUSY, "the test says so");
	if (!look(&request, 0, false, &found))
		return refuse(result, -EBUSY, "somebody has it");
	add(base.val, base.val + bytes, false);
	return 0;
}

void contig_free(paddr_t base, u64 bytes)
{
	unsigned i = 0;

	while (i < count && (allocations[i].base != base.val || allocations[i].others))
		i++;
	if (i == count || allocations[i].end - base.val != page_align_up(bytes))
		fail_msg("contig_free: %#llx, %#llx bytes: no allocation", base.val, bytes);
	protect(base.val, allocations[i].end, PROT_NONE);
	allocations[i] = allocations[--count];
}
