/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which UART is the console: the one that /chosen/stdout-path names (or Linux' older
 * linux,stdout-path); where that can't be it, the first one in the tree that can.
 *
 * `dt` is an open tree, see <lib/devicetree.h>, which also states the context.
 * Source: Devicetree Specification v0.4, sections 3.6 and 4.2; Linux' bindings serial/8250.yaml,
 * serial/snps-dw-apb-uart.yaml and serial/pl011.yaml.
 */
#ifndef LIB_DEVICETREE_CONSOLE_H
#define LIB_DEVICETREE_CONSOLE_H

#include <lib/devicetree.h>

enum devicetree_console_rule {
	DEVICETREE_CONSOLE_STDOUT_PATH, /* /chosen/stdout-path names it */
	DEVICETREE_CONSOLE_FIRST,       /* it is the first enabled one that can be used */
};

/* Of reg_shift and reg_io_width: the node doesn't say, so it is as usual for the device. */
#define DEVICETREE_CONSOLE_UNSAID 0xffffffffU

struct devicetree_console {
	enum devicetree_console_rule rule;
	const char *why;   /* why stdout-path wasn't followed: "names no node"; NULL if it was */
	const char *lacks; /* after "names a device that": "is disabled"; else "" */
	u32 driver;        /* index of the caller's name that it is compatible with */
	struct devicetree_path path;
	struct devicetree_range registers; /* from reg-offset on */
	u32 reg_shift;                     /* a register's number is shifted by so much */
	u32 reg_io_width;                  /* bytes of an access */
	bool big_endian;
	u32 clock_hz;        /* clock-frequency, 0 if unknown */
	u32 baud;            /* from the options, else current-speed, 0 if unknown */
	const char *options; /* what stdout-path has after ':', such as "115200n8"; else "" */
	/* The first that has a driver and is enabled, but was passed over; name NULL: none. */
	struct devicetree_range passed;
};

/* NULL if the caller takes what was found; else what it lacks: "has registers that ...". */
typedef const char *devicetree_console_use(const struct devicetree_console *console);

/*
 * devicetree_console_find - hand UARTs to `use`, in the order of the rules, until it takes one.
 *
 * `drivers` are the names that the caller can drive; `use` sees enabled devices of these only,
 * with all fields but `passed` filled in. -ENODEV if it takes none: console->why and
 * console->passed say what was wrong.
 */
int devicetree_console_find(const struct devicetree *dt, const char *const *drivers, u32 count,
			    devicetree_console_use *use,
			    struct devicetree_console *console) __must_check;

#endif
