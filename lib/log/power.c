// SPDX-License-Identifier: BSD-2-Clause
/* <lib/power.h> has the contract. */
#include <arch/psci.h>
#include <lib/power.h>

const struct power_device *power_device;

void power_off(void)
{
	arch_power_off();
	if (power_device)
		power_device->off();
}

void power_reset(void)
{
	arch_reset();
	if (power_device)
		power_device->reset();
}
