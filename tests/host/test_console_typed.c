// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/log/console.c: what is typed is kept until somebody reads it. The test plays the driver.
 *
 * Sources: lib/log/console.c lib/log/console_option.c lib/cmdline.c lib/parse.c
 */
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <arch/semihost.h>
#include <kernel/compiler.h>
#include <lib/console.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_console.h>

/* ---- the machine ---- */

static u8 registers[0x200];
static int next_byte;
static unsigned next_bytes; /* so many of it are there */
static bool listens;

static void setup(const struct console_port *port)
{
	(void)port;
}

static void put(const struct console_port *port, u8 byte)
{
	(void)port, (void)byte;
}

static int get(const struct console_port *port)
{
	assert_ptr_equal(port->base, registers);
	if (!next_bytes)
		return -1;
	next_bytes--;
	return next_byte;
}

static void listen(const struct console_port *port, bool on)
{
	assert_ptr_equal(port->base, registers);
	listens = on;
}

const struct console_driver serial_pl011 = { 15, setup, put, get, setup, listen };
const struct console_driver serial_16550 = { 8, setup, put, get, setup, listen };

static const char *map_registers(paddr_t pa, u64 bytes, vaddr_t *at)
{
	(void)pa, (void)bytes;
	*at = vaddr_of(registers);
	return NULL;
}

int devicetree_console_find(const struct devicetree *dt, const char *const *drivers, u32 count,
			    devicetree_console_use *use, struct devicetree_console *console)
{
	(void)dt, (void)drivers, (void)count;
	*console = (struct devicetree_console){ .registers = { .bytes = sizeof(registers) },
						.reg_shift = DEVICETREE_CONSOLE_UNSAID,
						.reg_io_width = DEVICETREE_CONSOLE_UNSAID,
						.lacks = "" };
	assert_null(use(console));
	return 0;
}

int devicetree_chosen_bootargs(const struct devicetree *dt, const char **args)
{
	(void)dt, (void)args;
	fail();
	return 0;
}

bool semihost_answers(void)
{
	return false;
}

void semihost_write(const char *text)
{
	(void)text;
	fail();
}

/* ---- tests ---- */

/* What interrupts is handled until nothing does. */
static void type(int byte, unsigned times)
{
	next_byte = byte;
	next_bytes += times;
	while (listens && next_bytes)
		console_interrupt();
}

/* What is typed is kept in its order; what there is no room for stays in the port. */
static void keeps_what_is_typed(void **state)
{
	unsigned count = 0;

	(void)state;
	assert_int_equal(console_open(NULL, map_registers), 0);
	assert_non_null(console_path());
	assert_false(listens);
	console_listen();
	assert_true(listens);
	/* Around the end of where it is kept, more than once. */
	for (unsigned round = 0; round < 5; round++) {
		type('a', 100);
		type('b', CONSOLE_TYPED_BYTES - 101);
		assert_true(listens);
		type('c', 1);
		assert_false(listens);
		type('d', 7);
		assert_int_equal(next_bytes, 7);
		for (unsigned i = 0; i < 100; i++)
			assert_int_equal(console_read(), 'a');
		for (unsigned i = 101; i < CONSOLE_TYPED_BYTES; i++)
			assert_int_equal(console_read(), 'b');
		assert_int_equal(console_read(), 'c');
		assert_true(listens);
		for (unsigned i = 0; i < 7; i++)
			assert_int_equal(console_read(), 'd');
		assert_int_equal(console_read(), -1);
	}
	/* As much as anybody likes to paste, read bit by bit: nothing is lost. */
	type('x', 100000);
	while (console_read() == 'x') {
		count++;
		type('x', 0);
	}
	assert_int_equal(count, 100000);
	assert_true(listens);
	console_close();
	assert_null(console_path());
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(keeps_what_is_typed) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
