/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a run ends: the last line on the console, and the status that QEMU leaves with.
 *
 *   verdict   line              status   when
 *   pass      verdict: pass       0      all that was asked for went well
 *   fail      verdict: fail       1      a test or a command failed
 *   panic     verdict: panic      1      the kernel found a bug in itself
 *   usage     verdict: usage      2      the command line or the devicetree asks for nonsense
 *   skip      verdict: skip      77      this machine has not what was asked for
 *
 * The status goes out by semihosting; where that is absent PSCI switches the machine off, and
 * the line is all there is. The line goes to the console, or by semihosting where no console can be
 * driven. With neither the machine stops and stays on: a runner takes that for a hang.
 */
#ifndef LIB_VERDICT_H
#define LIB_VERDICT_H

enum verdict {
	VERDICT_PASS,
	VERDICT_FAIL,
	VERDICT_PANIC,
	VERDICT_USAGE,
	VERDICT_SKIP,
};

/* Print the line and end the machine. Any context that has a console. */
void verdict_end(enum verdict verdict) __attribute__((noreturn));

#endif
