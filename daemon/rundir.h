/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The run directory and the log directory: made when missing, and one hedated at a time. */
#ifndef HEDATE_RUNDIR_H
#define HEDATE_RUNDIR_H

#include "sandbox.h"

/*
 * Make path with this mode when it is missing, then for user (NULL: ours). What is there already
 * is left as it is. 0, or negative errno.
 */
int rundir_make(const char *path, unsigned int mode, const struct sandbox_user *user);

/* Hold the directory for this process: *ret_lock is kept open as long. 0; -EBUSY when another
 * process holds it; other negative errno. */
int rundir_lock(const char *path, int *ret_lock);

#endif
