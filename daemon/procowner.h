/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which programs have which sockets open: by the descriptors of all processes. */
#ifndef HEDATE_PROCOWNER_H
#define HEDATE_PROCOWNER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define PROCOWNER_COMM_MAX 64 /* bytes, with the NUL; the kernel has 15 */

struct procowner {
	char comm[PROCOWNER_COMM_MAX]; /* what the process calls itself */
	char program[PATH_MAX];	       /* the file that it runs, or "" where that cannot be read */
};

/* A process has the socket of this inode open; owner lasts until it returns. */
typedef void (*procowner_function)(uint64_t inode, const struct procowner *owner, void *data);

/*
 * Tell of all sockets of all processes, one after the other, in the order of the directory. proc:
 * "/proc". *ret_whole: no process was there whose descriptors could not be read; those of others
 * than the caller's take CAP_SYS_PTRACE. 0; negative errno: the directory cannot be read.
 */
int procowner_each(const char *proc, procowner_function function, void *data, bool *ret_whole);

#endif
