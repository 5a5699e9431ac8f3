/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console: one serial port, found by the devicetree, driven by polling.
 *
 * A driver is a row in the table of console.c. The console is opened twice: in the boot stage,
 * where registers are mapped one to one, and again in the kernel map; what is remembered of the
 * first is wrong in the second.
 */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include <kernel/types.h>

struct devicetree;

/* How a driver reaches its registers. */
struct console_port {
	volatile u8 *base;
	u8 reg_shift; /* registers stand 1 << reg_shift bytes apart */
	u8 io_width;  /* and are accessed by so many bytes: 1, 2 or 4 */
};

struct console_driver {
	const char *compatible;
	const char *name;
	void (*setup)(const struct console_port *port);
	void (*put)(const struct console_port *port, u8 byte); /* waits for room */
	int (*get)(const struct console_port *port);           /* a byte, or -1 for none there */
	void (*flush)(const struct console_port *port);        /* waits until all is sent */
};

extern const struct console_driver serial_pl011;
extern const struct console_driver serial_16550;

/* Makes registers accessible; returns their address, or 0. */
typedef vaddr_t console_map_fn(paddr_t pa, u64 bytes);

/*
 * console_open - find the port that the devicetree names and set it up.
 *
 * Returns 0; -ENODEV when the tree names no port that there is a driver for, or one whose
 * registers can't be as it says; -ENOMEM when it can't be mapped. Without a console output is
 * lost. `console_describe` says which and why.
 */
int console_open(const struct devicetree *dt, console_map_fn *map);

/* Print what was found: "console: pl011 at 0x9000000, by stdout-path". */
void console_describe(void);

/* Write text as it is, with a carriage return before each newline. */
void console_write(const char *text, size_t bytes);

/* The next byte that somebody typed, or -1. Does not wait. */
int console_read(void);

/* Wait until everything has left the port: before the machine ends. */
void console_flush(void);

/* Break the console's lock, for a panic that may have happened inside it. */
void console_bust_lock(void);

#endif
