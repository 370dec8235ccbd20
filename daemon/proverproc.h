/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that proves, beside hedated: it waits for requests, and answers each by a process of
 * its own, several at a time. That reads the kernel and the policy in force, or two configurations
 * that it was handed, gives up every right, and decides. What it takes of time and memory is
 * bounded and never hedated's.
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
	/* number of the request · bytes of the first · with a descriptor, two configurations
	 * (packettexts.h): what the second in place of the first means for packets */
	PROVER_COMPARE,
	/* number of that request · type (number) and body (bytes) of a SUMMARY or SUMMARY_KEY
	 * (ctlproto.h) */
	PROVER_ITEM,
	/* number of that request · 0: these were all; else it is not known, for an enum
	 * changepackets_why and 1 (number) */
	PROVER_COMPARED,
};

/* Of each request's process: seconds, and bytes of data. */
#define PROVERPROC_SECONDS	   120
#define PROVERPROC_MEMORY	   (UINT64_C(1) << 30)
#define PROVERPROC_COMPARE_SECONDS 30 /* somebody waits for it */
/* Processes at a time; further requests wait. */
#define PROVERPROC_WORKERS 8

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
