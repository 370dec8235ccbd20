/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An answer whose summary says what a change means for packets, until that is known: RESULT comes
 * behind what another process finds (packetask.h), or behind an item that says why it is not known.
 *
 *	answer = summarywait_begin(&wait, &queue, prover, function, data);
 *	... a request of ctlchange.h or ctlproposal.h fills answer ...
 *	summarywait_compare(&wait);
 */
#ifndef HEDATE_SUMMARYWAIT_H
#define HEDATE_SUMMARYWAIT_H

#include "ctlsummary.h"
#include "prover.h"

/* All zero: there is none. */
struct summarywait {
	bool comparing; /* the other process has not answered yet */
	struct prover *prover;
	struct packetask_waiter packets;
	struct ctlsummary_answer answer;
	void (*function)(void *data);
	void *data;
};

/* queue and prover (NULL: there is none) are borrowed; function is called when RESULT is in the
 * queue that was not there when summarywait_compare() returned. What the request fills. */
struct ctlsummary_answer *summarywait_begin(struct summarywait *wait, struct sendq *queue,
	struct prover *prover, void (*function)(void *data), void *data);
/* Have what was filled compared, where there is something. 0: RESULT is in the queue unless
 * comparing; or negative errno of sendq_push(), -ENOMEM. */
int summarywait_compare(struct summarywait *wait);
/* It has not come in its time: RESULT without it. function is not called. Out of memory the queue
 * has no RESULT. */
void summarywait_late(struct summarywait *wait);
/* Wait no more. */
void summarywait_clear(struct summarywait *wait);

#endif
