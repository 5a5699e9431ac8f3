// SPDX-License-Identifier: BSD-2-Clause
/* A console by the command line. <lib/console_option.h> has the contract. */
#include <kernel/errno.h>
#include <lib/cmdline.h>
#include <lib/console_option.h>
#include <lib/parse.h>
#include <lib/string.h>

CMDLINE_OPTION(console, "console");
CMDLINE_OPTION(earlycon, "earlycon");

static const struct {
	char name[12]; /* Linux's */
	char compatible[24];
	u16 bytes; /* 0: eight registers, as far apart as they are wide */
} ports[] = {
	{ "pl011", "arm,pl011", 0x1000 }, { "uart8250", "ns16550a", 0 },
	{ "uart", "ns16550a", 0 },        { "ns16550", "ns16550", 0 },
	{ "ns16550a", "ns16550a", 0 },    { "bcm2835aux", "brcm,bcm2835-aux-uart", 0x40 },
};

static const struct {
	char name[12];
	u8 io_width;
	bool big_endian;
} accesses[] = {
	{ "mmio", 1, false },         { "mmio16", 2, false },  { "mmio32", 4, false },
	{ "mmio32native", 4, false }, { "mmio32be", 4, true },
};

/* The next word of a list with commas; empty at the end. */
static size_t next_word(const char **text, const char *end, const char **word)
{
	size_t bytes;

	*word = *text;
	while (*text < end && **text != ',')
		++*text;
	bytes = (size_t)(*text - *word);
	if (*text < end)
		++*text;
	return bytes;
}

static bool is(const char *word, size_t bytes, const char *name, size_t room)
{
	return strnlen(name, room) == bytes && !memcmp(word, name, bytes);
}

static int parse_one(const struct cmdline_option *opt, struct console_option *o)
{
	const char *text = opt->value, *end = text + opt->value_len, *word;
	size_t bytes = next_word(&text, end, &word);
	u32 port, access;
	u64 base;

	for (port = 0; port < ARRAY_SIZE(ports); port++)
		if (is(word, bytes, ports[port].name, sizeof(ports[port].name)))
			break;
	if (port == ARRAY_SIZE(ports))
		return -ENOENT;

	bytes = next_word(&text, end, &word);
	for (access = 0; access < ARRAY_SIZE(accesses); access++)
		if (is(word, bytes, accesses[access].name, sizeof(accesses[access].name)))
			break;
	if (access < ARRAY_SIZE(accesses))
		bytes = next_word(&text, end, &word);
	else /* only an address */
		access = 0;
	o->compatible = NULL;
	if (parse_size(word, bytes, NULL, &base) || !base)
		return -EINVAL;
	o->compatible = ports[port].compatible;
	o->base = paddr(base);
	/* Registers with a place of their own are 4 bytes apart, and a byte isn't all of one. */
	if (ports[port].bytes && !access)
		access = 2;
	o->reg_io_width = accesses[access].io_width;
	o->reg_shift = ports[port].bytes ? 2 : (u32)__builtin_ctz(o->reg_io_width);
	o->big_endian = accesses[access].big_endian;
	o->bytes = ports[port].bytes ? ports[port].bytes : 8U << o->reg_shift;
	return 0;
}

int console_option_find(const char *cmdline, struct console_option *option)
{
	static const char *const names[] = { "earlycon", "console" };

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		const char *cursor = cmdline;
		struct cmdline_option opt;
		int result = -ENOENT, err;

		option->compatible = NULL;
		while (cmdline_next(&cursor, &opt)) {
			if (!cmdline_name_is(&opt, names[i]))
				continue;
			err = parse_one(&opt, option);
			result = err == -ENOENT ? result : err;
		}
		option->option = names[i];
		if (result != -ENOENT)
			return result;
	}
	return -ENOENT;
}
