// SPDX-License-Identifier: BSD-2-Clause
/*
 * The console: which port, and text in and out of it.
 *
 * The devicetree says which port (stdout-path, else the first that can be used); the table below
 * says how to drive it. A further device of a known
 * driver is one more row; a further driver also needs its code (serial_*.c) and a name below.
 */
#include <arch/semihost.h>
#include <arch/spinlock.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <lib/console.h>
#include <lib/console_option.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_console.h>
#include <lib/printk.h>
#include <lib/string.h>

enum {
	PL011,
	UART_16550,
};

/* What a port is compatible with, and how its registers are where the tree doesn't say. */
static const struct {
	char compatible[24];
	u8 driver;
	u8 reg_shift;
	u8 io_width;
	u8 variant; /* enum console_variant */
} types[] = {
	{ "arm,pl011", PL011, 2, 4, 0 },
	{ "arm,sbsa-uart", PL011, 2, 4, CONSOLE_SBSA },
	{ "ns16550a", UART_16550, 0, 1, 0 },
	{ "ns16550", UART_16550, 0, 1, 0 },
	{ "ns16450", UART_16550, 0, 1, 0 },
	{ "ns8250", UART_16550, 0, 1, 0 },
	{ "snps,dw-apb-uart", UART_16550, 0, 1, 0 },
	{ "brcm,bcm2835-aux-uart", UART_16550, 2, 4, CONSOLE_BCM2835_AUX },
};

static struct {
	const struct console_driver *driver; /* NULL until it is open */
	struct console_port port;
	struct devicetree_console found;
	struct console_option option; /* where the tree has no port; .option: NULL for none */
	const char *option_lacks;     /* why that can't be driven */
	console_map_fn *map;          /* while it is being opened */
	enum {
		UNASKED,
		ANSWERS,
		SILENT,
	} semihost; /* without a port */
	/* What was typed: counts of all bytes ever put and taken. */
	u32 typed, taken;
	u8 typed_byte[CONSOLE_TYPED_BYTES];
	bool full; /* the port is not listened to until there is room */
} console;

/* Of the port, and of what was typed. */
STATIC_SPINLOCK(lock, console, LOCK_CONSOLE);

/* ---- opening ---- */

static u32 said_or(u32 said, u32 otherwise)
{
	return said == DEVICETREE_CONSOLE_UNSAID ? otherwise : said;
}

/*
 * Set a port up, if it can be driven as the tree says. The tree is input: a shift of 200 would be
 * undefined in C, and a wide access to a misaligned register would fault.
 */
static const char *use(const struct devicetree_console *found)
{
	const struct console_driver *driver =
		types[found->driver].driver == PL011 ? &serial_pl011 : &serial_16550;
	u32 shift = said_or(found->reg_shift, types[found->driver].reg_shift);
	u32 width = said_or(found->reg_io_width, types[found->driver].io_width);
	u8 variant = types[found->driver].variant;
	u64 lead = variant == CONSOLE_BCM2835_AUX ? CONSOLE_BCM2835_AUX_LEAD_BYTES : 0;
	const char *lacks;
	vaddr_t base;

	if (shift > 8 || (u64)driver->registers << shift > found->registers.bytes)
		return "has less room than its registers need";
	if ((width != 1 && width != 2 && width != 4) || width > 1U << shift ||
	    !IS_ALIGNED(found->registers.base.val, width))
		return "has registers that can't be accessed in its reg-io-width";
	lacks = console.map(paddr_sub(found->registers.base, lead), found->registers.bytes + lead,
			    &base);
	if (lacks)
		return lacks;
	console.port = (struct console_port){ .base = (volatile u8 *)vaddr_ptr(base) + lead,
					      .reg_shift = (u8)shift,
					      .io_width = (u8)width,
					      .variant = variant,
					      .big_endian = found->big_endian };
	driver->setup(&console.port);
	console.driver = driver;
	return NULL;
}

/* The port of earlycon= or console=, as if the tree had it. */
static int use_option(const struct devicetree *dt)
{
	struct console_option *o = &console.option;
	struct devicetree_console port;
	const char *cmdline;
	int err;

	if (devicetree_chosen_bootargs(dt, &cmdline))
		return -ENODEV;
	err = console_option_find(cmdline, o);
	if (err == -ENOENT)
		o->option = NULL;
	if (err)
		return -ENODEV;
	port = (struct devicetree_console){
		.options = "",
		.lacks = "",
		.registers = { .base = o->base, .bytes = o->bytes },
		.reg_shift = o->reg_shift,
		.reg_io_width = o->reg_io_width,
		.big_endian = o->big_endian,
	};
	for (u32 i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i].compatible, o->compatible))
			port.driver = i;
	console.option_lacks = use(&port);
	if (console.option_lacks)
		return -ENODEV;
	console.found = port;
	return 0;
}

int console_open(const struct devicetree *dt, console_map_fn *map)
{
	const char *compatible[ARRAY_SIZE(types)];
	int err;

	console_close();
	console.map = map;
	for (unsigned i = 0; i < ARRAY_SIZE(types); i++)
		compatible[i] = types[i].compatible;
	console.option.option = NULL;
	err = devicetree_console_find(dt, compatible, ARRAY_SIZE(types), use, &console.found);
	return err ? use_option(dt) : 0;
}

void console_close(void)
{
	console.driver = NULL;
}

static void describe_port(const struct devicetree_console *found)
{
	const char *name = types[found->driver].compatible, *comma = strchr(name, ',');

	printk("console: %s at %#llx, by ", comma ? comma + 1 : name, found->registers.base.val);
	if (console.option.option)
		printk("%s=: the devicetree has none\n", console.option.option);
	else if (found->why)
		printk("being the first in the devicetree (%s%s%s)\n", found->why,
		       *found->lacks ? " " : "", found->lacks);
	else
		printk("stdout-path\n");
}

static void describe_none(const struct devicetree_console *found)
{
	if (console.option.option && console.option.compatible)
		printk("console: none by %s=: it %s\n", console.option.option,
		       console.option_lacks);
	else if (console.option.option)
		printk("console: none by %s=: its address isn't one; write pl011,0x9000000, or "
		       "uart8250,mmio32,0x21c0500\n",
		       console.option.option);
	printk("console: none: stdout-path %s%s%s; there are drivers for", found->why,
	       *found->lacks ? " " : "", found->lacks);
	for (unsigned i = 0; i < ARRAY_SIZE(types); i++)
		printk("%s %s", i ? "," : "", types[i].compatible);
	printk("\n");
}

void console_describe(void)
{
	const struct devicetree_console *found = &console.found;

	if (console.driver)
		describe_port(found);
	else
		describe_none(found);
	if (found->passed.name)
		printk("console: %s at %#llx is passed over: it %s\n", found->passed.name,
		       found->passed.base.val, found->passed.why);
}

/* ---- text ---- */

bool console_has_port(void)
{
	return console.driver != NULL;
}

static bool semihost_hears(void)
{
	if (console.semihost == UNASKED)
		console.semihost = semihost_answers() ? ANSWERS : SILENT;
	return console.semihost == ANSWERS;
}

bool console_is_heard(void)
{
	return console_has_port() || semihost_hears();
}

/* Which wants a NUL at the end, so that one in the text is left out. */
static void write_by_semihost(const char *text, size_t bytes)
{
	char piece[80];

	while (bytes) {
		size_t len = 0;

		for (; bytes && len < sizeof(piece) - 1; bytes--, text++)
			if (*text)
				piece[len++] = *text;
		piece[len] = '\0';
		semihost_write(piece);
	}
}

void console_write(const char *text, size_t bytes)
{
	u64 saved;

	if (!console_is_heard())
		return;
	saved = spin_lock_irq(&lock);
	if (!console.driver)
		write_by_semihost(text, bytes);
	for (size_t i = 0; console.driver && i < bytes; i++) {
		if (text[i] == '\n')
			console.driver->put(&console.port, '\r');
		console.driver->put(&console.port, (u8)text[i]);
	}
	spin_unlock_irq(&lock, saved);
}

/* From the port's FIFO, until that is empty or nothing more can be kept. With the lock. */
static void take_typed(void)
{
	int byte = 0;

	while (byte >= 0 && console.typed - console.taken < CONSOLE_TYPED_BYTES) {
		byte = console.driver->get(&console.port);
		if (byte >= 0)
			console.typed_byte[console.typed++ % CONSOLE_TYPED_BYTES] = (u8)byte;
	}
}

int console_read(void)
{
	int byte = -1;
	u64 saved;

	if (!console.driver)
		return -1;
	saved = spin_lock_irq(&lock);
	if (console.typed == console.taken)
		take_typed();
	if (console.typed != console.taken)
		byte = console.typed_byte[console.taken++ % CONSOLE_TYPED_BYTES];
	if (console.full && console.typed == console.taken) {
		console.full = false;
		console.driver->listen(&console.port, true);
	}
	spin_unlock_irq(&lock, saved);
	return byte;
}

const struct devicetree_path *console_path(void)
{
	return console.driver && !console.option.option ? &console.found.path : NULL;
}

void console_listen(void)
{
	u64 saved = spin_lock_irq(&lock);

	console.driver->listen(&console.port, true);
	spin_unlock_irq(&lock, saved);
}

void console_interrupt(void)
{
	u64 saved = spin_lock_irq(&lock);

	take_typed();
	console.full = console.typed - console.taken == CONSOLE_TYPED_BYTES;
	if (console.full)
		console.driver->listen(&console.port, false);
	spin_unlock_irq(&lock, saved);
}

void console_flush(void)
{
	if (console.driver)
		console.driver->flush(&console.port);
}

void console_bust_lock(void)
{
	spin_break(&lock);
}
