/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fact a line.
 *
 * Neighbours: psz.h.
 */
#include "psz.h"

static struct line begun(const char *name)
{
	struct line line = { .length = 0 };

	put_text(&line, name);
	put_char(&line, '\t');
	return line;
}

void psz_text(const char *name, const char *value)
{
	struct line line = begun(name);

	put_text(&line, value);
	put_end(&line);
}

void psz_number(const char *name, uint64_t value)
{
	struct line line = begun(name);

	put_number(&line, value);
	put_end(&line);
}

void psz_hex(const char *name, uint64_t value)
{
	struct line line = begun(name);

	put_hex(&line, value);
	put_end(&line);
}

void psz_pair(const char *name, uint64_t first, uint64_t second)
{
	struct line line = begun(name);

	put_number(&line, first);
	put_text(&line, " / ");
	put_number(&line, second);
	put_end(&line);
}

const char *psz_error(long answer)
{
	static const struct {
		long error;
		const char *name;
	} names[] = {
		{ ERROR_PERM, "EPERM" },   { ERROR_IO, "EIO" },       { ERROR_BADF, "EBADF" },
		{ ERROR_AGAIN, "EAGAIN" }, { ERROR_NOMEM, "ENOMEM" }, { ERROR_ACCES, "EACCES" },
		{ ERROR_FAULT, "EFAULT" }, { ERROR_EXIST, "EEXIST" }, { ERROR_NODEV, "ENODEV" },
		{ ERROR_INVAL, "EINVAL" }, { ERROR_NOENT, "ENOENT" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (answer == -names[i].error)
			return names[i].name;
	return "another error";
}

void psz_answer(const char *name, long answer)
{
	if (answer == -ERROR_NOSYS)
		psz_text(name, "-");
	else
		psz_text(name, call_failed(answer) ? psz_error(answer) : "ok");
}

void psz_returned(const char *name, long answer)
{
	struct line line = begun(name);

	if (answer == -ERROR_NOSYS) {
		put_char(&line, '-');
	} else if (call_failed(answer)) {
		put_text(&line, "-1 ");
		put_text(&line, psz_error(answer));
	} else {
		put_number(&line, (uint64_t)answer);
	}
	put_end(&line);
}
