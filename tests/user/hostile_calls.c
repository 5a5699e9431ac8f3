/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each call that takes pointers, with each pointer that leads nowhere: the answer is EFAULT, or,
 * where some bytes were there, a count of them. And lengths, numbers and addresses that are
 * refused.
 *
 * Neighbours: hostile.h.
 */
#include "hostile.h"

enum { ADVANCE_TIOCGWINSZ = 0x5413, SIGNAL_FREE = 40, NAME_SET = 15, NAME_GET = 16, LONG = 64 };

enum kind {
	READ_BY_KERNEL, /* EFAULT */
	WRITTEN,        /* EFAULT, also where the program may only read */
	ANY,            /* any error, or none: what counts is that all survive */
};

struct attempt {
	const char *name;
	long number;
	int pointer; /* which argument */
	enum kind kind;
	uint64_t arguments[6];
};

static void judge(const struct attempt *attempt, uint64_t pointer, long answer, long some)
{
	if (attempt->kind == ANY || answer == -ERROR_NOSYS || answer == -ERROR_FAULT)
		return;
	if (answer != some)
		hostile_wrong(attempt->name, pointer, answer);
}

static void try_pointers(const struct attempt *attempt)
{
	uint64_t a[6];

	memcpy(a, attempt->arguments, sizeof(a));
	for (int i = 0; i < hostile.pointer_count; i++) {
		a[attempt->pointer] = hostile.pointers[i];
		judge(attempt, hostile.pointers[i],
		      TRY(attempt->number, a[0], a[1], a[2], a[3], a[4], a[5]), -ERROR_FAULT);
	}
	if (attempt->kind == WRITTEN) {
		a[attempt->pointer] = hostile.read_only + 8;
		judge(attempt, hostile.read_only + 8,
		      TRY(attempt->number, a[0], a[1], a[2], a[3], a[4], a[5]), -ERROR_FAULT);
	}
	/* The last byte before the hole is there: a count of 1 may be. */
	a[attempt->pointer] = hostile.hole - 1;
	judge(attempt, hostile.hole - 1, TRY(attempt->number, a[0], a[1], a[2], a[3], a[4], a[5]),
	      1);
}

static void try_text_and_files(void)
{
	static uint64_t zero[4];
	static char path[] = ".";
	const uint64_t here = (uint64_t)AT_CWD, good = hostile.good;
	const uint64_t own = (uint64_t)hostile.own_file, folder = (uint64_t)hostile.folder;
	const enum kind of_file = hostile.own_file < 0 ? ANY : WRITTEN;
	const enum kind of_folder = hostile.folder < 0 ? ANY : WRITTEN;
	const struct attempt attempts[] = {
		{ "write", CALL_WRITE, 1, READ_BY_KERNEL, { 1, 0, LONG } },
		{ "writev", CALL_WRITEV, 1, READ_BY_KERNEL, { 1, 0, 2 } },
		{ "openat", CALL_OPENAT, 1, READ_BY_KERNEL, { here, 0, OPEN_RDONLY } },
		{ "read", CALL_READ, 1, of_file, { own, 0, LONG } },
		{ "newfstatat's path", CALL_NEWFSTATAT, 1, READ_BY_KERNEL, { here, 0, good, 0 } },
		{ "newfstatat", CALL_NEWFSTATAT, 2, of_folder, { here, (uint64_t)path, 0, 0 } },
		{ "getdents64", CALL_GETDENTS64, 1, ANY, { folder, 0, 1024 } },
		{ "readlinkat's path",
		  CALL_READLINKAT,
		  1,
		  READ_BY_KERNEL,
		  { here, 0, good, LONG } },
		{ "readlinkat", CALL_READLINKAT, 2, ANY, { here, (uint64_t)path, 0, LONG } },
		{ "ioctl", CALL_IOCTL, 2, ANY, { 1, ADVANCE_TIOCGWINSZ, 0 } },
		{ "ppoll", CALL_PPOLL, 0, READ_BY_KERNEL, { 0, 1, (uint64_t)zero, 0, 8 } },
		{ "ppoll's time", CALL_PPOLL, 2, READ_BY_KERNEL, { 0, 0, 0, 0, 8 } },
	};

	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		try_pointers(&attempts[i]);
}

static void try_process(void)
{
	const struct attempt attempts[] = {
		{ "rt_sigaction", CALL_RT_SIGACTION, 1, READ_BY_KERNEL, { SIGNAL_FREE, 0, 0, 8 } },
		{ "rt_sigaction's old", CALL_RT_SIGACTION, 2, WRITTEN, { SIGNAL_FREE, 0, 0, 8 } },
		{ "sigaltstack", CALL_SIGALTSTACK, 0, READ_BY_KERNEL, { 0, 0 } },
		{ "sigaltstack's old", CALL_SIGALTSTACK, 1, WRITTEN, { 0, 0 } },
		{ "prlimit64", CALL_PRLIMIT64, 2, READ_BY_KERNEL, { 0, LIMIT_STACK, 0, 0 } },
		{ "prlimit64's old", CALL_PRLIMIT64, 3, WRITTEN, { 0, LIMIT_STACK, 0, 0 } },
		{ "getrandom", CALL_GETRANDOM, 0, WRITTEN, { 0, LONG, 0 } },
		{ "sched_getaffinity", CALL_SCHED_GETAFFINITY, 2, WRITTEN, { 0, 128, 0 } },
		{ "prctl, a name", CALL_PRCTL, 1, READ_BY_KERNEL, { NAME_SET, 0 } },
		{ "prctl, the name", CALL_PRCTL, 1, WRITTEN, { NAME_GET, 0 } },
		/* Linux takes these as they are, and meets them at the end. */
		{ "set_robust_list", CALL_SET_ROBUST_LIST, 0, ANY, { 0, 24 } },
		{ "set_tid_address", CALL_SET_TID_ADDRESS, 0, ANY, { 0 } },
	};

	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		try_pointers(&attempts[i]);
}

static void expect(const char *what, uint64_t argument, long answer, long error)
{
	if (answer != -ERROR_NOSYS && answer != -error)
		hostile_wrong(what, argument, answer);
}

/* Pointers in an array of the program's own; the array itself is good, lengths are not. */
static void try_vectors(void)
{
	uint64_t vector[4] = { hostile.good, 0, 0, LONG };

	for (int i = 0; i < hostile.pointer_count; i++) {
		vector[2] = hostile.pointers[i];
		expect("writev's memory", vector[2], TRY(CALL_WRITEV, 1, vector, 2), ERROR_FAULT);
	}
	vector[2] = hostile.good;
	vector[3] = ~(uint64_t)0;
	expect("writev of -1 bytes", vector[3], TRY(CALL_WRITEV, 1, vector, 2), ERROR_INVAL);
	expect("writev of 5000", 5000, TRY(CALL_WRITEV, 1, hostile.good, 5000), ERROR_INVAL);
	expect("writev of -1", 5000, TRY(CALL_WRITEV, 1, hostile.good, ~(uint64_t)0), ERROR_INVAL);
}

static void try_numbers(void)
{
	static const int files[] = { -1, 77, 0x7fffffff, AT_CWD };

	for (int i = 0; i < 4; i++) {
		expect("write", (uint64_t)files[i], TRY(CALL_WRITE, files[i], hostile.good, 1),
		       ERROR_BADF);
		expect("read", (uint64_t)files[i], TRY(CALL_READ, files[i], hostile.good, 1),
		       ERROR_BADF);
		expect("close", (uint64_t)files[i], TRY(CALL_CLOSE, files[i]), ERROR_BADF);
	}
	expect("rt_sigaction of SIGKILL", 9, TRY(CALL_RT_SIGACTION, 9, hostile.good, 0, 8),
	       ERROR_INVAL);
	expect("rt_sigaction", 65, TRY(CALL_RT_SIGACTION, 65, 0, 0, 8), ERROR_INVAL);
	expect("rt_sigaction", 0, TRY(CALL_RT_SIGACTION, 0, 0, 0, 8), ERROR_INVAL);
	expect("rt_sigaction's size", 16, TRY(CALL_RT_SIGACTION, SIGNAL_FREE, 0, 0, 16),
	       ERROR_INVAL);
	expect("prlimit64", 99, TRY(CALL_PRLIMIT64, 0, 99, 0, hostile.good), ERROR_INVAL);
	expect("getrandom's flags", 99, TRY(CALL_GETRANDOM, hostile.good, 8, 99), ERROR_INVAL);
	expect("sched_getaffinity", 7, TRY(CALL_SCHED_GETAFFINITY, 0, 7, hostile.good),
	       ERROR_INVAL);
	expect("prctl", 12345, TRY(CALL_PRCTL, 12345, 0, 0, 0, 0), ERROR_INVAL);
	expect("set_robust_list", 7, TRY(CALL_SET_ROBUST_LIST, hostile.good, 7), ERROR_INVAL);
}

/* Mapping the kernel's half, or changing it. */
static void try_kernel_mappings(void)
{
	const uint64_t bytes = HOSTILE_BLOCK;

	for (int i = 0; i < hostile.kernel_count; i++) {
		uint64_t at = hostile.kernel[i] & ~(uint64_t)(HOSTILE_BLOCK - 1);
		long answers[] = {
			TRY(CALL_MMAP, at, bytes, PROTECT_RW, MAPPED_OURS | MAPPED_FIXED, -1, 0),
			TRY(CALL_MMAP, at, bytes, PROTECT_RW, MAPPED_OURS | MAPPED_FIXED_NOREPLACE,
			    -1, 0),
			TRY(CALL_MUNMAP, at, bytes),
			TRY(CALL_MPROTECT, at, bytes, PROTECT_RW),
			TRY(CALL_MADVISE, at, bytes, ADVICE_DONTNEED),
			TRY(CALL_MREMAP, at, bytes, 2 * bytes, REMAP_MAYMOVE),
			TRY(CALL_MREMAP, hostile.good, bytes, bytes, REMAP_MAYMOVE | REMAP_FIXED,
			    at),
		};

		for (size_t call = 0; call < sizeof(answers) / sizeof(answers[0]); call++)
			if (!call_failed(answers[call]))
				hostile_wrong("a mapping of the kernel's half", at, answers[call]);
		if ((uint64_t)TRY(CALL_BRK, at) == at)
			hostile_wrong("brk", at, 0);
	}
}

void hostile_calls(void)
{
	try_text_and_files();
	try_process();
	try_vectors();
	try_numbers();
	try_kernel_mappings();
}
