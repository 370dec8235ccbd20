/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests about the log (ctlproto.h): the recorder does what they ask for, and is waited for. */
#ifndef HEDATE_CTLLOG_H
#define HEDATE_CTLLOG_H

#include "ctlproto.h"
#include "message.h"
#include "reckeep.h"
#include "sendq.h"

/* Pass a LOG_* request on. 0: waiter's function will be called; -EBADMSG: it is not valid;
 * -ENOTCONN: no recorder is connected; -ENOMEM. */
int ctllog_ask(struct reckeep *keep, struct reclink *link, struct message *message, uid_t uid,
	struct reckeep_waiter *waiter);

/* The answer: FIELD "number" when it was done, and RESULT. 0, or negative errno of sendq_push(). */
int ctllog_answer(struct sendq *queue, int error, uint64_t number);

#endif
