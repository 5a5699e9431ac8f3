// SPDX-License-Identifier: BSD-2-Clause
/* Exceptions that are answered, and what stays at EL2. Unanswered ones are rows of the matrix. */
#include <arch/boot.h>
#include <arch/hyp.h>
#include <arch/probe.h>
#include <arch/semihost.h>
#include <kernel/errno.h>
#include <kernel/selftest.h>
#include <lib/string.h>

SELFTEST(probe_faults)
{
	u8 byte = 0x5a, copy = 0;

	EXPECT_EQUAL(arch_probe_read(vaddr_of(&byte), &copy), 0);
	EXPECT_EQUAL(copy, 0x5a);
	EXPECT_EQUAL(arch_probe_write(vaddr_of(&byte), 0xa5), 0);
	EXPECT_EQUAL(byte, 0xa5);
	EXPECT(arch_probe_read(vaddr(8), &copy) == -EFAULT);
	/* An address that no half translates. */
	EXPECT(arch_probe_read(vaddr(0x0123000000000000), &copy) == -EFAULT);
	EXPECT_EQUAL(copy, 0x5a);
}

SELFTEST(el2_stub)
{
	if (boot_info.entry_el == 1)
		SKIP_TEST("entered at EL1");
	if (boot_info.entry_el == 3 && !boot_info.has_el2)
		SKIP_TEST("entered at EL3 of a CPU without EL2");
	EXPECT_EQUAL(hyp_call(HYP_CALL_VERSION, 0, 0), 1);
	EXPECT_EQUAL(hyp_call(12345, 0, 0), ~0ULL);
}

/* Unaligned accesses are for Normal memory, and only until the MMU is on. */
SELFTEST(unaligned_access)
{
	u8 bytes[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };
	u64 word;

	asm volatile("ldr %0, [%1]" : "=r"(word) : "r"(bytes + 1), "m"(bytes));
	EXPECT_EQUAL(word, 0x0807060504030201);
}

SELFTEST(bss_is_zero)
{
	/* Volatile: that nothing writes it, the compiler sees, and would not read it. */
	static volatile u64 zeroes[64];

	for (unsigned i = 0; i < ARRAY_SIZE(zeroes); i++)
		EXPECT_EQUAL(zeroes[i], 0);
}
