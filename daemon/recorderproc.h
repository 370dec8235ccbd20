/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hedated --recorder: one command starts both daemons. A small process of the recorder's user
 * keeps the recorder: it ends it when hedated ends, in whatever way, and nothing outlives hedated.
 * (hedated cannot do that itself: it may not signal another user's process, and after kill -9 it
 * cannot do anything.)
 */
#ifndef HEDATE_RECORDERPROC_H
#define HEDATE_RECORDERPROC_H

#include <sys/types.h>

#include "sandbox.h"

struct recorderproc_options {
	const char *program;
	const char *run_directory;
	const char *log_directory;
	const struct sandbox_user *user; /* NULL: ours */
};

/* Fork the keeper, early: it shares what we are at that moment, and must not hold our sockets or a
 * policy. It ends when *ret_lifeline is closed. 0, or negative errno. */
int recorderproc_prepare(
	const struct recorderproc_options *options, pid_t *ret_keeper, int *ret_lifeline);

/* Let it start the recorder, now that there is a socket to connect to. 0, or negative errno. */
int recorderproc_start(int lifeline);

#endif
