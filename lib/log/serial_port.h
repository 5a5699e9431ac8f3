/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers of a serial port by their numbers, as wide, as far apart and in the byte order that the
 * tree says. Inline: each character that is written takes two of these.
 */
#ifndef LIB_LOG_SERIAL_PORT_H
#define LIB_LOG_SERIAL_PORT_H

#include <lib/console.h>

static __always_inline volatile void *serial_port_at(const struct console_port *port,
						     unsigned index)
{
	return port->base + ((size_t)index << port->reg_shift);
}

static __always_inline u32 serial_port_read(const struct console_port *port, unsigned index)
{
	volatile void *at = serial_port_at(port, index);

	if (port->io_width == 4) {
		u32 value = *(volatile u32 *)at;

		return port->big_endian ? __builtin_bswap32(value) : value;
	}
	if (port->io_width == 2) {
		u16 value = *(volatile u16 *)at;

		return port->big_endian ? __builtin_bswap16(value) : value;
	}
	return *(volatile u8 *)at;
}

static __always_inline void serial_port_write(const struct console_port *port, unsigned index,
					      u32 value)
{
	volatile void *at = serial_port_at(port, index);

	if (port->io_width == 4)
		*(volatile u32 *)at = port->big_endian ? __builtin_bswap32(value) : value;
	else if (port->io_width == 2)
		*(volatile u16 *)at = port->big_endian ? __builtin_bswap16((u16)value) : (u16)value;
	else
		*(volatile u8 *)at = (u8)value;
}

#endif
