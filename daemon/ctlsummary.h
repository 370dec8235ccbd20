/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A summary of a change (change.h) as messages of the control protocol. */
#ifndef HEDATE_CTLSUMMARY_H
#define HEDATE_CTLSUMMARY_H

#include "../lib/change.h"
#include "message.h"
#include "sendq.h"
#include "summarytake.h"

#define CTLSUMMARY_BYTES (4u << 20) /* of all messages; items past it are only counted */
#define CTLSUMMARY_PIECE SUMMARY_PIECE

/* SUMMARY and SUMMARY_KEY of each item; FIELDs of the counts. 0, or negative errno of
 * sendq_push(). change may be NULL: nothing. */
int ctlsummary_put(struct sendq *queue, const struct change *change);

#endif
