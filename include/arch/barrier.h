/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Barriers, by the names of their instructions. Why one stands where it stands is
 * argued at each use.
 *
 * Source: Arm ARM (DDI 0487, J.a), "Memory barriers".
 */
#ifndef ARCH_BARRIER_H
#define ARCH_BARRIER_H

#ifdef GRANULE_HOST

void dmb_ish(void);
static inline void dmb_ishst(void)
{
}
static inline void dsb_ishst(void)
{
}
static inline void dsb_ish(void)
{
}
static inline void dsb_sy(void)
{
}
static inline void isb(void)
{
}
static inline void csdb(void)
{
}

#else

/* Orders earlier accesses before later ones, for the inner shareable domain: the full fence. */
static inline void dmb_ish(void)
{
	asm volatile("dmb ish" ::: "memory");
}

/* Orders earlier stores before later stores, for the inner shareable domain. */
static inline void dmb_ishst(void)
{
	asm volatile("dmb ishst" ::: "memory");
}

/* Completes earlier stores, table walks of other CPUs included. */
static inline void dsb_ishst(void)
{
	asm volatile("dsb ishst" ::: "memory");
}

/* Completes earlier accesses, TLB and cache maintenance in the inner shareable domain. */
static inline void dsb_ish(void)
{
	asm volatile("dsb ish" ::: "memory");
}

/* Completes earlier accesses for every observer there is, devices included. */
static inline void dsb_sy(void)
{
	asm volatile("dsb sy" ::: "memory");
}

/* Later instructions see the context that earlier ones set. */
static inline void isb(void)
{
	asm volatile("isb" ::: "memory");
}

/* Later instructions don't go by a value that was predicted. A NOP where CPUs don't do that. */
static inline void csdb(void)
{
	asm volatile("hint #20" ::: "memory");
}

#endif

#endif
