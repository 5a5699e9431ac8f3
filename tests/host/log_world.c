// SPDX-License-Identifier: BSD-2-Clause
/* What the log is tested against; see log_world.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arch/counter.h>
#include <lib/console.h>

#include "log_world.h"

u64 log_world_ns;

u64 arch_counter_ns(void)
{
	return log_world_ns;
}

char log_world_said[256 * 1024];
size_t log_world_said_bytes;

void console_write(const char *text, size_t bytes)
{
	assert_false(spin_is_locked(&log_lock));
	assert_true(log_world_said_bytes + bytes < sizeof(log_world_said));
	memcpy(log_world_said + log_world_said_bytes, text, bytes);
	log_world_said_bytes += bytes;
	log_world_said[log_world_said_bytes] = '\0';
}

void log_world_hush(void)
{
	log_world_said_bytes = 0;
	log_world_said[0] = '\0';
}

void log_world_write(const char *text)
{
	log_write(text, strlen(text));
}

void log_world_expect(const char *want)
{
	assert_string_equal(log_world_said, want);
	log_world_hush();
}

int log_world_fresh(void **state)
{
	(void)state;
	memset(&log_state, 0, sizeof(log_state));
	log_world_ns = 1234567;
	log_world_hush();
	return 0;
}

void log_world_panic(void)
{
	spin_lock(&log_lock);
	log_panic();
}
