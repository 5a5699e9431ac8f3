// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/log/console.c, with drivers, a devicetree and a debugger that the test plays.
 *
 * Sources: lib/log/console.c lib/log/console_option.c lib/cmdline.c lib/parse.c
 */
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <arch/semihost.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <lib/console.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_console.h>

/* ---- the devicetree ---- */

static struct devicetree_console ports[2]; /* what it finds, in this order */
static unsigned count_of_ports;
static const char *cmdline = "console=ttyAMA0"; /* NULL: /chosen has none */
static const char *lacks[2];                    /* what use said of them */

static const char *const known[] = { "arm,pl011",        "arm,sbsa-uart",
				     "ns16550a",         "ns16550",
				     "ns16450",          "ns8250",
				     "snps,dw-apb-uart", "brcm,bcm2835-aux-uart" };
enum { PL011, SBSA, NS16550A, NS16550, NS16450, NS8250, DW_APB, AUX };

int devicetree_console_find(const struct devicetree *dt, const char *const *drivers, u32 count,
			    devicetree_console_use *use, struct devicetree_console *console)
{
	(void)dt;
	assert_int_equal(count, ARRAY_SIZE(known));
	for (u32 i = 0; i < count; i++)
		assert_string_equal(drivers[i], known[i]);
	for (unsigned i = 0; i < count_of_ports; i++) {
		*console = ports[i];
		console->lacks = "";
		lacks[i] = use(console);
		if (!lacks[i])
			return 0;
	}
	*console = (struct devicetree_console){ .why = "isn't there", .lacks = "" };
	return -ENODEV;
}

/* ---- whoever runs the machine ---- */

static bool answers;
static unsigned asked;
static char heard[400];

bool semihost_answers(void)
{
	asked++;
	return answers;
}

void semihost_write(const char *text)
{
	assert_true(answers);
	assert_true(strlen(heard) + strlen(text) < sizeof(heard));
	strcat(heard, text);
}

/* ---- the drivers: they write down what they are told ---- */

static char sent[100];
static size_t sent_bytes;
static struct console_port last_port;
static unsigned setups, flushes, driver_used;
static int next_byte = -1;
static unsigned next_bytes; /* so many of it are there */

static void note(const struct console_port *port, unsigned driver)
{
	last_port = *port;
	driver_used = driver;
}

static void setup_pl011(const struct console_port *port)
{
	note(port, 0);
	setups++;
}

static void setup_16550(const struct console_port *port)
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
	if (!next_bytes)
		return -1;
	next_bytes--;
	return next_byte;
}

static void flush(const struct console_port *port)
{
	assert_ptr_equal(port->base, last_port.base);
	flushes++;
}

const struct console_driver serial_pl011 = { 15, setup_pl011, put, get, flush, NULL };
const struct console_driver serial_16550 = { 8, setup_16550, put, get, flush, NULL };

/* ---- the map ---- */

static u8 registers[0x200];
static paddr_t mapped_pa;
static u64 mapped_bytes;

static const char *map_registers(paddr_t pa, u64 bytes, vaddr_t *at)
{
	mapped_pa = pa;
	mapped_bytes = bytes;
	*at = vaddr_of(registers);
	return NULL;
}

static const char *map_nothing(paddr_t pa, u64 bytes, vaddr_t *at)
{
	(void)pa, (void)bytes, (void)at;
	return "has registers that lie in memory";
}

/* As an arch does where RAM begins at 1 GiB. */
static const char *map_no_ram(paddr_t pa, u64 bytes, vaddr_t *at)
{
	return pa.val >= GiB ? map_nothing(pa, bytes, at) : map_registers(pa, bytes, at);
}

int devicetree_chosen_bootargs(const struct devicetree *dt, const char **args)
{
	(void)dt;
	*args = cmdline;
	return cmdline ? 0 : -ENOENT;
}

static int fresh(void **state)
{
	(void)state;
	ports[0] = ports[1] = (struct devicetree_console){
		.driver = NS16550A,
		.registers = { .base = { 0x9000000 }, .bytes = 0x100 },
		.reg_shift = 2,
		.reg_io_width = 4,
	};
	count_of_ports = 1;
	sent_bytes = setups = flushes = asked = 0;
	sent[0] = heard[0] = '\0';
	next_byte = -1;
	next_bytes = 0;
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
	assert_true(console_has_port() && console_is_heard());
	console_describe();
	ports[0].driver = PL011;
	assert_int_equal(console_open(NULL, map_registers), 0);
	assert_int_equal(driver_used, 0);
	assert_int_equal(asked, 0); /* with a port nobody is asked whether he listens */
}

/* Every name has a driver, and registers as it stands for where the node says nothing. */
static void knows_ports_by_many_names(void **state)
{
	static const struct {
		unsigned driver, shift, width, variant;
		u64 lead;
	} want[] = {
		[PL011] = { 0, 2, 4, 0, 0 },
		[SBSA] = { 0, 2, 4, CONSOLE_SBSA, 0 },
		[NS16550A] = { 1, 0, 1, 0, 0 },
		[NS16550] = { 1, 0, 1, 0, 0 },
		[NS16450] = { 1, 0, 1, 0, 0 },
		[NS8250] = { 1, 0, 1, 0, 0 },
		[DW_APB] = { 1, 0, 1, 0, 0 },
		[AUX] = { 1, 2, 4, CONSOLE_BCM2835_AUX, CONSOLE_BCM2835_AUX_LEAD_BYTES },
	};

	(void)state;
	ports[0].reg_shift = ports[0].reg_io_width = DEVICETREE_CONSOLE_UNSAID;
	ports[0].big_endian = true;
	for (unsigned i = 0; i < ARRAY_SIZE(known); i++) {
		ports[0].driver = i;
		assert_int_equal(console_open(NULL, map_registers), 0);
		assert_int_equal(driver_used, want[i].driver);
		assert_int_equal(last_port.reg_shift, want[i].shift);
		assert_int_equal(last_port.io_width, want[i].width);
		assert_int_equal(last_port.variant, want[i].variant);
		assert_true(last_port.big_endian);
		assert_int_equal(mapped_pa.val, 0x9000000 - want[i].lead);
		assert_int_equal(mapped_bytes, 0x100 + want[i].lead);
		assert_ptr_equal(last_port.base, registers + want[i].lead);
	}
}

/* What can't be mapped is passed over for the next. */
static void takes_the_next(void **state)
{
	(void)state;
	count_of_ports = 2;
	ports[0].registers.base = paddr(GiB);
	ports[1].driver = PL011;
	assert_int_equal(console_open(NULL, map_no_ram), 0);
	assert_string_equal(lacks[0], "has registers that lie in memory");
	assert_int_equal(setups, 1);
	assert_int_equal(driver_used, 0);
	assert_int_equal(mapped_pa.val, 0x9000000);
}

static void has_no_port(void)
{
	assert_false(console_has_port());
	assert_int_equal(console_read(), -1);
	console_flush();
	assert_int_equal(flushes, 0);
	console_describe();
}

/* Runs first: whether anybody answers is found out once. */
static void speaks_to_who_runs_the_machine(void **state)
{
	char text[200];

	(void)state;
	answers = true;
	count_of_ports = 0;
	assert_int_equal(console_open(NULL, map_registers), -ENODEV);
	assert_true(console_is_heard());
	has_no_port();
	console_write("verdict: fail\n", 14);
	assert_string_equal(heard, "verdict: fail\n");
	heard[0] = '\0';
	console_write("a\0b\n", 4); /* a NUL would end it */
	assert_string_equal(heard, "ab\n");
	heard[0] = '\0';
	memset(text, 'x', sizeof(text));
	console_write(text, sizeof(text));
	assert_int_equal(strlen(heard), sizeof(text));
	assert_int_equal(asked, 1);

	/* What was open is not used any more when opening anew fails, or it is closed. */
	count_of_ports = 1;
	assert_int_equal(console_open(NULL, map_registers), 0);
	assert_int_equal(console_open(NULL, map_nothing), -ENODEV);
	assert_string_equal(lacks[0], "has registers that lie in memory");
	assert_int_equal(console_open(NULL, map_registers), 0);
	console_close();
	heard[0] = '\0';
	console_write("closed\n", 7);
	assert_string_equal(heard, "closed\n");
	assert_int_equal(sent_bytes, 0);
	assert_int_equal(setups, 2);
}

/* A devicetree is input: what it says of the registers may be anything. */
static void refuses_registers_that_cannot_be(void **state)
{
	static const struct {
		u32 driver, shift, width;
		u64 base, bytes;
		bool right;
	} cases[] = {
		{ NS16550A, 0, 1, 0x1000, 8, true },
		{ NS16550A, 2, 4, 0x1000, 32, true },
		{ NS16550A, 2, 1, 0x1001, 32, true },
		{ NS16550A, 0, 1, 0x1000, 7, false },
		{ NS16550A, 2, 4, 0x1000, 31, false },
		{ NS16550A, 5, 1, 0x1000, 0x100, true },
		{ NS16550A, 6, 1, 0x1000, 0x100, false },
		{ NS16550A, 64, 1, 0x1000, 0x100, false },
		{ NS16550A, 258, 1, 0x1000, 0x100, false },
		{ NS16550A, 0xfffffffe, 1, 0x1000, ~0ULL, false },
		{ NS16550A, 2, 0, 0x1000, 0x100, false },
		{ NS16550A, 2, 3, 0x1000, 0x100, false },
		{ NS16550A, 4, 8, 0x1000, 0x100, false },
		{ NS16550A, 2, 257, 0x1000, 0x100, false },
		/* an access would be misaligned, and fault: between registers, or all of them */
		{ NS16550A, 0, 4, 0x1000, 0x100, false },
		{ NS16550A, 1, 2, 0x1000, 0x100, true },
		{ NS16550A, 2, 4, 0x1002, 0x100, false },
		/* the last one that is used is at 0x38 */
		{ PL011, 2, 4, 0x1000, 0x3c, true },
		{ PL011, 2, 4, 0x1000, 0x3b, false },
		{ SBSA, 2, 2, 0x1000, 0x3c, true },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		ports[0].driver = cases[i].driver;
		ports[0].reg_shift = cases[i].shift;
		ports[0].reg_io_width = cases[i].width;
		ports[0].registers.base = paddr(cases[i].base);
		ports[0].registers.bytes = cases[i].bytes;
		if (console_open(NULL, map_registers) != (cases[i].right ? 0 : -ENODEV))
			fail_msg("case %u: %s", i, lacks[0]);
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
	next_bytes = 1;
	next_byte = 0;
	assert_int_equal(console_read(), 0);
	next_bytes = 1;
	next_byte = 0xff;
	assert_int_equal(console_read(), 0xff);
	assert_int_equal(console_read(), -1);
}

/* The tree has none: what the command line names is driven, where the tree would have it so. */
static void by_the_command_line(void **state)
{
	(void)state;
	answers = true;
	count_of_ports = 0;
	cmdline = "earlycon=pl011,0x9000000 console=ttyAMA0";
	assert_int_equal(console_open(NULL, map_registers), 0);
	assert_true(console_has_port());
	console_describe();
	/* the tree's counts, where it has one */
	count_of_ports = 1;
	assert_int_equal(console_open(NULL, map_registers), 0);
	count_of_ports = 0;
	/* what can't be mapped, and what is no address */
	assert_int_equal(console_open(NULL, map_nothing), -ENODEV);
	console_describe();
	cmdline = "earlycon=pl011,here";
	assert_int_equal(console_open(NULL, map_registers), -ENODEV);
	console_describe();
	cmdline = "console=ttyAMA0";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(speaks_to_who_runs_the_machine, fresh),
		cmocka_unit_test_setup(opens_what_the_tree_names, fresh),
		cmocka_unit_test_setup(knows_ports_by_many_names, fresh),
		cmocka_unit_test_setup(takes_the_next, fresh),
		cmocka_unit_test_setup(refuses_registers_that_cannot_be, fresh),
		cmocka_unit_test_setup(writes_as_terminals_want_it, fresh),
		cmocka_unit_test_setup(reads_what_is_there, fresh),
		cmocka_unit_test_setup(by_the_command_line, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
