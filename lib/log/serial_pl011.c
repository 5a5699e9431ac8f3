// SPDX-License-Identifier: BSD-2-Clause
/*
 * Arm PrimeCell UART PL011, and the SBSA's generic UART, which is a part of it: data, flags
 * and interrupts. The loader's or firmware's line settings are kept.
 *
 * Source: Arm, "PrimeCell UART (PL011) Technical Reference Manual", DDI 0183; "Base System
 * Architecture", DEN 0094, "Generic UART".
 */
#include "serial_port.h"

#define PL011_DR   (0x00 / 4) /* data */
#define PL011_FR   (0x18 / 4) /* flags */
#define PL011_LCRH (0x2c / 4) /* line control */
#define PL011_CR   (0x30 / 4) /* control */
#define PL011_IMSC (0x38 / 4) /* interrupt mask */

/* Interrupts: received as many bytes as the FIFO's mark says, or some and then none for a while. */
#define INT_RECEIVED (1U << 4 | 1U << 6)

#define FR_BUSY   (1U << 3)
#define FR_RXFE   (1U << 4)                     /* nothing received */
#define FR_TXFF   (1U << 5)                     /* no room to send */
#define LCRH_8N1F (3U << 5 | 1U << 4)           /* eight bits, FIFOs on */
#define CR_ENABLE (1U << 0 | 1U << 8 | 1U << 9) /* UART, transmit, receive */

static void pl011_setup(const struct console_port *port)
{
	u32 control;

	serial_port_write(port, PL011_IMSC, 0);
	if (port->variant == CONSOLE_SBSA)
		return;
	/* Line control is written while the port is off; one that is on was set up by somebody. */
	control = serial_port_read(port, PL011_CR);
	if (!(control & 1)) {
		control = 0;
		serial_port_write(port, PL011_LCRH, LCRH_8N1F);
	}
	serial_port_write(port, PL011_CR, control | CR_ENABLE);
}

static void pl011_put(const struct console_port *port, u8 byte)
{
	while (serial_port_read(port, PL011_FR) & FR_TXFF)
		;
	serial_port_write(port, PL011_DR, byte);
}

static int pl011_get(const struct console_port *port)
{
	if (serial_port_read(port, PL011_FR) & FR_RXFE)
		return -1;
	return (int)(serial_port_read(port, PL011_DR) & 0xff);
}

static void pl011_flush(const struct console_port *port)
{
	while (serial_port_read(port, PL011_FR) & FR_BUSY)
		;
}

/* What asks goes away when the FIFO is read empty. */
static void pl011_listen(const struct console_port *port, bool on)
{
	serial_port_write(port, PL011_IMSC, on ? INT_RECEIVED : 0);
}

const struct console_driver serial_pl011 = {
	.registers = PL011_IMSC + 1,
	.setup = pl011_setup,
	.put = pl011_put,
	.get = pl011_get,
	.flush = pl011_flush,
	.listen = pl011_listen,
};
