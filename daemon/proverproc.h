/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that proves, beside hedated: it waits for requests, and answers each by a process of
 * its own, which reads the kernel and the policy in force, gives up every right, and decides. What
 * that takes of time and memory is bounded and never hedated's.
 */
#ifndef HEDATE_PROVERPROC_H
#define HEDATE_PROVERPROC_H

#include <sys/types.h>

#include "message.h"
#include "sandbox.h"

enum proverproc_message {
	/* number of the request */
	PROVER_ASK = 300,
	/* with a descriptor, a control connection: the snapshot goes there as SNAPSHOT_PART and
	 * RESULT (ctlproto.h); nothing is answered here */
	PROVER_SNAPSHOT,
	/* number of the request · struct prooffinding */
	PROVER_ANSWER,
};

#define PROVERPROC_SECONDS 120		       /* for one request */
#define PROVERPROC_MEMORY  (UINT64_C(1) << 30) /* bytes of data of its process */

struct proverproc_options {
	const char *config; /* hedated's own: the store is beside it */
	const char *profiles;
	const char *state_directory;
	const struct sandbox_user *user; /* NULL: stay who we are */
};

/* Start it, while there is the right to change the user. *ret_socket: where it is asked. 0, or
 * negative errno. */
int proverproc_start(const struct proverproc_options *options, pid_t *ret_pid, int *ret_socket);

#endif
