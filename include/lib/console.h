/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console: one serial port, found by the devicetree. Writing polls it; what is typed comes by
 * interrupt, once console_listen was called. Where no port can be driven, text goes out by
 * semihosting, if there is any.
 *
 * What a port is compatible with, and its driver, is a row in the table of console.c. The console
 * is opened twice: in the boot stage, where registers are mapped one to one, and again in the
 * kernel map; what is remembered of the first is wrong in the second.
 */
#ifndef LIB_CONSOLE_H
#define LIB_CONSOLE_H

#include <kernel/compiler.h>
#include <kernel/types.h>

struct devicetree;
struct devicetree_path;

/* How a driver reaches its registers. */
struct console_port {
	volatile u8 *base;
	u8 reg_shift; /* registers stand 1 << reg_shift bytes apart */
	u8 io_width;  /* and are accessed by so many bytes: 1, 2 or 4 */
	u8 variant;   /* enum console_variant */
	bool big_endian;
};

/* Ports that are like others, but for their setup. */
enum console_variant {
	CONSOLE_SBSA = 1,    /* a PL011 that is on, and has neither control nor line settings */
	CONSOLE_BCM2835_AUX, /* a 16550 with a switch in front of it */
};

/* So many bytes before its registers a BCM2835_AUX is mapped as well: there is the switch. */
#define CONSOLE_BCM2835_AUX_LEAD_BYTES 0x40

struct console_driver {
	u8 registers; /* so many have to be there */
	void (*setup)(const struct console_port *port);
	void (*put)(const struct console_port *port, u8 byte); /* waits for room */
	int (*get)(const struct console_port *port);           /* a byte, or -1 for none there */
	void (*flush)(const struct console_port *port);        /* waits until all is sent */
	/* Interrupt while there is a byte to get, or don't. */
	void (*listen)(const struct console_port *port, bool on);
};

extern const struct console_driver serial_pl011;
extern const struct console_driver serial_16550;

/*
 * Makes registers accessible, and says where. NULL, or why it can't be done: "has registers that
 * lie in memory".
 */
typedef const char *console_map_fn(paddr_t pa, u64 bytes, vaddr_t *at);

/*
 * console_open - find the first port that the devicetree names and that can be used; set it up.
 *
 * A port that can't be mapped is passed over for the next. Where the tree has none, earlycon= and
 * console= of its command line count (<lib/console_option.h>). Returns 0, or -ENODEV if none is
 * left: what is written goes out by semihosting then, or, where nobody answers, is lost.
 * `console_describe` says which, and why.
 */
int console_open(const struct devicetree *dt, console_map_fn *map) __must_check;

/* Forget the port: its driver's address, or its registers', are about to be wrong. */
void console_close(void);

/* Print what was found: "console: pl011 at 0x9000000, by stdout-path". */
void console_describe(void);

/* Is there a port, so that somebody may type? */
bool console_has_port(void);

/* Does what is written reach anybody: by a port, or by semihosting? */
bool console_is_heard(void);

/* Write text as it is, to a port with a carriage return before each newline. */
void console_write(const char *text, size_t bytes);

/* The next byte that somebody typed, or -1. Does not wait. */
int console_read(void);

/*
 * console_path       the port's node, for its interrupt; NULL: it has none, or there is no port
 * console_listen     from here on the port interrupts when something is typed
 * console_interrupt  its handler: keeps what was typed for console_read. More than can be kept
 *                    (CONSOLE_TYPED_BYTES) stays in the port, which doesn't interrupt until there
 *                    is room again: whoever sends can be held up, as QEMU can
 */
#define CONSOLE_TYPED_BYTES 256
const struct devicetree_path *console_path(void);
void console_listen(void);
void console_interrupt(void);

/* Wait until everything has left the port: before the machine ends. */
void console_flush(void);

/* Break the console's lock, for a panic that may have happened inside it. */
void console_bust_lock(void);

#endif
