// SPDX-License-Identifier: BSD-2-Clause
/*
 * Arm PrimeCell UART PL011, polled. The loader's or firmware's line settings are kept.
 *
 * Source: Arm, "PrimeCell UART (PL011) Technical Reference Manual", DDI 0183.
 */
#include <kernel/console.h>

#define PL011_DR   0x00 /* data */
#define PL011_FR   0x18 /* flags */
#define PL011_LCRH 0x2c /* line control */
#define PL011_CR   0x30 /* control */
#define PL011_IMSC 0x38 /* interrupt mask */

#define FR_BUSY   (1U << 3)
#define FR_RXFE   (1U << 4)                     /* nothing received */
#define FR_TXFF   (1U << 5)                     /* no room to send */
#define LCRH_8N1F (3U << 5 | 1U << 4)           /* eight bits, FIFOs on */
#define CR_ENABLE (1U << 0 | 1U << 8 | 1U << 9) /* UART, transmit, receive */

static volatile u32 *reg(const struct console_port *port, unsigned offset)
{
	return (volatile u32 *)(volatile void *)(port->base + offset);
}

static void pl011_setup(const struct console_port *port)
{
	*reg(port, PL011_IMSC) = 0;
	/* Line control is written while the port is off; one that is on was set up by somebody. */
	if (*reg(port, PL011_CR) & 1)
		*reg(port, PL011_CR) |= CR_ENABLE;
	else {
		*reg(port, PL011_LCRH) = LCRH_8N1F;
		*reg(port, PL011_CR) = CR_ENABLE;
	}
}

static void pl011_put(const struct console_port *port, u8 byte)
{
	while (*reg(port, PL011_FR) & FR_TXFF)
		;
	*reg(port, PL011_DR) = byte;
}

static int pl011_get(const struct console_port *port)
{
	if (*reg(port, PL011_FR) & FR_RXFE)
		return -1;
	return *reg(port, PL011_DR) & 0xff;
}

static void pl011_flush(const struct console_port *port)
{
	while (*reg(port, PL011_FR) & FR_BUSY)
		;
}

const struct console_driver serial_pl011 = {
	.compatible = "arm,pl011",
	.name = "pl011",
	.setup = pl011_setup,
	.put = pl011_put,
	.get = pl011_get,
	.flush = pl011_flush,
};
