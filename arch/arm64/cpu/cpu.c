// SPDX-License-Identifier: BSD-2-Clause
/*
 * The CPU at hand: what it has of its own, its name, and its random numbers. Nothing depends on the
 * name; what a CPU can do is read from its ID registers.
 *
 * Source: Arm ARM (DDI 0487, J.a), "MIDR_EL1", "RNDR"; part numbers from each core's reference
 * manual.
 */
#include <arch/cpu.h>
#include <arch/fp.h>
#include <arch/random.h>
#include <arch/sysreg.h>
#include <kernel/assert.h>
#include <kernel/compiler.h>

BUILD_ASSERT(offsetof(struct cpu, stack_low) == CPU_STACK_LOW);
BUILD_ASSERT(offsetof(struct cpu, overflow_top) == CPU_OVERFLOW_TOP);

struct cpu boot_cpu;

void (*arch_fp_switch_user)(struct fp_state *from, struct fp_state *to);

#define IMPLEMENTER_ARM     0x41
#define IMPLEMENTER_FUJITSU 0x46

static const struct {
	u8 implementer;
	u16 part;
	char name[16];
} parts[] = {
	{ IMPLEMENTER_ARM, 0xd03, "Cortex-A53" },
	{ IMPLEMENTER_ARM, 0xd04, "Cortex-A35" },
	{ IMPLEMENTER_ARM, 0xd05, "Cortex-A55" },
	{ IMPLEMENTER_ARM, 0xd07, "Cortex-A57" },
	{ IMPLEMENTER_ARM, 0xd08, "Cortex-A72" },
	{ IMPLEMENTER_ARM, 0xd0b, "Cortex-A76" },
	{ IMPLEMENTER_ARM, 0xd0c, "Neoverse-N1" },
	{ IMPLEMENTER_ARM, 0xd40, "Neoverse-V1" },
	{ IMPLEMENTER_ARM, 0xd49, "Neoverse-N2" },
	{ IMPLEMENTER_FUJITSU, 0x001, "A64FX" },
	{ 0x00, 0x051, "QEMU max" },
};

/* RNDR sets Z if it has no number at the moment. */
bool arch_random(u64 *number)
{
	u64 value, failed;

	if (!ID_AA64ISAR0_RNDR(sysreg_read(id_aa64isar0_el1)))
		return false;
	asm volatile("mrs %0, s3_3_c2_c4_0\n\tcset %1, eq" : "=r"(value), "=r"(failed)::"cc");
	*number = value;
	return !failed;
}

const char *cpu_name(u64 midr)
{
	for (unsigned i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].implementer == (midr >> 24 & 0xff) &&
		    parts[i].part == (midr >> 4 & 0xfff))
			return parts[i].name;
	return "unknown core";
}
