/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files about EL0 share. */
#ifndef USER_INSIDE_H
#define USER_INSIDE_H

/* What user_read_string returns where there is no string. */
#define STRING_TOO_LONG (-1)
#define STRING_FAULT    (-2)

#ifndef __ASSEMBLER__

#include <arch/sysreg.h>
#include <arch/user.h>
#include <kernel/compiler.h>

/* What the boot CPU has; others that run programs have it, too (arch/arm64/boot/cpu_id.c). */
struct user_cpu {
	bool has_pan;
	bool has_pmu;
};

extern struct user_cpu user_cpu;

/* The registers that concern EL0, on this CPU; nothing where that is done. Interrupts masked. */
void user_cpu_prepare(void);
static inline void user_prepare_cpu(void)
{
	if (unlikely(!(sysreg_read(sctlr_el1) & SCTLR_UCI)))
		user_cpu_prepare();
}

/* Once: the root of zeroes, ASIDs. */
void user_space_init(u64 id_aa64mmfr0);

/*
 * Without PAN: let nothing of the lower half be mapped while the kernel runs, but for a copy.
 * With interrupts masked, or not: an interrupt leaves it as it is.
 */
void user_space_show(void);
void user_space_hide(void);

static inline void user_access_allow(void)
{
	if (unlikely(!user_cpu.has_pan))
		user_space_show();
}

static inline void user_access_forbid(void)
{
	if (unlikely(!user_cpu.has_pan))
		user_space_hide();
}

/* A copy that faults in [first, end) goes on at `to`. */
struct fixup {
	vaddr_t first;
	vaddr_t end;
	vaddr_t to;
};

extern const struct fixup user_fixups[], user_fixups_end[];

/* ---- user_copy_loops.S: they return how many bytes are left ---- */

u64 user_read(void *to, u64 from, u64 bytes);
u64 user_write(u64 to, const void *from, u64 bytes);
u64 user_clear(u64 to, u64 unused, u64 bytes);
s64 user_read_string(char *to, u64 from, u64 bytes);

/* ---- what entry.S calls: interrupts masked on entry and on return ---- */

void user_system_call(struct regs *regs);
void user_exception(struct regs *regs);
void user_handle_interrupt(struct regs *regs);
void user_leave(struct regs *regs);

#endif

#endif
