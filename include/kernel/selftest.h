/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests that run in the guest, on the real tables and registers. The prompt's `test` is here, too.
 *
 * A test is a function in tests/guest/, put into a table by SELFTEST. `test` on the command
 * line runs all of them, `test=a,b` those; the report is KTAP 1, plan first. The boot ends
 * with `verdict: pass` or `verdict: fail`.
 *
 * Source: Linux, Documentation/dev-tools/ktap.rst.
 */
#ifndef KERNEL_SELFTEST_H
#define KERNEL_SELFTEST_H

#include <arch/page.h>
#include <kernel/compiler.h>
#include <kernel/types.h>
#include <lib/cmdline.h>

struct selftest_run {
	bool failed;
	const char *skipped; /* why, or NULL */
};

struct selftest {
	const char *name;
	void (*run)(struct selftest_run *run);
};

/* Define a test: SELFTEST(name) { ...; EXPECT(fact); }. The name is what `test=` takes. */
#define SELFTEST(id)                                                       \
	static void selftest_##id(struct selftest_run *run);               \
	static const struct selftest selftest_entry_##id __used __section( \
		".selftests") = { #id, selftest_##id };                    \
	static void selftest_##id(struct selftest_run *run)

/*
 * A fact that the compiler knows is never looked at in the machine: a variable that nothing
 * writes, for one. It would test nothing, so it ends the build. A kernel whose page size is a
 * constant may know more.
 */
void selftest_folded(void)
	__attribute__((error("the compiler knows this fact: nothing is tested")));

#define SELFTEST_KNOWN(fact)                                                \
	({                                                                  \
		u64 size_ = page_size();                                    \
		!__builtin_constant_p(size_) && __builtin_constant_p(fact); \
	})

/* A fact that has to hold. The test goes on; it fails if any did not. */
#define EXPECT(fact)                                                     \
	do {                                                             \
		bool holds_ = (fact);                                    \
		if (SELFTEST_KNOWN(holds_))                              \
			selftest_folded();                               \
		if (!holds_)                                             \
			selftest_failed(run, __FILE__, __LINE__, #fact); \
	} while (0)

/* The same for two numbers, which are printed when they differ. */
#define EXPECT_EQUAL(got, want)                                                    \
	do {                                                                       \
		u64 got_ = (u64)(got), want_ = (u64)(want);                        \
		if (SELFTEST_KNOWN(got_ == want_))                                 \
			selftest_folded();                                         \
		selftest_expect_equal(run, __FILE__, __LINE__, #got, got_, want_); \
	} while (0)

/* Say why this machine can't run the test, and leave it. */
#define SKIP_TEST(why)              \
	do {                        \
		run->skipped = why; \
		return;             \
	} while (0)

void selftest_failed(struct selftest_run *run, const char *file, int line, const char *fact);
void selftest_expect_equal(struct selftest_run *run, const char *file, int line, const char *what,
			   u64 got, u64 want);

/*
 * selftest_run - run what the option asks for.
 *
 * Returns the number of failures; a name that no test has is one, and so is a run of no test.
 */
unsigned selftest_run(const struct cmdline_option *opt);

#endif
