// SPDX-License-Identifier: BSD-2-Clause
/* SErrors for kexec's tests: none pends, and when somebody looks is an event of the world. */
#include <string.h>

#include "kexec_world.h"

#include <arch/trap.h>

void trap_settle_serror(void)
{
	strcat(world.events, "settle ");
}

bool trap_drop_serror(void)
{
	strcat(world.events, "drop ");
	return false;
}
