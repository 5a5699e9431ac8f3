// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's `regs`: the system registers as they are at this moment. */
#include <arch/regs.h>
#include <arch/sysreg.h>
#include <kernel/completion.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <lib/printk.h>

static void read_all(u64 values[REG_COUNT])
{
#define REGS_READ(id, name, read) values[REG_##id] = read;
	REGS_LIST(REGS_READ)
}

static void print(enum regs_id id, const u64 values[REG_COUNT])
{
	char words[REGS_WORDS_BYTES];

	printk("%-17s %016llx  %s\n", regs_name(id), values[id],
	       regs_words(id, values, words, sizeof(words)));
}

COMPLETER(REGISTER)
{
	for (enum regs_id id = 0; id < REG_COUNT; id++)
		completion_offer(c, regs_name(id));
}

COMMAND(regs, "[REGISTER]", "system registers, in words")
{
	enum regs_id wanted = REG_COUNT;
	u64 values[REG_COUNT];

	if (argc > 2) {
		printk("regs: \"%s\" is too much: write regs, or regs and one name\n", argv[2]);
		return -EINVAL;
	}
	if (argc > 1) {
		wanted = regs_find(argv[1]);
		if (wanted == REG_COUNT) {
			printk("regs: \"%s\" is none of these: `regs` lists them\n", argv[1]);
			return -EINVAL;
		}
	}
	read_all(values);
	for (enum regs_id id = 0; id < REG_COUNT; id++)
		if (wanted == REG_COUNT || wanted == id)
			print(id, values);
	return 0;
}
