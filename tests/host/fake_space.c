// SPDX-License-Identifier: BSD-2-Clause
/* A space as a list of mappings. fake_space.h has the contract. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <kernel/errno.h>

#include "fake_space.h"

#define MMAP_TOP 0xffff70000000ULL

static struct fake_space *current;

static struct fake_space *fake_of(struct space *space)
{
	return container_of(space, struct fake_space, space);
}

static u64 page_bytes(const struct fake_space *fake)
{
	return space_page_bytes(&fake->space);
}

void fake_space_begin(struct fake_space *fake, unsigned page_shift)
{
	*fake = (struct fake_space){ 0 };
	fake->space.pt.granule = granule_by_shift(page_shift);
	fake->space.mmap_top = MMAP_TOP;
	fake->space.stack_top = SPACE_END;
	fake->space.stack_limit_bytes = 8 * MiB;
	current = fake;
}

static bool fails(struct fake_space *fake)
{
	return ++fake->calls == fake->fail_at;
}

static void insert(struct fake_mapping *list, unsigned *count, struct fake_mapping mapping)
{
	unsigned at = *count;

	assert(*count < FAKE_SPACE_MAPPINGS);
	for (; at && list[at - 1].base > mapping.base; at--)
		list[at] = list[at - 1];
	list[at] = mapping;
	++*count;
}

/* Cuts [base, end) out of a list. */
static void cut(struct fake_mapping *list, unsigned *count, u64 base, u64 end)
{
	for (unsigned i = 0; i < *count; i++) {
		struct fake_mapping old = list[i];

		if (old.end <= base || end <= old.base)
			continue;
		memmove(&list[i], &list[i + 1], (--*count - i) * sizeof(list[0]));
		if (old.base < base) {
			struct fake_mapping low = old;

			low.end = base;
			insert(list, count, low);
		}
		if (end < old.end) {
			struct fake_mapping high = old;

			high.offset += end - old.base;
			high.base = end;
			insert(list, count, high);
		}
		i = ~0u; /* from the beginning */
	}
}

const struct fake_mapping *fake_space_find(const struct fake_space *fake, u64 at)
{
	for (unsigned i = 0; i < fake->count; i++)
		if (fake->mappings[i].base <= at && at < fake->mappings[i].end)
			return &fake->mappings[i];
	return NULL;
}

static bool overlaps(const struct fake_space *fake, u64 base, u64 end)
{
	for (unsigned i = 0; i < fake->count; i++)
		if (fake->mappings[i].base < end && base < fake->mappings[i].end)
			return true;
	return false;
}

static int place(const struct fake_space *fake, const struct space_request *request, u64 bytes,
		 u64 *at)
{
	*at = request->at;
	if (request->flags & (SPACE_FIXED | SPACE_NOREPLACE)) {
		if (*at > SPACE_END - bytes)
			return -ENOMEM;
		if (*at % page_bytes(fake))
			return -EINVAL;
		return request->flags & SPACE_NOREPLACE && overlaps(fake, *at, *at + bytes)
			       ? -EEXIST
			       : 0;
	}
	assert(!request->at); /* nobody asks for more */
	if (bytes > fake->space.mmap_top)
		return -ENOMEM;
	*at = fake->space.mmap_top - bytes;
	for (unsigned i = fake->count; i--;) {
		const struct fake_mapping *mapping = &fake->mappings[i];

		if (mapping->end <= *at || mapping->base >= *at + bytes)
			continue;
		if (mapping->base < bytes)
			return -ENOMEM;
		*at = mapping->base - bytes;
	}
	return 0;
}

int space_map(struct space *space, const struct space_request *request, u64 *at)
{
	struct fake_space *fake = fake_of(space);
	u64 bytes = ALIGN_UP(request->bytes, page_bytes(fake));
	int err;

	if (fails(fake))
		return -ENOMEM;
	assert(request->bytes);
	assert(!request->source || request->offset % page_bytes(fake) == 0);
	if (!bytes || bytes > SPACE_END)
		return -ENOMEM;
	err = place(fake, request, bytes, at);
	if (err)
		return err;
	cut(fake->mappings, &fake->count, *at, *at + bytes);
	cut(fake->cleared, &fake->cleared_count, *at, *at + bytes);
	insert(fake->mappings, &fake->count,
	       (struct fake_mapping){ *at, *at + bytes, request->prot, request->flags,
				      request->source, request->source ? request->offset : 0 });
	return 0;
}

int space_unmap(struct space *space, u64 at, u64 bytes)
{
	struct fake_space *fake = fake_of(space);

	if (fails(fake))
		return -ENOMEM;
	assert(bytes && at % page_bytes(fake) == 0 && bytes % page_bytes(fake) == 0);
	assert(at <= SPACE_END - bytes);
	cut(fake->mappings, &fake->count, at, at + bytes);
	cut(fake->cleared, &fake->cleared_count, at, at + bytes);
	return 0;
}

void space_set_heap(struct space *space, u64 at)
{
	assert(at % space_page_bytes(space) == 0);
	fake_of(space)->heap = at;
}

/* Does the file reach into the page that `at` lies in? */
static bool has_page(const struct fake_space *fake, const struct fake_mapping *mapping, u64 at)
{
	u64 offset = ALIGN_DOWN(at, page_bytes(fake)) - mapping->base + mapping->offset;

	return !mapping->source || offset < mapping->source->bytes;
}

u64 fake_space_zero(u64 to, u64 bytes)
{
	for (u64 page = ALIGN_DOWN(to, page_bytes(current)); page < to + bytes;
	     page += page_bytes(current)) {
		const struct fake_mapping *mapping = fake_space_find(current, page);

		if (!mapping || !(mapping->prot & SPACE_WRITE) || !has_page(current, mapping, page))
			return bytes;
	}
	insert(current->cleared, &current->cleared_count,
	       (struct fake_mapping){ .base = to, .end = to + bytes });
	return 0;
}

int fake_space_byte(const struct fake_space *fake, u64 at)
{
	const struct fake_mapping *mapping = fake_space_find(fake, at);
	u64 offset;

	if (!mapping || !mapping->prot || !has_page(fake, mapping, at))
		return -1;
	if (!mapping->source)
		return 0;
	for (unsigned i = 0; i < fake->cleared_count; i++)
		if (fake->cleared[i].base <= at && at < fake->cleared[i].end)
			return 0;
	offset = at - mapping->base + mapping->offset;
	return offset < mapping->source->bytes ? ((const u8 *)mapping->source->data)[offset] : 0;
}

void fake_space_text(const struct fake_space *fake, char *text, size_t bytes)
{
	*text = 0;
	for (unsigned i = 0; i < fake->count; i++) {
		const struct fake_mapping *mapping = &fake->mappings[i];
		size_t used = strlen(text);
		char offset[24] = "anonymous";

		if (mapping->source)
			snprintf(offset, sizeof(offset), "%llx", mapping->offset);
		snprintf(text + used, bytes - used, "%llx-%llx %c%c%c %s\n", mapping->base,
			 mapping->end, mapping->prot & SPACE_READ ? 'r' : '-',
			 mapping->prot & SPACE_WRITE ? 'w' : '-',
			 mapping->prot & SPACE_EXEC ? 'x' : '-', offset);
	}
}
