// SPDX-License-Identifier: BSD-2-Clause
/*
 * earlycon= and console=, as they are written for Linux.
 *
 * Sources: lib/log/console_option.c lib/cmdline.c lib/parse.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <kernel/errno.h>
#include <lib/console_option.h>

static struct console_option o;

static void named(const char *line, const char *compatible, u64 base, u32 width, u32 shift,
		  u64 bytes)
{
	assert_int_equal(console_option_find(line, &o), 0);
	assert_string_equal(o.compatible, compatible);
	assert_int_equal(o.base.val, base);
	assert_int_equal(o.reg_io_width, width);
	assert_int_equal(o.reg_shift, shift);
	assert_int_equal(o.bytes, bytes);
}

static void ports(void **state)
{
	(void)state;
	named("earlycon=pl011,0x9000000", "arm,pl011", 0x9000000, 4, 2, 0x1000);
	named("earlycon=pl011,mmio32,0x9000000,115200n8", "arm,pl011", 0x9000000, 4, 2, 0x1000);
	named("earlycon=pl011,mmio,0x9000000", "arm,pl011", 0x9000000, 4, 2, 0x1000);
	named("earlycon=pl011,mmio16,0x9000000", "arm,pl011", 0x9000000, 2, 2, 0x1000);
	named("earlycon=uart8250,mmio32,0x21c0500,115200n8", "ns16550a", 0x21c0500, 4, 2, 32);
	named("console=uart8250,mmio,0x21c0500", "ns16550a", 0x21c0500, 1, 0, 8);
	named("console=uart,mmio16,0x21c0500", "ns16550a", 0x21c0500, 2, 1, 16);
	named("earlycon=bcm2835aux,0x3f215040", "brcm,bcm2835-aux-uart", 0x3f215040, 4, 2, 0x40);
	named("earlycon=uart8250,mmio32be,0x21c0500", "ns16550a", 0x21c0500, 4, 2, 32);
	assert_true(o.big_endian);
}

static void which_counts(void **state)
{
	(void)state;
	named("earlycon=pl011,0x1000 earlycon=pl011,0x2000", "arm,pl011", 0x2000, 4, 2, 0x1000);
	named("earlycon=pl011,0x1000 console=uart,mmio,0x3000", "arm,pl011", 0x1000, 4, 2, 0x1000);
	named("earlycon=pl011,0x1000 earlycon", "arm,pl011", 0x1000, 4, 2, 0x1000);
	assert_string_equal(o.option, "earlycon");
	named("earlycon console=ttyS0 console=uart,mmio,0x3000 console=tty0", "ns16550a", 0x3000, 1,
	      0, 8);
	assert_string_equal(o.option, "console");
}

static void none(void **state)
{
	static const char *const lines[] = {
		"",       "console=ttyAMA0,115200", "earlycon", "earlycon=", "earlycon=efifb",
		"mem=1G", "console=pl0111,0x9"
	};
	static const char *const wrong[] = {
		"earlycon=pl011",           "earlycon=pl011,",        "earlycon=pl011,0",
		"earlycon=pl011,mmio32",    "earlycon=uart,io,0x3f8", "earlycon=pl011,0x9000000x",
		"console=uart,mmio,,0x9000"
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(console_option_find(lines[i], &o), -ENOENT);
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(console_option_find(wrong[i], &o), -EINVAL);
		assert_null(o.compatible);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports),
		cmocka_unit_test(which_counts),
		cmocka_unit_test(none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
