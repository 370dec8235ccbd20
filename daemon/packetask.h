/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a change means for packets (changepackets.h), asked of the process that proves: hedated has
 * better to do than to compare rule sets, and makes no processes.
 *
 * Who summarises a change puts both configurations into a descriptor (packettexts.h), at the moment
 * at which the one is in force and the other is not. It goes to the process with PROVER_COMPARE;
 * that has a process of its own compare them, which has no right to anything then, and whose time
 * and memory are bounded. The items come back one by one, each held against what items of packets
 * look like, and PROVER_COMPARED is their end. What did not end well is an item that says that it
 * is not known, in place of all others: nothing is never taken for "nothing changes".
 *
 * hedated waits for none of this. The connection of who asked is a waiter, and gets its RESULT
 * behind the items (ctlsummary.h), or after PACKETASK_MS without them.
 */
#ifndef HEDATE_PACKETASK_H
#define HEDATE_PACKETASK_H

#include "../lib/changepackets.h"
#include "message.h"
#include "packettexts.h"
#include "summarytake.h"

#define PACKETASK_MS  60000 /* more than the process gives itself (proverproc.h) */
#define PACKETASK_MAX 4	    /* questions at a time */

struct packetask;

/* Lies in its owner's memory until function was called or packetask_cancel(). */
struct packetask_waiter {
	/* packets: borrowed; items of CHANGE_PACKETS and CHANGE_RECORDS alone. NULL: out of memory.
	 */
	void (*function)(const struct change *packets, void *data);
	void *data;
	/* internal */
	uint64_t number;
	struct summary summary;
	size_t bytes;
	struct packetask_waiter *next;
};

/* 0, or -ENOMEM. */
int packetask_new(struct packetask **ret_ask);
void packetask_free(struct packetask *ask); /* nobody waits any more; accepts NULL */

/* Ask by the socket; -1: there is no such process. True: waiter's function will be called. False:
 * it will not, for *ret_why. */
bool packetask_ask(struct packetask *ask, int socket, const struct packettexts *texts,
	struct packetask_waiter *waiter, enum changepackets_why *ret_why);
void packetask_cancel(struct packetask *ask, struct packetask_waiter *waiter);

/* PROVER_ITEM and PROVER_COMPARED. 0; -EBADMSG: it is neither, or not valid. Of who waits no more
 * they mean nothing. */
int packetask_take(struct packetask *ask, struct message *message);
/* The process is gone: who waits is told. */
void packetask_disconnected(struct packetask *ask);

/* An item that says why it is not known. NULL: out of memory. */
struct change *packetask_unknown(enum changepackets_why why);

#endif
