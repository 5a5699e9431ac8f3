// SPDX-License-Identifier: BSD-2-Clause
/* What programs may use. <arch/hwcap.h> has the contract. */
#include <arch/hwcap.h>
#include <arch/sysreg.h>
#include <kernel/compiler.h>

enum id { PFR0, PFR1, ISAR0, ISAR1, MMFR2, IDS };

/* Bit `bit` is set if the 4 bits of register `id` from `lsb` on are `least` or more. */
static const struct {
	u8 bit;
	u8 id;
	u8 lsb;
	u8 least;
} hwcaps[] = {
	{ 3, ISAR0, 4, 1 },   /* AES */
	{ 4, ISAR0, 4, 2 },   /* PMULL */
	{ 5, ISAR0, 8, 1 },   /* SHA1 */
	{ 6, ISAR0, 12, 1 },  /* SHA2 */
	{ 7, ISAR0, 16, 1 },  /* CRC32 */
	{ 8, ISAR0, 20, 2 },  /* ATOMICS */
	{ 12, ISAR0, 28, 1 }, /* ASIMDRDM */
	{ 13, ISAR1, 12, 1 }, /* JSCVT */
	{ 14, ISAR1, 16, 1 }, /* FCMA */
	{ 15, ISAR1, 20, 1 }, /* LRCPC */
	{ 16, ISAR1, 0, 1 },  /* DCPOP */
	{ 17, ISAR0, 32, 1 }, /* SHA3 */
	{ 18, ISAR0, 36, 1 }, /* SM3 */
	{ 19, ISAR0, 40, 1 }, /* SM4 */
	{ 20, ISAR0, 44, 1 }, /* ASIMDDP */
	{ 21, ISAR0, 12, 2 }, /* SHA512 */
	{ 23, ISAR0, 48, 1 }, /* ASIMDFHM */
	{ 24, PFR0, 48, 1 },  /* DIT */
	{ 25, MMFR2, 32, 1 }, /* USCAT */
	{ 26, ISAR1, 20, 2 }, /* ILRCPC */
	{ 27, ISAR0, 52, 1 }, /* FLAGM */
	{ 28, PFR1, 4, 2 },   /* SSBS */
	{ 29, ISAR1, 36, 1 }, /* SB */
};

/* Signed fields of PFR0, unlike the others: 0 is the basic form, and 15 none. */
#define HWCAP_FP      (1u << 0)
#define HWCAP_ASIMD   (1u << 1)
#define HWCAP_FPHP    (1u << 9)
#define HWCAP_ASIMDHP (1u << 10)

static u64 hwcap_of_fp(unsigned field, u64 basic, u64 half)
{
	field &= 0xf;
	if (field >= 8)
		return 0;
	return field ? basic | half : basic;
}

u64 arch_hwcap(void)
{
	const u64 ids[IDS] = {
		[PFR0] = sysreg_read(id_aa64pfr0_el1),   [PFR1] = sysreg_read(id_aa64pfr1_el1),
		[ISAR0] = sysreg_read(id_aa64isar0_el1), [ISAR1] = sysreg_read(id_aa64isar1_el1),
		[MMFR2] = sysreg_read(S3_0_C0_C7_2),
	};
	u64 hwcap = hwcap_of_fp((unsigned)(ids[PFR0] >> 16), HWCAP_FP, HWCAP_FPHP) |
		    hwcap_of_fp((unsigned)(ids[PFR0] >> 20), HWCAP_ASIMD, HWCAP_ASIMDHP);

	for (unsigned i = 0; i < ARRAY_SIZE(hwcaps); i++)
		if ((ids[hwcaps[i].id] >> hwcaps[i].lsb & 0xf) >= hwcaps[i].least)
			hwcap |= 1ULL << hwcaps[i].bit;
	return hwcap;
}
