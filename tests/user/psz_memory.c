/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Facts of mappings: which addresses, lengths and flags are refused, and how far a change reaches.
 *
 * Neighbours: psz.h; psz_files.c for mappings of files.
 */
#include "psz.h"

/* Where nothing is mapped, and a hint that no kernel has a reason to refuse. */
#define UNMAPPED 0x7200000000
#define HINT     0x7100001000

static long map_at(uint64_t address, uint64_t bytes, int flags)
{
	return CALL(CALL_MMAP, address, bytes, PROTECT_RW, MAPPED_OURS | flags, -1, 0);
}

uint64_t psz_fresh(void)
{
	long at = map_memory(WHOLE + BLOCK, PROTECT_RW);

	return call_failed(at) ? 0 : ((uint64_t)at + BLOCK - 1) & ~(uint64_t)(BLOCK - 1);
}

void psz_mmap(void)
{
	uint64_t base = psz_fresh();
	long at;

	psz_answer("mmap length 0", map_at(0, 0, 0));
	psz_answer("mmap MAP_FIXED addr+4096", map_at(base + 4096, 4096, MAPPED_FIXED));
	psz_answer("mmap hint addr+4096 (no FIXED)", map_at(base + 4096, 4096, 0));
	at = map_at(HINT, 4096, 0);
	if (call_failed(at))
		psz_answer("  hint 0x7100001000 gives", at);
	else
		psz_hex("  hint 0x7100001000 gives", (uint64_t)at);
	psz_answer("MAP_FIXED_NOREPLACE over existing",
		   map_at(base, BLOCK, MAPPED_FIXED_NOREPLACE));
}

/* A fact that follows from a call isn't there if that isn't. */
static uint64_t where(uint64_t base, long answer)
{
	return answer == -ERROR_NOSYS ? 0 : base;
}

void psz_mprotect(void)
{
	uint64_t base = psz_fresh();
	long answer;

	psz_answer("mprotect addr+4096", CALL(CALL_MPROTECT, base + 4096, 4096, PROTECT_READ));
	psz_answer("mprotect addr+16384", CALL(CALL_MPROTECT, base + 16384, 4096, PROTECT_READ));
	psz_answer("mprotect len 0", CALL(CALL_MPROTECT, base, 0, PROTECT_READ));
	base = psz_fresh();
	answer = CALL(CALL_MPROTECT, base, 100, PROTECT_READ);
	psz_answer("mprotect len 100", answer);
	base = where(base, answer);
	psz_write_at("  write at +4096 after", base ? base + 4096 : 0);
	psz_write_at("  write at +16384 after", base ? base + 16384 : 0);
	psz_answer("mprotect unmapped", CALL(CALL_MPROTECT, UNMAPPED, BLOCK, PROTECT_READ));
}

void psz_munmap(void)
{
	uint64_t base = psz_fresh();
	long answer;

	psz_answer("munmap addr+4096", CALL(CALL_MUNMAP, base + 4096, 4096));
	psz_answer("munmap len 0", CALL(CALL_MUNMAP, base, 0));
	base = psz_fresh();
	answer = CALL(CALL_MUNMAP, base, 100);
	psz_answer("munmap len 100 at aligned", answer);
	base = where(base, answer);
	psz_read_at("  read at +4096 after", base ? base + 4096 : 0);
	psz_read_at("  read at +65535 after", base ? base + 65535 : 0);
	psz_answer("munmap unmapped", CALL(CALL_MUNMAP, UNMAPPED, BLOCK));
}

void psz_madvise(void)
{
	uint64_t base = psz_fresh();
	long answer;

	psz_answer("madvise DONTNEED addr+4096",
		   CALL(CALL_MADVISE, base + 4096, 4096, ADVICE_DONTNEED));
	if (base) {
		*(volatile char *)(base + 100) = 7;
		*(volatile char *)(base + 5000) = 9;
	}
	answer = CALL(CALL_MADVISE, base, 4096, ADVICE_DONTNEED);
	psz_answer("madvise DONTNEED len 4096", answer);
	psz_byte_at("  byte at +5000 after (was 9)", where(base, answer) ? base + 5000 : 0);
	psz_byte_at("  byte at +100 after (was 7)", where(base, answer) ? base + 100 : 0);
	psz_answer("madvise FREE len 4096", CALL(CALL_MADVISE, base, 4096, ADVICE_FREE));
	psz_answer("madvise len 0", CALL(CALL_MADVISE, base, 0, ADVICE_DONTNEED));
	psz_answer("madvise bad advice", CALL(CALL_MADVISE, base, BLOCK, 12345));
	psz_answer("madvise unmapped", CALL(CALL_MADVISE, UNMAPPED, BLOCK, ADVICE_DONTNEED));
}

void psz_mincore(void)
{
	uint64_t base = psz_fresh(), written = 0;
	unsigned char vector[64];
	long answer;

	psz_answer("mincore addr+4096", CALL(CALL_MINCORE, base + 4096, 4096, vector));
	memset(vector, 0xaa, sizeof(vector));
	answer = CALL(CALL_MINCORE, base, BLOCK, vector);
	psz_answer("mincore 64K aligned", answer);
	while (written < sizeof(vector) && vector[written] != 0xaa)
		written++;
	if (call_failed(answer))
		psz_text("  vec bytes written for 64K", "-");
	else
		psz_number("  vec bytes written for 64K", written);
	psz_answer("msync addr+4096", CALL(CALL_MSYNC, base + 4096, 4096, SYNC_ASYNC));
	psz_answer("msync both flags", CALL(CALL_MSYNC, base, BLOCK, SYNC_ASYNC | SYNC_WAIT));
	psz_answer("msync aligned", CALL(CALL_MSYNC, base, BLOCK, SYNC_ASYNC));
}

void psz_mremap(void)
{
	uint64_t base = psz_fresh();
	long answer;

	psz_answer("mremap addr+4096", CALL(CALL_MREMAP, base + 4096, 4096, 4096, REMAP_MAYMOVE));
	base = psz_fresh();
	psz_answer("mremap 64K->128K", CALL(CALL_MREMAP, base, BLOCK, 2 * BLOCK, REMAP_MAYMOVE));
	base = psz_fresh();
	psz_answer("mremap old_len 0 private", CALL(CALL_MREMAP, base, 0, BLOCK, REMAP_MAYMOVE));
	psz_answer("mremap new_len 0", CALL(CALL_MREMAP, base, BLOCK, 0, REMAP_MAYMOVE));
	psz_answer("mremap FIXED overlap", CALL(CALL_MREMAP, base, 2 * BLOCK, 2 * BLOCK,
						REMAP_MAYMOVE | REMAP_FIXED, base + BLOCK));
	/* Only with pages of 4K is there a hole, then. */
	answer = CALL(CALL_MUNMAP, base + 4096, 4096);
	psz_answer("mlock addr+4096 len 1",
		   where(base, answer) ? CALL(CALL_MLOCK, base + 4096, 1) : answer);
	CALL(CALL_MUNLOCK, base, BLOCK);
}

void psz_brk(void)
{
	uint64_t first = (uint64_t)CALL(CALL_BRK, 0);
	int there = !call_failed((long)first) && first;
	uint64_t second = there ? (uint64_t)CALL(CALL_BRK, first + 1) : 0;

	if (there) {
		psz_number("initial brk % page", first % psz.page);
		psz_number("brk(+1): returned-brk", second - first);
	} else {
		psz_text("initial brk % page", "-");
		psz_text("brk(+1): returned-brk", "-");
	}
	psz_write_at("  write at brk+100", there ? first + 100 : 0);
	psz_write_at("  write at brk+4096+100", there ? first + 4096 + 100 : 0);
	psz_write_at("  write at next 64K", there ? first + BLOCK + 100 : 0);
	/* As a C library's heap begins after that: psz_proc.c looks at its mapping. */
	if (there)
		CALL(CALL_BRK, (first + 1 + psz.page - 1) / psz.page * psz.page +
				       (132 * KIB + psz.page - 1) / psz.page * psz.page);
}
