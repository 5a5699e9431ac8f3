// SPDX-License-Identifier: BSD-2-Clause
/*
 * SHA-256 on the CPU that it runs on: in C, where a misaligned access would trap or not as
 * SCTLR_EL1.A says, and by the CPU's instructions, which must give the same.
 */
#include <arch/sha256.h>
#include <arch/sysreg.h>
#include <kernel/compiler.h>
#include <kernel/selftest.h>
#include <lib/sha256.h>
#include <lib/string.h>

#define OFFSETS 64
#define LONGEST 400

static u8 content[OFFSETS + LONGEST];

static void fill_content(void)
{
	u32 seed = 1;

	for (unsigned i = 0; i < sizeof(content); i++) {
		seed = seed * 1664525 + 1013904223;
		content[i] = (u8)(seed >> 24);
	}
}

/* With misaligned accesses trapping, in one piece or two. */
static void digest_of(void (*init)(struct sha256 *), const u8 *data, u64 bytes, u64 first,
		      u8 digest[SHA256_BYTES])
{
	struct sha256 hash;
	u64 sctlr = sysreg_read(sctlr_el1);

	init(&hash);
	sysreg_write(sctlr_el1, sctlr | SCTLR_A);
	asm volatile("isb" ::: "memory");
	sha256_update(&hash, data, first);
	sha256_update(&hash, data + first, bytes - first);
	sha256_final(&hash, digest);
	sysreg_write(sctlr_el1, sctlr);
	asm volatile("isb" ::: "memory");
}

static void expect_abc(struct selftest_run *run, void (*init)(struct sha256 *))
{
	/* FIPS 180-4's example. */
	static const u8 want[SHA256_BYTES] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
		0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
		0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
	};
	u8 got[SHA256_BYTES];

	digest_of(init, (const u8 *)"abc", 3, 1, got);
	EXPECT(!memcmp(got, want, SHA256_BYTES));
}

/* The same bytes at every offset have the same digest, whichever way it is computed. */
static u64 wrong_digests(void (*init)(struct sha256 *))
{
	u8 want[SHA256_BYTES], got[SHA256_BYTES], *data;
	u64 wrong = 0;

	for (u64 bytes = 0; bytes <= LONGEST; bytes += bytes < 130 ? 13 : 67) {
		fill_content();
		digest_of(sha256_init_plain, content, bytes, 0, want);
		for (u64 offset = 0; offset < OFFSETS; offset++) {
			data = content + offset;
			if (offset)
				memmove(data, data - 1, bytes);
			digest_of(init, data, bytes, offset * bytes / OFFSETS, got);
			wrong += memcmp(got, want, SHA256_BYTES) != 0;
			digest_of(init, data, bytes, 0, got);
			wrong += memcmp(got, want, SHA256_BYTES) != 0;
		}
	}
	return wrong;
}

SELFTEST(sha256)
{
	expect_abc(run, sha256_init_plain);
	EXPECT_EQUAL(wrong_digests(sha256_init_plain), 0);
}

SELFTEST(sha256_cpu)
{
	struct sha256 hash;

	sha256_init(&hash);
	EXPECT_EQUAL(hash.blocks != sha256_blocks, arch_sha256_present());
	if (!arch_sha256_present())
		SKIP_TEST("this CPU has no SHA-256 instructions");
	expect_abc(run, sha256_init);
	EXPECT_EQUAL(wrong_digests(sha256_init), 0);
}
