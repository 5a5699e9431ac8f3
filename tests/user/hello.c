/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hello through a C library: its start, its buffers, its heap, and a variable of the thread's own.
 * Built with musl and with glibc, at a fixed address and at any.
 *
 * Neighbours: hello_bare.c, hello.rs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Thread_local int of_the_thread = 42;

int main(int argc, char **argv)
{
	char *copy = malloc(100000);

	if (!copy || argc < 1 || of_the_thread != 42)
		return 1;
	memset(copy, 7, 100000);
	if (copy[99999] != 7)
		return 1;
	free(copy);
	printf("hello from %s, pages of %ld\n", argv[0], sysconf(_SC_PAGESIZE));
	return fflush(stdout) != 0;
}
