/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When details go to disk: together, COMMIT_MS after the first of them came. With the kernel's own
 * pause (nflogsock.c) and the time that a disk takes, that is within 100 ms of the packet.
 */
#ifndef HEDATE_COMMITTER_H
#define HEDATE_COMMITTER_H

#include "epoch.h"
#include "journal.h"
#include "loop.h"

#define COMMIT_MS 20

struct committer;

/* All borrowed. 0, or negative errno. */
int committer_new(struct loop *loop, struct epochs *epochs, struct journal *journal,
	struct committer **ret_committer);
void committer_free(struct committer *committer); /* commits what is left; accepts NULL */

/* Packets came. */
void committer_note(struct committer *committer);
/* Commit if it is time to: for when the loop does not run, because an epoch is being written. */
void committer_check(struct committer *committer);

/* The longest time from a packet until its detail was on disk, in the last one to two minutes,
 * milliseconds; -1: nothing went there. */
int64_t committer_delay(struct committer *committer);

#endif
