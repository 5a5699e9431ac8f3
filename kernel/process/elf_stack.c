// SPDX-License-Identifier: BSD-2-Clause
/* A new program's stack. <kernel/elf_stack.h> has the layout and the contract. */
#include <kernel/assert.h>
#include <kernel/elf_stack.h>
#include <kernel/errno.h>
#include <lib/random.h>
#include <lib/string.h>

/* Linux's limits: ARG_MAX, three quarters of _STK_LIM, MAX_ARG_STRLEN. */
#define STRINGS_BYTES_LEAST (128 * KiB)
#define STRINGS_BYTES_MOST  (6 * MiB)
#define STRING_PAGES_MOST   32

#define ROOM_BYTES  (128 * KiB) /* below the strings, to begin with */
#define STACK_ALIGN 16

/* What a frame for a signal takes, with FP and SIMD registers in it, and nothing larger. */
#define SIGNAL_STACK_BYTES 4720
#define TICKS_A_SECOND     100

static const char platform[] = "aarch64";

static unsigned argument_count(const struct elf_arguments *arguments)
{
	return MAX(arguments->argc, 1);
}

static const char *argument(const struct elf_arguments *arguments, unsigned index)
{
	return arguments->argc ? arguments->argv[index] : "";
}

/* ---- how much ---- */

/* Takes a string's bytes off *left; false: it has too many. */
static bool take(u64 *left, const char *string, u64 page_bytes)
{
	u64 bytes = strlen(string) + 1;

	if (bytes > STRING_PAGES_MOST * page_bytes || bytes > *left)
		return false;
	*left -= bytes;
	return true;
}

int elf_stack_measure(const struct elf_arguments *arguments, u64 page_bytes, u64 limit_bytes,
		      u64 *bytes)
{
	u64 most = CLAMP(limit_bytes / 4, STRINGS_BYTES_LEAST, STRINGS_BYTES_MOST);
	u64 pointer_bytes = ((u64)argument_count(arguments) + arguments->envc) * sizeof(u64);
	u64 left;

	*bytes = 0;
	if (most <= pointer_bytes)
		return -E2BIG;
	most -= pointer_bytes;
	left = most;
	if (!take(&left, arguments->path, page_bytes))
		return -E2BIG;
	for (unsigned i = 0; i < arguments->envc; i++)
		if (!take(&left, arguments->envp[i], page_bytes))
			return -E2BIG;
	for (unsigned i = 0; i < argument_count(arguments); i++)
		if (!take(&left, argument(arguments, i), page_bytes))
			return -E2BIG;
	*bytes = most - left;
	return 0;
}

u64 elf_stack_bytes(u64 string_bytes, u64 page_bytes, u64 limit_bytes)
{
	u64 bytes = ALIGN_UP(string_bytes + sizeof(u64), page_bytes) + ROOM_BYTES;

	return MIN(bytes, ALIGN_DOWN(limit_bytes, page_bytes));
}

/* ---- writing it ---- */

struct writer {
	u64 (*write)(u64 to, const void *from, u64 bytes);
	u64 words;   /* the next word goes here */
	u64 strings; /* the next string */
	bool failed;
};

static void put(struct writer *writer, u64 to, const void *from, u64 bytes)
{
	if (!writer->failed)
		writer->failed = writer->write(to, from, bytes) != 0;
}

static void put_word(struct writer *writer, u64 word)
{
	put(writer, writer->words, &word, sizeof(word));
	writer->words += sizeof(word);
}

/* The string itself, and where it is. */
static void put_string(struct writer *writer, const char *string)
{
	u64 bytes = strlen(string) + 1;

	put(writer, writer->strings, string, bytes);
	put_word(writer, writer->strings);
	writer->strings += bytes;
}

struct auxiliary {
	u64 tag;
	u64 value;
};

#define AUXILIARY_COUNT 20

/* What is on the stack beside the words: where. */
struct places {
	u64 path;
	u64 platform;
	u64 random;
};

/* In Linux's order. */
static void put_auxiliary(struct writer *writer, const struct elf_stack *stack,
			  const struct places *places)
{
	const struct auxiliary vector[AUXILIARY_COUNT] = {
		{ ELF_AT_MINSIGSTKSZ, SIGNAL_STACK_BYTES },
		{ ELF_AT_HWCAP, stack->hwcap },
		{ ELF_AT_PAGESZ, stack->program->page_bytes },
		{ ELF_AT_CLKTCK, TICKS_A_SECOND },
		{ ELF_AT_PHDR, stack->program_headers },
		{ ELF_AT_PHENT, sizeof(struct elf_program_header) },
		{ ELF_AT_PHNUM, stack->program->header.program_header_count },
		{ ELF_AT_BASE, 0 },
		{ ELF_AT_FLAGS, 0 },
		{ ELF_AT_ENTRY, stack->entry },
		{ ELF_AT_UID, 0 },
		{ ELF_AT_EUID, 0 },
		{ ELF_AT_GID, 0 },
		{ ELF_AT_EGID, 0 },
		{ ELF_AT_SECURE, 0 },
		{ ELF_AT_RANDOM, places->random },
		{ ELF_AT_HWCAP2, 0 },
		{ ELF_AT_EXECFN, places->path },
		{ ELF_AT_PLATFORM, places->platform },
		{ ELF_AT_NULL, 0 },
	};

	put(writer, writer->words, vector, sizeof(vector));
}

/* Where in its page what follows begins: with many programs at once, not in the same cache line. */
static u64 align_at_random(u64 at, u64 seed, u64 page_bytes)
{
	if (seed)
		at -= random_next(&seed) % page_bytes;
	return ALIGN_DOWN(at, STACK_ALIGN);
}

int elf_stack_write(const struct elf_stack *stack,
		    u64 (*write)(u64 to, const void *from, u64 bytes), u64 *sp)
{
	const struct elf_arguments *arguments = stack->arguments;
	u64 page_bytes = stack->program->page_bytes, path_bytes = strlen(arguments->path) + 1;
	unsigned argc = argument_count(arguments);
	struct writer writer = { .write = write };
	struct places places;
	u64 string_bytes, words;
	int err;

	*sp = 0;
	/* They were measured against the limit; here it is only how much. */
	err = elf_stack_measure(arguments, page_bytes, ~0ULL, &string_bytes);
	if (err)
		return err;
	writer.strings = stack->top - sizeof(u64) - string_bytes;
	places.path = stack->top - sizeof(u64) - path_bytes;
	places.platform =
		align_at_random(writer.strings, stack->seed, page_bytes) - sizeof(platform);
	places.random = places.platform - sizeof(stack->random);
	words = argc + arguments->envc + 3ULL; /* argc, and two NULLs */
	words = places.random - AUXILIARY_COUNT * sizeof(struct auxiliary) - words * sizeof(u64);
	words = ALIGN_DOWN(words, STACK_ALIGN);
	writer.words = words;

	put(&writer, places.path, arguments->path, path_bytes);
	put(&writer, places.platform, platform, sizeof(platform));
	put(&writer, places.random, stack->random, sizeof(stack->random));
	put_word(&writer, argc);
	for (unsigned i = 0; i < argc; i++)
		put_string(&writer, argument(arguments, i));
	put_word(&writer, 0);
	for (unsigned i = 0; i < arguments->envc; i++)
		put_string(&writer, arguments->envp[i]);
	put_word(&writer, 0);
	put_auxiliary(&writer, stack, &places);
	if (writer.failed)
		return -EFAULT;
	*sp = words;
	return 0;
}
