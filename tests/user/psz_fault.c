/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Facts that are accesses: which signal they end in, and why.
 *
 * Neighbours: psz.h; probe.h does it.
 */
#include "probe.h"
#include "psz.h"

void psz_fault_init(void)
{
	if (!probe_init())
		psz.no_signals = 1;
}

static void say(const char *name, uint64_t address, int kind, int with_byte)
{
	unsigned char found = 0;
	char text[] = "SIGSEGV/code0";
	int fault, number;

	if (psz.no_signals || !address) {
		psz_text(name, "-");
		return;
	}
	fault = probe(address, kind, &found);
	number = fault & 0xff;
	if (number) {
		if (number == SIGNAL_BUS)
			memcpy(text, "SIGBUS/code0", sizeof("SIGBUS/code0"));
		text[number == SIGNAL_BUS ? 11 : 12] = (char)('0' + (fault >> 8) % 10);
		psz_text(name, text);
	} else if (with_byte) {
		psz_number(name, found);
	} else {
		psz_text(name, "ok");
	}
}

void psz_read_at(const char *name, uint64_t address)
{
	say(name, address, PROBE_READ, 0);
}

void psz_write_at(const char *name, uint64_t address)
{
	say(name, address, PROBE_WRITE, 0);
}

void psz_byte_at(const char *name, uint64_t address)
{
	say(name, address, PROBE_READ, 1);
}
