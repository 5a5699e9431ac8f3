// SPDX-License-Identifier: BSD-2-Clause
/*
 * Frames of signals that the program made or changed: each is taken or refused as a whole, and what
 * is taken is a state of EL0.
 *
 * Sources: kernel/process/path.c kernel/process/path_walk.c kernel/process/files.c
 * Sources: kernel/process/file.c kernel/process/file_watch.c kernel/process/epoll.c
 * Sources: kernel/process/epoll_change.c
 * Sources: kernel/process/proc_text.c kernel/process/signal.c kernel/process/sigframe.c
 * Sources: kernel/process/signal_stack.c
 * Sources: kernel/process/syscall_task.c kernel/process/syscall_signal.c
 * Sources: lib/initramfs.c lib/sha256.c
 * Sources: arch/arm64/table/granule.c tests/host/archive.c tests/host/fake_process.c
 * Sources: tests/host/fake_task.c
 */
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/errno.h>

#include "../../kernel/process/calls.h"
#include "../../kernel/process/sigframe.h"
#include "fake_process.h"

#define SIGINFO 4u

static void make_frame(void)
{
	process_begin_at_fault();
	process_handle(SIGNAL_USR1, SIGINFO);
	CALL(kill, 7, SIGNAL_USR1);
	assert_true(signal_return_work(&process_regs));
}

/* No register of the program changed, and it died. */
static void is_refused(void)
{
	struct regs before = process_regs;
	struct fp_state fp = host_fp;

	assert_int_equal(PROCESS_ENDS(CALL(rt_sigreturn)), SIGNAL_SEGV);
	assert_memory_equal(&process_regs, &before, sizeof(before));
	assert_memory_equal(&host_fp, &fp, sizeof(fp));
	process_end();
}

static void put(u64 at, u32 value)
{
	memcpy(user_at(at), &value, sizeof(value));
}

static void hostile_frames(void **state)
{
	static const struct {
		u64 at;
		u32 value;
	} wrong[] = {
		{ 592, 0 },           /* no FP registers */
		{ 592, 1 },           /* an unknown record */
		{ 596, 527 },         /* of another length */
		{ 596, 0 },           /* that never ends */
		{ 596, 0xffffffff },  /* that goes too far */
		{ 1120, 0x46508001 }, /* twice, the second of length 0 */
		{ 1124, 8 },          /* an end that has a length */
		{ 576, 4 },           /* EL1t */
		{ 576, 5 },           /* EL1h */
		{ 576, 9 },           /* EL2h */
		{ 576, 0x10 },        /* 32 bits */
		{ 576, 0x80 },        /* interrupts masked */
		{ 576, 0x40 },        { 576, 0x100 }, { 576, 0x200 },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		make_frame();
		put(process_regs.sp + wrong[i].at, wrong[i].value);
		is_refused();
	}
	make_frame();
	process_regs.sp += 8;
	is_refused();
	make_frame();
	process_regs.sp = 0xffff000000000000;
	is_refused();
	make_frame();
	process_regs.sp = USER_LAST - 512; /* it ends too soon */
	is_refused();
	/* Flags that a program may set come back, and nothing else does. */
	make_frame();
	put(process_regs.sp + 576, 0xf1200000);
	put(process_regs.sp + 580, 0xffffffff);
	CALL(rt_sigreturn);
	assert_int_equal(process_regs.pstate, 0xf1000000);
	process_end();
}

/* Frames with random changes: refused as a whole, or taken; EL0 in any case. */
static void random_frames(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		u64 at;

		make_frame();
		at = process_regs.sp;
		for (u64 changes = 1 + host_random_below(4); changes; changes--) {
			u64 offset = host_random_below(2) ? 576 + host_random_below(40)
							  : host_random_below(1152);

			*(u8 *)user_at(at + offset) ^= (u8)(1 << host_random_below(8));
		}
		if (!PROCESS_ENDS(CALL(rt_sigreturn))) {
			assert_int_equal(process_regs.pstate & 0x3df, 0);
			assert_int_equal(task.signals.mask & SIGNAL_UNBLOCKABLE, 0);
		}
		process_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_frames),
		cmocka_unit_test(random_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
