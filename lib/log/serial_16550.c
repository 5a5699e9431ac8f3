// SPDX-License-Identifier: BSD-2-Clause
/*
 * 16550-style UART, with registers as far apart and as wide as the devicetree says.
 * The line settings (divisor, format) stay as they are.
 *
 * Source: National Semiconductor, "PC16550D Universal Asynchronous Receiver/Transmitter with
 * FIFOs"; Broadcom, "BCM2835 ARM Peripherals", chapter 2; devicetree bindings serial/8250 and
 * serial/brcm,bcm2835-aux-uart.
 */
#include "serial_port.h"

#define UART_DATA 0
#define UART_IER  1 /* interrupt enable */
#define UART_FCR  2 /* FIFO control */
#define UART_LSR  5 /* line status */

/* Of BCM2835's block of auxiliary devices: a byte offset, and a bit. */
#define AUX_ENABLES   0x04
#define AUX_MINI_UART 0x01

#define IER_RECEIVED  0x01
#define IER_MINI_UART 0x0c /* without these two its interrupt doesn't reach the controller */
#define FCR_ENABLE    0x01
#define LSR_READY     0x01 /* a byte was received */
#define LSR_ROOM      0x20 /* a byte may be sent */
#define LSR_EMPTY     0x40 /* all was sent */

static void uart_setup(const struct console_port *port)
{
	/*
	 * The mini UART of BCM2835 is one of three devices in a block with a switch for each: while
	 * its own is off, none of its registers can be accessed.
	 */
	if (port->variant == CONSOLE_BCM2835_AUX)
		*(volatile u32 *)(volatile void *)(port->base - CONSOLE_BCM2835_AUX_LEAD_BYTES +
						   AUX_ENABLES) |= AUX_MINI_UART;
	serial_port_write(port, UART_IER, 0);
	serial_port_write(port, UART_FCR, FCR_ENABLE);
}

static void uart_put(const struct console_port *port, u8 byte)
{
	while (!(serial_port_read(port, UART_LSR) & LSR_ROOM))
		;
	serial_port_write(port, UART_DATA, byte);
}

static int uart_get(const struct console_port *port)
{
	if (!(serial_port_read(port, UART_LSR) & LSR_READY))
		return -1;
	return (int)(serial_port_read(port, UART_DATA) & 0xff);
}

static void uart_flush(const struct console_port *port)
{
	while (!(serial_port_read(port, UART_LSR) & LSR_EMPTY))
		;
}

/* What asks goes away when all was read. */
static void uart_listen(const struct console_port *port, bool on)
{
	u32 also = port->variant == CONSOLE_BCM2835_AUX ? IER_MINI_UART : 0;

	serial_port_write(port, UART_IER, on ? IER_RECEIVED | also : 0);
}

const struct console_driver serial_16550 = {
	.registers = 8,
	.setup = uart_setup,
	.put = uart_put,
	.get = uart_get,
	.flush = uart_flush,
	.listen = uart_listen,
};
