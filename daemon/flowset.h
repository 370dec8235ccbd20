/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Epochs of the flow sets (compile.h, recproto.h). Of the two generations in the kernel one is
 * counted into; the other is empty, or holds a closed epoch that is not yet on disk.
 *
 *	IDLE      nothing is under way; each period, or for a flush: the epoch is closed when
 *	          anything was blocked in it and a recorder is there to take it; before its time
 *	          when its flow sets are half full, without a recorder three quarters
 *	SETTLING  closed; packets in flight and NFLOG's own timer get EPOCH_SETTLE_MS
 *	ASKING    the recorder is asked whether it needs them, or was told of every packet
 *	READING   its sets are read, a slice at a time, until they add up
 *	SENDING   what was read is sent as the recorder takes it
 *	WAITING   all is sent; the recorder answers when it is on disk
 *
 * then the generation is emptied in the kernel, and only then. When either side dies in between,
 * the closed epoch is delivered again under the same number.
 */
#ifndef HEDATE_FLOWSET_H
#define HEDATE_FLOWSET_H

#include <stdbool.h>
#include <stdint.h>

#include "balance.h"
#include "lifecycle.h"
#include "loop.h"
#include "reclink.h"

struct flowset;

/* Packets that are counted in the kernel and not on record. 0, or negative errno. */
int flowset_pending(const struct flowset *flowset, uint64_t *ret_packets);

/* All borrowed. lifecycle has applied a policy already: its epoch is known. 0, or negative
 * errno. */
int flowset_new(struct loop *loop, struct lifecycle *lifecycle, struct reclink *link,
	struct flowset **ret_flowset);
void flowset_free(struct flowset *flowset); /* accepts NULL */

/* The period may have changed. */
void flowset_policy_changed(struct flowset *flowset);
/* The table is another one, in which nothing was counted yet. No recorder is connected. */
void flowset_table_changed(struct flowset *flowset);

/* What happens on the recorder's connection. */
void flowset_connected(struct flowset *flowset, const struct reclink_hello *hello);
void flowset_disconnected(struct flowset *flowset);
void flowset_needed(struct flowset *flowset, uint64_t epoch, bool counts);
void flowset_done(struct flowset *flowset, const struct reclink_done *done);
void flowset_events_done(struct flowset *flowset);
void flowset_drained(struct flowset *flowset);

/* Somebody who waits until all that was blocked until now is on disk, and all events until now. The
 * memory is the caller's and stays until function was called or flowset_cancel(). */
struct flowset_waiter {
	void (*function)(struct flowset_waiter *waiter, void *data);
	void *data;
	uint64_t epoch;		     /* set by flowset_flush(); 0: it is on disk */
	uint64_t event;		     /* likewise: a serial of the recorder's connection */
	struct flowset_waiter *next; /* likewise */
	bool missing;		     /* in function: the table is gone, with what it counted */
};
void flowset_flush(struct flowset *flowset, struct flowset_waiter *waiter);
void flowset_cancel(struct flowset *flowset, struct flowset_waiter *waiter);

/* Both sides of the equation, now. */
struct flowset_totals {
	bool known; /* a recorder said what it has; else recorded and lost are 0 */
	uint64_t recorded, lost;
	struct balance balance;
};
/* 0, or negative errno. */
int flowset_totals(struct flowset *flowset, struct flowset_totals *ret_totals);

#endif
