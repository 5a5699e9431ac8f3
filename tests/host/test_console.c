// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel/console.c, with drivers and a devicetree that the test plays.
 *
 * Sources: kernel/console.c
 */
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/console.h>
#include <kernel/devicetree_device.h>
#include <kernel/errno.h>

/* ---- the devicetree ---- */

static struct devicetree_console tree; /* what it finds, unless there is none */
static bool tree_has_none;

int devicetree_device_console(const struct devicetree *dt, const char *const *drivers, u32 count,
			      struct devicetree_console *console)
{
	(void)dt;
	assert_int_equal(count, 2);
	assert_string_equal(drivers[0], "test,first");
	assert_string_equal(drivers[1], "test,second");
	if (tree_has_none)
		return -ENODEV;
	*console = tree;
	return 0;
}

/* ---- the drivers: they write down what they are told ---- */

static char sent[100];
static size_t sent_bytes;
static struct console_port last_port;
static unsigned setups, flushes, driver_used;
static int next_byte = -1;

static void note(const struct console_port *port, unsigned driver)
{
	last_port = *port;
	driver_used = driver;
}

static void setup_first(const struct console_port *port)
{
	note(port, 0);
	setups++;
}

static void setup_second(const struct console_port *port)
{
	note(port, 1);
	setups++;
}

static void put(const struct console_port *port, u8 byte)
{
	assert_ptr_equal(port->base, last_port.base);
	assert_true(sent_bytes < sizeof(sent) - 1);
	sent[sent_bytes++] = (char)byte;
	sent[sent_bytes] = '\0';
}

static int get(const struct console_port *port)
{
	assert_ptr_equal(port->base, last_port.base);
	return next_byte;
}

static void flush(const struct console_port *port)
{
	assert_ptr_equal(port->base, last_port.base);
	flushes++;
}

const struct console_driver serial_pl011 = { "test,first", "first", setup_first, put, get, flush };
const struct console_driver serial_16550 = {
	"test,second", "second", setup_second, put, get, flush
};

/* ---- the map ---- */

static u8 registers[0x100];
static paddr_t mapped_pa;
static u64 mapped_bytes;

static vaddr_t map_registers(paddr_t pa, u64 bytes)
{
	mapped_pa = pa;
	mapped_bytes = bytes;
	return vaddr_of(registers);
}

static vaddr_t map_nothing(paddr_t pa, u64 bytes)
{
	(void)pa, (void)bytes;
	return vaddr(0);
}

static int fresh(void **state)
{
	(void)state;
	tree = (struct devicetree_console){
		.driver = 1,
		.registers = { .base = { 0x9000000 }, .bytes = 0x100 },
		.reg_shift = 2,
		.reg_io_width = 4,
	};
	tree_has_none = false;
	sent_bytes = setups = flushes = 0;
	sent[0] = '\0';
	next_byte = -1;
	return 0;
}

static void opens_what_the_tree_names(void **state)
{
	(void)state;
	assert_int_equal(console_open(NULL, map_registers), 0);
	assert_int_equal(setups, 1);
	assert_int_equal(driver_used, 1);
	assert_int_equal(mapped_pa.val, 0x9000000);
	assert_int_equal(mapped_bytes, 0x100);
	assert_ptr_equal(last_port.base, registers);
	assert_int_equal(last_port.reg_shift, 2);
	assert_int_equal(last_port.io_width, 4);
	console_describe();
	tree.driver = 0;
	assert_int_equal(console_open(NULL, map_registers), 0);
	assert_int_equal(driver_used, 0);
}

static void is_silent_without_a_port(const char *text)
{
	console_write(text, strlen(text));
	assert_int_equal(sent_bytes, 0);
	assert_int_equal(console_read(), -1);
	console_flush();
	assert_int_equal(flushes, 0);
	console_describe();
}

static void does_without(void **state)
{
	(void)state;
	/* What was open is not used any more when opening anew fails. */
	assert_int_equal(console_open(NULL, map_registers), 0);
	assert_int_equal(console_open(NULL, map_nothing), -ENOMEM);
	is_silent_without_a_port("lost\n");
	assert_int_equal(console_open(NULL, map_registers), 0);
	tree_has_none = true;
	assert_int_equal(console_open(NULL, map_registers), -ENODEV);
	is_silent_without_a_port("lost\n");
	assert_int_equal(setups, 2);
}

/* A devicetree is input: what it says of the registers may be anything. */
static void refuses_registers_that_cannot_be(void **state)
{
	static const struct {
		u32 shift, width;
		u64 bytes;
		int want;
	} cases[] = {
		{ 0, 1, 8, 0 },
		{ 2, 4, 32, 0 },
		{ 0, 4, 0x100, 0 }, /* said of PL011 */
		{ 0, 1, 7, -ENODEV },
		{ 2, 4, 31, -ENODEV },
		{ 5, 1, 0x100, 0 },
		{ 6, 1, 0x100, -ENODEV },
		{ 64, 1, 0x100, -ENODEV },
		{ 258, 1, 0x100, -ENODEV },
		{ 0xffffffff, 1, ~0ULL, -ENODEV },
		{ 0, 0, 0x100, -ENODEV },
		{ 0, 3, 0x100, -ENODEV },
		{ 0, 8, 0x100, -ENODEV },
		{ 0, 257, 0x100, -ENODEV },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tree.reg_shift = cases[i].shift;
		tree.reg_io_width = cases[i].width;
		tree.registers.bytes = cases[i].bytes;
		if (console_open(NULL, map_registers) != cases[i].want)
			fail_msg("case %u", i);
	}
}

static void writes_as_terminals_want_it(void **state)
{
	(void)state;
	assert_int_equal(console_open(NULL, map_registers), 0);
	console_write("a\nb\r\n\n\xff", 7);
	assert_string_equal(sent, "a\r\nb\r\r\n\r\n\xff");
	console_write("zero\0in", 0);
	assert_int_equal(sent_bytes, 10);
	console_write("\0x", 2);
	assert_int_equal(sent_bytes, 12);
	console_flush();
	assert_int_equal(flushes, 1);
}

static void reads_what_is_there(void **state)
{
	(void)state;
	assert_int_equal(console_open(NULL, map_registers), 0);
	assert_int_equal(console_read(), -1);
	next_byte = 0;
	assert_int_equal(console_read(), 0);
	next_byte = 0xff;
	assert_int_equal(console_read(), 0xff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(opens_what_the_tree_names, fresh),
		cmocka_unit_test_setup(does_without, fresh),
		cmocka_unit_test_setup(refuses_registers_that_cannot_be, fresh),
		cmocka_unit_test_setup(writes_as_terminals_want_it, fresh),
		cmocka_unit_test_setup(reads_what_is_there, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
