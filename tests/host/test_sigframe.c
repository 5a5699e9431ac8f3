// SPDX-License-Identifier: BSD-2-Clause
/*
 * Signals: frames as Linux lays them out on arm64, what comes back from them, and what is done
 * about signals that are blocked, ignored, sent or the program's own fault.
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

#define SIGINFO    4u
#define ONSTACK    0x08000000u
#define NODEFER    0x40000000u
#define RESETHAND  0x80000000u
#define RESTORER   0x04000000u
#define AUTODISARM 0x80000000u

static u64 word(u64 at)
{
	u64 value;

	memcpy(&value, user_at(at), sizeof(value));
	return value;
}

static u32 half(u64 at)
{
	return (u32)word(at);
}

/* Offsets and magic numbers written out, as the ABI's headers and the Linux kernel have them. */
static void layout(void **state)
{
	u64 sp;

	(void)state;
	process_begin_at_fault();
	process_handle(SIGNAL_SEGV, SIGINFO);
	signal_deliver(&task, SIGNAL_SEGV, SIGNAL_SEGV_ACCERR, 0xdead);
	sp = process_regs.sp;
	assert_int_equal(sp % 16, 0);
	assert_int_equal(sp, PROCESS_TOP - 16 - 4688);
	assert_int_equal(process_regs.pc, PROCESS_HANDLER);
	assert_int_equal(process_regs.x[0], 11);
	assert_int_equal(process_regs.x[1], sp);
	assert_int_equal(process_regs.x[2], sp + 128);
	assert_int_equal(process_regs.x[29], PROCESS_TOP - 16);
	assert_int_equal(process_regs.x[30], 0x7000);
	assert_int_equal(process_regs.x[3], 0x1003);
	/* the frame record */
	assert_int_equal(word(PROCESS_TOP - 16), 0x1000 + 29);
	assert_int_equal(word(PROCESS_TOP - 8), 0x1000 + 30);
	/* siginfo */
	assert_int_equal(half(sp), 11);
	assert_int_equal(half(sp + 4), 0);
	assert_int_equal(half(sp + 8), SIGNAL_SEGV_ACCERR);
	assert_int_equal(word(sp + 16), 0xdead);
	/* ucontext: flags, link, stack, mask */
	assert_int_equal(word(sp + 128), 0);
	assert_int_equal(word(sp + 136), 0);
	assert_int_equal(word(sp + 168), 0);
	/* mcontext at 176 of it */
	assert_int_equal(word(sp + 304), 0xdead);
	for (unsigned i = 0; i < 31; i++)
		assert_int_equal(word(sp + 312 + 8 * i), 0x1000 + i);
	assert_int_equal(word(sp + 560), PROCESS_TOP);
	assert_int_equal(word(sp + 568), 0x400100);
	assert_int_equal(word(sp + 576), 0x60000000);
	/* records at 288 of that */
	assert_int_equal(half(sp + 592), 0x46508001);
	assert_int_equal(half(sp + 596), 528);
	assert_int_equal(half(sp + 600), host_fp.fpsr);
	assert_int_equal(half(sp + 604), host_fp.fpcr);
	assert_memory_equal(user_at(sp + 608), host_fp.v, 512);
	assert_int_equal(half(sp + 1120), 0x45535201);
	assert_int_equal(half(sp + 1124), 16);
	assert_int_equal(word(sp + 1128), 0x92000047);
	assert_int_equal(word(sp + 1136), 0);
	/* it is blocked now, as is what the action says */
	assert_int_equal(task.signals.mask, 1u << 10 | 0x10);
	process_end();
}

/* Without SA_SIGINFO x1 and x2 stay; a restorer is returned to. */
static void plain_handler(void **state)
{
	(void)state;
	process_begin_at_fault();
	process_handle(SIGNAL_USR1, RESTORER);
	process.signals.action[SIGNAL_USR1 - 1].restorer = 0x8888;
	assert_int_equal(CALL(kill, 7, SIGNAL_USR1), 0);
	assert_true(signal_return_work(&process_regs));
	assert_int_equal(process_regs.x[0], SIGNAL_USR1);
	assert_int_equal(process_regs.x[1], 0x1001);
	assert_int_equal(process_regs.x[30], 0x8888);
	assert_int_equal(half(process_regs.sp), 0);
	/* no fault: no ESR, and the list ends after the FP registers */
	assert_int_equal(word(process_regs.sp + 1120), 0);
	process_end();
}

static void there_and_back(void **state)
{
	struct regs before;
	struct fp_state fp;

	(void)state;
	process_begin_at_fault();
	task.signals.mask = 0x4000;
	process_handle(SIGNAL_USR2, SIGINFO | NODEFER);
	before = process_regs;
	fp = host_fp;
	assert_int_equal(CALL(tgkill, 7, 7, SIGNAL_USR2), 0);
	assert_true(signal_return_work(&process_regs));
	assert_int_equal(half(process_regs.sp + 8), (u32)-6);
	assert_int_equal(half(process_regs.sp + 16), 7);
	assert_int_equal(task.signals.mask, 0x4010);
	memset(host_fp.v, 0x55, sizeof(host_fp.v));
	process_regs.x[5] = 1;
	process_regs.pstate = 0x80000000;
	assert_int_equal(CALL(rt_sigreturn), 0x1000);
	assert_memory_equal(&process_regs, &before, sizeof(before));
	assert_memory_equal(&host_fp, &fp, sizeof(fp));
	assert_int_equal(task.signals.mask, 0x4000);
	assert_false(signal_return_work(&process_regs));
	process_end();
}

static void what_happens_without_a_handler(void **state)
{
	(void)state;
	process_begin_at_fault();
	assert_int_equal(PROCESS_ENDS(signal_deliver(&task, SIGNAL_BUS, 2, 0)), SIGNAL_BUS);
	/* ignored or blocked: a fault kills all the same */
	process.signals.action[SIGNAL_SEGV - 1].handler = SIGNAL_IGNORE;
	assert_int_equal(PROCESS_ENDS(signal_deliver(&task, SIGNAL_SEGV, 1, 0)), SIGNAL_SEGV);
	process_handle(SIGNAL_SEGV, 0);
	task.signals.mask = signal_bit(SIGNAL_SEGV);
	assert_int_equal(PROCESS_ENDS(signal_deliver(&task, SIGNAL_SEGV, 1, 0)), SIGNAL_SEGV);
	task.signals.mask = 0;
	/* sent: killed, or not */
	assert_int_equal(CALL(kill, 7, SIGNAL_TERM), 0);
	assert_int_equal(PROCESS_ENDS(signal_return_work(&process_regs)), SIGNAL_TERM);
	assert_int_equal(CALL(kill, 0, SIGNAL_CHLD), 0);
	assert_int_equal(CALL(kill, 7, SIGNAL_URG), 0);
	assert_int_equal(CALL(kill, 7, SIGNAL_STOP), 0);
	assert_int_equal(PROCESS_ENDS(assert_false(signal_return_work(&process_regs))), 0);
	assert_int_equal(CALL(kill, 7, 0), 0);
	assert_int_equal(CALL(kill, 7, 64), 0);
	assert_int_equal(PROCESS_ENDS(signal_return_work(&process_regs)), 64);
	process_end();
}

/* No room for a frame: SIGSEGV, whose own handler gets none either. */
static void no_room(void **state)
{
	(void)state;
	process_begin_at_fault();
	process_regs.sp = USER_BASE + 100;
	process_handle(SIGNAL_USR1, 0);
	assert_int_equal(CALL(kill, 7, SIGNAL_USR1), 0);
	assert_int_equal(PROCESS_ENDS(signal_return_work(&process_regs)), SIGNAL_SEGV);
	process_handle(SIGNAL_SEGV, 0);
	assert_int_equal(PROCESS_ENDS(signal_deliver(&task, SIGNAL_SEGV, 1, 0)), SIGNAL_SEGV);
	/* ... but on another stack it does */
	process_handle(SIGNAL_SEGV, ONSTACK);
	task.signals.stack.at = USER_BASE + 0x10000;
	task.signals.stack.bytes = 0x8000;
	assert_int_equal(CALL(kill, 7, SIGNAL_USR1), 0);
	assert_int_equal(PROCESS_ENDS(assert_true(signal_return_work(&process_regs))), 0);
	assert_int_equal(process_regs.sp, USER_BASE + 0x18000 - 4704);
	process_end();
}

static void flags(void **state)
{
	(void)state;
	process_begin_at_fault();
	process_handle(SIGNAL_HUP, RESETHAND);
	assert_int_equal(CALL(kill, 7, SIGNAL_HUP), 0);
	assert_true(signal_return_work(&process_regs));
	assert_int_equal(task.signals.mask, 0x11);
	task.signals.mask = 0;
	assert_int_equal(CALL(kill, 7, SIGNAL_HUP), 0);
	assert_int_equal(PROCESS_ENDS(signal_return_work(&process_regs)), SIGNAL_HUP);
	process_end();
}

/* Blocked ones wait; those that are the program's own fault go first, then the lowest. */
static void order(void **state)
{
	(void)state;
	process_begin_at_fault();
	for (unsigned i = 1; i <= SIGNALS; i++)
		process_handle(i, 0);
	task.signals.mask = ~SIGNAL_UNBLOCKABLE;
	assert_int_equal(CALL(kill, 7, SIGNAL_INT), 0);
	assert_int_equal(CALL(kill, 7, SIGNAL_SEGV), 0);
	assert_int_equal(CALL(kill, 7, 40), 0);
	assert_false(signal_is_pending(&task));
	assert_false(signal_return_work(&process_regs));
	task.signals.mask = 0;
	assert_true(signal_is_pending(&task));
	assert_true(signal_return_work(&process_regs));
	assert_int_equal(process.signals.pending.set, 0);
	/* The last frame is of the last one, so on its return the one before is handled. */
	assert_int_equal(process_regs.x[0], 40);
	CALL(rt_sigreturn);
	assert_int_equal(process_regs.x[0], SIGNAL_INT);
	CALL(rt_sigreturn);
	assert_int_equal(process_regs.x[0], SIGNAL_SEGV);
	process_end();
}

static void alternate_stack(void **state)
{
	u64 at = USER_BASE + 64, old = USER_BASE + 96;
	struct signal_stack stack = { .at = USER_BASE + 0x10000, .bytes = 0x4000 };

	(void)state;
	process_begin_at_fault();
	assert_int_equal(CALL(sigaltstack, 0, old), 0);
	assert_int_equal(half(old + 8), 2); /* SS_DISABLE */
	memcpy(user_at(at), &stack, sizeof(stack));
	assert_int_equal(CALL(sigaltstack, at, old), 0);
	assert_int_equal(CALL(sigaltstack, 0, old), 0);
	assert_memory_equal(user_at(old), &stack, sizeof(stack));
	stack.bytes = 5119;
	memcpy(user_at(at), &stack, sizeof(stack));
	assert_int_equal(CALL(sigaltstack, at, 0), -ENOMEM);
	stack.bytes = 5120;
	stack.flags = 3;
	memcpy(user_at(at), &stack, sizeof(stack));
	assert_int_equal(CALL(sigaltstack, at, 0), -EINVAL);
	process_regs.sp = stack.at + 1000;
	assert_int_equal(CALL(sigaltstack, at, 0), -EPERM);
	assert_int_equal(CALL(sigaltstack, 0, old), 0);
	assert_int_equal(half(old + 8), 1); /* SS_ONSTACK */
	process_regs.sp = PROCESS_TOP;
	stack.flags = AUTODISARM;
	memcpy(user_at(at), &stack, sizeof(stack));
	assert_int_equal(CALL(sigaltstack, at, 0), 0);
	process_handle(SIGNAL_USR1, ONSTACK);
	CALL(kill, 7, SIGNAL_USR1);
	assert_true(signal_return_work(&process_regs));
	assert_int_equal(task.signals.stack.bytes, 0);
	CALL(rt_sigreturn);
	assert_int_equal(task.signals.stack.bytes, 5120);
	assert_int_equal(task.signals.stack.flags, AUTODISARM);
	assert_int_equal(CALL(sigaltstack, 4096, 0), -EFAULT);
	assert_int_equal(CALL(sigaltstack, 0, 4096), -EFAULT);
	process_end();
}

static void wrong_arguments(void **state)
{
	u64 at = USER_BASE;

	(void)state;
	process_begin_at_fault();
	assert_int_equal(CALL(rt_sigaction, 0, 0, 0, 8), -EINVAL);
	assert_int_equal(CALL(rt_sigaction, 65, 0, 0, 8), -EINVAL);
	assert_int_equal(CALL(rt_sigaction, 2, 0, 0, 16), -EINVAL);
	assert_int_equal(CALL(rt_sigaction, SIGNAL_KILL, at, 0, 8), -EINVAL);
	assert_int_equal(CALL(rt_sigaction, SIGNAL_KILL, 0, at, 8), 0);
	assert_int_equal(CALL(rt_sigaction, 2, 8, 0, 8), -EFAULT);
	assert_int_equal(CALL(rt_sigaction, 2, 0, 8, 8), -EFAULT);
	assert_int_equal(CALL(rt_sigprocmask, 3, at, 0, 8), -EINVAL);
	assert_int_equal(CALL(rt_sigprocmask, 3, 0, 0, 8), 0);
	assert_int_equal(CALL(rt_sigprocmask, 0, 8, 0, 8), -EFAULT);
	assert_int_equal(CALL(rt_sigprocmask, 0, at, 0, 4), -EINVAL);
	assert_int_equal(CALL(rt_sigpending, at, 9), -EINVAL);
	assert_int_equal(CALL(kill, 8, 1), -ESRCH);
	assert_int_equal(CALL(kill, 7, 65), -EINVAL);
	assert_int_equal(CALL(tgkill, 7, 8, 1), -ESRCH);
	assert_int_equal(CALL(tgkill, 0, 7, 1), -EINVAL);
	assert_int_equal(CALL(tkill, 7, 65), -EINVAL);
	/* KILL and STOP are never blocked */
	memset(user_at(at), 0xff, 8);
	assert_int_equal(CALL(rt_sigprocmask, 2, at, 0, 8), 0);
	assert_int_equal(task.signals.mask, ~SIGNAL_UNBLOCKABLE);
	assert_int_equal(CALL(rt_sigprocmask, 1, at, at + 8, 8), 0);
	assert_int_equal(task.signals.mask, 0);
	assert_int_equal(word(at + 8), ~SIGNAL_UNBLOCKABLE);
	process_end();
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(signal_name(1), "SIGHUP");
	assert_string_equal(signal_name(11), "SIGSEGV");
	assert_string_equal(signal_name(26), "SIGVTALRM");
	assert_string_equal(signal_name(31), "SIGSYS");
	assert_string_equal(signal_name(32), "a real-time signal");
	assert_string_equal(signal_name(0), "a real-time signal");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout),          cmocka_unit_test(plain_handler),
		cmocka_unit_test(there_and_back),  cmocka_unit_test(what_happens_without_a_handler),
		cmocka_unit_test(no_room),         cmocka_unit_test(flags),
		cmocka_unit_test(order),           cmocka_unit_test(alternate_stack),
		cmocka_unit_test(wrong_arguments), cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
