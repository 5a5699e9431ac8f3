/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel command line, split into options as Linux splits it.
 *
 *   line    options, separated by blanks, tabs or newlines
 *   option  name or name=value; the first `=` that is not the first character
 *           divides them
 *   quotes  blanks between double quotes belong to the option. The quotes may stand
 *           around the value, run="a; b", or around it all, "run=a b", and are
 *           not part of what is returned. There is no escape character
 *   --      what follows is for an init program, not for the kernel
 *
 * An option is a view into the line: nothing is copied or changed, there is no
 * limit to its length, and it is not terminated. A line that is NULL is an empty
 * one. No page size enters here; kernel/boot/pagesize.c reads its option through this.
 */
#ifndef LIB_CMDLINE_H
#define LIB_CMDLINE_H

#include <kernel/compiler.h>
#include <kernel/types.h>

struct cmdline_option {
	const char *name;
	size_t name_len;
	const char *value; /* empty if there is none; never NULL */
	size_t value_len;
	bool has_value;    /* there was a `=` */
	bool unterminated; /* a quote was never closed: it runs to the end of the line */
};

/*
 * Reads the option at `*cursor` and moves the cursor past it. Start with
 * `cursor` at the beginning of the line. Returns false at the end of the line or
 * at `--`, as often as it is called; the cursor then points at what ended it.
 */
bool cmdline_next(const char **cursor, struct cmdline_option *opt);

/* In names `-` and `_` are the same character; upper and lower case are not. */
bool cmdline_name_is(const struct cmdline_option *opt, const char *name);

/* True if the option has this value, in whatever case. */
bool cmdline_value_is(const struct cmdline_option *opt, const char *value);

/*
 * Finds the last option of this name, which is the one that counts when it is
 * repeated. Returns false, and leaves `*out` alone, if there is none.
 */
bool cmdline_find_last(const char *cmdline, const char *name, struct cmdline_option *out);

/* How often an option of this name is there. */
unsigned cmdline_count(const char *cmdline, const char *name);

/*
 * CMDLINE_OPTION(id, "name") - what reads an option says so, for the line about those that nothing
 * reads. `id`: any word that the file has once.
 */
#define CMDLINE_OPTION(id, name) \
	static const char *const cmdline_option_##id __used __section(".options") = name

extern const char *const _options[], *const _options_end[];

/*
 * As cmdline_next, but goes on to the next option that is not among the
 * names in [known, end).
 *
 * A name with a dot in it belongs to something that may not exist in this
 * kernel (`nvme.timeout=30`), so it is passed over in silence, as Linux does; a
 * misspelt `arm64.pagesiz` too, therefore.
 */
bool cmdline_next_unknown(const char **cursor, const char *const *known, const char *const *end,
			  struct cmdline_option *opt);

#endif
