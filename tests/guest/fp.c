// SPDX-License-Identifier: BSD-2-Clause
/* Registers for floating point and SIMD: saved, loaded, and kept through the kernel's own use. */
#include <arch/fp.h>
#include <kernel/selftest.h>
#include <kernel/thread.h>
#include <lib/string.h>

/* Rounding to minus infinity; an inexact result: what every CPU has. */
#define FPCR_RM  (2 << 22)
#define FPSR_IXC (1 << 4)

/* FMOV X, D31 and FMOV X, V31.D[1], which the assembler is not to know of. */
static __noinline u64 read_v31(bool high)
{
	register u64 value asm("x0");

	if (high)
		asm volatile(".inst 0x9eae03e0" : "=r"(value));
	else
		asm volatile(".inst 0x9e6603e0" : "=r"(value));
	return value;
}

/* FMOV D31, XZR: all of V31 is zero after that. */
static __noinline void spoil_v31(void)
{
	asm volatile(".inst 0x9e6703ff");
}

static void fill(struct fp_state *state, u8 seed)
{
	for (unsigned n = 0; n < 32; n++)
		for (unsigned at = 0; at < 16; at++)
			state->v[n][at] = (u8)(n * 16 + at + seed);
	state->fpcr = seed & 1 ? FPCR_RM : 0;
	state->fpsr = seed & 1 ? 0 : FPSR_IXC;
	state->user = false;
}

SELFTEST(fp_goes_to_memory_and_back)
{
	struct fp_state before, want, got;

	kernel_fp_begin();
	arch_fp_save(&before);
	for (u8 seed = 0; seed < 2; seed++) {
		u64 v31[2];

		fill(&want, seed);
		memset(&got, 0xff, sizeof(got));
		arch_fp_load(&want);
		v31[0] = read_v31(false);
		v31[1] = read_v31(true);
		EXPECT(!memcmp(v31, want.v[31], sizeof(v31)));
		arch_fp_save(&got);
		EXPECT(!memcmp(&got, &want, FP_STATE_BYTES));
	}
	arch_fp_load(&before);
	kernel_fp_end();
}

/* Whose the registers are, and what of it is seen by CPACR_EL1. */
static bool is_open(void)
{
	return (sysreg_read(cpacr_el1) & CPACR_FPEN) == CPACR_FPEN;
}

/* This thread's from here on; NULL: it uses none. */
static void own(struct fp_state *state)
{
	this_thread()->fp = state;
	arch_fp_own(state);
}

static bool has(const struct fp_state *want)
{
	struct fp_state got;

	arch_fp_save(&got);
	return !memcmp(&got, want, FP_STATE_BYTES);
}

SELFTEST(fp_brackets_keep_what_is_owned)
{
	struct fp_state mine, want;

	EXPECT(is_open() == !GRANULE_DEBUG);
	kernel_fp_begin();
	kernel_fp_begin();
	kernel_fp_end();
	EXPECT(is_open());
	spoil_v31();
	kernel_fp_end();
	EXPECT(is_open() == !GRANULE_DEBUG && !this_cpu()->fp_busy);

	fill(&want, 1);
	mine = want;
	own(&mine);
	EXPECT(is_open() && has(&want));
	kernel_fp_begin();
	spoil_v31();
	kernel_fp_end();
	EXPECT(has(&want));
	own(NULL);
	EXPECT(is_open() == !GRANULE_DEBUG);
}

/* Threads that take turns on one CPU, each with registers of its own. */
static void use_own(void *argument)
{
	struct fp_state state, want;
	bool *kept = argument;

	fill(&want, 0);
	state = want;
	own(&state);
	for (unsigned turn = 0; turn < 4; turn++) {
		sched_yield();
		*kept &= has(&want);
	}
	own(NULL);
}

SELFTEST(fp_follows_the_thread)
{
	struct fp_state mine, want;
	bool kept = true;
	struct thread *other = thread_create("fp", use_own, &kept, THREAD_NORMAL, this_cpu());

	EXPECT(other != NULL);
	if (!other)
		return;
	fill(&want, 1);
	mine = want;
	own(&mine);
	for (unsigned turn = 0; turn < 4; turn++) {
		sched_yield();
		EXPECT(has(&want));
	}
	thread_join(other);
	EXPECT(has(&want) && kept);
	own(NULL);
}
