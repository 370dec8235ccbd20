/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls that are the disk's (disk.h) in each test that uses it. For one file of a program. */
#ifndef HEDATE_TEST_DISK_CALLS_H
#define HEDATE_TEST_DISK_CALLS_H

#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "disk.h"

/* The system's headers name parameters in their own way. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

int open(const char *path, int flags, ...)
{
	va_list arguments;
	va_start(arguments, flags);
	mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return disk_openat(AT_FDCWD, path, flags, mode);
}

int close(int fd)
{
	return disk_close(fd);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

#endif
