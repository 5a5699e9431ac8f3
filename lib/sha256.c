// SPDX-License-Identifier: BSD-2-Clause
/*
 * SHA-256; <lib/sha256.h> has the contract.
 *
 * Written for few instructions: the 64 rounds of the textbook take 20 each and a word of the
 * schedule 9, which is 27.3 a byte before anything is spilled. Two things make it less, and both
 * want 64-bit registers:
 *
 *   Pairs. a and e share a register, as do b and f, c and g, d and h, so that one instruction
 *   serves both of Ch and Maj: each is (p & q) ^ r on its half of the same p, q and r. Each round
 *   makes one pair, pair t + 1, and pairs t to t - 3 are what the standard calls a to h in
 *   round t. Which of the two lies in the low half alternates: two rounds a, two rounds e. So
 *   pairs t and t - 2 always differ, and a shift by 32, free as an operand, takes c alone to
 *   where a lies.
 *
 *   Doubled words. A word of the schedule is kept twice in its register, so that a rotation is
 *   a shift and a shift is one by 32 more. sigma's last shift is then part of an addition.
 *
 * With all in registers that is 18.3 a round and 8 a word. It takes a compiler that computes what
 * is written, in that order: SHA256_IN_ORDER and as_written().
 *
 * I1  Words are loaded from addresses that are multiples of 4, and bytes from others; the file is
 *     built with -mstrict-align, so that the compiler doesn't join the bytes.
 *
 * Source: FIPS 180-4; sections are named where they apply.
 */
#include <arch/fp.h>
#include <arch/sha256.h>
#include <kernel/compiler.h>
#include <lib/sha256.h>
#include <lib/string.h>

/*
 * gcc 12 would reorder chains of ^ and +, which takes the shifts out of the operands, and would
 * bring loads forward, which takes registers that there are none of.
 */
#ifdef __clang__
#define SHA256_IN_ORDER
#else
#define SHA256_IN_ORDER __attribute__((optimize("no-tree-reassoc", "no-schedule-insns")))
#endif

#define WORDS 16

/* What the loop over the rounds ends by: the table's place tells how far it got. */
#define CONSTANTS_BYTES (4 * SHA256_ROUNDS)

/* Two constants at a time. */
typedef u64 __attribute__((may_alias)) constants_t;

/* May alias anything: the data is anything. */
typedef u32 __attribute__((may_alias)) data_t;

/*
 * 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes;
 * that is, floor(cbrt(p << 96)) mod 2^32, which a test repeats.
 */
const u32 sha256_constants[SHA256_ROUNDS] __aligned(CONSTANTS_BYTES) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

/* 5.3.3: the same of the square roots of the first 8 primes. */
static const u32 initial_state[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

/*
 * The value, but nothing that the compiler knows of it. Otherwise it would compute a shift once
 * that two instructions have as an operand, at no cost, or take a sum apart. Adds no instruction.
 */
static __always_inline u64 as_written(u64 value)
{
	asm("" : "+r"(value));
	return value;
}

static __always_inline u32 rotate(u32 x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static __always_inline u64 rotate_pair(u64 x, unsigned n)
{
	return x >> n | x << (64 - n);
}

static __always_inline u64 swap_halves(u64 x)
{
	return rotate_pair(x, 32);
}

/* Low halves of both: a bit-field, which is what gcc makes one BFI of. */
static __always_inline u64 join(u64 low, u64 high)
{
	union {
		u64 both;
		struct {
			u64 low : 32, high : 32;
		} half;
	} pair = { .both = low };

	pair.half.high = (u32)high;
	return pair.both;
}

static __always_inline u64 doubled(u32 word)
{
	return (u64)word << 32 | word;
}

/* 4.1.2 (4.4) and (4.5). */
static __always_inline u32 big_sigma_0(u64 x)
{
	return rotate((u32)x, 2) ^ rotate((u32)x, 13) ^ rotate((u32)x, 22);
}

static __always_inline u32 big_sigma_1(u64 x)
{
	return rotate((u32)x, 6) ^ rotate((u32)x, 11) ^ rotate((u32)x, 25);
}

/*
 * 4.1.2 (4.6) and (4.7) of a doubled word, in the low half; the high one is of no use. Rotations by
 * 7 and 18 and a shift by 3 (32 + 3 here), less the 7 that all have in common; 17, 19 and 10.
 */
static __always_inline u64 small_sigma_0(u64 x)
{
	return (x ^ rotate_pair(x, 18 - 7) ^ x >> (32 + 3 - 7)) >> 7;
}

static __always_inline u64 small_sigma_1(u64 x)
{
	return (x ^ rotate_pair(x, 19 - 17) ^ x >> (32 + 10 - 17)) >> 17;
}

/*
 * What passes from round to round: pair t at [-t % 4], and the newer word of the pair's high half
 * by itself, where rotations of 32 bits find it.
 */
struct rounds {
	u64 pair[4];
	u64 high;
};

/* Is a in the low half of pair t? */
static __always_inline bool a_is_low(unsigned t)
{
	return !(t & 2);
}

/* 6.2.2, step 3, round t. Of `word` and `constant` the low halves count. */
static __always_inline void one_round(struct rounds *r, unsigned t, u64 word, u64 constant)
{
	u64 ae = r->pair[-t % 4], bf = r->pair[(1 - t) % 4], cg = as_written(r->pair[(2 - t) % 4]);
	u64 dh = as_written(r->pair[(3 - t) % 4]), select, differ, chosen, sum, a, e;

	r->pair[(2 - t) % 4] = cg;
	/*
	 * Ch is g ^ (e & (f ^ g)), Maj c ^ ((a ^ c) & (b ^ c)): f ^ g and b ^ c lie as in cg; e and
	 * a ^ c as in ae, which is the other way round.
	 */
	differ = as_written(cg ^ (a_is_low(t - 1) == a_is_low(t - 2) ? bf : swap_halves(bf)));
	select = ae ^ (a_is_low(t) ? cg >> 32 : cg << 32);
	chosen = (select & swap_halves(differ)) ^ swap_halves(cg);

	sum = constant + word + (a_is_low(t - 3) ? dh >> 32 : dh);
	sum += a_is_low(t) ? chosen >> 32 : chosen;
	sum += big_sigma_1(a_is_low(t) ? r->high : ae);
	e = sum + (a_is_low(t - 3) ? dh : dh >> 32);
	a = sum + (a_is_low(t) ? chosen : chosen >> 32);
	a += big_sigma_0(a_is_low(t) ? ae : r->high);
	r->pair[(3 - t) % 4] = a_is_low(t + 1) ? join(a, e) : join(e, a);
	r->high = a_is_low(t + 1) ? e : a;
}

/* 6.2.2, step 1: word t + 16 in the place of word t. */
static __always_inline void next_word(u64 *words, unsigned t)
{
	u64 sum = words[t] + small_sigma_0(words[(t - 15) % WORDS]);

	sum = as_written(sum) + small_sigma_1(words[(t - 2) % WORDS]);
	words[t] = doubled((u32)as_written(sum) + (u32)words[(t - 7) % WORDS]);
}

/* Four rounds, and the words that come 16 rounds later if there are any. */
static __always_inline void four_rounds(struct rounds *r, unsigned t, u64 *words,
					const constants_t *constants, bool more)
{
	u64 two = constants[t / 2], next_two = constants[t / 2 + 1];

	one_round(r, t, words[t], two);
	if (more)
		next_word(words, t);
	one_round(r, t + 1, words[t + 1], two >> 32);
	if (more)
		next_word(words, t + 1);
	one_round(r, t + 2, words[t + 2], next_two);
	if (more)
		next_word(words, t + 2);
	one_round(r, t + 3, words[t + 3], next_two >> 32);
	if (more)
		next_word(words, t + 3);
}

static __always_inline void sixteen_rounds(struct rounds *r, u64 *words,
					   const constants_t *constants, bool more)
{
	four_rounds(r, 0, words, constants, more);
	four_rounds(r, 4, words, constants, more);
	four_rounds(r, 8, words, constants, more);
	four_rounds(r, 12, words, constants, more);
}

static __always_inline void load_four(u64 *words, const data_t *data, unsigned t)
{
	words[t] = doubled(__builtin_bswap32(data[t]));
	words[t + 1] = doubled(__builtin_bswap32(data[t + 1]));
	words[t + 2] = doubled(__builtin_bswap32(data[t + 2]));
	words[t + 3] = doubled(__builtin_bswap32(data[t + 3]));
}

/* A block's words; written out, so that they are in registers. */
static __always_inline void load_words(u64 *words, const data_t *data)
{
	load_four(words, data, 0);
	load_four(words, data, 4);
	load_four(words, data, 8);
	load_four(words, data, WORDS - 4);
}

/* Pairs 0, -1, -2 and -3, of which the second and third have e and its like low. */
static __always_inline void load_state(struct rounds *r, const u32 state[8])
{
	r->pair[0] = (u64)state[4] << 32 | state[0];
	r->pair[1] = (u64)state[1] << 32 | state[5];
	r->pair[2] = (u64)state[2] << 32 | state[6];
	r->pair[3] = (u64)state[7] << 32 | state[3];
	r->high = state[4];
}

/* 6.2.2, step 4. */
static __always_inline void add_state(u32 state[8], const struct rounds *r)
{
	state[0] += (u32)r->pair[0];
	state[4] = (u32)as_written(state[4] + (r->pair[0] >> 32));
	state[5] += (u32)r->pair[1];
	state[1] = (u32)as_written(state[1] + (r->pair[1] >> 32));
	state[6] += (u32)r->pair[2];
	state[2] = (u32)as_written(state[2] + (r->pair[2] >> 32));
	state[3] += (u32)r->pair[3];
	state[7] = (u32)as_written(state[7] + (r->pair[3] >> 32));
}

/* Blocks at an address that is a multiple of 4. */
SHA256_IN_ORDER static void aligned_blocks(u32 state[8], const data_t *data, u64 count)
{
	for (; count; count--, data += WORDS) {
		const constants_t *constants = (const constants_t *)(const void *)sha256_constants;
		u64 words[WORDS];
		struct rounds r;

		load_words(words, data);
		load_state(&r, state);
		do {
			sixteen_rounds(&r, words, constants, true);
			constants += WORDS / 2;
		} while ((uintptr_t)constants % CONSTANTS_BYTES < CONSTANTS_BYTES - 4 * WORDS);
		sixteen_rounds(&r, words, constants, false);
		add_state(state, &r);
	}
}

void sha256_blocks(u32 state[8], const void *data, u64 count)
{
	const u8 *from = data;
	u32 block[WORDS];

	if (IS_ALIGNED((uintptr_t)from, sizeof(u32))) {
		aligned_blocks(state, data, count);
		return;
	}
	for (; count; count--) {
		for (unsigned t = 0; t < WORDS; t++, from += 4)
			block[t] = (u32)from[0] | (u32)from[1] << 8 | (u32)from[2] << 16 |
				   (u32)from[3] << 24;
		aligned_blocks(state, block, 1);
	}
}

void sha256_init_plain(struct sha256 *hash)
{
	memcpy(hash->state, initial_state, sizeof(hash->state));
	hash->bytes = 0;
	hash->blocks = sha256_blocks;
}

/* A thread may have begun on a CPU that has the instructions, and go on where there are none. */
static void blocks_by_cpu(u32 state[8], const void *data, u64 count)
{
	if (unlikely(!arch_sha256_present())) {
		sha256_blocks(state, data, count);
		return;
	}
	kernel_fp_begin();
	arch_sha256_blocks(state, data, count, sha256_constants);
	kernel_fp_end();
}

void sha256_init(struct sha256 *hash)
{
	sha256_init_plain(hash);
	if (arch_sha256_present())
		hash->blocks = blocks_by_cpu;
}

void sha256_update(struct sha256 *hash, const void *data, u64 bytes)
{
	u64 used = hash->bytes % SHA256_BLOCK_BYTES;
	u64 part = MIN(bytes, SHA256_BLOCK_BYTES - used);
	const u8 *from = data;

	if (!bytes)
		return;
	hash->bytes += bytes;
	if (used || part < SHA256_BLOCK_BYTES) {
		memcpy((u8 *)hash->buffer + used, from, part);
		if (used + part < SHA256_BLOCK_BYTES)
			return;
		hash->blocks(hash->state, hash->buffer, 1);
		from += part;
		bytes -= part;
	}
	hash->blocks(hash->state, from, bytes / SHA256_BLOCK_BYTES);
	memcpy(hash->buffer, from + ALIGN_DOWN(bytes, SHA256_BLOCK_BYTES),
	       bytes % SHA256_BLOCK_BYTES);
}

/* 5.1.1: a bit that is set, zeroes, and the length in bits in the last eight bytes of a block. */
void sha256_final(struct sha256 *hash, u8 digest[SHA256_BYTES])
{
	u64 used = hash->bytes % SHA256_BLOCK_BYTES, bits = 8 * hash->bytes;
	u8 *buffer = (u8 *)hash->buffer;

	buffer[used++] = 0x80;
	if (used > SHA256_BLOCK_BYTES - 8) {
		memset(buffer + used, 0, SHA256_BLOCK_BYTES - used);
		hash->blocks(hash->state, buffer, 1);
		used = 0;
	}
	memset(buffer + used, 0, SHA256_BLOCK_BYTES - 8 - used);
	for (unsigned i = 0; i < 8; i++)
		buffer[SHA256_BLOCK_BYTES - 8 + i] = (u8)(bits >> (56 - 8 * i));
	hash->blocks(hash->state, buffer, 1);
	for (unsigned i = 0; i < SHA256_BYTES; i++)
		digest[i] = (u8)(hash->state[i / 4] >> (24 - i % 4 * 8));
}

void sha256_once(const void *data, u64 bytes, u8 digest[SHA256_BYTES])
{
	struct sha256 hash;

	sha256_init(&hash);
	sha256_update(&hash, data, bytes);
	sha256_final(&hash, digest);
}
