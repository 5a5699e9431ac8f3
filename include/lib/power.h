/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Switching the machine off, and starting it anew: by PSCI, else by a device of the board's.
 */
#ifndef LIB_POWER_H
#define LIB_POWER_H

/* Both functions return if they fail. Context: any, a panic included. */
struct power_device {
	void (*off)(void);
	void (*reset)(void);
};

/* Set once, at boot, by the driver that finds its device; NULL: there is none. */
extern const struct power_device *power_device;

/* They return where nothing can do it. */
void power_off(void);
void power_reset(void);

#endif
