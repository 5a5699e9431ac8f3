/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * psz: prints the facts of psz.golden.tsv as this kernel has them. "psz no-signals" tries no access
 * that may fault, for kernels that deliver no signals.
 *
 * Neighbours: psz.h explains the rest. There is no C library here, so that a kernel with few calls
 * answers, too: what glibc would say of stacks is computed as it does, from what the kernel told.
 */
#include "psz.h"

struct psz psz;

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void say_auxv(void)
{
	const struct start *start = psz.start;
	uint64_t signal_stack = bare_aux(start, AUX_MINSIGSTKSZ);
	uint64_t stack[2] = { 0, 0 };

	psz_number("AT_PAGESZ", bare_aux(start, AUX_PAGESZ));
	psz_number("AT_MINSIGSTKSZ", signal_stack);
	psz_number("AT_CLKTCK", bare_aux(start, AUX_CLKTCK));
	psz_hex("AT_HWCAP", bare_aux(start, AUX_HWCAP));
	psz_number("AT_SYSINFO_EHDR nonzero", bare_aux(start, AUX_SYSINFO_EHDR) != 0);
	psz_number("sysconf MINSIGSTKSZ", signal_stack);
	/* Its PTHREAD_STACK_MIN, unless signals take more. */
	psz_number("sysconf THREAD_STACK_MIN", larger(128 * KIB, 4 * signal_stack));
	if (call_failed(CALL(CALL_PRLIMIT64, 0, LIMIT_STACK, 0, stack)))
		psz_text("pthread default guard / stack", "-");
	else
		psz_pair("pthread default guard / stack", psz.page, stack[0] / psz.page * psz.page);
}

int bare_main(const struct start *start)
{
	psz.start = start;
	psz.page = bare_aux(start, AUX_PAGESZ);
	psz.no_signals = start->argc > 1 && bare_same(start->argv[1], "no-signals");
	psz.own_file = (int)CALL(CALL_OPENAT, AT_CWD, bare_aux(start, AUX_EXECFN), OPEN_RDONLY);
	if (!psz.page)
		return 1;
	psz_fault_init();
	say_auxv();
	psz_pipes();
	psz_mmap();
	psz_mprotect();
	psz_munmap();
	psz_madvise();
	psz_mincore();
	psz_mremap();
	psz_brk();
	psz_files();
	psz_odd_mmap();
	psz_proc();
	psz_holes();
	return 0;
}
