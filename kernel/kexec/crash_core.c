// SPDX-License-Identifier: BSD-2-Clause
/* The headers of a crashed kernel's memory. The contracts, and the sources, are in the header. */
#include <arch/layout.h>
#include <kernel/assert.h>
#include <kernel/crash_core.h>
#include <kernel/elf.h>
#include <kernel/errno.h>
#include <kernel/version.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>
#include <mm/addr.h>
#include <mm/memblock.h>

/* ---- the headers ---- */

/* Program headers, as far as there is room for them. */
struct list {
	struct elf_program_header *first;
	u64 room;
	u64 count; /* of all of them */
};

static void put(struct list *list, struct elf_program_header header)
{
	if (list->count < list->room)
		list->first[list->count] = header;
	list->count++;
}

/* Memory in one piece, and where the kernel has it. Alignment 0 is none. */
static void put_load(struct list *list, paddr_t base, paddr_t end, vaddr_t va)
{
	u64 bytes = paddr_diff(end, base);

	if (!paddr_less(base, end))
		return;
	put(list,
	    (struct elf_program_header){ .type = ELF_LOAD,
					 .flags = ELF_READABLE | ELF_WRITABLE | ELF_EXECUTABLE,
					 .offset = base.val,
					 .vaddr = va.val,
					 .paddr = base.val,
					 .file_bytes = bytes,
					 .memory_bytes = bytes });
}

static void put_memory(struct list *list, const struct region *without)
{
	paddr_t gap = without->base, gap_end = region_end(without);
	struct region memory;

	for (paddr_t from = paddr(0); memblock_next_mapped(&from, &memory);) {
		paddr_t base = memory.base, end = region_end(&memory);
		paddr_t after = paddr_max(base, gap_end);

		put_load(list, base, paddr_min(end, gap), paddr_to_linear(base));
		put_load(list, after, end, paddr_to_linear(after));
	}
}

static struct elf_header elf_header(u64 count)
{
	return (struct elf_header){
		.ident = { 0x7f, 'E', 'L', 'F', ELF_CLASS_64, ELF_DATA_LITTLE, ELF_VERSION },
		.type = ELF_TYPE_CORE,
		.machine = ELF_MACHINE_ARM64,
		.version = ELF_VERSION,
		.program_headers = sizeof(struct elf_header),
		.header_bytes = sizeof(struct elf_header),
		.program_header_bytes = sizeof(struct elf_program_header),
		.program_header_count = (u16)count,
	};
}

u64 crash_core_headers(void *header, u64 room, const struct crash_core_request *request)
{
	const struct crash_core_image *image = &request->image;
	struct elf_header *elf = header;
	struct list list = { 0 };
	u64 bytes;

	ASSERT(IS_ALIGNED((uintptr_t)header, 8));
	if (room > sizeof(*elf)) {
		list.first = (struct elf_program_header *)(elf + 1);
		list.room = (room - sizeof(*elf)) / sizeof(struct elf_program_header);
	}
	put(&list, (struct elf_program_header){ .type = ELF_NOTE,
						.offset = request->notes.val,
						.paddr = request->notes.val,
						.file_bytes = request->notes_bytes,
						.memory_bytes = request->notes_bytes,
						.align = ELF_NOTE_ALIGN });
	put_load(&list, image->pa, paddr_add(image->pa, image->bytes), image->va);
	put_memory(&list, &request->without);
	if (list.count > ELF_PROGRAM_HEADERS_MAX)
		return 0;
	bytes = sizeof(*elf) + list.count * sizeof(struct elf_program_header);
	if (bytes <= room)
		*elf = elf_header(list.count);
	return bytes;
}

/* ---- the notes ---- */

static const char vmcoreinfo_name[] = "VMCOREINFO";
static const char core_name[] = "CORE";

/* What vectors.S saves begins with the same 34. */
BUILD_ASSERT(__builtin_offsetof(struct regs, esr) == 34 * 8);

/*
 * The longest text: ten lines of up to 25 characters, 20 digits and a newline each are 460 bytes;
 * and a NUL, and something over, which shows that nothing was cut.
 */
#define TEXT_BYTES 496

static u64 note_bytes(u64 name_bytes, u64 descriptor_bytes)
{
	return sizeof(struct elf_note) + ALIGN_UP(name_bytes, ELF_NOTE_ALIGN) +
	       ALIGN_UP(descriptor_bytes, ELF_NOTE_ALIGN);
}

u64 crash_core_notes_bytes(u32 cpus)
{
	return note_bytes(sizeof(vmcoreinfo_name), TEXT_BYTES) +
	       cpus * note_bytes(sizeof(core_name), sizeof(struct elf_prstatus)) +
	       sizeof(struct elf_note);
}

/* Writes a note where the zeros begin, so what it is padded with is there already. */
static void put_note(u8 *at, const char *name, u64 name_bytes, u32 type, const void *descriptor,
		     u64 bytes)
{
	const struct elf_note note = { (u32)name_bytes, (u32)bytes, type };

	memcpy(at, &note, sizeof(note));
	memcpy(at + sizeof(note), name, name_bytes);
	memcpy(at + sizeof(note) + ALIGN_UP(name_bytes, ELF_NOTE_ALIGN), descriptor, bytes);
}

/*
 * The last note has no name, which ends Linux' walk. Readers that go by sizes alone (readelf, gdb)
 * come to the end exactly, since its descriptor is all that is left.
 */
static void put_end(u8 *notes, u64 at, u64 bytes)
{
	const struct elf_note end = { .descriptor_bytes = (u32)(bytes - at - sizeof(end)) };

	memcpy(notes + at, &end, sizeof(end));
}

/*
 * Lines that Linux' tools know. The linear map begins at physical address 0, which makes 0 of
 * PHYS_OFFSET: what pa = va - PAGE_OFFSET + PHYS_OFFSET needs, with PAGE_OFFSET = -(1 << VA_BITS).
 */
BUILD_ASSERT(VA_BITS == 48);
#ifndef GRANULE_HOST
BUILD_ASSERT(LINEAR_BASE == -(1ULL << VA_BITS));
#endif

static u64 put_text(char *text, u64 page_bytes, const struct crash_core_image *image)
{
	int bytes = scnprintf(text, TEXT_BYTES,
			      "OSRELEASE=granule-" VERSION_NUMBER "\n"
			      "PAGESIZE=%llu\n"
			      "NUMBER(VA_BITS)=%u\n"
			      "NUMBER(TCR_EL1_T1SZ)=0x%x\n"
			      "NUMBER(PHYS_OFFSET)=0x0\n"
			      "NUMBER(LINEAR_BASE)=0x%llx\n"
			      "NUMBER(kimage_voffset)=0x%llx\n"
			      "KERNELOFFSET=%llx\n"
			      "SYMBOL(_text)=%llx\n"
			      "SYMBOL(log_state)=%llx\n",
			      page_bytes, VA_BITS, 64 - VA_BITS, (u64)LINEAR_BASE,
			      image->va.val - image->pa.val, image->va.val - IMAGE_LINK_BASE,
			      image->va.val, image->log.val);

	ASSERT(bytes < TEXT_BYTES - 1);
	return (u64)bytes;
}

void crash_core_notes(void *notes, u64 bytes, u64 page_bytes, const struct crash_core_image *image)
{
	char text[TEXT_BYTES];
	u64 text_bytes = put_text(text, page_bytes, image);

	ASSERT(IS_ALIGNED((uintptr_t)notes | bytes, ELF_NOTE_ALIGN));
	ASSERT(bytes <= ~0u && bytes >= crash_core_notes_bytes(0));
	memset(notes, 0, bytes);
	put_note(notes, vmcoreinfo_name, sizeof(vmcoreinfo_name), 0, text, text_bytes);
	put_end(notes, note_bytes(sizeof(vmcoreinfo_name), text_bytes), bytes);
}

/* Where the notes end. `bytes`, if they don't. */
static u64 find_end(const u8 *notes, u64 bytes)
{
	struct elf_note note;
	u64 at = 0;

	while (bytes - at >= sizeof(note)) {
		u64 size;

		memcpy(&note, notes + at, sizeof(note));
		if (!note.name_bytes)
			return at;
		size = note_bytes(note.name_bytes, note.descriptor_bytes);
		if (size > bytes - at)
			break;
		at += size;
	}
	return bytes;
}

int crash_core_add_cpu(void *notes, u64 bytes, const struct regs *regs, u32 pid)
{
	u64 end = find_end(notes, bytes);
	u64 more = note_bytes(sizeof(core_name), sizeof(struct elf_prstatus));
	struct elf_prstatus status = { .pid = pid };

	if (bytes - end < more + sizeof(struct elf_note))
		return -ENOSPC;
	memcpy(status.registers, regs, sizeof(status.registers));
	memset((u8 *)notes + end, 0, more + sizeof(struct elf_note));
	put_note((u8 *)notes + end, core_name, sizeof(core_name), ELF_NOTE_PRSTATUS, &status,
		 sizeof(status));
	put_end(notes, end + more, bytes);
	return 0;
}
