/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The start of programs without a C library: _start takes the stack that the kernel made,
 * relocates the program if it was linked to run anywhere, calls bare_main and exits with what it
 * returns.
 *
 * Neighbours: bare.h says what a program gets. Compilers call the memory functions below unasked.
 */
#include "bare.h"

__asm__(".globl _start\n"
	".type _start, %function\n"
	"_start:\n"
	"	mov	x29, #0\n"
	"	mov	x30, #0\n"
	"	mov	x0, sp\n"
	"	adrp	x1, _DYNAMIC\n"
	"	add	x1, x1, :lo12:_DYNAMIC\n"
	"	b	bare_start\n"
	".weak _DYNAMIC\n"
	".hidden _DYNAMIC\n"
	".size _start, . - _start\n");

struct dynamic {
	uint64_t tag, value;
};

struct relocation {
	uint64_t place, info, addend;
};

enum { TAG_RELA = 7, TAG_RELA_BYTES = 8, RELATIVE = 1027 };

/* Where the program was linked for address 0, its header is where it lies. */
extern const char ehdr[] __asm__("__ehdr_start") __attribute__((visibility("hidden")));

__attribute__((unused)) static void relocate(const struct dynamic *dynamic)
{
	uint64_t base = (uint64_t)ehdr, table = 0, bytes = 0;

	for (; dynamic->tag; dynamic++) {
		if (dynamic->tag == TAG_RELA)
			table = dynamic->value;
		if (dynamic->tag == TAG_RELA_BYTES)
			bytes = dynamic->value;
	}
	for (const struct relocation *one = (const void *)(base + table); bytes >= sizeof(*one);
	     one++, bytes -= sizeof(*one))
		if (one->info == RELATIVE)
			*(uint64_t *)(base + one->place) = base + one->addend;
}

__attribute__((noreturn, used)) void bare_start(uint64_t *stack, const struct dynamic *dynamic);

void bare_start(uint64_t *stack, const struct dynamic *dynamic)
{
	struct start start = { .argc = (int)stack[0], .argv = (char **)(stack + 1) };

#ifdef __PIE__
	relocate(dynamic);
#else
	(void)dynamic;
#endif
	start.environment = start.argv + start.argc + 1;
	start.auxv = (const uint64_t *)start.environment;
	while (*start.auxv++)
		;
	bare_exit(bare_main(&start));
}

void bare_exit(int status)
{
	for (;;)
		CALL(CALL_EXIT_GROUP, status);
}

uint64_t bare_aux(const struct start *start, uint64_t type)
{
	for (const uint64_t *pair = start->auxv; pair[0]; pair += 2)
		if (pair[0] == type)
			return pair[1];
	return 0;
}

int bare_same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

uint64_t bare_number(const char *text)
{
	uint64_t value = 0;

	while (*text >= '0' && *text <= '9')
		value = value * 10 + (uint64_t)(*text++ - '0');
	return value;
}

void *memcpy(void *to, const void *from, size_t bytes)
{
	char *t = to;
	const char *f = from;

	while (bytes--)
		*t++ = *f++;
	return to;
}

void *memset(void *at, int value, size_t bytes)
{
	char *a = at;

	while (bytes--)
		*a++ = (char)value;
	return at;
}
