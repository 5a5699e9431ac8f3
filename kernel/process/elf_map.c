// SPDX-License-Identifier: BSD-2-Clause
/* A program's segments become mappings. <kernel/elf_map.h> has the contract. */
#include <kernel/assert.h>
#include <kernel/elf_map.h>
#include <kernel/elf_stack.h>
#include <kernel/errno.h>
#include <lib/random.h>
#include <lib/string.h>

#define OFFSET_MOST       ((1ULL << 63) - 1) /* of a file, signed */
#define HEAP_RANDOM_BYTES (1 * GiB)

struct mapper {
	struct space *space;
	const struct space_source *source;
	const struct elf_program *program;
	elf_map_zero *zero;
	u64 page_bytes;
};

static u64 page_down(const struct mapper *mapper, u64 at)
{
	return ALIGN_DOWN(at, mapper->page_bytes);
}

static u64 page_up(const struct mapper *mapper, u64 at)
{
	return ALIGN_UP(at, mapper->page_bytes);
}

static u64 page_offset(const struct mapper *mapper, u64 at)
{
	return at & (mapper->page_bytes - 1);
}

static unsigned prot_of(const struct elf_program_header *segment)
{
	return (segment->flags & ELF_READABLE ? SPACE_READ : 0) |
	       (segment->flags & ELF_WRITABLE ? SPACE_WRITE : 0) |
	       (segment->flags & ELF_EXECUTABLE ? SPACE_EXEC : 0);
}

/*
 * Segments, together: looked at before any is mapped. Linux finds out while it maps them, and the
 * end is the same.
 */
struct extent {
	u64 base; /* of all, rounded down; above `end`: there are none */
	u64 end;
	u64 align; /* the most that one asks for, at least a page */
};

static int find_extent(const struct mapper *mapper, struct extent *extent)
{
	struct elf_program_header segment;

	*extent = (struct extent){ .base = ~0ULL, .align = mapper->page_bytes };
	for (unsigned i = 0; elf_read_next(mapper->program, &i, ELF_LOAD, &segment);) {
		if (segment.vaddr >= SPACE_END || segment.file_bytes > segment.memory_bytes ||
		    segment.memory_bytes > SPACE_END - segment.vaddr)
			return -EINVAL;
		extent->base = MIN(extent->base, page_down(mapper, segment.vaddr));
		extent->end = MAX(extent->end, segment.vaddr + segment.memory_bytes);
		/* What is no power of two is no alignment. */
		if (!(segment.align & (segment.align - 1)))
			extent->align = MAX(extent->align, segment.align);
	}
	return 0;
}

/*
 * The segment's bytes in the file, from `at` on. `all_bytes` is 0, or what all segments take: then
 * so much is mapped, and what lies after the segment unmapped again, as room for the others.
 */
static int map_file(const struct mapper *mapper, u64 at, const struct elf_program_header *segment,
		    unsigned flags, u64 all_bytes, u64 *placed)
{
	u64 within = page_offset(mapper, segment->vaddr);
	u64 bytes = page_up(mapper, segment->file_bytes + within);
	struct space_request request = {
		.at = flags & SPACE_FIXED ? page_down(mapper, at) : 0,
		.bytes = all_bytes ? page_up(mapper, all_bytes) : bytes,
		.prot = prot_of(segment),
		.flags = flags,
		.source = mapper->source,
		.offset = segment->offset - within,
	};
	int err;

	if (page_offset(mapper, request.offset))
		return -EINVAL;
	/* Also where the page begins before the file does: then the offset has wrapped. */
	if (request.offset > OFFSET_MOST - request.bytes)
		return -EOVERFLOW;
	err = space_map(mapper->space, &request, placed);
	if (!err && request.bytes > bytes)
		err = space_unmap(mapper->space, *placed + bytes, request.bytes - bytes);
	return err;
}

/*
 * Zeroes from the end of the segment's bytes in the file on: up to the end of that page they are
 * written, whatever else belongs there; then pages are mapped, over whatever was there.
 */
static int map_zeroes(const struct mapper *mapper, u64 from, u64 end,
		      const struct elf_program_header *segment)
{
	unsigned prot = prot_of(segment);
	struct space_request request = {
		.at = page_up(mapper, from),
		.bytes = page_up(mapper, end) - page_up(mapper, from),
		.prot = SPACE_READ | SPACE_WRITE | (prot & SPACE_EXEC),
		.flags = SPACE_FIXED,
	};
	u64 at;

	/* Linux ignores that a read-only segment can't be written to. */
	if (page_offset(mapper, from) && mapper->zero(from, request.at - from) &&
	    prot & SPACE_WRITE)
		return -EFAULT;
	if (!request.bytes)
		return 0;
	return space_map(mapper->space, &request, &at);
}

/* One segment, at `at` or, without SPACE_FIXED in `flags`, where there is room: *placed. */
static int load(const struct mapper *mapper, u64 at, const struct elf_program_header *segment,
		unsigned flags, u64 all_bytes, u64 *placed)
{
	u64 within = page_offset(mapper, segment->vaddr), begin;

	*placed = page_down(mapper, at);
	if (segment->file_bytes) {
		int err = map_file(mapper, at, segment, flags, all_bytes, placed);

		if (err)
			return err;
	}
	if (segment->memory_bytes <= segment->file_bytes)
		return 0;
	begin = *placed + (segment->file_bytes ? within + segment->file_bytes : 0);
	return map_zeroes(mapper, begin, *placed + within + segment->memory_bytes, segment);
}

/*
 * Where a program goes that may lie anywhere: where mmap puts it. For
 * more than a page's alignment Linux maps it once to see where there is room: then it is fixed, by
 * *flags and *bias, below that.
 */
static int find_place(const struct mapper *mapper, const struct elf_program_header *first,
		      const struct extent *extent, unsigned *flags, u64 *bias)
{
	u64 all_bytes = extent->end - extent->base, at = 0;
	int err;

	if (!all_bytes)
		return -EINVAL;
	if (extent->align > mapper->page_bytes) {
		err = load(mapper, 0, first, 0, all_bytes, &at);
		if (err)
			return err;
		err = space_unmap(mapper->space, at, page_up(mapper, all_bytes));
		if (err)
			return err;
		at = ALIGN_DOWN(at, extent->align);
		*flags |= SPACE_FIXED | SPACE_NOREPLACE;
	}
	*bias = page_down(mapper, at - first->vaddr);
	return 0;
}

/* The first segment decides where all go; the others follow. */
static int map_segments(const struct mapper *mapper, const struct extent *extent,
			struct elf_image *image)
{
	const struct elf_header *header = &mapper->program->header;
	bool anywhere = header->type == ELF_TYPE_SHARED, first = true;
	struct elf_program_header segment;

	for (unsigned i = 0; elf_read_next(mapper->program, &i, ELF_LOAD, &segment);) {
		unsigned flags = SPACE_FIXED | (first && !anywhere ? SPACE_NOREPLACE : 0);
		u64 all_bytes = 0, placed;
		int err;

		if (first && anywhere) {
			flags = 0;
			all_bytes = extent->end - extent->base;
			err = find_place(mapper, &segment, extent, &flags, &image->bias);
			if (err)
				return err;
		}
		err = load(mapper, image->bias + segment.vaddr, &segment, flags, all_bytes,
			   &placed);
		if (err)
			return err;
		if (first && anywhere)
			image->bias += placed - page_down(mapper, image->bias + segment.vaddr);
		first = false;
		if (segment.offset <= header->program_headers &&
		    header->program_headers - segment.offset < segment.file_bytes)
			image->program_headers =
				header->program_headers - segment.offset + segment.vaddr;
	}
	return 0;
}

/* With a gap of a page after the last segment, if it is placed at random. */
static u64 place_heap(const struct mapper *mapper, const struct extent *extent, u64 bias, u64 seed)
{
	bool anywhere = mapper->program->header.type == ELF_TYPE_SHARED;
	u64 at = page_up(mapper, anywhere ? 2 * SPACE_END / 3 : extent->end + bias);

	if (!seed)
		return at;
	if (!anywhere)
		at += mapper->page_bytes;
	return at +
	       mapper->page_bytes * (random_next(&seed) % (HEAP_RANDOM_BYTES / mapper->page_bytes));
}

int elf_map_stack(struct space *space, const struct elf_program *program, u64 string_bytes)
{
	struct space_request request = {
		.bytes = elf_stack_bytes(string_bytes, program->page_bytes,
					 space->stack_limit_bytes),
		.prot = SPACE_READ | SPACE_WRITE | (program->stack_is_executable ? SPACE_EXEC : 0),
		.flags = SPACE_FIXED | SPACE_GROWSDOWN,
	};
	u64 at;

	request.at = space->stack_top - request.bytes;
	return space_map(space, &request, &at);
}

int elf_map(struct space *space, const struct space_source *source,
	    const struct elf_program *program, u64 seed, elf_map_zero *zero,
	    struct elf_image *image)
{
	const struct mapper mapper = {
		.space = space,
		.source = source,
		.program = program,
		.zero = zero,
		.page_bytes = program->page_bytes,
	};
	struct elf_image made = { 0 };
	struct extent extent;
	int err;

	ASSERT(program->page_bytes == space_page_bytes(space));
	*image = made;
	err = find_extent(&mapper, &extent);
	if (!err)
		err = map_segments(&mapper, &extent, &made);
	if (err)
		return err;
	made.entry = program->header.entry + made.bias;
	made.program_headers += made.bias;
	if (made.entry >= SPACE_END)
		return -EINVAL;
	made.heap = place_heap(&mapper, &extent, made.bias, seed);
	space_set_heap(space, made.heap);
	*image = made;
	return 0;
}
