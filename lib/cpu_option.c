// SPDX-License-Identifier: BSD-2-Clause
/* How many CPUs the command line asks for. <lib/cpu_option.h> has the contract. */
#include <kernel/errno.h>
#include <lib/cpu_option.h>
#include <lib/parse.h>

CMDLINE_OPTION(maxcpus, "maxcpus");
CMDLINE_OPTION(nosmp, "nosmp");

/* One maxcpus=. 0 stands for a value that is no number; one of more than 64 bits is no limit. */
static u32 most_of(const struct cmdline_option *opt)
{
	u64 number;

	switch (parse_u64(opt->value, opt->value_len, &number)) {
	case 0:
		return (u32)CLAMP(number, 1ULL, (u64)CPU_OPTION_NO_LIMIT);
	case -ERANGE:
		return CPU_OPTION_NO_LIMIT;
	default:
		return 0;
	}
}

int cpu_option_find(const char *cmdline, u32 *most, struct cmdline_option *option)
{
	struct cmdline_option opt;
	u32 last = CPU_OPTION_NO_LIMIT;

	while (cmdline_next(&cmdline, &opt)) {
		if (cmdline_name_is(&opt, "nosmp"))
			last = 1;
		if (!cmdline_name_is(&opt, "maxcpus"))
			continue;
		last = most_of(&opt);
		*option = opt;
	}
	*most = last ? last : CPU_OPTION_NO_LIMIT;
	return last ? 0 : -EINVAL;
}

u32 cpu_option_most(const char *cmdline)
{
	struct cmdline_option option;
	u32 most;

	return cpu_option_find(cmdline, &most, &option) ? CPU_OPTION_NO_LIMIT : most;
}
