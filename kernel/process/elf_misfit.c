// SPDX-License-Identifier: BSD-2-Clause
/* Why a program's file doesn't fit a page size. <kernel/elf_misfit.h> has the contract. */
#include <kernel/elf_misfit.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>

struct report {
	const struct elf_program *program;
	elf_misfit_say *say;
	void *context;
	unsigned count;
	u64 page_bytes;
};

static void __printf(2, 3) say(struct report *report, const char *format, ...)
{
	char sentence[ELF_MISFIT_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	report->say(report->context, sentence);
	report->count++;
}

/* 4, 16, 64: pages have names in KiB. */
static unsigned page_kib(u64 page_bytes)
{
	return (unsigned)(page_bytes / KiB);
}

/* "r-x" */
struct letters {
	char text[4];
};

static struct letters letters_of(const struct elf_program_header *segment)
{
	return (struct letters){ {
		segment->flags & ELF_READABLE ? 'r' : '-',
		segment->flags & ELF_WRITABLE ? 'w' : '-',
		segment->flags & ELF_EXECUTABLE ? 'x' : '-',
	} };
}

/* ---- pages that segments are in ---- */

static u64 first_page(const struct elf_program_header *segment, u64 page_bytes)
{
	return ALIGN_DOWN(segment->vaddr, page_bytes);
}

/* Its end; what has no bytes has no pages. A sum that wraps is that of a senseless segment. */
static u64 pages_end(const struct elf_program_header *segment, u64 page_bytes)
{
	u64 end = segment->vaddr + segment->memory_bytes;

	if (!segment->memory_bytes || end < segment->vaddr)
		return first_page(segment, page_bytes);
	return ALIGN_UP(end, page_bytes);
}

/* Whether two share a page; the first such one. */
static bool share_page(const struct elf_program_header *a, const struct elf_program_header *b,
		       u64 page_bytes, u64 *page)
{
	*page = MAX(first_page(a, page_bytes), first_page(b, page_bytes));
	return *page < pages_end(a, page_bytes) && *page < pages_end(b, page_bytes);
}

/* Whether it matters to `a` that `b` is mapped over it: other permissions, other bytes. */
static bool differ(const struct elf_program_header *a, const struct elf_program_header *b)
{
	return a->flags != b->flags || a->offset - a->vaddr != b->offset - b->vaddr ||
	       b->memory_bytes > b->file_bytes || a->memory_bytes > a->file_bytes;
}

/* ---- what is wrong with a file ---- */

/* What no mapping can be made of, at any page size. */
static void report_senseless(struct report *report)
{
	struct elf_program_header segment;

	for (unsigned i = 0; elf_read_next(report->program, &i, ELF_LOAD, &segment);) {
		bool fits = segment.vaddr < SPACE_END &&
			    segment.memory_bytes <= SPACE_END - segment.vaddr;

		if (fits && segment.file_bytes <= segment.memory_bytes)
			continue;
		if (fits)
			say(report,
			    "the segment at %#llx has %llu bytes in the file, but only %llu in "
			    "memory",
			    segment.vaddr, segment.file_bytes, segment.memory_bytes);
		else
			say(report,
			    "the segment at %#llx, of %llu bytes, ends beyond the addresses that a "
			    "program has",
			    segment.vaddr, segment.memory_bytes);
		return;
	}
}

static void report_offset(struct report *report)
{
	struct elf_program_header segment;
	u64 page_bytes = report->page_bytes;

	for (unsigned i = 0; elf_read_next(report->program, &i, ELF_LOAD, &segment);) {
		if (!segment.file_bytes || !((segment.offset - segment.vaddr) & (page_bytes - 1)))
			continue;
		say(report,
		    "the segment at %#llx (%s) begins at %#llx of the file, another place within "
		    "its %uK page: it can't be mapped there, so the program is killed by SIGSEGV",
		    segment.vaddr, letters_of(&segment).text, segment.offset, page_kib(page_bytes));
		return;
	}
}

static void report_shared_page(struct report *report)
{
	struct elf_program_header early, late;
	u64 page;

	for (unsigned i = 0; elf_read_next(report->program, &i, ELF_LOAD, &early);)
		for (unsigned j = i; elf_read_next(report->program, &j, ELF_LOAD, &late);) {
			if (!share_page(&early, &late, report->page_bytes, &page) ||
			    !differ(&early, &late))
				continue;
			say(report,
			    "the segments at %#llx (%s) and %#llx (%s) share the %uK page at "
			    "%#llx: it has the bytes and the permissions of the later one",
			    early.vaddr, letters_of(&early).text, late.vaddr,
			    letters_of(&late).text, page_kib(report->page_bytes), page);
			return;
		}
}

static void report_relro(struct report *report)
{
	struct elf_program_header relro;

	for (unsigned i = 0; elf_read_next(report->program, &i, ELF_GNU_RELRO, &relro);) {
		u64 end = relro.vaddr + relro.memory_bytes;

		if (!(end & (report->page_bytes - 1)))
			continue;
		say(report,
		    "PT_GNU_RELRO ends at %#llx, which is no multiple of %uK: what shares that "
		    "page is not protected, or is with it",
		    end, page_kib(report->page_bytes));
		return;
	}
}

static void report_align(struct report *report)
{
	u64 align = report->page_bytes;
	struct elf_program_header segment;

	for (unsigned i = 0; elf_read_next(report->program, &i, ELF_LOAD, &segment);)
		align = MIN(align, segment.align);
	if (align < report->page_bytes)
		say(report,
		    "it is linked for pages of %llu bytes (p_align): for %uK pages, and for all "
		    "smaller ones, link it with -z max-page-size=%llu",
		    align, page_kib(report->page_bytes), report->page_bytes);
}

static void report_cut(struct report *report)
{
	struct elf_program_header segment;

	for (unsigned i = 0; elf_read_next(report->program, &i, ELF_LOAD, &segment);) {
		if (elf_read_is_within(report->program, segment.offset, segment.file_bytes))
			continue;
		say(report,
		    "it is cut short: the file has %llu bytes, and the segment at %#llx takes "
		    "%llu at %#llx",
		    report->program->file_bytes, segment.vaddr, segment.file_bytes, segment.offset);
		return;
	}
}

static void report_entry(struct report *report)
{
	u64 entry = report->program->header.entry;
	struct elf_program_header segment;

	for (unsigned i = 0; elf_read_next(report->program, &i, ELF_LOAD, &segment);)
		if (segment.flags & ELF_EXECUTABLE && entry >= segment.vaddr &&
		    entry - segment.vaddr < segment.memory_bytes)
			return;
	say(report,
	    "its entry, %#llx, lies in no executable segment: it is no program, but perhaps "
	    "a library",
	    entry);
}

unsigned elf_misfit(const struct elf_program *program, elf_misfit_say *say_it, void *context)
{
	struct report report = {
		.program = program,
		.say = say_it,
		.context = context,
		.page_bytes = program->page_bytes,
	};

	report_senseless(&report);
	report_offset(&report);
	report_shared_page(&report);
	report_relro(&report);
	report_align(&report);
	report_cut(&report);
	report_entry(&report);
	return report.count;
}

/* ---- why it died ---- */

static const char *name_of(enum space_access access)
{
	return access == SPACE_ACCESS_WRITE  ? "write to"
	       : access == SPACE_ACCESS_EXEC ? "jump to"
					     : "read from";
}

static u32 flag_of(enum space_access access)
{
	return access == SPACE_ACCESS_WRITE  ? ELF_WRITABLE
	       : access == SPACE_ACCESS_EXEC ? ELF_EXECUTABLE
					     : ELF_READABLE;
}

/* The segment that `at` lies in by its bytes, and the last that has its page. */
static bool find_segments(const struct elf_program *program, u64 at, struct elf_program_header *own,
			  struct elf_program_header *last)
{
	struct elf_program_header segment;
	u64 page = ALIGN_DOWN(at, program->page_bytes);
	bool found = false;

	for (unsigned i = 0; elf_read_next(program, &i, ELF_LOAD, &segment);) {
		if (at >= segment.vaddr && at - segment.vaddr < segment.memory_bytes) {
			*own = *last = segment;
			found = true;
		}
		if (page >= first_page(&segment, program->page_bytes) &&
		    page < pages_end(&segment, program->page_bytes))
			*last = segment;
	}
	return found;
}

static bool in_page_of_relro(const struct elf_program *program, u64 at,
			     struct elf_program_header *relro)
{
	u64 page = ALIGN_DOWN(at, program->page_bytes);
	unsigned index = 0;

	return elf_read_next(program, &index, ELF_GNU_RELRO, relro) &&
	       page >= first_page(relro, program->page_bytes) &&
	       page < pages_end(relro, program->page_bytes);
}

bool elf_misfit_death(const struct elf_program *program, u64 bias, u64 address,
		      enum space_access access, char why[ELF_MISFIT_BYTES])
{
	u64 at = address - bias, page = ALIGN_DOWN(at, program->page_bytes);
	unsigned kib = page_kib(program->page_bytes);
	struct elf_program_header own, last, relro;
	const char *name = name_of(access);

	why[0] = 0;
	if (!find_segments(program, at, &own, &last))
		return false;
	if (!(own.flags & flag_of(access)))
		snprintf(why, ELF_MISFIT_BYTES,
			 "the %s %#llx hit the segment at %#llx, which is %s at any page size",
			 name, address, own.vaddr + bias, letters_of(&own).text);
	else if (memcmp(&own, &last, sizeof(own)) != 0)
		snprintf(why, ELF_MISFIT_BYTES,
			 "the %s %#llx, in the segment at %#llx (%s), hit the %uK page at %#llx, "
			 "which the segment at %#llx (%s) was mapped over: the file was linked for "
			 "pages of %llu bytes",
			 name, address, own.vaddr + bias, letters_of(&own).text, kib, page + bias,
			 last.vaddr + bias, letters_of(&last).text, MIN(own.align, last.align));
	else if (access == SPACE_ACCESS_WRITE && in_page_of_relro(program, at, &relro))
		snprintf(why, ELF_MISFIT_BYTES,
			 "the write to %#llx hit the %uK page at %#llx, which PT_GNU_RELRO (%#llx "
			 "to %#llx) made read-only",
			 address, kib, page + bias, relro.vaddr + bias,
			 relro.vaddr + relro.memory_bytes + bias);
	else if (at - own.vaddr < own.file_bytes &&
		 !elf_read_is_within(program, own.offset, at - own.vaddr))
		snprintf(why, ELF_MISFIT_BYTES,
			 "the %s %#llx is beyond the end of the file, which has %llu bytes: it is "
			 "cut short",
			 name, address, program->file_bytes);
	return why[0];
}
