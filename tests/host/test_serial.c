// SPDX-License-Identifier: BSD-2-Clause
/*
 * The serial drivers on blocks of memory that stand for their registers. What waits for the port
 * runs in a thread, while the test holds the status and lets go of it.
 *
 * Sources: lib/log/serial_pl011.c lib/log/serial_16550.c
 * Libs: -pthread
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/compiler.h>
#include <lib/console.h>

#define JUNK 0xa5

static struct console_port port;
static u8 *block; /* allocated to the byte, for AddressSanitizer */
static size_t block_bytes;

static void new_block(size_t bytes, unsigned reg_shift, unsigned io_width)
{
	free(block);
	block = malloc(bytes);
	assert_non_null(block);
	block_bytes = bytes;
	memset(block, JUNK, bytes);
	port = (struct console_port){ .base = block,
				      .reg_shift = (u8)reg_shift,
				      .io_width = (u8)io_width };
}

static void set(size_t offset, size_t width, u32 value)
{
	memcpy(block + offset, &value, width);
}

static u32 get(size_t offset, size_t width)
{
	u32 value = 0;

	memcpy(&value, block + offset, width);
	return value;
}

/* Remembers the block; afterwards only what is named may differ. */
static u8 *before;

static void remember(void)
{
	free(before);
	before = malloc(block_bytes);
	assert_non_null(before);
	memcpy(before, block, block_bytes);
}

static void changed_only(size_t offset, size_t width)
{
	memcpy(before + offset, block + offset, width);
	assert_memory_equal(before, block, block_bytes);
}

/* ---- what waits ---- */

struct waiting {
	void (*call)(const struct waiting *w);
	const struct console_driver *driver;
	u8 byte;
	volatile bool done;
};

static void call_put(const struct waiting *w)
{
	w->driver->put(&port, w->byte);
}

static void call_flush(const struct waiting *w)
{
	w->driver->flush(&port);
}

static void *run(void *arg)
{
	struct waiting *w = arg;

	w->call(w);
	w->done = true;
	return NULL;
}

/*
 * The call goes on only once the status register, `width` bytes at `offset`, is no longer `busy`;
 * until then it changes nothing.
 */
static void waits_for(struct waiting *w, size_t offset, size_t width, u32 busy, u32 ready)
{
	const struct timespec while_busy = { .tv_nsec = 5000000 };
	pthread_t thread;

	set(offset, width, busy);
	remember();
	w->done = false;
	assert_int_equal(pthread_create(&thread, NULL, run, w), 0);
	nanosleep(&while_busy, NULL);
	assert_false(w->done);
	assert_memory_equal(before, block, block_bytes);
	*(volatile u8 *)(block + offset) = (u8)ready;
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(w->done);
}

/* ---- PL011: DDI 0183, "Summary of registers" ---- */

#define PL011_BYTES 0x4c
#define DR          0x00
#define FR          0x18
#define LCR_H       0x2c
#define CR          0x30
#define IMSC        0x38

#define FR_BUSY 0x08
#define FR_RXFE 0x10
#define FR_TXFF 0x20
#define FR_RXFF 0x40
#define FR_TXFE 0x80

static void pl011_sets_up_what_is_off(void **state)
{
	(void)state;
	new_block(PL011_BYTES, 2, 4);
	set(CR, 4, 0x300); /* its value after reset: disabled */
	remember();
	serial_pl011.setup(&port);
	assert_int_equal(get(IMSC, 4), 0);
	assert_int_equal(get(LCR_H, 4), 0x70); /* 8 bits, no parity, FIFOs */
	assert_int_equal(get(CR, 4), 0x301);
	memcpy(before + IMSC, block + IMSC, 4);
	memcpy(before + LCR_H, block + LCR_H, 4);
	changed_only(CR, 4);
}

/* Baud rate, format and flow control are what somebody wanted. */
static void pl011_keeps_what_runs(void **state)
{
	(void)state;
	new_block(PL011_BYTES, 2, 4);
	set(CR, 4, 0xcc01); /* enabled, with flow control; neither sends nor receives */
	set(LCR_H, 4, 0x7e);
	remember();
	serial_pl011.setup(&port);
	assert_int_equal(get(CR, 4), 0xcf01);
	memcpy(before + IMSC, block + IMSC, 4);
	changed_only(CR, 4);
	assert_int_equal(get(IMSC, 4), 0);
}

static void pl011_sends_and_waits(void **state)
{
	struct waiting put = { call_put, &serial_pl011, 'g', false };
	struct waiting flush = { call_flush, &serial_pl011, 0, false };

	(void)state;
	new_block(PL011_BYTES, 2, 4);
	set(FR, 4, FR_BUSY | FR_RXFE | FR_RXFF | FR_TXFE); /* all but full */
	remember();
	serial_pl011.put(&port, 0xfe);
	assert_int_equal(get(DR, 4), 0xfe);
	changed_only(DR, 4);
	waits_for(&put, FR, 4, FR_TXFF, 0xff & ~FR_TXFF);
	assert_int_equal(get(DR, 4), 'g');
	waits_for(&flush, FR, 4, FR_BUSY | FR_TXFE, 0xff & ~FR_BUSY);
}

static void pl011_receives(void **state)
{
	(void)state;
	new_block(PL011_BYTES, 2, 4);
	set(FR, 4, FR_RXFE);
	set(DR, 4, 'x');
	remember();
	assert_int_equal(serial_pl011.get(&port), -1);
	set(FR, 4, 0xff & ~FR_RXFE);
	remember();
	assert_int_equal(serial_pl011.get(&port), 'x');
	set(DR, 4, 0xfff); /* error flags above the byte */
	remember();
	assert_int_equal(serial_pl011.get(&port), 0xff);
	changed_only(0, 0);
}

/* ---- 16550: the registers of the data sheet, at every distance and width ---- */

#define DATA 0
#define IER  1
#define FCR  2
#define LSR  5

#define LSR_DR   0x01
#define LSR_THRE 0x20
#define LSR_TEMT 0x40

static const struct {
	unsigned shift;
	unsigned width;
} layouts[] = { { 0, 1 }, { 1, 1 }, { 1, 2 }, { 2, 1 }, { 2, 2 }, { 2, 4 }, { 3, 4 } };

static size_t at(unsigned index)
{
	return (size_t)index << port.reg_shift;
}

static void for_each_layout(void (*test)(unsigned width))
{
	for (unsigned i = 0; i < ARRAY_SIZE(layouts); i++) {
		unsigned shift = layouts[i].shift, width = layouts[i].width;

		/* Nothing after LSR is needed. */
		new_block((5U << shift) + width, shift, width);
		test(width);
	}
}

static void set_up_16550(unsigned width)
{
	remember();
	serial_16550.setup(&port);
	assert_int_equal(get(at(IER), width), 0);
	assert_int_equal(get(at(FCR), width), 0x01); /* FIFOs on, and not emptied */
	memcpy(before + at(IER), block + at(IER), width);
	changed_only(at(FCR), width);
}

static void send_16550(unsigned width)
{
	struct waiting put = { call_put, &serial_16550, 'g', false };
	struct waiting flush = { call_flush, &serial_16550, 0, false };

	set(at(LSR), width, LSR_THRE);
	remember();
	serial_16550.put(&port, 0xfe);
	assert_int_equal(get(at(DATA), width), 0xfe);
	changed_only(at(DATA), width);
	waits_for(&put, at(LSR), width, 0xff & ~LSR_THRE, LSR_THRE);
	assert_int_equal(get(at(DATA), width), 'g');
	waits_for(&flush, at(LSR), width, 0xff & ~LSR_TEMT, LSR_TEMT);
}

static void receive_16550(unsigned width)
{
	set(at(LSR), width, 0xff & ~LSR_DR);
	set(at(DATA), width, 'x');
	remember();
	assert_int_equal(serial_16550.get(&port), -1);
	set(at(LSR), width, LSR_DR);
	remember();
	assert_int_equal(serial_16550.get(&port), 'x');
	set(at(DATA), width, 0xffffffff);
	remember();
	assert_int_equal(serial_16550.get(&port), 0xff);
	changed_only(0, 0);
}

static void ns16550_keeps_the_line_settings(void **state)
{
	(void)state;
	for_each_layout(set_up_16550);
}

static void ns16550_sends_and_waits(void **state)
{
	(void)state;
	for_each_layout(send_16550);
}

static void ns16550_receives(void **state)
{
	(void)state;
	for_each_layout(receive_16550);
}

/* Of a PL011 it has neither control nor line settings. */
static void sbsa_is_left_as_it_is(void **state)
{
	(void)state;
	new_block(PL011_BYTES, 2, 4);
	port.variant = CONSOLE_SBSA;
	remember();
	serial_pl011.setup(&port);
	assert_int_equal(get(IMSC, 4), 0);
	changed_only(IMSC, 4);
}

/* The switch stands before the registers; those of its neighbours stay. */
static void mini_uart_is_switched_on(void **state)
{
	(void)state;
	new_block(CONSOLE_BCM2835_AUX_LEAD_BYTES + 0x40, 2, 4);
	port.base += CONSOLE_BCM2835_AUX_LEAD_BYTES;
	port.variant = CONSOLE_BCM2835_AUX;
	set(4, 4, 6);
	remember();
	serial_16550.setup(&port);
	assert_int_equal(get(4, 4), 7);
	assert_int_equal(get(0x44, 4), 0);
	assert_int_equal(get(0x48, 4), 1);
	memcpy(before + 0x44, block + 0x44, 8);
	changed_only(4, 4);
}

static void big_endian_ports(void **state)
{
	(void)state;
	new_block(0x20, 2, 4);
	port.big_endian = true;
	set(at(LSR), 4, 0x61000000); /* a byte is there, and room; nothing is being sent */
	set(at(DATA), 4, 0x78000000);
	serial_16550.flush(&port);
	assert_int_equal(serial_16550.get(&port), 'x');
	serial_16550.put(&port, 'y');
	assert_int_equal(get(at(DATA), 4), 0x79000000);

	new_block(0x20, 2, 2);
	port.big_endian = true;
	set(at(LSR), 2, 0x6100);
	serial_16550.put(&port, 'z');
	assert_int_equal(get(at(DATA), 2), 0x7a00);
	set(at(DATA), 2, 0x7800);
	assert_int_equal(serial_16550.get(&port), 'x');
}

static int free_blocks(void **state)
{
	(void)state;
	free(block);
	free(before);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pl011_sets_up_what_is_off),
		cmocka_unit_test(pl011_keeps_what_runs),
		cmocka_unit_test(pl011_sends_and_waits),
		cmocka_unit_test(pl011_receives),
		cmocka_unit_test(ns16550_keeps_the_line_settings),
		cmocka_unit_test(ns16550_sends_and_waits),
		cmocka_unit_test(ns16550_receives),
		cmocka_unit_test(sbsa_is_left_as_it_is),
		cmocka_unit_test(mini_uart_is_switched_on),
		cmocka_unit_test(big_endian_ports),
	};

	/* A driver that waits for what never comes shall not stop everything. */
	alarm(60);
	return cmocka_run_group_tests(tests, NULL, free_blocks);
}
