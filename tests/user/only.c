/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * only: runs a program on Linux as on a kernel that has few calls. All but those that are named are
 * answered with ENOSYS.
 *
 *     only NUMBER,NUMBER... PROGRAM [ARGUMENT...]
 *
 * Neighbours: scripts/check-oracle runs psz so. Linux does it by a seccomp filter: status 2 where
 * there is none.
 */
#include "bare.h"

enum { SET_NO_NEW_PRIVILEGES = 38, SET_SECCOMP = 22, SECCOMP_FILTER = 2, MOST = 64 };
enum { LOAD_WORD = 0x20, JUMP_EQUAL = 0x15, RETURN = 0x06 };
enum { ALLOW = 0x7fff0000, FAIL = 0x00050000 };

struct instruction {
	uint16_t code;
	uint8_t if_true, if_false;
	uint32_t value;
};

/* The first word of what a filter sees is the call's number. */
static uint16_t make_filter(struct instruction *to, const char *numbers)
{
	uint16_t count = 0;

	to[count++] = (struct instruction){ LOAD_WORD, 0, 0, 0 };
	while (*numbers && count < 2 * MOST) {
		to[count++] =
			(struct instruction){ JUMP_EQUAL, 0, 1, (uint32_t)bare_number(numbers) };
		to[count++] = (struct instruction){ RETURN, 0, 0, ALLOW };
		while (*numbers && *numbers++ != ',')
			;
	}
	to[count++] = (struct instruction){ JUMP_EQUAL, 0, 1, CALL_EXECVE };
	to[count++] = (struct instruction){ RETURN, 0, 0, ALLOW };
	to[count++] = (struct instruction){ RETURN, 0, 0, FAIL | ERROR_NOSYS };
	return count;
}

int bare_main(const struct start *start)
{
	static struct instruction filter[2 * MOST + 8];
	struct {
		uint16_t count;
		struct instruction *filter;
	} program = { 0, filter };

	if (start->argc < 3)
		return 2;
	program.count = make_filter(filter, start->argv[1]);
	if (CALL(CALL_PRCTL, SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) ||
	    CALL(CALL_PRCTL, SET_SECCOMP, SECCOMP_FILTER, &program))
		return 2;
	CALL(CALL_EXECVE, start->argv[2], start->argv + 2, start->environment);
	return 127;
}
