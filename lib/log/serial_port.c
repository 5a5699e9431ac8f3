// SPDX-License-Identifier: BSD-2-Clause
/* Registers of a serial port, as wide, as far apart and in the byte order that the tree says. */
#include <lib/console.h>

static volatile void *at(const struct console_port *port, unsigned index)
{
	return port->base + ((size_t)index << port->reg_shift);
}

u32 serial_port_read(const struct console_port *port, unsigned index)
{
	if (port->io_width == 4) {
		u32 value = *(volatile u32 *)at(port, index);

		return port->big_endian ? __builtin_bswap32(value) : value;
	}
	if (port->io_width == 2) {
		u16 value = *(volatile u16 *)at(port, index);

		return port->big_endian ? __builtin_bswap16(value) : value;
	}
	return *(volatile u8 *)at(port, index);
}

void serial_port_write(const struct console_port *port, unsigned index, u32 value)
{
	if (port->io_width == 4)
		*(volatile u32 *)at(port, index) =
			port->big_endian ? __builtin_bswap32(value) : value;
	else if (port->io_width == 2)
		*(volatile u16 *)at(port, index) =
			port->big_endian ? __builtin_bswap16((u16)value) : (u16)value;
	else
		*(volatile u8 *)at(port, index) = (u8)value;
}
