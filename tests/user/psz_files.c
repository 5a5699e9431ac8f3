/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Facts of files and pipes: sizes that follow the page, the end of a mapped file, and mappings
 * that are refused whatever the page.
 *
 * Neighbours: psz.h. Files are memfds, and where there are none, a file of 5,000 bytes beside the
 * program (bytes-5000), which is only read.
 */
#include "psz.h"

enum { PIPE_GET_SIZE = 1032, PIPE_SET_SIZE = 1031, EMPTY_PATH = 0x1000, FILE_BYTES = 5000 };

/* What newfstatat writes, as far as it is read here. */
struct status {
	uint64_t before[7];
	int32_t block_bytes;
	char rest[128];
};

static int memory_file(uint64_t bytes)
{
	int file = (int)CALL(CALL_MEMFD_CREATE, "psz", 0);

	if (!call_failed(file) && call_failed(CALL(CALL_FTRUNCATE, file, bytes)))
		return -ERROR_NOSYS;
	return file;
}

static long map_file(int file, int protection, int flags, uint64_t offset)
{
	return CALL(CALL_MMAP, 0, 2 * BLOCK, protection, flags, file, offset);
}

static void say_block_size(void)
{
	static struct status status;
	int file = memory_file(FILE_BYTES);
	long answer =
		call_failed(file) ? file : CALL(CALL_NEWFSTATAT, file, "", &status, EMPTY_PATH);

	if (call_failed(answer))
		psz_text("st_blksize tmpfs", "-");
	else
		psz_number("st_blksize tmpfs", (uint64_t)(int64_t)status.block_bytes);
}

static void say_offset(const char *name, uint64_t offset)
{
	if (psz.own_file < 0)
		psz_text(name, "-");
	else
		psz_answer(name, map_file(psz.own_file, PROTECT_READ, MAPPED_PRIVATE, offset));
}

void psz_pipes(void)
{
	int ends[2];
	long answer = CALL(CALL_PIPE2, ends, 0);

	psz_returned("pipe capacity F_GETPIPE_SZ",
		     answer ? -ERROR_NOSYS : CALL(CALL_FCNTL, ends[0], PIPE_GET_SIZE));
	psz_returned("F_SETPIPE_SZ 4096 gives",
		     answer ? -ERROR_NOSYS : CALL(CALL_FCNTL, ends[0], PIPE_SET_SIZE, 4096));
	say_block_size();
	say_offset("mmap file offset 4096", 4096);
	say_offset("mmap file offset 16384", 16384);
	say_offset("mmap file offset 65536", 65536);
}

static void say_tail(void)
{
	int file = memory_file(FILE_BYTES);
	long at = call_failed(file) ? file : map_file(file, PROTECT_RW, MAPPED_SHARED, 0);

	if (call_failed(at)) {
		psz_text("tail byte 6000 written past EOF then grown", "-");
		return;
	}
	*(volatile char *)(at + 6000) = 5;
	CALL(CALL_FTRUNCATE, file, 2 * BLOCK);
	psz_byte_at("tail byte 6000 written past EOF then grown", (uint64_t)at + 6000);
}

void psz_files(void)
{
	int file = memory_file(FILE_BYTES);
	long at;

	if (call_failed(file))
		file = (int)CALL(CALL_OPENAT, AT_CWD, "bytes-5000", OPEN_RDONLY);
	at = call_failed(file) ? 0 : map_file(file, PROTECT_READ, MAPPED_PRIVATE, 0);
	if (call_failed(at))
		at = 0;
	psz_read_at("file 5000 B: read at 4999", at ? (uint64_t)at + 4999 : 0);
	psz_read_at("file 5000 B: read at 8191", at ? (uint64_t)at + 8191 : 0);
	psz_read_at("file 5000 B: read at 8192", at ? (uint64_t)at + 8192 : 0);
	psz_read_at("file 5000 B: read at 16384", at ? (uint64_t)at + 16384 : 0);
	psz_read_at("file 5000 B: read at 65535", at ? (uint64_t)at + 65535 : 0);
	psz_read_at("file 5000 B: read at 65536", at ? (uint64_t)at + 65536 : 0);
	say_tail();
}

void psz_odd_mmap(void)
{
	int ends[2] = { -1, -1 };
	long answer;

	psz_answer("mmap prot with unknown bit 8", map_memory(BLOCK, PROTECT_READ | 8));
	psz_answer("mmap flags 0 (no SHARED/PRIVATE)",
		   CALL(CALL_MMAP, 0, BLOCK, PROTECT_READ, MAPPED_ANONYMOUS, -1, 0));
	psz_answer("mmap SHARED_VALIDATE|ANON",
		   CALL(CALL_MMAP, 0, BLOCK, PROTECT_READ,
			MAPPED_SHARED_VALIDATE | MAPPED_ANONYMOUS, -1, 0));
	psz_answer("mmap huge len", map_memory((uint64_t)1 << 60, PROTECT_READ));
	psz_answer("mmap len ~0", map_memory(~(uint64_t)0, PROTECT_READ));
	psz_answer("mmap FIXED addr 0",
		   CALL(CALL_MMAP, 0, BLOCK, PROTECT_READ, MAPPED_OURS | MAPPED_FIXED, -1, 0));
	CALL(CALL_MUNMAP, 0, BLOCK);
	if (psz.own_file < 0)
		psz_text("mmap write-shared on O_RDONLY fd", "-");
	else
		psz_answer("mmap write-shared on O_RDONLY fd",
			   map_file(psz.own_file, PROTECT_RW, MAPPED_SHARED, 0));
	psz_answer("mmap bad fd", map_file(12345, PROTECT_READ, MAPPED_PRIVATE, 0));
	answer = CALL(CALL_PIPE2, ends, 0);
	psz_answer("mmap pipe fd",
		   answer ? answer : map_file(ends[0], PROTECT_READ, MAPPED_PRIVATE, 0));
	psz_answer("MAP_GROWSDOWN",
		   CALL(CALL_MMAP, 0, BLOCK, PROTECT_RW, MAPPED_OURS | MAPPED_GROWSDOWN, -1, 0));
}

void psz_holes(void)
{
	uint64_t hole = psz_fresh() + BLOCK;
	long answer = CALL(CALL_MUNMAP, hole, BLOCK);

	if (psz.own_file < 0 || answer) {
		psz_text("read() 100 B into 10 B before a hole", "-");
		psz_text("read() into a hole", "-");
	} else {
		psz_returned("read() 100 B into 10 B before a hole",
			     CALL(CALL_READ, psz.own_file, hole - 10, 100));
		psz_returned("read() into a hole", CALL(CALL_READ, psz.own_file, hole, 100));
	}
	psz_returned("write() from a hole", answer ? -ERROR_NOSYS : CALL(CALL_WRITE, 1, hole, 100));
}
