/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compressed data, told by how it begins. Nothing here unpacks: it is for saying what a file is
 * that should have been something else. No page size enters here.
 */
#ifndef LIB_COMPRESSION_H
#define LIB_COMPRESSION_H

#include <kernel/types.h>

/*
 * The name of the format, such as "gzip", that the `bytes` at `data` (any alignment) begin as; NULL
 * if it is none of those that boot loaders and Linux know.
 */
const char *compression_name(const void *data, u64 bytes);

#endif
