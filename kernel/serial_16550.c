// SPDX-License-Identifier: BSD-2-Clause
/*
 * 16550-style UART, polled, with registers as far apart and as wide as the devicetree says.
 * The line settings (divisor, format) stay as they are.
 *
 * Source: National Semiconductor, "PC16550D Universal Asynchronous Receiver/Transmitter with
 * FIFOs"; devicetree binding serial/8250.
 */
#include <kernel/console.h>

#define UART_DATA 0
#define UART_IER  1 /* interrupt enable */
#define UART_FCR  2 /* FIFO control */
#define UART_LSR  5 /* line status */

#define FCR_ENABLE 0x01
#define LSR_READY  0x01 /* a byte was received */
#define LSR_ROOM   0x20 /* a byte may be sent */
#define LSR_EMPTY  0x40 /* all was sent */

static u32 read_reg(const struct console_port *port, unsigned index)
{
	volatile u8 *at = port->base + ((size_t)index << port->reg_shift);

	if (port->io_width == 4)
		return *(volatile u32 *)(volatile void *)at;
	if (port->io_width == 2)
		return *(volatile u16 *)(volatile void *)at;
	return *at;
}

static void write_reg(const struct console_port *port, unsigned index, u8 value)
{
	volatile u8 *at = port->base + ((size_t)index << port->reg_shift);

	if (port->io_width == 4)
		*(volatile u32 *)(volatile void *)at = value;
	else if (port->io_width == 2)
		*(volatile u16 *)(volatile void *)at = value;
	else
		*at = value;
}

static void uart_setup(const struct console_port *port)
{
	write_reg(port, UART_IER, 0);
	write_reg(port, UART_FCR, FCR_ENABLE);
}

static void uart_put(const struct console_port *port, u8 byte)
{
	while (!(read_reg(port, UART_LSR) & LSR_ROOM))
		;
	write_reg(port, UART_DATA, byte);
}

static int uart_get(const struct console_port *port)
{
	if (!(read_reg(port, UART_LSR) & LSR_READY))
		return -1;
	return (int)(read_reg(port, UART_DATA) & 0xff);
}

static void uart_flush(const struct console_port *port)
{
	while (!(read_reg(port, UART_LSR) & LSR_EMPTY))
		;
}

const struct console_driver serial_16550 = {
	.compatible = "ns16550a",
	.name = "16550",
	.setup = uart_setup,
	.put = uart_put,
	.get = uart_get,
	.flush = uart_flush,
};
