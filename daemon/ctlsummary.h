/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A summary of a change (change.h) as messages of the control protocol. */
#ifndef HEDATE_CTLSUMMARY_H
#define HEDATE_CTLSUMMARY_H

#include "../lib/change.h"
#include "message.h"
#include "packettexts.h"
#include "sendq.h"
#include "summarytake.h"

#define CTLSUMMARY_BYTES (4u << 20) /* of all messages; items past it are only counted */
#define CTLSUMMARY_PIECE SUMMARY_PIECE

/*
 * An answer with a summary. What the summary says of packets is found by another process
 * (packetask.h), and comes behind its other items: so RESULT, and the FIELDs that belong to it,
 * are kept apart until then.
 */
struct ctlsummary_answer {
	struct sendq *queue;	  /* borrowed */
	struct sendq last;	  /* behind what is found of packets; owned */
	struct packettexts texts; /* what is to be compared; owned */
};
void ctlsummary_answer_clear(struct ctlsummary_answer *answer);
/* What was kept apart goes behind what is in the queue. 0, or negative errno of sendq_push(). */
int ctlsummary_answer_end(struct ctlsummary_answer *answer);

/* SUMMARY and SUMMARY_KEY of each item; FIELDs of the counts. 0, or negative errno of
 * sendq_push(). change may be NULL: nothing. */
int ctlsummary_put(struct sendq *queue, const struct change *change);

#endif
