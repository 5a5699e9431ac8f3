/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Error numbers, with the values that Linux and POSIX tools print, so that a
 * figure in a log means what a reader expects. Functions return 0 or a negative
 * number of these; a value is never returned in the same channel.
 */
#ifndef KERNEL_ERRNO_H
#define KERNEL_ERRNO_H

#ifdef GRANULE_HOST
#include <errno.h>
#else
#define EPERM        1
#define ENOENT       2
#define ESRCH        3
#define EINTR        4
#define EIO          5
#define ENXIO        6
#define E2BIG        7
#define ENOEXEC      8
#define EBADF        9
#define EAGAIN       11
#define ENOMEM       12
#define EACCES       13
#define EFAULT       14
#define EBUSY        16
#define EEXIST       17
#define ENODEV       19
#define ENOTDIR      20
#define EISDIR       21
#define EINVAL       22
#define EMFILE       24
#define ENOTTY       25
#define ENOSPC       28
#define ESPIPE       29
#define EROFS        30
#define EPIPE        32
#define ERANGE       34
#define ENAMETOOLONG 36
#define ENOSYS       38
#define ELOOP        40
#define ENODATA      61
#define EOVERFLOW    75
#define EOPNOTSUPP   95
#define ETIMEDOUT    110
#endif

#endif
