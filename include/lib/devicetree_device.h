/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The devices that a kernel needs before it has drivers: the firmware
 * (PSCI), the CPUs, the interrupt controller.
 *
 * A device counts as enabled if it and every node above it are. Its addresses are
 * translated through the `ranges` of every bus above it, and are what the CPU sees.
 *
 * `dt` is an open tree, see <lib/devicetree.h>, which also states the context.
 * Source: Devicetree Specification v0.4, sections 2.3, 3.6 to 3.8 and 4.2; Linux'
 * bindings arm/psci.yaml, arm/cpus.yaml and interrupt-controller/arm,gic*.yaml.
 */
#ifndef LIB_DEVICETREE_DEVICE_H
#define LIB_DEVICETREE_DEVICE_H

#include <lib/devicetree.h>

/*
 * Tuple `index` of the `reg` of the node at `path`, as CPU physical addresses. -ENOENT
 * after the last; -EINVAL if it can't be read or translated, and range->why says why.
 */
int devicetree_device_range(const struct devicetree *dt, const struct devicetree_path *path,
			    u32 index, struct devicetree_range *range) __must_check;

/*
 * Finds the node that `path` names: a full path, or an alias with or without more
 * path after it; unit addresses may be left off. `bytes` are its length without any NUL.
 * False if there is none, or if it lies too deep.
 */
bool devicetree_device_find(const struct devicetree *dt, const char *path, u32 bytes,
			    struct devicetree_path *found);

enum devicetree_conduit {
	DEVICETREE_CONDUIT_HVC,
	DEVICETREE_CONDUIT_SMC,
};

/*
 * The firmware's PSCI: how to call it. `standard` says that it has the function
 * numbers of PSCI 0.2 and later; one of 0.1 has a few numbers of its own, and neither
 * SYSTEM_OFF nor SYSTEM_RESET. 0 stands for a number that isn't given.
 */
struct devicetree_psci {
	enum devicetree_conduit conduit;
	bool standard;
	u32 cpu_on;
	u32 cpu_off;
	const char *name;
	const char *why;
};

/* -ENOENT without an enabled PSCI node; -EINVAL, with a why, if its method is neither. */
int devicetree_device_psci(const struct devicetree *dt, struct devicetree_psci *psci) __must_check;

/*
 * What a tick of the CPUs' counter is, where the tree has to say it since firmware left CNTFRQ_EL0
 * wrong (binding: arm,arch_timer.yaml); 0: it doesn't say.
 */
u32 devicetree_device_timer_hz(const struct devicetree *dt);

/* How a CPU is started: by PSCI's CPU_ON, or by an address that it reads in a loop. */
enum devicetree_enable {
	DEVICETREE_ENABLE_NONE, /* the tree doesn't say */
	DEVICETREE_ENABLE_PSCI,
	DEVICETREE_ENABLE_SPIN_TABLE,
	DEVICETREE_ENABLE_OTHER,
};

/* A CPU. Strings are NULL where the tree has none. */
struct devicetree_cpu {
	const char *name;
	const char *why; /* NULL, or what is wrong with it; mpidr is junk then */
	u64 mpidr;       /* affinity fields, as in MPIDR_EL1 */
	const char *compatible;
	const char *enable_method; /* its own, else the one of /cpus */
	enum devicetree_enable enable;
	u64 release_addr; /* for a spin table; 0: it has none of 1 or 2 cells */
	bool enabled;
};

/*
 * The CPUs in the order of the tree, disabled ones as well; false after the last. There are at most
 * dt->cpu_nodes: where that is 1, it is the boot CPU, and there is nothing to look for.
 */
bool devicetree_device_next_cpu(const struct devicetree *dt, struct devicetree_cursor *cursor,
				struct devicetree_cpu *cpu);

/* How many CPUs there are that are enabled and well-formed. */
u32 devicetree_device_cpus(const struct devicetree *dt);

/* The interrupt controller: a GIC of version 2 or 3, or what a BCM2836 has for each of its CPUs. */
#define DEVICETREE_INTC_BCM2836 0
struct devicetree_intc {
	const char *name;
	u32 version;                         /* of the GIC, or DEVICETREE_INTC_BCM2836 */
	struct devicetree_range distributor; /* BCM2836: all that there is */
	struct devicetree_range second;      /* version 2: CPU interface; 3: first redistributors */
};

/* -ENOENT without an enabled one; -EINVAL, with a why in one of the ranges. */
int devicetree_device_intc(const struct devicetree *dt, struct devicetree_intc *intc) __must_check;

#endif
