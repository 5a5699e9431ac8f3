// SPDX-License-Identifier: BSD-2-Clause
/*
 * arch/arm64/show/regs_words.c: system registers in words.
 *
 * Sources: arch/arm64/show/regs_words.c arch/arm64/table/granule.c lib/string.c lib/vsnprintf.c
 */
#include <stdio.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/regs.h>
#include <arch/trap.h>
#include <lib/printk.h>
#include <lib/symbols.h>

const char *cpu_name(u64 midr)
{
	return midr == 0x410fd083 ? "Cortex-A72" : "unknown core";
}

const char *trap_class_name(u64 esr)
{
	return esr >> 26 == 0x25 ? "data abort" : "another";
}

char *symbols_format(char *buf, size_t size, vaddr_t addr)
{
	snprintf(buf, size, "at_%llx", addr.val);
	return buf;
}

static const char *words(enum regs_id id, u64 value)
{
	static char text[REGS_WORDS_BYTES];
	u64 values[REG_COUNT] = { [REG_CNTFRQ] = 62500000, [REG_ELR] = 0x1234 };

	values[id] = value;
	return regs_words(id, values, text, sizeof(text));
}

static void finds_names(void **state)
{
	(void)state;
	for (enum regs_id id = 0; id < REG_COUNT; id++)
		assert_int_equal(regs_find(regs_name(id)), id);
	assert_string_equal(regs_name(REG_PFR0), "ID_AA64PFR0_EL1");
	assert_int_equal(regs_find("tcr"), REG_TCR);
	assert_int_equal(regs_find("TCR_el1"), REG_TCR);
	assert_int_equal(regs_find("sp"), REG_SP);
	assert_int_equal(regs_find("CurrentEL"), REG_CURRENT_EL);
	assert_int_equal(regs_find("id_aa64mmfr0"), REG_MMFR0);
	assert_int_equal(regs_find(""), REG_COUNT);
	assert_int_equal(regs_find("tc"), REG_COUNT);
	assert_int_equal(regs_find("tcr_el"), REG_COUNT);
	assert_int_equal(regs_find("tcr_el2"), REG_COUNT);
	assert_int_equal(regs_find("ttbr"), REG_COUNT);
}

/* As in FACTS of the CPUs: signed fields for 4K and 64K, an unsigned one for 16K. */
static void tells_granules(void **state)
{
	static const struct {
		u64 value;
		const char *words;
	} cases[] = {
		{ 0x1122, "4k yes, 16k no, 64k yes, physical addresses of 40 bits, ASIDs of 16" },
		{ 0x101122,
		  "4k yes, 16k yes, 64k yes, physical addresses of 40 bits, ASIDs of 16" },
		{ 0x32310201126, "4k yes, with 52 bits, 16k yes, with 52 bits, 64k yes, physical "
				 "addresses of 52 bits, ASIDs of 16" },
		{ 0xff000005, "4k no, 16k no, 64k no, physical addresses of 48 bits, ASIDs of 8" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(words(REG_MMFR0, cases[i].value), cases[i].words);
}

#define WALKS "walks inner write-back outer write-back, inner shareable; "

static void tells_both_halves(void **state)
{
	(void)state;
	assert_string_equal(words(REG_TCR, 0x5f5103590),
			    "TTBR0: off, 48 bits (T0SZ 16), granule 4k, " WALKS
			    "TTBR1: on, 48 bits (T1SZ 16), granule 64k, " WALKS
			    "physical addresses of 48 bits, ASIDs of 8");
	assert_string_equal(words(REG_TCR, 0x1200808000 | 16 | 25 << 16 | 1 << 30),
			    "TTBR0: on, 48 bits (T0SZ 16), granule 16k, walks inner non-cacheable "
			    "outer non-cacheable, not shareable; "
			    "TTBR1: off, 39 bits (T1SZ 25), granule 16k, walks inner non-cacheable "
			    "outer non-cacheable, not shareable; "
			    "physical addresses of 40 bits, ASIDs of 16");
}

static void tells_the_others(void **state)
{
	static const struct {
		enum regs_id id;
		u64 value;
		const char *words;
	} cases[] = {
		{ REG_CURRENT_EL, 4, "EL1" },
		{ REG_DAIF, 0x3c0, "masked: debug, SError, IRQ, FIQ" },
		{ REG_DAIF, 0x2c0, "masked: debug, IRQ, FIQ" },
		{ REG_DAIF, 0, "nothing is masked" },
		{ REG_SP, 0x1800, "2048 bytes above the stack's end" },
		{ REG_SP, 0xfff, "not on this CPU's stack" },
		{ REG_CPACR, 3 << 20, "FP and SIMD don't trap" },
		{ REG_CPACR, 1 << 20, "FP and SIMD trap at EL0" },
		{ REG_MAIR, 0x4404ff,
		  "0 normal write-back, 1 device nGnRE, 2 normal non-cacheable, 3 to 7 device "
		  "nGnRnE" },
		{ REG_TTBR1, 0x2a000040261a01, "root at 0x40261a00, ASID 42, common to CPUs" },
		{ REG_VBAR, 0xabc, "at_abc" },
		{ REG_ESR, 0x96000010, "of the last exception: data abort" },
		{ REG_ESR, 0, "no exception but interrupts so far" },
		{ REG_ELR, 0, "no exception so far" },
		{ REG_SPSR, 0x3c5,
		  "of the last exception: from EL1h, masked: debug, SError, IRQ, FIQ" },
		{ REG_CNTFRQ, 24000000, "24.000000 MHz" },
		{ REG_CNTPCT, 62500000 + 31250000, "1.500 s" },
		{ REG_MIDR, 0x410fd083, "Cortex-A72 r0p3: implementer 0x41, part 0xd08" },
		{ REG_MPIDR, 0x0000000281030104, "affinity 2.3.1.4" },
		{ REG_CTR, 0x8444c004,
		  "cache lines of 64 bytes, of 64 for instructions; new code needs cleaning to the "
		  "point of unification, invalidation" },
		{ REG_MMFR2, 0, "none of its features" },
		{ REG_MMFR2, 2ULL << 52 | 1, "CnP, BBM (2)" },
		{ REG_ISAR0, 0x1ULL << 60 | 0x20 | 1, "AES (2), RNDR" },
		{ REG_PFR0, 0x11ff2222 & 0xff0022,
		  "EL0 (AArch32 too), EL1 (AArch32 too), none of its features" },
		{ REG_PFR0, 0x1100111, "EL0, EL1, EL2, FP, SIMD, GIC registers" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(words(cases[i].id, cases[i].value), cases[i].words);
}

/* Any value has words, and they fit into a line of printk. */
static void takes_any_value(void **state)
{
	size_t longest = 0;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		enum regs_id id = (enum regs_id)host_random_below(REG_COUNT);
		u64 value = round % 3   ? host_random()
			    : round % 2 ? ~0ULL
					: host_random() & host_random();
		const char *text = words(id, value);

		assert_true(text[0]);
		longest = strlen(text) > longest ? strlen(text) : longest;
	}
	assert_true(longest < REGS_WORDS_BYTES - 1);
	assert_true(longest + 17 + 1 + 16 + 2 + 2 <= PRINTK_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_names),       cmocka_unit_test(tells_granules),
		cmocka_unit_test(tells_both_halves), cmocka_unit_test(tells_the_others),
		cmocka_unit_test(takes_any_value),
	};

	boot_cpu.stack_low = 0x1000;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
