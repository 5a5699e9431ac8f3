/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Included before everything: each symbol is the image's own, so it is reached relative to the
 * PC and needs neither a GOT entry nor a relocation. Code that runs before relocation depends
 * on it.
 */
#pragma GCC visibility push(hidden)
