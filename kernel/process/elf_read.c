// SPDX-License-Identifier: BSD-2-Clause
/* A program's file, read and judged. <kernel/elf_read.h> has the contract. */
#include <kernel/assert.h>
#include <kernel/elf_read.h>
#include <kernel/errno.h>
#include <lib/initramfs.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>

/* As Linux has it, at any page size. */
#define HEADERS_BYTES_MAX (64 * KiB)
#define LOADER_BYTES_MAX  (4 * KiB) /* of a loader's path, with its NUL */
#define LOADER_BYTES_MIN  2

/* What is taken for a program of Linux now and then; NULL: none of these. */
static const char *other_kind(const u8 *file, u64 bytes)
{
	if (bytes >= 2 && !memcmp(file, "#!", 2))
		return "it is a script: start its interpreter, with it as argument";
	if (bytes >= 2 && !memcmp(file, "MZ", 2))
		return "it is a program of Windows or UEFI; take the one for Linux";
	if (bytes >= 4 && !memcmp(file, "\xcf\xfa\xed\xfe", 4))
		return "it is a program of macOS; take the one for Linux";
	if (bytes >= 4 && !memcmp(file, "\xca\xfe\xba\xbe", 4))
		return "it is a program of macOS or Java; take the one for Linux";
	return NULL;
}

static const char *machine_name(u16 machine)
{
	switch (machine) {
	case 3:
		return "x86";
	case 40:
		return "Arm";
	case 62:
		return "x86-64";
	case 243:
		return "RISC-V";
	default:
		return "unknown here";
	}
}

static int __printf(3, 4) refuse(struct elf_program *program, char *why, const char *format, ...)
{
	va_list args;

	memset(program, 0, sizeof(*program));
	va_start(args, format);
	vsnprintf(why, ELF_WHY_BYTES, format, args);
	va_end(args);
	return -ENOEXEC;
}

static int refuse_other(struct elf_program *program, char *why)
{
	const u8 *file = program->file;
	u64 bytes = program->file_bytes;
	const char *compression = initramfs_compression(file, bytes);
	const char *kind = other_kind(file, bytes);

	if (!bytes)
		return refuse(program, why, "the file is empty");
	if (compression)
		return refuse(program, why, "it is compressed by %s; unpack it before",
			      compression);
	if (kind)
		return refuse(program, why, "%s", kind);
	return refuse(program, why,
		      "it is no ELF file, which begins with 0x7f and ELF; take a program that "
		      "is built for Linux on AArch64");
}

static int refuse_machine(struct elf_program *program, char *why)
{
	const struct elf_header *header = &program->header;

	if (header->ident[ELF_DATA_AT] == ELF_DATA_BIG)
		return refuse(program, why,
			      "it is big-endian; take a little-endian program for AArch64");
	return refuse(program, why,
		      "it is a %sprogram for machine %u (%s), and this is %u (AArch64): take the "
		      "one for arm64, also called aarch64",
		      header->ident[ELF_CLASS_AT] == ELF_CLASS_32 ? "32-bit " : "", header->machine,
		      machine_name(header->machine), ELF_MACHINE_ARM64);
}

static int refuse_type(struct elf_program *program, char *why)
{
	u16 type = program->header.type;

	if (type == ELF_TYPE_RELOCATABLE)
		return refuse(program, why, "it is an object file (type 1): link it to a program");
	if (type == ELF_TYPE_CORE)
		return refuse(program, why, "it is a core file (type 4): take the program itself");
	return refuse(program, why, "its type is %u, and a program's is 2 or 3", type);
}

bool elf_read_is_within(const struct elf_program *program, u64 offset, u64 bytes)
{
	return offset <= program->file_bytes && bytes <= program->file_bytes - offset;
}

/*
 * Linux looks at magic, type and machine, then at the program headers, and never at class and data:
 * these are for a sentence only.
 */
static int check_header(struct elf_program *program, char *why)
{
	const struct elf_header *header = &program->header;
	u64 bytes = (u64)header->program_header_count * sizeof(struct elf_program_header);

	if (memcmp(header->ident, ELF_MAGIC, ELF_MAGIC_BYTES) != 0)
		return refuse_other(program, why);
	if (program->file_bytes < sizeof(*header))
		return refuse(program, why,
			      "it is cut short: the file has %llu bytes, and an ELF file's header "
			      "alone %zu",
			      program->file_bytes, sizeof(*header));
	if (header->machine != ELF_MACHINE_ARM64)
		return refuse_machine(program, why);
	if (header->type != ELF_TYPE_EXECUTABLE && header->type != ELF_TYPE_SHARED)
		return refuse_type(program, why);
	if (header->program_header_bytes != sizeof(struct elf_program_header))
		return refuse(program, why,
			      "a program header has %u bytes by its word, and %zu in a 64-bit "
			      "file%s",
			      header->program_header_bytes, sizeof(struct elf_program_header),
			      header->ident[ELF_CLASS_AT] == ELF_CLASS_32
				      ? "; it is a 32-bit file: build it for LP64"
				      : "");
	if (!bytes)
		return refuse(program, why, "it has no program headers: link it to a program");
	if (bytes > MIN(HEADERS_BYTES_MAX, program->page_bytes))
		return refuse(program, why,
			      "its %u program headers take %llu bytes, and a page of %llu has to "
			      "hold them, as on Linux: link it to fewer segments",
			      header->program_header_count, bytes, program->page_bytes);
	if (!elf_read_is_within(program, header->program_headers, bytes))
		return refuse(program, why,
			      "it is cut short: the file has %llu bytes, and its program headers "
			      "are %llu at %#llx",
			      program->file_bytes, bytes, header->program_headers);
	return 0;
}

struct elf_program_header elf_read_segment(const struct elf_program *program, unsigned index)
{
	struct elf_program_header segment;

	ASSERT(index < program->header.program_header_count);
	memcpy(&segment, program->file + program->header.program_headers + index * sizeof(segment),
	       sizeof(segment));
	return segment;
}

bool elf_read_next(const struct elf_program *program, unsigned *index, u32 type,
		   struct elf_program_header *segment)
{
	while (*index < program->header.program_header_count) {
		*segment = elf_read_segment(program, (*index)++);
		if (segment->type == type)
			return true;
	}
	return false;
}

static int refuse_dynamic(struct elf_program *program, const struct elf_program_header *segment,
			  char *why)
{
	const u8 *file = program->file;
	u64 offset = segment->offset, bytes = segment->file_bytes;

	if (bytes < LOADER_BYTES_MIN || bytes > LOADER_BYTES_MAX ||
	    !elf_read_is_within(program, offset, bytes) || file[offset + bytes - 1] != 0)
		return refuse(program, why,
			      "its PT_INTERP, %llu bytes at %#llx, is not the path of a loader: "
			      "the file is damaged",
			      bytes, offset);
	return refuse(program, why,
		      "it is dynamic: PT_INTERP names %.64s; dynamic programs come later: link it "
		      "statically (-static or -static-pie)",
		      (const char *)file + offset);
}

int elf_read(const void *file, u64 bytes, u64 page_bytes, struct elf_program *program,
	     char why[ELF_WHY_BYTES])
{
	struct elf_program_header segment;
	unsigned index = 0;
	int err;

	*program = (struct elf_program){
		.file = file,
		.file_bytes = bytes,
		.page_bytes = page_bytes,
	};
	why[0] = 0;
	if (bytes)
		memcpy(&program->header, file, MIN(bytes, sizeof(program->header)));
	err = check_header(program, why);
	if (err)
		return err;
	if (elf_read_next(program, &index, ELF_INTERPRETER, &segment))
		return refuse_dynamic(program, &segment, why);
	/* The last one counts; without one, the stack is not executable on this machine. */
	for (index = 0; elf_read_next(program, &index, ELF_GNU_STACK, &segment);)
		program->stack_is_executable = segment.flags & ELF_EXECUTABLE;
	return 0;
}
