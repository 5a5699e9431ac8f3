/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers of signals, and of what a fault was: Linux's.
 *
 * Source: POSIX.1-2017, <signal.h>; Linux 6.12, signal(7).
 */
#ifndef KERNEL_SIGNAL_NUMBER_H
#define KERNEL_SIGNAL_NUMBER_H

/* clang-format off */
enum signal_number {
	SIGNAL_HUP = 1, SIGNAL_INT, SIGNAL_QUIT, SIGNAL_ILL, SIGNAL_TRAP, SIGNAL_ABRT, SIGNAL_BUS,
	SIGNAL_FPE, SIGNAL_KILL, SIGNAL_USR1, SIGNAL_SEGV, SIGNAL_USR2, SIGNAL_PIPE, SIGNAL_ALRM,
	SIGNAL_TERM, SIGNAL_STKFLT, SIGNAL_CHLD, SIGNAL_CONT, SIGNAL_STOP, SIGNAL_TSTP,
	SIGNAL_TTIN, SIGNAL_TTOU, SIGNAL_URG, SIGNAL_XCPU, SIGNAL_XFSZ, SIGNAL_VTALRM,
	SIGNAL_PROF, SIGNAL_WINCH, SIGNAL_IO, SIGNAL_PWR, SIGNAL_SYS,
	SIGNALS = 64, /* the last one */
};
/* clang-format on */

/* Where a signal comes from; of a fault, what was wrong. */
#define SIGNAL_BY_USER     0
#define SIGNAL_BY_TKILL    (-6)
#define SIGNAL_BY_KERNEL   0x80
#define SIGNAL_SEGV_MAPERR 1 /* nothing is mapped there */
#define SIGNAL_SEGV_ACCERR 2 /* the mapping doesn't allow it */
#define SIGNAL_BUS_ADRALN  1 /* misaligned */
#define SIGNAL_BUS_ADRERR  2 /* beyond the end of the file that is mapped */
#define SIGNAL_BUS_OBJERR  3
#define SIGNAL_ILL_OPCODE  1
#define SIGNAL_FPE_FLTUNK  14
#define SIGNAL_TRAP_BRKPT  1

#endif
