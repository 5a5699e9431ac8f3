/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devicetrees for host tests: compiled by dtc from text or from a file in
 * tests/host/dts, or dumped by QEMU. Each lies in heap memory of exactly its totalsize,
 * so that AddressSanitizer sees a read after its end. Freed by free().
 */
#ifndef TREE_H
#define TREE_H

#include <lib/devicetree.h>

/* Source text, without the version line. Aborts if dtc can make nothing of it. */
void *tree_from_text(const char *source);

/* tests/host/dts/NAME.dts */
void *tree_from_file(const char *name);

/* What `-M virt,OPTIONS ARGUMENTS` hands over; NULL if this machine has no QEMU. */
void *tree_from_qemu(const char *options, const char *arguments);

u32 tree_bytes(const void *tree);

/* Opens a tree that has to be good, and returns it. */
void *tree_open(struct devicetree *dt, void *tree);

#endif
