/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this folder share of their insides. */
#ifndef MM_SANITIZE_INSIDE_H
#define MM_SANITIZE_INSIDE_H

/*
 * WRAPPED(result, name, arguments...) { ... }: the linker puts it in the place of the function
 * `name`, for callers in other files than its own. Inside, __real_name is the function itself.
 */
#define WRAPPED(result, name, ...)         \
	result __real_##name(__VA_ARGS__); \
	result __wrap_##name(__VA_ARGS__); \
	result __wrap_##name(__VA_ARGS__)

#endif
