// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/sha256.c: NIST's examples, the table of constants, and random data in random pieces at
 * random addresses against an implementation that is written as the standard is.
 *
 * Sources: lib/sha256.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <lib/sha256.h>

#define ROUNDS  500
#define LONGEST 1000

static u32 naive_rotate(u32 x, unsigned n)
{
	return x >> n | x << (32 - n);
}

/* 6.2.2, word for word. */
static void naive_block(u32 h[8], const u8 *data)
{
	u32 w[64], v[8];

	for (int t = 0; t < 64; t++) {
		if (t < 16) {
			w[t] = (u32)data[4 * t] << 24 | (u32)data[4 * t + 1] << 16 |
			       (u32)data[4 * t + 2] << 8 | data[4 * t + 3];
			continue;
		}
		w[t] = (naive_rotate(w[t - 2], 17) ^ naive_rotate(w[t - 2], 19) ^ w[t - 2] >> 10) +
		       w[t - 7] + w[t - 16] +
		       (naive_rotate(w[t - 15], 7) ^ naive_rotate(w[t - 15], 18) ^ w[t - 15] >> 3);
	}
	memcpy(v, h, sizeof(v));
	for (int t = 0; t < 64; t++) {
		u32 t1 = v[7] +
			 (naive_rotate(v[4], 6) ^ naive_rotate(v[4], 11) ^ naive_rotate(v[4], 25)) +
			 ((v[4] & v[5]) ^ (~v[4] & v[6])) + sha256_constants[t] + w[t];
		u32 t2 = (naive_rotate(v[0], 2) ^ naive_rotate(v[0], 13) ^ naive_rotate(v[0], 22)) +
			 ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		h[i] += v[i];
}

static void naive(const u8 *data, size_t bytes, u8 digest[SHA256_BYTES])
{
	u32 h[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
	size_t padded = (bytes + 9 + 63) / 64 * 64;
	u8 *all = calloc(1, padded);

	assert_non_null(all);
	memcpy(all, data, bytes);
	all[bytes] = 0x80;
	for (int i = 0; i < 8; i++)
		all[padded - 1 - (size_t)i] = (u8)((u64)bytes * 8 >> (8 * i));
	for (size_t at = 0; at < padded; at += 64)
		naive_block(h, all + at);
	for (int i = 0; i < SHA256_BYTES; i++)
		digest[i] = (u8)(h[i / 4] >> (24 - i % 4 * 8));
	free(all);
}

static void expect_digest(const u8 digest[SHA256_BYTES], const char *hex)
{
	char text[2 * SHA256_BYTES + 1];

	for (int i = 0; i < SHA256_BYTES; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(text, hex);
}

static void examples_of_the_standard(void **state)
{
	static const struct {
		const char *text, *digest;
	} examples[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
		  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
		  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
	};
	u8 digest[SHA256_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		sha256_once(examples[i].text, strlen(examples[i].text), digest);
		expect_digest(digest, examples[i].digest);
	}
}

static void a_million_times_a(void **state)
{
	struct sha256 hash;
	u8 digest[SHA256_BYTES], piece[1000];

	(void)state;
	memset(piece, 'a', sizeof(piece));
	sha256_init(&hash);
	for (int i = 0; i < 1000; i++)
		sha256_update(&hash, piece, sizeof(piece));
	sha256_final(&hash, digest);
	expect_digest(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* The largest x with x^3 <= prime << 96. */
static u64 cube_root_shifted(unsigned prime)
{
	u64 root = 0;

	for (u64 bit = 1ULL << 35; bit; bit >>= 1) {
		u64 x = root | bit;
		/* x^3 has up to 108 bits. */
		if ((unsigned __int128)x * x * x <= (unsigned __int128)prime << 96)
			root = x;
	}
	return root;
}

static void constants_are_cube_roots_of_primes(void **state)
{
	unsigned found = 0;

	(void)state;
	for (unsigned n = 2; found < SHA256_ROUNDS; n++) {
		unsigned divisor = 2;

		while (n % divisor)
			divisor++;
		if (divisor == n)
			assert_int_equal(sha256_constants[found++], (u32)cube_root_shifted(n));
	}
}

/* To the byte: AddressSanitizer sees what is read outside. */
static void pieces_at_any_address(void **state)
{
	u8 want[SHA256_BYTES], got[SHA256_BYTES];
	struct sha256 hash;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		size_t offset = (size_t)host_random_below(16);
		size_t bytes = (size_t)host_random_below(LONGEST), done = 0;
		u8 *memory = malloc(offset + bytes + 1), *data = memory + offset + 1;

		assert_non_null(memory);
		host_random_bytes(data, bytes);
		naive(data, bytes, want);
		sha256_once(data, bytes, got);
		assert_memory_equal(got, want, SHA256_BYTES);
		sha256_init(&hash);
		while (done < bytes) {
			size_t piece = 1 + (size_t)host_random_below(bytes - done);

			if (host_random_below(2))
				piece = 1 + (piece - 1) % 80;
			sha256_update(&hash, data + done, piece);
			sha256_update(&hash, NULL, 0);
			done += piece;
		}
		sha256_final(&hash, got);
		assert_memory_equal(got, want, SHA256_BYTES);
		free(memory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_the_standard),
		cmocka_unit_test(a_million_times_a),
		cmocka_unit_test(constants_are_cube_roots_of_primes),
		cmocka_unit_test(pieces_at_any_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
